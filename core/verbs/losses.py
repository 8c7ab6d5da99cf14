"""Where the recall goes."""

from __future__ import annotations

import argparse

from core import words
from core.store import Store, home
from core.types import Interval
from core.verbs import Parser, plan_of, say, shared, vectors_options

ABOUT = "Where the recall of a plan goes: dimensions, rounding, index, and what looking again wins back."


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("plan", metavar="PLAN", help='such as "klt > wpq48 | ivf64 | keep4 > int8"')


def run(args: argparse.Namespace) -> int:
    """A line per step: what it changed, with its paired interval, and the recall after it."""
    from core.evaluate.losses import facts, steps, told

    plan = plan_of(args.plan)
    for step in steps([*told(Store(home()), shared(args), plan, args.k)], args.seed):
        found = facts(step, args.seed)
        change = words.difference(step.interval) if step.change.any() else "0.000"
        text = f"{step.name:28} {change:26} {words.estimate(Interval(*found['recall']))}"
        say(args, {"plan": plan, "k": args.k, **found}, text)
    return 0
