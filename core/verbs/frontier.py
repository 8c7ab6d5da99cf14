"""Measure what plans keep, beside what they cost."""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any

from core import verbs
from core.errors import ThinvecError
from core.store import Store, home
from core.types import Result
from core.verbs import Parser, measuring_options, say, sizes, vectors_options

ABOUT = "Measure what plans keep, beside what they cost."


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("--bytes", type=sizes, metavar="B,B,…", help="budgets per vector; every family is tried at each")
    p.add_argument("--everything", action="store_true", help="every stage of the catalogue, in plans of these sizes")
    p.add_argument("--apart", action="store_true", help="learn on one half of the documents, measure on the other")
    measuring_options(p)


def run(args: argparse.Namespace) -> int:
    """Every plan, measured."""
    from core.evaluate.answer import limit_line, measured
    from core.evaluate.lines import EVERY, default_plans, everything, frontier_plans

    store, told = Store(home()), verbs.shared(args)
    dim = told.vectors.dim
    refused: dict[str, ThinvecError] = {}
    if args.everything:
        chosen = [*everything(dim, args.bytes or EVERY, refused.__setitem__)]
    else:
        chosen = verbs.plans(args) or [*(frontier_plans(args.bytes, dim) if args.bytes else default_plans(dim))]
    wide = max(map(len, chosen))
    if not args.json:
        sys.stdout.write(_row(wide, *HEADS) + "\n")
    for r in measured(store, told, chosen, args.k, refused.__setitem__, args.fresh):
        size = math.ceil(r.bytes_per_vector)
        facts = _facts(r, args.rows, limit_line(store, told, [size], args.k)[size])
        say(args, facts, _line(wide, facts))
    for plan, e in refused.items():
        sys.stderr.write(f"thinvec: {plan}: {e}\n")
    return 2 if refused and (args.plans or len(refused) == len(chosen)) else 0


def _facts(r: Result, rows: int | None, line: float) -> dict[str, Any]:
    from core.evaluate.intervals import interval

    recall = interval(r.recall)
    return {
        "plan": r.plan,
        "bytes_per_vector": r.bytes_per_vector,
        "overhead_per_vector": r.overhead(rows),
        "recall": recall.mean,
        "recall_low": recall.low,
        "recall_high": recall.high,
        "k": r.k,
        "ndcg": None if r.ndcg is None else float(r.ndcg.mean()),
        "fit_seconds": r.fit_seconds,
        "encode_seconds": r.encode_seconds,
        "queries_per_second": r.queries_per_second,
        "float_queries_per_second": r.float_queries_per_second,
        "looked": r.looked,
        "limit_recall": line,
    }


HEADS = (
    "plan",
    "bytes",
    "overhead",
    "recall, 95 % interval",
    "nDCG@10",
    "fit s",
    "encode s",
    "queries/s",
    "x float",
    "limit",
)


def _line(wide: int, f: dict[str, Any]) -> str:
    recall = f"{f['recall']:.3f} [{f['recall_low']:.3f}, {f['recall_high']:.3f}]"
    ndcg = "" if f["ndcg"] is None else f"{f['ndcg']:.3f}"
    pace = f["queries_per_second"] / f["float_queries_per_second"]
    spent = (f"{f['fit_seconds']:.2f}", f"{f['encode_seconds']:.2f}", f"{f['queries_per_second']:,.0f}", f"{pace:.1f}")
    size, shared = f"{f['bytes_per_vector']:,.0f}", f"{f['overhead_per_vector']:,.1f}"
    return _row(wide, f["plan"], size, shared, recall, ndcg, *spent, f"{f['limit_recall']:.3f}")


def _row(wide: int, plan: str, *cells: str) -> str:
    widths = (6, 9, 22, 8, 7, 9, 10, 8, 6)
    return plan.ljust(wide) + " ".join(cell.rjust(w) for cell, w in zip(cells, widths, strict=True))
