"""OpenSearch: what the k-NN plugin loads, with a tenth on top; originals stay on disk to rank candidates again."""

from __future__ import annotations

from core.errors import PlanError
from core.evaluate.engines import Engine, Setting, pieces, spelled
from core.evaluate.ledger import Line, everywhere, in_memory, on_disk

LEVELS = {1: 32, 2: 16, 4: 8, 8: 4, 16: 2, 32: 1}  # compression_level: bits per dimension
SPARE = 0.1  # of everything loaded
SEGMENTS = 300  # that the documentation assumes where they are not known


def setting(dim: int, compression: int = 32, m: int = 16) -> Setting:
    """knn_vector with this compression_level, HNSW with m links."""
    if compression not in LEVELS:
        raise PlanError(f"OpenSearch compresses {', '.join(f'{c}x' for c in LEVELS)}, got {compression}x.")
    bits = LEVELS[compression]
    codes = dim * bits / 8

    def parts(rows: int) -> tuple[Line, ...]:
        lines = everywhere("codes", codes * rows), everywhere("graph", 8 * m * rows)
        spare = in_memory("a tenth to spare", SPARE * sum(x.memory for x in lines))
        return *lines, spare, on_disk("originals", 4 * dim * rows)

    text = f"memory 1.1 · ({spelled(bits)} + 8 m) · N, m = {m}; disk without the tenth, and 4 d N"
    return Setting(f"compression_level {compression}x, m={m}", dim, codes, text, parts)


def product(dim: int, m: int = 48, bits: int = 8, links: int = 16, lists: int = 0, segments: int = SEGMENTS) -> Setting:
    """Faiss product quantisation with m pieces; HNSW, or IVF where lists are given."""
    codes = m * bits / 8

    def parts(rows: int) -> tuple[Line, ...]:
        shared = segments * 4 * dim * ((1 << bits) + lists)
        lines = (
            everywhere("codes", codes * rows),
            everywhere("ids and pointers", 24 * rows),
            everywhere("graph", 0 if lists else 8 * links * rows),
            everywhere("codebooks and centroids", shared),
        )
        spare = in_memory("a tenth to spare", SPARE * sum(x.memory for x in lines))
        return *lines, spare, on_disk("originals", 4 * dim * rows)

    each, more = ("", f" + 4 · {lists} d") if lists else (f" + 8 · {links}", "")
    text = f"memory 1.1 · (({bits} / 8 · {m} + 24{each}) · N + {segments} segments · (2^{bits} · 4 d{more}))"
    return Setting(f"{'ivf' if lists else 'hnsw'} + pq, m={m}, code_size={bits}", dim, codes, text, parts)


def settings(dim: int) -> tuple[Setting, ...]:
    """Every compression level, and product codes of three sizes."""
    sizes = sorted({pieces(dim, dim // f) for f in (4, 8, 16)}, reverse=True)
    return (*(setting(dim, c) for c in LEVELS), *(product(dim, m) for m in sizes))


ENGINE = Engine(
    "OpenSearch",
    "3.6",
    "https://docs.opensearch.org/latest/vector-search/optimizing-storage/",
    settings,
    "The pages give memory only. The disk column is ours: the same structures, and the originals that rescoring reads.",
)
