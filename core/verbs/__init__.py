"""The verbs of the command line, one per file: `ABOUT` says what it does, `options(p)` takes, `run(args)` does it.

What several verbs share is here: the parser, options by meaning, and how facts are said.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from core.vectorfile import load

if TYPE_CHECKING:
    from core.evaluate.measure import Shared


class Parser(argparse.ArgumentParser):
    """argparse, with errors of one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say it and leave."""
        self.exit(2, f"thinvec: {message}. Try {self.prog} --help.\n")


def verbs() -> dict[str, ModuleType]:
    """The folder is the list: every verb, by name."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}


def vectors_options(p: Parser) -> None:
    """V.npz, k and the seed."""
    p.add_argument("vectors", type=Path, metavar="V.npz", help="docs, queries; perhaps train_queries and qrels")
    p.add_argument("--k", type=count, default=10, help="neighbours per query (default 10)")
    p.add_argument("--seed", type=seed, default=0, help="of everything that is drawn (default 0)")


def measuring_options(p: Parser) -> None:
    """Which plans to measure, and how."""
    p.add_argument("--plans", default="", metavar='"P; P"', help="measure these plans instead, between semicolons")
    p.add_argument("--rows", type=count, metavar="N", help="share codebooks and maps between so many vectors")
    p.add_argument("--fresh", action="store_true", help="measure again what was measured before")


def count(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"a whole number from 1 is needed, got '{text}'")
    return int(text)


def seed(text: str) -> int:
    """A whole number from 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a whole number from 0 is needed, got '{text}'")
    return int(text)


def sizes(text: str) -> list[int]:
    """Whole numbers between commas."""
    return [count(part.strip()) for part in text.split(",")]


def plan_of(text: str) -> str:
    """One plan, in people's spelling; PlanError, with a caret, when it cannot be read."""
    from core.plan import parse

    return str(parse(text))


def plans(args: argparse.Namespace) -> list[str]:
    """Plans between semicolons, in people's spelling; PlanError before anything is measured."""
    return [plan_of(text) for text in args.plans.split(";") if text.strip()]


def shared(args: argparse.Namespace) -> Shared:
    """What trials on these vectors share; with `--apart`, learned on one half of the documents."""
    from core.evaluate.apart import apart
    from core.evaluate.measure import Shared

    make = apart if getattr(args, "apart", False) else Shared
    return make(load(args.vectors)[0], args.seed, progress)


def progress(fraction: float, stage: str) -> None:
    """One line that is written over, for people who watch."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{stage} ({fraction:.0%})\x1b[K" + ("\n" if fraction >= 1 else ""))


def plain(text: str) -> str:
    """One line that a terminal cannot mistake for a command."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def say(args: argparse.Namespace, facts: dict[str, Any], text: str) -> None:
    """One line out, at once: the facts with --json (what cannot be known is null), otherwise the text."""
    if args.json:
        text = json.dumps(json.loads(json.dumps(facts), parse_constant=lambda _: None))
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
