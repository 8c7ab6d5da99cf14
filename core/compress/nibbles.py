"""4-bit codes through faiss' SIMD kernel (André et al. 2015) around our own centroids: it proposes, our tables decide.

The kernel rounds its tables to 8 bits and cannot multiply by a per-vector scale. Near the top, though, s·u is close to
u + u*·(s − 1), u* being what a good row scores for this query: a sum again, so the scale becomes one more field. The
rows proposed are then scored exactly; a neighbour is missed only if it falls out of a shortlist many times too long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.kernels import Ints
from core.scan import Tables, score_rows
from core.types import Codes, Hits, Rows, Scanner, State

SHORTLIST = {True: 10, False: 3}  # rows proposed are so many times k, with and without a scale
FEW = 4096  # rows under which the exact scan is as fast
PROBE = 256  # rows that tell what a good score is
QUERIES = 256  # queries at a time


def blocks(s: State) -> list[NDArray[np.float32]]:
    """Centroids of each group, (g, K)."""
    starts = np.concatenate([[0], np.cumsum(np.diff(s["edges"]) * s["counts"])])
    return [s["centroids"][a:b].reshape(-1, k) for a, b, k in zip(starts[:-1], starts[1:], s["counts"], strict=True)]


def padded_index(s: State, codes: Codes, scales: NDArray[np.float32]) -> tuple[Any, Ints]:
    """faiss.IndexPQFastScan holding `codes`, each group padded with zeros to one width, and the groups' columns in it.

    Fields without a group (the scale's, or padding) hold scales − 1 in their first column.
    """
    import faiss

    groups, fields = blocks(s), 2 * codes.shape[1]
    width = max(len(c) for c in groups)
    cents = np.zeros((fields, 16, width), np.float32)
    for m, c in enumerate(groups):
        cents[m, :, : len(c)] = c.T
    if fields > len(groups):
        cents[-1, :, 0] = scales - 1
    plain: Any = faiss.IndexPQ(fields * width, fields, 4, faiss.METRIC_INNER_PRODUCT)
    faiss.copy_array_to_vector(cents.ravel(), plain.pq.centroids)
    faiss.copy_array_to_vector(codes.ravel(), plain.codes)
    plain.is_trained, plain.ntotal = True, len(codes)
    slots = np.concatenate([m * width + np.arange(len(c)) for m, c in enumerate(groups)])
    return faiss.IndexPQFastScan(plain), slots


def fast_scanner(
    exact: Callable[[State, Rows], Tables], s: State, codes: Codes, scales: NDArray[np.float32] | None
) -> Scanner:
    """Top-k over 4-bit codes; `exact` gives a query's tables, `scales` (16,) the factors of the last field."""
    index, slots = padded_index(s, codes, np.ones(16, np.float32) if scales is None else scales)
    by_byte = np.repeat(np.ones(16, np.float32) if scales is None else scales, 16)
    probe = np.random.default_rng(0).choice(len(codes), min(PROBE, len(codes)), replace=False)

    def propose(q: Rows, tables: Tables, k: int) -> NDArray[np.int64]:
        padded = np.zeros((len(q), index.d), np.float32)
        padded[:, slots] = q[:, s["dims"]]
        if scales is not None:
            good, _ = score_rows(codes, tables, by_byte, np.broadcast_to(probe, (len(q), len(probe))), 1)
            padded[:, -(index.d // index.M)] = good[:, 0]
        rows: NDArray[np.int64] = index.search(padded, k)[1]
        return rows

    def part(q: Rows, k: int) -> Hits:
        tables = exact(s, q)
        rows = propose(q, tables, min(len(codes), SHORTLIST[scales is not None] * k))
        best, ids = score_rows(codes, tables, by_byte, rows, k)
        return Hits(ids, best, float(len(codes)))

    def run(q: Rows, k: int) -> Hits:
        parts = [part(q[a : a + QUERIES], min(k, len(codes))) for a in range(0, max(len(q), 1), QUERIES)]
        return Hits(
            np.concatenate([p.ids for p in parts]), np.concatenate([p.scores for p in parts]), float(len(codes))
        )

    return run
