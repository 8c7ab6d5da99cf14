"""The compiled walk over a graph of neighbours: where scores of single rows are, a query is one loop.

It looks at the rows that the walk in steps of core.search.hnsw looks at, in the same order: on the upper levels the
best neighbour is gone to while it is better, on the lowest the best rows not yet followed are followed, a few at a
time, and of equal scores the one met first is kept, in the end the lower id before the higher.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from core.kernels import FAST, Ints
from core.scan import nobody
from core.scan_rows import Reading, score_of
from core.types import Ids, Scores, State

LOOKED, MET = np.uint8(1), np.uint8(3)  # marks of a row: scored by this query, and come to on the lowest level


def walked(s: State, reading: Reading, rows: int, beam: int, stride: int) -> tuple[Ids, Scores, Ints]:
    """The beam (m, beam) of every query, best first, and how many rows each looked at."""
    m, entry = len(reading.asked), int(s["entry"][0])
    sums = reading.rows, reading.asked, reading.values
    marks, at, looked = np.zeros((m, rows), np.uint8), np.full(m, entry, np.int64), np.ones(m, np.int64)
    marks[:, entry] = LOOKED
    ids, best = nobody(m, beam)
    for level in range(sum(name.startswith("nodes") for name in s), 0, -1):
        _descend(*sums, s[f"nodes{level}"], s[f"links{level}"], at, marks, looked)
    _beam(*sums, s["links0"], entry, at, stride, marks, looked, ids, best)
    return ids, reading.raised(best), looked


@njit(**FAST)  # type: ignore[untyped-decorator]
def _descend(rows: Any, asked: Any, values: Any, nodes: Any, links: Any, at: Any, marks: Any, looked: Any) -> None:
    """Move each query on one upper level to the best neighbour, again and again, while that is better."""
    for q in range(len(at)):
        best = score_of(rows, asked[q], values, at[q])
        moved = True
        while moved:
            moved = False
            for near in links[np.searchsorted(nodes, at[q])]:
                if near < 0:
                    continue
                looked[q] += marks[q, near] == 0
                marks[q, near] |= LOOKED
                score = score_of(rows, asked[q], values, near)
                if score > best:
                    best, at[q], moved = score, near, True


@njit(inline="always")  # type: ignore[untyped-decorator]
def _insert(score: Any, row: Any, found: Any, ids: Any, best: Any, followed: Any) -> Any:
    """Put a row into the beam behind all that are as good; returns its place."""
    at = min(found, len(ids) - 1)
    while at > 0 and best[at - 1] < score:
        best[at], ids[at], followed[at] = best[at - 1], ids[at - 1], followed[at - 1]
        at -= 1
    best[at], ids[at], followed[at] = score, row, False
    return at


@njit(inline="always")  # type: ignore[untyped-decorator]
def _by_id(ids: Any, best: Any) -> None:
    """Of equal scores the lower id first."""
    for i in range(1, len(ids)):
        at, row = i, ids[i]
        while at > 0 and best[at - 1] == best[i] and ids[at - 1] > row:
            ids[at] = ids[at - 1]
            at -= 1
        ids[at] = row


@njit(**FAST)  # type: ignore[untyped-decorator]
def _beam(
    rows: Any,
    asked: Any,
    values: Any,
    links: Any,
    entry: int,
    at: Any,
    stride: int,
    marks: Any,
    looked: Any,
    ids: Any,
    best: Any,
) -> None:
    """Follow the links of the best rows not yet followed, `stride` at a time, until every row in the beam is."""
    width = ids.shape[1]
    fresh, followed = np.empty(max(2, stride * links.shape[1]), np.int64), np.empty(width, np.bool_)
    for q in range(len(ids)):
        found, first, many = 0, 0, 1
        fresh[0] = at[q]
        if at[q] != entry:
            fresh[1], many = entry, 2
        for i in fresh[:many]:
            marks[q, i] = MET
        while many:
            for row in np.sort(fresh[:many]):
                score = score_of(rows, asked[q], values, row)
                if found < width or score > best[q, width - 1]:
                    first = min(first, _insert(score, row, found, ids[q], best[q], followed))
                    found = min(found + 1, width)
            many, steps = 0, 0
            while first < found and steps < stride:
                if not followed[first]:
                    followed[first] = True
                    for near in links[ids[q, first]]:
                        if near >= 0 and marks[q, near] != MET:
                            looked[q] += marks[q, near] == 0
                            marks[q, near] = MET
                            fresh[many] = near
                            many += 1
                    steps = steps + 1 if many or steps + 1 < stride else 0  # nothing new: as many again
                first += 1
        _by_id(ids[q], best[q])
