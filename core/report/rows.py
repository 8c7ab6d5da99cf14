"""Every measured plan as CSV, which a spreadsheet opens without running anything that a name says.

A cell that begins like a formula gets an apostrophe in front, as OWASP advises against CSV injection (CWE-1236);
figures are written as they are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from core.plan import parse
from core.report.facts import MEASURES, Facts
from core.types import Interval

STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n\0")  # the full-width ones are read as the others by some programs
SHARED = ("corpus", "vectors", "k", "seed")
COSTS = (
    "fit_seconds",
    "encode_seconds",
    "queries_per_second",
    "float_queries_per_second",
)
HEADS = (
    *SHARED,
    "plan",
    "library",
    "family",
    "bytes_per_vector",
    "overhead_per_vector",
    *(f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")),
    *COSTS,
    "failed_test",
)


def table(facts: Facts) -> str:
    """The CSV (RFC 4180, UTF-8): a line per plan and per library, from few bytes to many."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS)
    for row in rows(facts):
        writer.writerow([safe(row.get(head, "")) for head in HEADS])
    return out.getvalue()


def rows(facts: Facts) -> Iterator[dict[str, Any]]:
    """The lines as records; what was not measured is left out."""
    s = facts.subject
    shared = dict(zip(SHARED, (facts.meta["name"], s.vectors, s.k, s.seed), strict=True))
    for r in facts.results:
        own = {"plan": r.plan, "family": parse(r.plan).family, "bytes_per_vector": r.bytes_per_vector}
        own |= {"overhead_per_vector": r.overhead(), "failed_test": facts.faults.get(r.plan, "")}
        yield {**shared, **own, **_estimates(facts, r.plan), **{name: getattr(r, name) for name in COSTS}}
    for x in facts.libraries:
        own = {"plan": str(x.peer), "library": "faiss", "family": x.peer.family, "bytes_per_vector": x.peer.nbytes}
        costs = {name: getattr(x, name) for name in COSTS if hasattr(x, name)}
        yield {**shared, **own, **_estimates(facts, f"faiss {x.peer}"), **costs}


def _estimates(facts: Facts, name: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for measure in MEASURES:
        i: Interval | None = facts.estimates[measure].get(name)
        if i is not None:
            found |= {measure: i.mean, f"{measure}_low": i.low, f"{measure}_high": i.high}
    return found


def safe(cell: Any) -> Any:
    """Text that no spreadsheet takes for a formula; what is not text is left alone."""
    if not isinstance(cell, str):
        return cell
    return f"'{cell}" if cell.startswith(STARTS) or cell.lstrip().startswith(STARTS) else cell
