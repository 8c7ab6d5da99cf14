"""Elasticsearch: quantised vectors and the graph should fit in the file-system cache; floats stay on disk as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil

from core.errors import PlanError
from core.evaluate.engines import Engine, Setting, packed
from core.evaluate.ledger import Line, everywhere, on_disk

KINDS: Mapping[
    str, tuple[Callable[[int], int], str]
] = {  # bytes of one vector of d dimensions as it is scored, and how that is written
    "none": (lambda d: 4 * d, "4 d"),
    "int8": (lambda d: d + 16, "d + 16"),
    "int4": (lambda d: ceil(d / 2) + 16, "⌈d / 2⌉ + 16"),
    "bbq": (lambda d: packed(d, 1, 64) + 14, "8 ⌈d / 64⌉ + 14"),
}
CLUSTER = 384  # vectors per cluster of bbq_disk
WIDE = 384  # dimensions from which on its codes have 1 bit
RESIDENT = 0.05  # share of its clusters that is enough in memory; the documentation gives 5 to 10 %


def setting(dim: int, quantisation: str = "bbq", m: int = 16, graph: bool = True) -> Setting:
    """dense_vector with `index_options.type` hnsw, int8_hnsw, int4_hnsw, bbq_hnsw, or the same flat."""
    if quantisation not in KINDS:
        raise PlanError(f"Elasticsearch quantises to {', '.join(KINDS)}, got '{quantisation}'.")
    size, text = KINDS[quantisation]
    codes, links = size(dim), 4 * m if graph else 0
    kind = "" if quantisation == "none" else f"{quantisation}_"

    def parts(rows: int) -> tuple[Line, ...]:
        floats = 0 if quantisation == "none" else 4 * dim * rows
        return everywhere("codes", codes * rows), everywhere("graph", links * rows), on_disk("originals", floats)

    name = f"{kind}hnsw, m={m}" if graph else f"{kind}flat"
    held = f"memory N · ({text}{' + 4 m' if graph else ''}){f', m = {m}' if graph else ''}"
    return Setting(name, dim, codes, held + ("" if kind == "" else "; disk the same and 4 d N"), parts)


def disk(dim: int) -> Setting:
    """bbq_disk: every vector in two clusters, 1 bit from 384 dimensions on and 4 below; most of it stays on disk."""
    codes = 2 * (packed(dim, 1 if dim >= WIDE else 4) + 16)

    def parts(rows: int) -> tuple[Line, ...]:
        clusters, centres = codes * rows, ceil(rows / CLUSTER) * (dim + 16)
        read = Line("codes", RESIDENT * clusters, clusters, clusters)
        return read, everywhere("centroids", centres), on_disk("originals", 4 * dim * rows)

    text = f"memory {RESIDENT:.0%} of N · 2 (bits · d / 8 + 16), and ⌈N / {CLUSTER}⌉ · (d + 16); disk all, and 4 d N"
    return Setting("bbq_disk", dim, codes, text, parts)


def settings(dim: int) -> tuple[Setting, ...]:
    """Every kind of code with a graph, and the clusters on disk."""
    return (*(setting(dim, kind) for kind in KINDS), disk(dim))


ENGINE = Engine(
    "Elasticsearch",
    "9.4",
    "https://www.elastic.co/docs/deploy-manage/production-guidance/optimize-performance/approximate-knn-search"
    " and its vector sizing calculator (github.com/elastic/docs-builder)",
    settings,
    "Before 9.4 the pages gave int8 and int4 4 bytes of corrections, not 16.",
)
