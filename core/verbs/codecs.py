"""List the catalogue, or explain one stage of it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from core.errors import PlanError
from core.verbs import Parser, say

ABOUT = "List the catalogue, or explain one stage of it."


def options(p: Parser) -> None:
    """What it takes."""
    p.add_argument("name", metavar="NAME", nargs="?", default="", help="a stage, such as wpq")


def run(args: argparse.Namespace) -> int:
    """The catalogue, or one stage of it explained."""
    from core.catalogue import GROUPS, catalogue, grouped
    from core.stage import did_you_mean

    if not args.name:
        for group, entries in grouped().items():
            if not args.json:
                sys.stdout.write(f"\n{GROUPS[group]}\n")
            for e in entries:
                say(args, asdict(e), f"  {e.name:8} {e.idea}")
        return 0
    if args.name not in catalogue():
        raise PlanError(f"nothing in the catalogue is called '{args.name}'{did_you_mean(args.name, catalogue())}")
    e = catalogue()[args.name]
    told = [f"{e.name}: {e.idea}", e.how, e.form]
    told += [f"{name}: {text}" for name, text in (("Bytes", e.bytes), ("Paper", e.paper), ("Claim", e.claim)) if text]
    told += [f"{k.name} = {k.default} ({k.low} to {k.high}): {k.what}" for k in e.knobs]
    told += [f"For example: {'; '.join(e.examples)}"]
    say(args, asdict(e), "\n".join(filter(None, told)))
    return 0
