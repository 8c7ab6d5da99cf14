"""Compiled scores of single rows, for those who look at some of the codes rather than at all of them.

Graphs, lists and rerankers jump from row to row, so a loop over them needs a row's score by its number. Four forms of
codes have one: bytes that look tables up, numbers times the query (floats or whole ones), 16-bit words that each stand
for a number, and scores that are known already. Which one is meant shows in the shapes of the arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numba import njit, types
from numba.extending import overload
from numpy.typing import NDArray

from core.kernels import FAST, Ints
from core.scan import ONES, nobody
from core.types import Codes, Ids, Rows, Scores

TURN = 16  # queries that read together: what they hold stays in the cache


class Reading(NamedTuple):
    """Codes as m queries read them: the score of row i is factor · Σ … + offset.

    rows (n, w) with asked: bytes with tables (m, w, 256), the factor `values[last byte]`; numbers, uint8 or float32,
    with weights (m, w); uint16 with weights (m, w) of what `values` (65,536) says they are; no columns, scores (m, n).
    """

    rows: NDArray[Any]
    asked: NDArray[np.float32]
    values: NDArray[np.float32] = ONES
    offset: NDArray[np.float32] | None = None  # (m,), None for 0

    def raised(self, scores: Scores) -> Scores:
        """Sums (m, r) as scores."""
        return scores if self.offset is None else scores + self.offset[:, None]


Reader: TypeAlias = Callable[[Rows], Reading]


def by_tables(codes: Codes, tables: Callable[[Rows], NDArray[np.float32]], factors: Rows = ONES) -> Reader:
    """Codes (n, nbytes) read through the tables (m, nbytes, 256) of queries; factors (256,) go by the last byte."""
    return lambda q: Reading(codes, np.ascontiguousarray(tables(q), np.float32), np.asarray(factors, np.float32))


def score_of(rows: Any, own: Any, values: Any, i: Any) -> Any:
    """The sum for row i; own are the tables or weights of one query."""
    raise NotImplementedError("compiled code only")


@overload(score_of, inline="always")  # type: ignore[untyped-decorator]
def _scored(rows: Any, own: Any, values: Any, i: Any) -> Any:
    if rows.ndim == 1:
        return _known
    if own.ndim == 2:
        return _looked_up
    return _of_words if rows.dtype == types.uint16 else _inner


def _known(rows: Any, own: Any, values: Any, i: Any) -> Any:
    return own[i]


def _looked_up(rows: Any, own: Any, values: Any, i: Any) -> Any:
    width = rows.shape[1]
    total, other = np.float32(0), np.float32(0)
    for m in range(width // 2):
        total += own[2 * m, rows[i, 2 * m]]
        other += own[2 * m + 1, rows[i, 2 * m + 1]]
    if width % 2:
        total += own[width - 1, rows[i, width - 1]]
    return (total + other) * values[rows[i, width - 1]]


def _inner(rows: Any, own: Any, values: Any, i: Any) -> Any:
    total = np.float32(0)
    for j in range(rows.shape[1]):
        total += own[j] * np.float32(rows[i, j])
    return total


def _of_words(rows: Any, own: Any, values: Any, i: Any) -> Any:
    total = np.float32(0)
    for j in range(rows.shape[1]):
        total += own[j] * values[rows[i, j]]
    return total


@njit(**FAST)  # type: ignore[untyped-decorator]
def _score_each(rows: Any, asked: Any, values: Any, ids: Any, out: Any) -> None:
    for q in range(len(ids)):
        for j in range(ids.shape[1]):
            if ids[q, j] >= 0:
                out[q, j] = score_of(rows, asked[q], values, ids[q, j])


def score_each(reading: Reading, ids: Ids) -> Scores:
    """Scores (m, r) of each query's own rows; −inf where an id is −1."""
    out = np.full(ids.shape, -np.inf, np.float32)
    _score_each(reading.rows, reading.asked, reading.values, ids, out)
    return reading.raised(out)


def in_turns(reader: Reader, q: Rows, ids: Ids) -> Scores:
    """`score_each` for many queries (m, d), TURN at a time."""
    parts = [score_each(reader(q[a : a + TURN]), ids[a : a + TURN]) for a in range(0, max(len(q), 1), TURN)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


@njit(inline="always")  # type: ignore[untyped-decorator]
def _keep(total: Any, row: Any, found: Any, ids: Any, best: Any) -> Any:
    """Insert a row among the best so far (falling, equals by number); returns how many there are now."""
    at = min(found, len(ids) - 1)
    while at > 0 and (best[at - 1] < total or (best[at - 1] == total and ids[at - 1] > row)):
        best[at], ids[at] = best[at - 1], ids[at - 1]
        at -= 1
    best[at], ids[at] = total, row
    return min(found + 1, len(ids))


@njit(**FAST)  # type: ignore[untyped-decorator]
def _scan_lists(rows: Any, asked: Any, values: Any, order: Any, starts: Any, probes: Any, ids: Any, best: Any) -> None:
    k = ids.shape[1]
    for q in range(len(probes)):
        found = 0
        for c in probes[q]:
            for at in range(starts[c], starts[c + 1]):
                row = order[at]
                total = score_of(rows, asked[q], values, row)
                if found < k or total > best[q, k - 1] or (total == best[q, k - 1] and row < ids[q, k - 1]):
                    found = _keep(total, row, found, ids[q], best[q])


def scan_lists(reading: Reading, order: Ints, starts: Ints, probes: Ids, k: int) -> tuple[Ids, Scores]:
    """The k best rows of each query's lists, probes (m, p): list c holds rows order[starts[c] : starts[c + 1]].

    Equal scores go to the lower row; −1 and −inf where the lists hold fewer.
    """
    ids, best = nobody(len(probes), k)
    if k:
        _scan_lists(reading.rows, reading.asked, reading.values, order, starts, probes, ids, best)
    return ids, reading.raised(best)
