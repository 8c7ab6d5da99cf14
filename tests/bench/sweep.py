"""How long a first look takes: the default sweep, when its first point appears, and where the time goes.

python -m tests.bench.sweep [V.npz] [--rows 6800]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from core.evaluate.intervals import interval
from core.evaluate.limit import limit
from core.evaluate.measure import Shared
from core.evaluate.sweep import sweep
from core.recommend import BUDGETS, default_plans
from tests.bench.data import say, vectors


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument(
        "file", nargs="?", type=Path, help="docs, queries and train_queries in an .npz; else invented rows"
    )
    ask.add_argument("--rows", type=int, default=6800, help="rows to invent when no file is given")
    args = ask.parse_args()
    v = vectors(args.file, args.rows)
    plans = default_plans(v.dim)
    say(f"{v.name}: {len(v.docs):,} x {v.dim}, {len(v.queries):,} queries, {len(plans)} plans\n")
    say("  at s  bytes             recall@10  fit s  enc s     q/s   batch   x f32  plan")
    start = time.perf_counter()
    shared = Shared(v)
    first = 0.0
    for r in sweep(v, plans, refused=lambda plan, error: say(f"  refused {plan}: {error}"), shared=shared):
        now = time.perf_counter() - start
        first = first or now
        i = interval(r.recall)
        say(
            f"{now:6.1f} {r.bytes_per_vector:6.0f} {i.mean:7.3f} [{i.low:.3f}, {i.high:.3f}] {r.fit_seconds:6.2f} "
            f"{r.encode_seconds:6.2f} {r.queries_per_second:7.0f} {r.batch_queries_per_second:7.0f} "
            f"{r.queries_per_second / r.float_queries_per_second:7.2f}  {r.plan}"
        )
    whole = time.perf_counter() - start
    start = time.perf_counter()
    line = limit(v, [b for b in BUDGETS if b <= v.dim], shared=shared)
    say(f"\nlimit line {', '.join(f'{b} B {x:.3f}' for b, x in line.items())}: {time.perf_counter() - start:.1f} s")
    say(f"first point {first:.1f} s (aim: 3 s at 6,800 rows), sweep {whole:.1f} s (aim: 60 s; 6 min at 43,000 rows)")


if __name__ == "__main__":
    main()
