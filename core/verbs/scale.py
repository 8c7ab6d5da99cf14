"""What plans keep as the corpus grows, and what they hold in memory then."""

from __future__ import annotations

import argparse
import sys

from core import verbs, words
from core.store import Store, home
from core.types import Interval
from core.verbs import Parser, say, sizes, vectors_options

ABOUT = "Measure plans at several corpus sizes on rows that they have not seen, and forecast what larger ones keep."
ROWS = (100_000, 1_000_000, 10_000_000)


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("--plans", required=True, metavar='"P; P"', help="plans between semicolons")
    p.add_argument(
        "--rows", type=sizes, metavar="N,N,…", help=f"sizes to forecast (default {','.join(map(str, ROWS))})"
    )


def run(args: argparse.Namespace) -> int:
    """For each plan: every size that was measured, seen rows beside unseen ones, then the forecasts."""
    from core.errors import ThinvecError
    from core.evaluate.scale import Halves, sized
    from core.vectorfile import load

    halves, store, refused = Halves(load(args.vectors)[0], args.seed, verbs.progress), Store(home()), 0
    for plan in verbs.plans(args):
        try:
            s = sized(store, halves, plan, args.k)
        except ThinvecError as e:
            sys.stderr.write(f"thinvec: {plan}: {e}\n")
            refused += 1
            continue
        about = {"plan": s.plan, "k": s.k, "learned_on": s.learned, "index": s.index}
        if not args.json:
            sys.stdout.write(f"{s.plan}\n  learned on {s.learned:,} documents, searched among others\n")
            sys.stdout.write(f"  {s.index}\n" if s.index else "")
        for n, i in s.measured.items():
            say(args, {**about, "what": "measured", "rows": n, **_facts(i)}, _line(n, i, "measured"))
        gap = s.by_heart
        seen = {"seen": float(s.seen.mean()), "unseen": float(s.at_largest.mean()), "rows": s.largest}
        known = f"  known by heart: {words.difference(gap)}" + (f", {s.doubt}" if s.doubt else "")
        say(
            args,
            {
                **about,
                "what": "by heart",
                **seen,
                "difference": gap.mean,
                "low": gap.low,
                "high": gap.high,
                "doubt": s.doubt,
            },
            known,
        )
        asked = args.rows or ROWS
        for n in asked:
            i, memory = s.forecast(n), s.memory(n)
            facts = {"what": "forecast", "rows": n, **_facts(i), "outside": s.outside(n), "memory_bytes": memory}
            say(args, about | facts, f"{_line(n, i, 'forecast')}  {words.size(memory):>9}  {s.outside(n)}")
    return 2 if refused else 0


def _facts(i: Interval) -> dict[str, float]:
    return {"recall": i.mean, "low": i.low, "high": i.high}


def _line(n: float, i: Interval, what: str) -> str:
    return f"  {n:>13,.0f} rows  {words.estimate(i):>22}  {what}"
