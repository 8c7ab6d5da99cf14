"""The whole bill of a plan, three times over: memory while searching, the file on disk, and all that must be kept.

One figure hides the others: codes of 48 bytes that are ranked again by floats take 48 bytes of memory and 1,584 of
disk, and maps that only new documents need lie on disk, though no search reads them. At the rows that were measured
each line is exact: the disk column adds up to the file that `Built.save` writes, the memory column to the arrays that a
search reads. Scans may hold a second layout of the codes while they run; it is made of these bytes and is not counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.errors import DataError
from core.plan import Plan, parse
from core.search.built import Built
from core.types import Result

Column = Literal["memory", "disk", "pipeline"]

COLUMNS: Mapping[Column, str] = {
    "memory": "what a search reads: codes, side information, codebooks, ids, lists or graph",
    "disk": "the file, headers and all",
    "pipeline": "all that must exist to search and to add documents: originals that are read again, maps that encode",
}

AGAIN = "rerank codes"  # what a plan's ledger calls the bytes of its second codec
INDEX = "index."  # the names of an index's arrays begin with it

HEAD = 128  # bytes before the numbers of a .npy of few dimensions: magic, version and shape, filled up
LOCAL = 30 + 20  # before each member of a zip: the record, and sizes in 64 bits, which numpy always asks for
CENTRAL = 46  # for each member in the directory at the end
END = 22  # after the directory
END64 = 56 + 20  # before that, where the directory begins past LIMIT
LIMIT = (1 << 31) - 1  # bytes; sizes and places beyond it are written in 64 bits


@dataclass(frozen=True)
class Line:
    """What one part takes in each column: total bytes for all rows."""

    part: str
    memory: float
    disk: float
    pipeline: float


@dataclass(frozen=True)
class Ledger:
    """The lines of a plan, or of an engine's configuration, at `rows` vectors of width `dim`."""

    plan: str
    dim: int
    rows: int
    lines: tuple[Line, ...]

    @property
    def memory(self) -> float:
        """Bytes that a search reads."""
        return sum(x.memory for x in self.lines)

    @property
    def disk(self) -> float:
        """Bytes of the file."""
        return sum(x.disk for x in self.lines)

    @property
    def pipeline(self) -> float:
        """Bytes that must exist somewhere, to search and to add documents."""
        return sum(x.pipeline for x in self.lines)

    @property
    def floats(self) -> float:
        """Bytes of the vectors in float32: what is compressed."""
        return 4.0 * self.dim * self.rows

    def total(self, column: Column) -> float:
        """Bytes of a column."""
        return float(getattr(self, column))

    def per_vector(self, column: Column) -> float:
        """Bytes of a column divided by the rows."""
        return self.total(column) / self.rows


def ledger(result: Result, rows: int | None = None, rerank_on_disk: bool = False) -> Ledger:
    """The bill of a measured plan, for as many vectors as were measured or for `rows`.

    rerank_on_disk: what candidates are ranked again by is read from disk, not memory. DataError unless rows >= 1.
    Other rows scale what each vector brings; upper levels of a graph by their mean, everything else exactly.
    """
    plan, rows = parse(result.plan), result.n if rows is None else rows
    state = _learned(plan, result.state_bytes, result.n, rows)
    return _bill(plan, result.dim, rows, state, result.encoding_only, rerank_on_disk)


def ledger_of(built: Built, rows: int | None = None, rerank_on_disk: bool = False) -> Ledger:
    """The same for a fitted plan: at its own rows, the arrays it holds and the file it saves."""
    n = len(built.codes)
    rows = n if rows is None else rows
    state = _learned(built.plan, built.state_bytes, n, rows)
    return _bill(built.plan, built.codebook.dim, rows, state, built.encoding_only, rerank_on_disk)


def _learned(plan: Plan, state: Mapping[str, int], n: int, rows: int) -> dict[str, float]:
    """Bytes of the arrays at `rows` vectors: those of an index grow from its n, unless it says that all share them."""
    if rows < 1:
        raise DataError(f"A ledger is drawn up for at least 1 vector, got {rows}. Give the number of vectors.")
    same = {f"{INDEX}{name}" for name in plan.index.shared}
    return {k: float(v) if k in same or not k.startswith(INDEX) else v * rows / n for k, v in state.items()}


def _bill(
    plan: Plan, dim: int, rows: int, learned: Mapping[str, float], unread: Collection[str], rerank_on_disk: bool
) -> Ledger:
    """The lines: what each vector brings, what all share, and what the file adds. Parts of no bytes are left out."""
    each = {part: size * rows for part, size in plan.ledger(dim).items()}
    again = each.pop(AGAIN, 0.0)
    ids = learned.get(f"{INDEX}ids", 0.0)
    index = sum(v for name, v in learned.items() if name.startswith(INDEX)) - ids
    maps = sum(v for name, v in learned.items() if name in unread)
    lines = [
        *(everywhere(part, size) for part, size in each.items()),
        everywhere("ids", ids),
        everywhere("lists or graph", index),
        everywhere("codebooks and maps", sum(learned.values()) - ids - index - maps),
        Line(AGAIN, 0.0 if rerank_on_disk else again, again, again),
        on_disk("only to add documents", maps),
    ]
    file = archive(list(_members(plan, sum(each.values()), again, learned)))
    lines.append(Line("file headers", 0.0, file - sum(x.disk for x in lines), 0.0))
    return Ledger(str(plan), dim, rows, tuple(x for x in lines if x.disk))


def everywhere(part: str, size: float) -> Line:
    """A part that is read, saved and kept."""
    return Line(part, size, size, size)


def on_disk(part: str, size: float) -> Line:
    """A part that must exist, but not in memory."""
    return Line(part, 0.0, size, size)


def in_memory(part: str, size: float) -> Line:
    """A part that exists in memory alone."""
    return Line(part, size, 0.0, 0.0)


def _members(plan: Plan, codes: float, again: float, learned: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """The arrays of the file that `Built.save` writes, in its order: name and bytes."""
    yield from ((f"state.{name}", size) for name, size in learned.items())
    yield from (("plan", 4.0 * len(str(plan))), ("dim", 8.0), ("codes", codes), ("seconds", 16.0))
    if plan.rerank is not None:
        yield "rerank_codes", again


def archive(members: Sequence[tuple[str, float]]) -> float:
    """Bytes of the `.npz` that holds arrays of these names and sizes, in this order; uncompressed, as numpy writes it.

    The zip format (APPNOTE 4.3) as Python's zipfile fills it in, with the `.npy` format's header for each array.
    """
    at, directory = 0.0, 0.0
    for name, data in members:
        far = 16 * (HEAD + data > LIMIT) + 8 * (at > LIMIT)
        directory += CENTRAL + len(f"{name}.npy") + (4 + far if far else 0)
        at += LOCAL + len(f"{name}.npy") + HEAD + data
    return at + directory + (END64 if at > LIMIT else 0) + END
