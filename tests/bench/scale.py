"""Does the forecast hold? Fit the decline of recall on part of a corpus, and compare with the whole of it measured.

python -m tests.bench.scale V.npz [W.npz ...] [--fit 20000] [--seed 0] [--plans "P; P"] [--anew]

Each plan is measured on a random part of the documents, by halves, as `python -m core scale` does. What it forecasts
for all documents stands beside what codebooks that learned from that part recall among all of them. --anew lets the
plan learn again, from all documents: then the codebooks themselves have changed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.evaluate.measure import Shared, answers
from core.evaluate.metrics import recall
from core.evaluate.scale import Halves
from core.plan import parse
from core.search.built import build, train_for
from core.types import Train, Vectors
from core.vectorfile import load
from tests.bench.data import say

PLANS = (
    "klt > wpq16; klt > wpq48; klt > wsq96; pq48x8; int4; int2; bin; rot > bin; pca96 > int8; mrl96 > int8; "
    "bin(mean=1) | keep4 > int4"
)
K = 10


def part(vectors: Vectors, rows: int, seed: int) -> Vectors:
    """A random part of the documents, with all queries."""
    chosen = np.sort(np.random.default_rng([7, seed]).permutation(len(vectors.docs))[:rows])
    return replace(vectors, docs=np.ascontiguousarray(vectors.docs[chosen]))


def searched(plan: str, train: Train, shared: Shared) -> float:
    """Mean recall among all documents by codebooks that learned from these rows."""
    v = shared.vectors
    ids = answers(build(parse(plan), train, v.docs).search, v.queries, K).ids
    return float(recall(ids, shared.truth(K), v.docs, v.queries, K).mean())


def rows(vectors: Vectors, fit: int, plans: list[str], seed: int, anew: bool) -> Iterator[tuple[str, ...]]:
    """One row of the table per plan."""
    whole, some = Shared(vectors, seed), part(vectors, fit, seed)
    halves, train = Halves(some, seed), train_for(some, seed)
    for plan in plans:
        start = time.perf_counter()
        s = halves.measure(plan, K)
        told, spent = s.forecast(len(vectors.docs)), time.perf_counter() - start
        found = searched(plan, train, whole)
        again = searched(plan, whole.train, whole) if anew else None
        here = s.measured[s.largest]
        yield (
            plan,
            f"{s.seen.mean():.3f}",
            f"{here.mean:.3f} [{here.low:.3f}, {here.high:.3f}]",
            f"{told.mean:.3f} [{told.low:.3f}, {told.high:.3f}]",
            f"{(told.high - told.low) / 2:.3f}",
            f"{found:.3f}",
            "held" if told.low <= found <= told.high else "MISSED",
            "" if again is None else f"{again:.3f}",
            "" if again is None else "held" if told.low <= again <= told.high else "MISSED",
            f"{spent:.0f}",
        )


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("vectors", type=Path, nargs="+")
    p.add_argument("--fit", type=int, default=20_000, help="documents to fit on")
    p.add_argument("--plans", default=PLANS)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--anew", action="store_true", help="learn again on all documents as well")
    args = p.parse_args()
    plans = [str(parse(text)) for text in args.plans.split(";")]
    for path in args.vectors:
        vectors = load(path)[0]
        n, verdicts = len(vectors.docs), []
        say(f"\n{path.stem}: fitted on {args.fit:,} of {n:,} documents, {len(vectors.queries):,} queries\n")
        say(f"| plan | seen, n = {args.fit // 2:,} | unseen | forecast for {n:,} | ± | measured | | anew | | s |")
        say("|---|---|---|---|---|---|---|---|---|---|")
        for row in rows(vectors, args.fit, plans, args.seed, args.anew):
            say("| " + " | ".join(row) + " |")
            verdicts.append(row[6] == "held")
        say(f"\n{sum(verdicts)} of {len(verdicts)} within the band")


if __name__ == "__main__":
    main()
