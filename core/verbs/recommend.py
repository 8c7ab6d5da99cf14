"""Measure the plans that fit a budget, and choose one."""

from __future__ import annotations

import argparse
import math
from dataclasses import asdict

from core import verbs
from core.errors import ThinvecError
from core.store import Store, home
from core.verbs import Parser, count, measuring_options, progress, say, vectors_options

ABOUT = "Measure the plans that fit a budget, and choose one."


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("--bytes", type=count, required=True, metavar="B", help="the budget per vector")
    measuring_options(p)


def run(args: argparse.Namespace) -> int:
    """One plan for a budget."""
    from core.evaluate.answer import measured
    from core.evaluate.apart import LEAST, apart
    from core.recommend import frontier_plans
    from core.recommend import recommend as advise
    from core.types import Budget

    store, told = Store(home()), verbs.shared(args)
    refused: dict[str, ThinvecError] = {}
    chosen = verbs.plans(args) or [*frontier_plans([math.floor(args.bytes)], told.vectors.dim)]
    results = list(measured(store, told, chosen, args.k, refused.__setitem__, args.fresh))
    taken, unseen = advise(results, Budget(args.bytes), args.rows).plan, []
    if len(told.vectors.docs) >= LEAST:
        other = apart(told.vectors, args.seed, progress)
        unseen = list(measured(store, other, [taken], args.k, refused.__setitem__, args.fresh))
    advice = asdict(advise(results, Budget(args.bytes), args.rows, unseen))
    recall, not_taken = advice["recall"], advice["refused"] | {plan: str(e) for plan, e in refused.items()}
    facts = {
        "plan": advice["plan"],
        "bytes_per_vector": advice["bytes_per_vector"],
        "overhead_per_vector": advice["overhead_per_vector"],
        "recall": recall["mean"],
        "recall_low": recall["low"],
        "recall_high": recall["high"],
        "runners_up": advice["runners_up"],
        "refused": not_taken,
        "why": advice["why"],
    }
    others = "".join(f"\n  {plan}: {reason}" for plan, reason in not_taken.items())
    say(args, facts, f"{advice['plan']}\n{advice['why']}\nNot taken:{others or ' nothing else was measured.'}")
    return 0
