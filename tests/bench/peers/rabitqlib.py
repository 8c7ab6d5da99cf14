"""RaBitQ-Library: IVF-RaBitQ with about the square root of n centroids, all probed. Ids are not in the bytes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from core.types import Rows, Train
from tests.bench.peers import Clock, Index, fits

LIBRARY, APART = "rabitqlib", True
FACTORS = {True: 12, False: 20}  # bytes per vector beside the bits: with one bit, with more


def size_of(bits: int, dim: int) -> int:
    padded = -(-dim // 64) * 64
    return padded * bits // 8 + FACTORS[bits == 1]


def plans(budget: int, dim: int) -> Iterator[str]:
    for bits in range(1, 10):
        if fits(size_of(bits, dim), budget):
            yield f"IVF {bits} bits"


def made(plan: str, learn: Train, docs: Rows) -> Index:
    from rabitqlib import FinalAssignmentMode, IvfIndex, RaBitQKMeans

    clock, bits, dim = Clock(), int(plan.split()[1]), docs.shape[1]
    cells = round(len(docs) ** 0.5)
    means = RaBitQKMeans(dim, cells, num_threads=1, final_assignment=FinalAssignmentMode.Exact)
    means.train(learn.rows)
    fit = clock()
    index = IvfIndex(dim=dim, max_elements=len(docs), num_clusters=cells, nbits=bits, metric="ip")
    cell = (
        means.assignments
        if docs is learn.rows
        else (docs @ means.centroids.T * 2 - (means.centroids**2).sum(1)).argmax(1)
    )
    index.build(docs, means.centroids, cell.astype("uint32"), num_threads=1)
    encode = clock()
    with tempfile.TemporaryDirectory() as folder:
        index.save(str(Path(folder) / "index"))
        whole = (Path(folder) / "index").stat().st_size
    size = size_of(bits, dim)
    return Index(lambda q, k: index.search(q, k, nprobe=cells)[0], size, whole - size * len(docs), fit, encode)
