"""LanceDB: IVF_PQ and IVF_RQ (RaBitQ) in one partition and IVF_SQ, by dot product, without reading vectors again.

Bytes are those of the code; row ids, centroids and file layout are in the overhead. It learns and codes in one step, on
the rows that it holds. 8 bits and pieces of 8 or 16 dimensions are what its documentation advises.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.types import Ids, Rows, Train
from tests.bench.peers import Clock, Index, fits

LIBRARY, APART = "lancedb pyarrow", False
FACTORS = 8  # bytes per vector beside RaBitQ's bits


def plans(budget: int, dim: int) -> Iterator[str]:
    if dim % budget == 0 and budget <= dim // 4:
        yield f"IVF_PQ {budget} x 8"
    if dim % (2 * budget) == 0:
        yield f"IVF_PQ {2 * budget} x 4"
    for bits in (1, 2, 4, 8):
        if fits(dim * bits / 8 + FACTORS, budget):
            yield f"IVF_RQ {bits} bits"
    if fits(dim, budget):
        yield "IVF_SQ"


def made(plan: str, learn: Train, docs: Rows) -> Index:
    import lancedb
    import pyarrow as pa
    from lancedb import index as kinds

    clock, dim = Clock(), docs.shape[1]
    words = plan.split()
    how = {"distance_type": "dot", "num_partitions": 1}
    if words[0] == "IVF_PQ":
        config = kinds.IvfPq(num_sub_vectors=int(words[1]), num_bits=int(words[3]), **how)
        size = int(words[1]) * int(words[3]) // 8
    elif words[0] == "IVF_RQ":
        config, size = kinds.IvfRq(num_bits=int(words[1]), **how), dim * int(words[1]) // 8 + FACTORS
    else:
        config, size = kinds.IvfSq(**how), dim
    folder = tempfile.TemporaryDirectory()
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(docs.ravel()), dim)
    table = lancedb.connect(folder.name).create_table(
        "docs", pa.table({"id": pa.array(range(len(docs))), "v": vectors})
    )
    clock()
    table.create_index("v", config=config)
    seconds = clock()
    whole = sum(p.stat().st_size for p in Path(folder.name).rglob("_indices/**/*") if p.is_file())

    def search(queries: Rows, k: int, kept: object = folder) -> Ids:
        found = [
            table.search(q).distance_type("dot").nprobes(1).limit(k).select(["id", "_distance"]).to_arrow()
            for q in queries
        ]
        return np.array([padded(hits["id"].to_pylist(), k) for hits in found], np.int64)

    return Index(search, size, whole - size * len(docs), seconds, None)


def padded(ids: list[int], k: int) -> list[int]:
    return ids + [-1] * (k - len(ids))
