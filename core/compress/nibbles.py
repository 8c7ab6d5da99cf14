"""4-bit codes through faiss' SIMD kernel (André et al. 2015) around our own centroids: it proposes, our tables decide.

The kernel rounds its tables to 8 bits and cannot multiply by a per-vector scale. Near the top, though, s·u is close to
u + u*·(s − 1), u* being what a good row scores for this query: a sum again, so the scale becomes one more field. The
rows proposed are then scored exactly. How far the kernel's sums can be off is known: a query for which that could hide
a neighbour is scanned without the kernel, so the answer is the codes' own. The kernel keeps a copy of the codes in an
order of its own, so a process that scans with it holds them twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.kernels import Groups, Ints
from core.scan import Tables, in_blocks, queries_at_once, scan, score_rows
from core.types import Codes, Hits, Rows, Scanner, Scores, State

SHORTLIST = {True: 10, False: 6}  # rows proposed are so many times k, with and without a scale
FEW = 4096  # rows under which the exact scan is as fast
PROBE = 256  # rows that tell what a good score is
QUERIES = 256  # queries at a time, at most


def padded_index(s: State, codes: Codes, scales: NDArray[np.float32]) -> tuple[Any, Ints]:
    """faiss.IndexPQFastScan holding `codes`, each group padded with zeros to one width, and the groups' columns in it.

    Fields without a group (the scale's, or padding) hold scales − 1 in their first column.
    """
    import faiss

    groups, fields = Groups.of_state(s).blocks(s["centroids"]), 2 * codes.shape[1]
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
    factors = np.ones(16, np.float32) if scales is None else scales
    index, slots = padded_index(s, codes, factors)
    by_byte = np.repeat(factors, 16)
    probe = np.random.default_rng(0).choice(len(codes), min(PROBE, len(codes)), replace=False)

    def padded(q: Rows, good: NDArray[np.float32]) -> Rows:
        out = np.zeros((len(q), index.d), np.float32)
        out[:, slots] = q[:, s["dims"]]
        if scales is not None:
            out[:, -(index.d // index.M)] = good
        return out

    def part(q: Rows, k: int) -> Hits:
        tables, length = exact(s, q), SHORTLIST[scales is not None] * k
        if length >= len(codes):
            return scan(codes, tables, k, by_byte)
        good = score_rows(codes, tables, by_byte, np.broadcast_to(probe, (len(q), len(probe))), 1)[0][:, 0]
        guess, rows = index.search(padded(q, good), length)
        best, ids = score_rows(codes, tables, by_byte, np.sort(rows, axis=1), k)
        unsure = least_sum(best[:, -1], good, factors) <= guess[:, -1] + rounding(tables, good, factors)
        if unsure.any():
            again = scan(codes, tables[unsure], k, by_byte)
            best[unsure], ids[unsure] = again.scores, again.ids
        return Hits(ids, best, float(len(codes)))

    def run(q: Rows, k: int) -> Hits:
        return in_blocks(lambda some: part(some, min(k, len(codes))), q, min(QUERIES, queries_at_once(codes)))

    return run


def least_sum(score: NDArray[np.float32], good: NDArray[np.float32], factors: NDArray[np.float32]) -> Scores:
    """The least u + u*·(s − 1) that a row of score s·u ≥ `score` (q,) can have, over all factors s: float32 (q,)."""
    out: Scores = (score[:, None] / factors + good[:, None] * (factors - 1)).min(1)
    return out


def rounding(tables: Tables, good: NDArray[np.float32], factors: NDArray[np.float32]) -> Scores:
    """How far the kernel's sums can be off (q,): at most half a step per field, the widest field having 255 steps.

    Errors of many fields cancel: beyond six standard deviations of their sum, one row in a billion, is not waited for.
    """
    halves = [np.ptp(tables[:, :, :16], axis=2), np.ptp(tables[:, :, ::16], axis=2)]
    spans = np.concatenate([*halves, np.abs(good[:, None]) * np.ptp(factors)], axis=1)
    step = np.maximum(spans.max(1) / 255, spans.sum(1) / 65535)
    fields = 2 * tables.shape[1]
    out: Scores = step * min(0.5 * fields, np.sqrt(3 * fields)) * 1.001
    return out
