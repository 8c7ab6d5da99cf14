"""pgvector: a graph of elements and neighbours in pages of 8 KiB, and the column that it was built on."""

from __future__ import annotations

from math import ceil

from core.errors import PlanError
from core.evaluate.engines import Engine, Setting, spelled
from core.evaluate.ledger import Line, everywhere, on_disk

PAGE = 8192
ROOM = PAGE - 24 - 8  # without the page's header and what pgvector keeps at its end
ELEMENT, NEIGHBOURS, TID, ITEM = 72, 4, 6, 4  # headers of both tuples, a pointer to a tuple, a tuple's place in a page
BITS = {"vector": 32, "halfvec": 16, "bit": 1}  # bits per dimension of what is indexed


def value(dim: int, kind: str) -> int:
    """Bytes of one value: 4 d + 8, 2 d + 8 or ⌈d / 8⌉ + 8."""
    return ceil(dim * BITS[kind] / 8) + 8


def pages(dim: int, kind: str, m: int) -> float:
    """Pages per vector: an element and its neighbours share one if they fit, else each takes its own."""
    element = aligned(ELEMENT + value(dim, kind)) + ITEM
    links = (
        aligned(NEIGHBOURS + 2 * m * TID) + ITEM + m * TID / (m - 1)
    )  # the mean number of upper levels is 1 / (m − 1)
    return 1 / (ROOM // (element + links)) if element + links <= ROOM else 2.0


def aligned(size: int) -> int:
    """Filled up to 8 bytes, as PostgreSQL places tuples."""
    return -(-size // 8) * 8


def setting(dim: int, kind: str = "halfvec", m: int = 16, column: str = "vector") -> Setting:
    """An HNSW index on vector, halfvec or bit values; other kinds than the column's are an expression index."""
    if kind not in BITS or column not in BITS:
        raise PlanError(f"pgvector has {', '.join(BITS)}, got '{kind}' on '{column}'.")
    if pages(dim, kind, m) > 1:
        raise PlanError(f"pgvector cannot index {dim} dimensions of {kind} in pages of 8 KiB. Use a smaller kind.")

    def parts(rows: int) -> tuple[Line, ...]:
        index = PAGE * ceil(rows * pages(dim, kind, m)) + PAGE
        codes = value(dim, kind) * rows
        return (
            everywhere("codes", codes),
            everywhere("graph and pages", index - codes),
            on_disk("originals", value(dim, column) * rows),
        )

    each = f"8,192 N / ⌊8,160 / (92 + {spelled(BITS[kind])} + 12 m + 6 m / (m − 1))⌋"
    text = (
        f"memory {each}, m = {m}, filled up to 8 bytes; disk the same and the column, {spelled(BITS[column])} + 8 each"
    )
    return Setting(f"hnsw on {kind}, m={m}", dim, value(dim, kind), text, parts)


def settings(dim: int) -> tuple[Setting, ...]:
    """Every kind of value that can be indexed at this width."""
    return tuple(setting(dim, kind) for kind in BITS if pages(dim, kind, 16) <= 1)


ENGINE = Engine(
    "pgvector",
    "0.8",
    "https://github.com/pgvector/pgvector: README (bytes of a value), src/hnsw.h (tuples), src/hnswbuild.c (pages)",
    settings,
    "Row headers and other columns of the table are not counted. The page's count is worked out from the source by us.",
)
