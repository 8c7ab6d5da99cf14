"""Milvus: centroids, cluster numbers and codes, or a graph and codes; a refiner adds what it reads."""

from __future__ import annotations

from math import ceil

from core.errors import PlanError
from core.evaluate.engines import Engine, Setting, packed, pieces
from core.evaluate.ledger import Line, everywhere, on_disk

KINDS = ("FLAT", "SQ8", "PQ", "RABITQ")
REFINERS = {"none": 0.0, "SQ8": 1.0, "FP16": 2.0, "FP32": 4.0}  # bytes per dimension


def codes_of(dim: int, kind: str, m: int) -> tuple[float, str]:
    """Bytes of one vector as it is scored, and how that is written. PlanError for another kind."""
    sizes = {
        "FLAT": (4 * dim, "4 d"),
        "SQ8": (dim, "d"),
        "PQ": (m, f"{m}"),
        "RABITQ": (packed(dim, 1) + 8, "d / 8 + 8"),
    }
    if kind not in sizes:
        raise PlanError(f"Milvus quantises to {', '.join(KINDS)}, got '{kind}'.")
    return sizes[kind]


def ivf(dim: int, kind: str = "RABITQ", lists: int = 1024, m: int = 48, refine: str = "none") -> Setting:
    """IVF_FLAT, IVF_SQ8, IVF_PQ (m pieces of 8 bits) or IVF_RABITQ, with nlist lists and perhaps a refiner."""
    (codes, text), width, again = codes_of(dim, kind, m), 2 if lists <= 1 << 16 else 4, REFINERS[refine] * dim

    def parts(rows: int) -> tuple[Line, ...]:
        return (
            everywhere("codes", codes * rows),
            everywhere("refiner's codes", again * rows),
            everywhere("cluster numbers", width * rows),
            everywhere("centroids", 4 * dim * lists),
            on_disk("originals", 4 * dim * rows),
        )

    more = f" + {REFINERS[refine]:g} d" if again else ""
    held = f"memory 4 d nlist + N · ({width} + {text}{more}), nlist = {lists}; disk the same and 4 d N"
    name = (
        f"IVF_{kind}, nlist={lists}"
        + (f", m={m}" if kind == "PQ" else "")
        + (f", refine_type={refine}" if again else "")
    )
    return Setting(name, dim, codes, held, parts)


def hnsw(dim: int, kind: str = "SQ8", links: int = 32, m: int = 48) -> Setting:
    """HNSW, HNSW_SQ or HNSW_PQ with this many links per vector."""
    codes, text = codes_of(dim, kind, m)

    def parts(rows: int) -> tuple[Line, ...]:
        lines = everywhere("codes", codes * rows), everywhere("graph", 4 * links * rows)
        return *lines, on_disk("originals", 4 * dim * rows)

    name = f"HNSW{'' if kind == 'FLAT' else f'_{kind}'}, {links} links"
    return Setting(name, dim, codes, f"memory N · (4 · {links} + {text}); disk the same and 4 d N", parts)


def settings(dim: int) -> tuple[Setting, ...]:
    """Lists with every kind of code and product codes of three sizes; graphs over floats and 8-bit codes."""
    sizes = sorted({pieces(dim, ceil(dim / f)) for f in (4, 8, 16)}, reverse=True)
    lists = (*(ivf(dim, kind) for kind in ("FLAT", "SQ8", "RABITQ")), *(ivf(dim, "PQ", m=m) for m in sizes))
    return (*lists, hnsw(dim, "FLAT"), hnsw(dim, "SQ8"))


ENGINE = Engine(
    "Milvus",
    "2.6",
    "https://milvus.io/docs/index-explained.md",
    settings,
    "The page has no line for RABITQ, whose 8 bytes of factors are those of faiss, and none for originals on disk.",
)
