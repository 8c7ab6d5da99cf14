"""Measure plans again from nothing, and say whether the figures on file hold."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from core import verbs
from core.store import Store, home
from core.verbs import Parser, plan_of, say, vectors_options

ABOUT = "Measure plans again from nothing, and say whether the figures on file hold."


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("plans", nargs="+", metavar="PLAN", help='measured before, such as "klt > wpq48"')


def run(args: argparse.Namespace) -> int:
    """0 where every figure is what it was, else 1."""
    from core.evaluate.verify import again

    shared, store = verbs.shared(args), Store(home())
    found = [again(store, shared, plan_of(plan), args.k) for plan in args.plans]
    for f in found:
        say(args, asdict(f) | {"same": f.same}, f"{f.plan}: {f.said}")
    return 0 if all(f.same for f in found) else 1
