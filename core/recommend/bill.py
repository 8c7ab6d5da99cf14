"""What a measured plan costs at the rows that there will be, and which limits of a budget it breaks, and by how much.

Codebooks are on the bill wherever memory or disk is limited, and lists or a graph wherever bytes are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core import words
from core.evaluate.ledger import Ledger, ledger
from core.plan import parse
from core.recommend.budget import exact, places
from core.types import Budget, Result

INDEX = "index."  # what the arrays of an index are called after


@dataclass(frozen=True)
class Bill:
    """What a measured plan takes. size: bytes per vector, those of lists or a graph included.

    memory, disk, pipeline: bytes at the budget's rows. on_disk: the rerank codes are read from disk, because memory is
    too small for them. spent: bytes per vector by which plans are ordered from cheap to dear: of memory where that is
    limited, else `size`. over: the limits it breaks, and how.
    """

    size: float
    memory: float
    disk: float
    pipeline: float
    on_disk: bool
    spent: float
    over: Mapping[str, str]


def bill(r: Result, budget: Budget) -> Bill:
    """A result's bill. Rerank codes stay in memory where they fit, and move to disk where disk was offered."""
    rows = budget.rows or r.n
    within = ledger(r, rows)
    outside = ledger(r, rows, rerank_on_disk=True) if budget.memory and budget.disk and " | keep" in r.plan else within
    on_disk = outside.memory < within.memory and budget.memory is not None and within.memory > budget.memory
    placed = outside if on_disk else within
    size = r.bytes_per_vector + carried(r)
    spent = outside.memory / rows if budget.memory is not None else size
    over = dict(_over(r, size, placed, budget))
    return Bill(size, placed.memory, placed.disk, placed.pipeline, on_disk, spent, over)


def carried(r: Result) -> float:
    """Bytes per vector that lists or a graph take: what an index holds for every row, beside the codes."""
    once = {INDEX + name for name in parse(r.plan).index.shared}
    return sum(v for name, v in r.state_bytes.items() if name.startswith(INDEX) and name not in once) / r.n


def shared(r: Result, rows: int) -> float:
    """Bytes per vector of what all rows share, when there are so many: codebooks, maps, centres of lists."""
    return (sum(r.state_bytes.values()) - carried(r) * r.n) / rows


def _over(r: Result, size: float, took: Ledger, b: Budget) -> Iterator[tuple[str, str]]:
    """Every limit that is broken, and its figure."""
    caps = [cap for cap in (b.bytes_per_vector, b.ratio and 4 * r.dim / b.ratio) if cap is not None]
    if caps and size > min(caps):
        over = size - min(caps)
        decimals = 0 if float(over).is_integer() else places(over)
        yield "bytes", f"{exact(size, decimals)}, over by {exact(over, decimals)}"
    for cap, whole, what in ((b.memory, took.memory, "memory"), (b.disk, took.disk, "disk")):
        if cap is not None and whole > cap:
            yield what, f"{words.size(whole)} of {what}, over by {words.size(whole - cap)}"
    if b.looked is not None and r.looked > b.looked:
        yield "looked", f"{words.count(r.looked)} rows looked at, over by {words.count(max(1, r.looked - b.looked))}"
    if took.memory > took.floats and r.overhead(took.rows, searching=True) > 0:
        each, share = words.per_vector(took.memory / took.rows), words.count(took.rows)
        yield "codebooks", f"{each} with its codebooks when {share} share them, more than float32 takes"
