"""Weaviate: codes and links in memory; originals stay on disk, whatever the codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil

from core.errors import PlanError
from core.evaluate.engines import Engine, Setting, packed, pieces
from core.evaluate.ledger import Line, everywhere, on_disk

LINK = 10  # bytes of a connection; the page gives 8 to 10, and counts with 10
KINDS: Mapping[
    str, tuple[Callable[[int], int], str]
] = {  # bytes of one vector of d dimensions, and how that is written
    "none": (lambda d: 4 * d, "4 d"),
    "sq": (lambda d: d, "d"),
    "rq 8 bits": (lambda d: packed(d, 8, 64), "64 ⌈d / 64⌉"),
    "rq 1 bit": (lambda d: packed(d, 1, 64), "8 ⌈d / 64⌉"),
    "bq": (lambda d: packed(d, 1), "⌈d / 8⌉"),
}


def setting(dim: int, quantisation: str = "rq 8 bits", connections: int = 32, segments: int = 0) -> Setting:
    """An HNSW index with maxConnections; `pq` takes the number of segments, of 8 bits each."""
    if quantisation != "pq" and quantisation not in KINDS:
        raise PlanError(f"Weaviate quantises to {', '.join(KINDS)}, pq, got '{quantisation}'.")
    product = quantisation == "pq"
    codes, text = (segments, f"{segments}") if product else (KINDS[quantisation][0](dim), KINDS[quantisation][1])

    def parts(rows: int) -> tuple[Line, ...]:
        return (
            everywhere("codes", codes * rows),
            everywhere("graph", LINK * connections * rows),
            everywhere("codebooks", 256 * 4 * dim if product else 0),
            on_disk("originals", 0 if quantisation == "none" else 4 * dim * rows),
        )

    name = f"pq, segments={segments}" if product else quantisation
    held = f"memory N · ({text} + 10 · {connections})" + (" + 1,024 d" if product else "")
    held += "" if quantisation == "none" else "; disk the same and 4 d N"
    return Setting(f"{name}, maxConnections={connections}", dim, codes, held, parts)


def rough(dim: int, rows: int) -> float:
    """The rule of thumb for uncompressed vectors: twice their bytes, garbage of the Go runtime included."""
    return 2.0 * 4 * dim * rows


def settings(dim: int) -> tuple[Setting, ...]:
    """Every kind of code, product codes at three sizes."""
    sizes = sorted({pieces(dim, ceil(dim / f)) for f in (2, 4, 8)}, reverse=True)
    return (*(setting(dim, kind) for kind in KINDS), *(setting(dim, "pq", segments=m) for m in sizes))


ENGINE = Engine(
    "Weaviate",
    "1.33",
    "https://docs.weaviate.io/weaviate/concepts/resources, and …/concepts/vector-quantization",
    settings,
    "The page also says: twice the vectors, for garbage while importing. What rq keeps beside its codes is not given.",
)
