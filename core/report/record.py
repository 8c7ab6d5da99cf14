"""The facts of a report for programs: one JSON object, which says which way of writing it follows."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.evaluate.ledger import COLUMNS, Ledger
from core.evaluate.method import rules, versions
from core.evaluate.peers import Standing
from core.evaluate.results import MEASURE
from core.evaluate.speed import PROTOCOL
from core.plan import parse
from core.recommend import written
from core.report.facts import MEASURES, Facts
from core.report.sections import headline
from core.types import Interval, Result

SCHEMA = "thinvec.report/1"  # raise it when a field changes its meaning or goes


def card(facts: Facts) -> str:
    """The card as JSON; what cannot be known is null."""
    return json.dumps(_finite(record(facts)), indent=1, allow_nan=False) + "\n"


def record(facts: Facts) -> dict[str, Any]:
    """The card as plain data."""
    s = facts.subject
    return {
        "schema": SCHEMA,
        "date": facts.date,
        "run": s.run or None,
        "headline": headline(facts),
        "corpus": {**facts.meta, "vectors": s.vectors},
        "trial": {"k": s.k, "seed": s.seed, "learned_apart": s.apart, "measure": MEASURE},
        "budget": written(s.budget),
        "recommendation": facts.card,
        "no_recommendation": facts.nothing or None,
        "ledger": _ledger(facts.bill) if facts.bill else None,
        "losses": list(facts.steps) or None,
        "plans": [_plan(facts, r) for r in facts.results],
        "libraries": [_library(facts, x) for x in facts.libraries],
        "gaussian_line": {str(size): r for size, r in sorted(facts.limit.items())},
        "method": {**rules(s.seed), "Speed": PROTOCOL},
        "versions": versions(),
    }


def _plan(facts: Facts, r: Result) -> dict[str, Any]:
    plan = parse(r.plan)
    return {
        "plan": r.plan,
        "slug": plan.slug,
        "stages": plan.version,
        "family": plan.family,
        "bytes_per_vector": r.bytes_per_vector,
        "overhead_per_vector": r.overhead(),
        "ledger": dict(r.ledger),
        **{name: _interval(facts.estimates[name].get(r.plan)) for name in MEASURES},
        "queries": len(r.recall),
        "judged_queries": 0 if r.ndcg is None else len(r.ndcg),
        "fit_seconds": r.fit_seconds,
        "encode_seconds": r.encode_seconds,
        "queries_per_second": r.queries_per_second,
        "float_queries_per_second": r.float_queries_per_second,
        "looked": r.looked,
        "failed_test": facts.faults.get(r.plan),
    }


def _library(facts: Facts, x: Standing) -> dict[str, Any]:
    return {
        "library": "faiss",
        "factory": str(x.peer),
        "family": x.peer.family,
        "bytes_per_vector": x.peer.nbytes,
        **{name: _interval(facts.estimates[name].get(f"faiss {x.peer}")) for name in MEASURES},
        "fit_seconds": x.fit_seconds,
        "queries_per_second": x.queries_per_second,
        "float_queries_per_second": x.float_queries_per_second,
    }


def _ledger(bill: Ledger) -> dict[str, Any]:
    totals = {column: bill.total(column) for column in COLUMNS}
    return {"plan": bill.plan, "rows": bill.rows, "lines": [asdict(x) for x in bill.lines], "total": totals}


def _interval(i: Interval | None) -> dict[str, float] | None:
    return None if i is None else {"mean": i.mean, "low": i.low, "high": i.high}


def _finite(value: Any) -> Any:
    """The same with null for numbers that JSON does not know."""
    if isinstance(value, Mapping):
        return {str(key): _finite(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
