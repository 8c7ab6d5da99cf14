"""Time plans beside float32 flat: one query at a time and in batches."""

from __future__ import annotations

import argparse
import sys

from core import verbs
from core.store import Store, home
from core.verbs import Parser, say, vectors_options

ABOUT = "Time plans beside float32 flat: one query at a time and in batches."


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("plans", metavar='"P; P"', help='plans between semicolons, such as "int8; klt > wpq48"')


def run(args: argparse.Namespace) -> int:
    """Percentiles of each plan, the ratio to float32 flat in the same run, and what was read for one query."""
    from core.errors import PlanError
    from core.evaluate.latency import CAVEAT, PROTOCOL, busy, processor, timed

    chosen = list(dict.fromkeys(verbs.plans(args)))
    if not chosen:
        raise PlanError('There is no plan to time; name one, such as "klt > wpq48".')
    before, where = busy(), processor()
    found = timed(Store(home()), verbs.shared(args), chosen, args.k, verbs.progress)
    wide = max(len(t.plan) for t in found)
    if not args.json:
        sys.stdout.write(f"{where}, load {before:.1f} per core. {PROTOCOL} {CAVEAT}\n")
        sys.stdout.write(_row(wide, *HEADS) + "\n")
    for t in found:
        f = t.facts(found[0].latency) | {"processor": where, "busy": before, "k": args.k}
        cells = [f"{1e3 * f[f'{kind}_p{p}']:.3f}" for kind in ("single", "batch") for p in (50, 95, 99)]
        ratios = [f"{f[f'{kind}_p50_ratio']:.2f}" for kind in ("single", "batch")]
        line = _row(wide, t.plan, *cells[:3], ratios[0], *cells[3:], ratios[1], f"{t.looked:,.0f}", f"{t.read:,.0f}")
        say(args, f, line)
    return 0


HEADS = ("plan", "p50 ms", "p95", "p99", "x float", "batch p50", "p95", "p99", "x float", "rows", "bytes read")


def _row(wide: int, plan: str, *cells: str) -> str:
    widths = (8, 8, 8, 8, 10, 8, 8, 8, 9, 12)
    return plan.ljust(wide) + " ".join(cell.rjust(w) for cell, w in zip(cells, widths, strict=True))
