"""Draw a plan from life: one vector, its code bit by bit, what comes back, and where the bits go."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.types import Floats
from core.vectorfile import load
from core.verbs import Parser, count, plan_of, say, seed

ABOUT = "Show what a plan does to one vector, and where its bits go."
CELLS = 64  # bits on a line


def options(p: Parser) -> None:
    """What it takes."""
    p.add_argument("vectors", type=Path, metavar="V.npz", help="docs, queries; perhaps train_queries")
    p.add_argument("plan", metavar="PLAN", help='such as "klt > wpq48"')
    p.add_argument("--row", type=seed, metavar="N", help="the document to draw (default: one of a seeded sample)")
    p.add_argument("--lines", type=count, default=6, help=f"lines of {CELLS} bits to print (default 6)")
    p.add_argument("--seed", type=seed, default=0, help="of the sample that is learned from (default 0)")


def run(args: argparse.Namespace) -> int:
    """A line for the vector, for each part of its code, and for where the bits go."""
    from core import words
    from core.evaluate.portrait import facts, portraits, sitting

    plan, of = plan_of(args.plan), sitting(load(args.vectors)[0], args.seed, args.row)
    found, share = portraits(plan, of)
    told = facts(found, share)
    for p, fact in zip(found, told["portraits"], strict=True):
        say(args, {"what": "portrait", **fact}, f"{p.codec}: document {p.row:,}, learned on {p.learned:,} others")
        if args.json:
            continue
        for step in p.steps:
            say(args, {}, f"  {step.name}: {len(step.values)} numbers, {_some(step.values)}")
        say(args, {}, "  code: " + ", ".join(f"{name} {size:,} bits" for name, size in p.spent.items()))
        for a in range(0, min(len(p.bits), CELLS * args.lines), CELLS):
            say(args, {}, "    " + "".join(map(str, p.bits[a : a + CELLS])))
        say(args, {}, f"  comes back: {_some(p.after)}")
        say(args, {}, f"  lost: {p.error:.3f} of its squared length; cosine {p.cosine:.4f}")
    how = f"measured on {words.count(share.rows)} documents" if share.rows else "as reverse water-filling deals them"
    some = f"{share.active} of {len(share.rates) + share.dropped} dimensions get any; {how}"
    say(args, {"what": "bits", **told["allocation"]}, f"bits per dimension, {some}: {_some(share.rates)}")
    return 0


def _some(x: Floats) -> str:
    """The first numbers of many."""
    return " ".join(f"{v:.3f}" for v in x[:6]) + (" …" if len(x) > 6 else "")
