"""ScaNN: anisotropic 4-bit product codes (threshold 0.2, two dimensions per block advised; more for fewer bytes), these
with int8 to order 100 candidates again, and int8 by brute force, which its documentation advises below 20,000 rows.

Nothing is partitioned. Four-bit codes are counted packed, as they lie in memory; on disk ScaNN takes a byte for each.
It learns and codes in one step, on the rows that it holds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.types import Rows, Train
from tests.bench.peers import Clock, Index, fits

LIBRARY, APART = "scann", False
THRESHOLD, AGAIN = 0.2, 100


def plans(budget: int, dim: int) -> Iterator[str]:
    if dim % (2 * budget) == 0:
        yield f"AH {dim // (2 * budget)} per block"
    if fits(dim, budget):
        yield "int8"
    for per in (2, 4):
        if fits(dim + dim // (2 * per), budget):
            yield f"AH {per} per block, int8 again"


def made(plan: str, learn: Train, docs: Rows) -> Index:
    from scann import scann_ops_pybind

    clock, dim = Clock(), docs.shape[1]
    asked = scann_ops_pybind.builder(docs, 10, "dot_product").set_n_training_threads(1)
    size = 0
    if plan.startswith("AH"):
        per = int(plan.split()[1])
        asked = asked.score_ah(per, anisotropic_quantization_threshold=THRESHOLD)
        size = -(-dim // (2 * per))
    if plan.endswith("again"):
        asked = asked.reorder(AGAIN, quantize=True)
    if plan == "int8":
        asked = asked.score_brute_force(quantize=True)
    size += dim * plan.count("int8")
    found = asked.build()
    seconds = clock()
    with tempfile.TemporaryDirectory() as folder:
        found.serialize(folder)
        files = [p for p in Path(folder).iterdir() if "dataset" not in p.name]
        shared = sum(p.stat().st_size for p in files)

    def search(queries: Rows, k: int) -> np.ndarray:
        if len(queries) == 1:
            return found.search(queries[0], final_num_neighbors=k)[0][None].astype(np.int64)
        return found.search_batched(queries, final_num_neighbors=k)[0].astype(np.int64)

    return Index(search, size, shared, seconds, None)
