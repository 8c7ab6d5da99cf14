"""Ask whether codebooks learned on the documents still fit a later batch of vectors."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from core import verbs, words
from core.verbs import Parser, plan_of, progress, say, vectors_options

ABOUT = "Ask whether codebooks learned on the documents still fit a later batch of vectors."


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("later", type=Path, metavar="LATER", help="a later batch by the same model: npy, npz or parquet")
    p.add_argument("--plan", default="klt > wpq48", help='whose codebooks (default "klt > wpq48")')


def run(args: argparse.Namespace) -> int:
    """Then and now, the yardsticks, and a verdict."""
    from core.evaluate.drift import drift, later

    plan = plan_of(args.plan)
    batch = later(args.later.name, args.later)
    d = drift(verbs.shared(args).vectors, batch, plan, args.k, args.seed, progress)
    facts = asdict(d)
    for side in ("then", "now"):
        facts[side]["entropy"] = facts[side]["entropy"].tolist()
    alone = words.difference(d.alone) if d.alone else "too few rows to learn from"
    lines = [
        f"{d.said}\n",
        f"{d.plan}: learned on old rows, {words.count(d.rows)} rows searched on either side, recall@{d.k}",
        f"{'':26}{'then':>24}{'now':>24}",
        f"{'recall':26}{words.estimate(d.then.recall):>24}{words.estimate(d.now.recall):>24}",
        f"{'reconstruction error':26}{words.estimate(d.then.error):>24}{words.estimate(d.now.error):>24}",
        f"{'values clipped':26}{d.then.clipped:>24.2%}{d.now.clipped:>24.2%}",
        f"{'bits that a byte says':26}{d.then.entropy.mean():>24.2f}{d.now.entropy.mean():>24.2f}",
        f"learned again together, recall {words.difference(d.together)}; on new rows alone {alone}",
    ]
    say(args, facts, "\n".join(lines))
    return 0
