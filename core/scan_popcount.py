"""Compiled scans of codes kept as bit planes: whole queries by counting bits, float queries by tables per byte.

A row holds small whole numbers u, one per dimension, split into planes (all highest bits side by side, then the next),
and a few numbers of its own, `side`. Its score for a query is side₀ (a ⟨u, k⟩ + b) + Σ sideₜ cₜ: k is the query, whole
numbers split likewise or floats, and `terms` = (a, b, c₁, …) are the query's own. ⟨u, k⟩ of whole numbers is
Σ 2^(i+j) popcount(uᵢ & kⱼ), 64 dimensions in one instruction.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from core.kernels import FAST
from core.scan import TABLE_BYTES, _offer, bit_tables, in_blocks
from core.types import Hits, Rows

Words = NDArray[np.uint64]
LANES = 64  # rows counted side by side


@intrinsic  # type: ignore[untyped-decorator]
def _ones(context: Any, word: Any) -> Any:
    """How many bits of a 64-bit word are set: the processor's own instruction."""
    return types.uint64(types.uint64), lambda _, builder, signature, args: builder.ctpop(args[0])


def to_planes(cells: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Whole numbers (n, d) as planes, highest bits first, least significant dimension first: (n, bits, ceil(d / 8))."""
    spread = (cells[:, None, :] >> np.arange(bits - 1, -1, -1, dtype=np.uint8)[:, None]) & 1
    return np.packbits(spread, axis=2, bitorder="little")


def from_planes(planes: NDArray[np.uint8], d: int) -> NDArray[np.uint8]:
    """The inverse of `to_planes`."""
    spread = np.unpackbits(planes, axis=2, count=d, bitorder="little")
    cells = np.zeros((len(planes), d), np.uint8)
    for plane in spread.swapaxes(0, 1):
        cells = (cells << 1) | plane
    return cells


def words(planes: NDArray[np.uint8]) -> Words:
    """Planes (n, bits, nbytes) in words of 64 bits, padded with zeros: (n, bits, ceil(nbytes / 8))."""
    padded = np.zeros((*planes.shape[:2], -(-planes.shape[2] // 8) * 8), np.uint8)
    padded[:, :, : planes.shape[2]] = planes
    return np.asarray(padded.view("<u8"), np.uint64)


@njit(inline="always")  # type: ignore[untyped-decorator]
def _plane(row: Any, flat: Any) -> Any:
    """Σ of the entries that the bytes of these words choose, 256 for each byte."""
    a, b, low, one = np.float32(0), np.float32(0), np.uint64(255), np.uint64(256)
    for g in range(len(row)):
        w, o = row[g], np.uint64(g * 2048)
        a += flat[o + (w & low)]
        b += flat[o + one + ((w >> np.uint64(8)) & low)]
        a += flat[o + np.uint64(512) + ((w >> np.uint64(16)) & low)]
        b += flat[o + np.uint64(768) + ((w >> np.uint64(24)) & low)]
        a += flat[o + np.uint64(1024) + ((w >> np.uint64(32)) & low)]
        b += flat[o + np.uint64(1280) + ((w >> np.uint64(40)) & low)]
        a += flat[o + np.uint64(1536) + ((w >> np.uint64(48)) & low)]
        b += flat[o + np.uint64(1792) + (w >> np.uint64(56))]
    return a + b


@njit(parallel=True, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _scan_tables(rows: Any, side: Any, tables: Any, terms: Any, hope: Any, k: int, ids: Any, best: Any) -> None:
    n, bits, _ = rows.shape
    for q in prange(len(tables)):
        flat, found, t = tables[q].ravel(), 0, terms[q]
        for i in range(n):
            more = np.float32(0)
            for j in range(1, len(side)):
                more += side[j, i] * t[j + 1]
            inner = _plane(rows[i, 0], flat)
            if bits > 1:
                most = hope[q, 0] * inner + hope[q, 1]
                if found == k and side[0, i] * (t[0] * most + t[1]) + more <= best[q, k - 1]:
                    continue
                for b in range(1, bits):
                    inner = 2 * inner + _plane(rows[i, b], flat)
            total = side[0, i] * (t[0] * inner + t[1]) + more
            if found < k or total > best[q, k - 1]:
                found = _offer(total, i, found, k, ids[q], best[q])


@njit(**FAST)  # type: ignore[untyped-decorator]
def _count(lanes: Any, planes: Any, out: Any) -> None:
    """out[l] = ⟨u, k⟩ for the rows of one block (bits, width, LANES) and one query, planes (its bits, width)."""
    out[:] = 0
    for b in range(lanes.shape[0]):
        for j in range(planes.shape[0]):
            shift = np.uint64(lanes.shape[0] - 1 - b + planes.shape[0] - 1 - j)
            for g in range(lanes.shape[1]):
                mine = planes[j, g]
                for l in range(LANES):
                    out[l] += _ones(lanes[b, g, l] & mine) << shift


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _scan_counts(lanes: Any, side: Any, planes: Any, terms: Any, k: int, ids: Any, best: Any) -> None:
    n = side.shape[1]
    for q in prange(len(planes)):
        found, t = 0, terms[q]
        inner, total = np.empty(LANES, np.uint64), np.empty(LANES, np.float32)
        for block in range(len(lanes)):
            first = block * LANES
            many = min(LANES, n - first)
            _count(lanes[block], planes[q], inner)
            for l in range(many):
                total[l] = side[0, first + l] * (t[0] * np.float32(np.int64(inner[l])) + t[1])
            for j in range(1, len(side)):
                for l in range(many):
                    total[l] += side[j, first + l] * t[j + 1]
            for l in range(many):
                if found < k or total[l] > best[q, k - 1]:
                    found = _offer(total[l], first + l, found, k, ids[q], best[q])


def in_lanes(rows: Words) -> Words:
    """Words (n, bits, width) with LANES rows side by side: (blocks, bits, width, LANES)."""
    n, bits, width = rows.shape
    out = np.zeros((-(-n // LANES), LANES, bits, width), np.uint64)
    out.reshape(-1, bits, width)[:n] = rows
    return np.ascontiguousarray(np.moveaxis(out, 1, 3))


def scan_tables(rows: Words, side: Rows, q: Rows, terms: Rows, hope: Rows, k: int) -> Hits:
    """Exhaustive top-k for float queries (m, d). rows (n, bits, width), side (s, n), terms (m, s + 1).

    hope (m, 2): slope and offset of the most that ⟨u, q⟩ can be, given what the highest plane alone sums to; a row
    without hope is left at that plane. side₀ is not negative.
    """
    d, s = q.shape[1], terms.shape[1]
    both = np.concatenate([q, terms, hope], axis=1).astype(np.float32)

    def part(some: Rows) -> Hits:
        ids, best = _room(len(some), k, side)
        tables = np.zeros((len(some), rows.shape[2] * 8, 256), np.float32)
        tables[:, : -(-d // 8)] = bit_tables(some[:, :d], np.zeros(len(some), np.float32))
        if ids.size:
            _scan_tables(rows, side, tables, some[:, d : d + s], some[:, d + s :], ids.shape[1], ids, best)
        return Hits(ids, best, float(side.shape[1]))

    return in_blocks(part, both, max(1, TABLE_BYTES // (rows.shape[2] * 8192)))


def scan_counts(lanes: Words, side: Rows, planes: Words, terms: Rows, k: int) -> Hits:
    """Exhaustive top-k for whole queries, planes (m, their bits, width). lanes from `in_lanes`, side (s, n)."""
    ids, best = _room(len(planes), k, side)
    if ids.size:
        _scan_counts(lanes, side, planes, np.ascontiguousarray(terms, np.float32), ids.shape[1], ids, best)
    return Hits(ids, best, float(side.shape[1]))


def _room(queries: int, k: int, side: Rows) -> tuple[Any, Any]:
    shape = (queries, min(k, side.shape[1]))
    return np.full(shape, -1, np.int64), np.full(shape, -np.inf, np.float32)


def totals(rows: Words) -> NDArray[np.float32]:
    """Σ u of every row (n,)."""
    weights = 2.0 ** np.arange(rows.shape[1] - 1, -1, -1)
    out: NDArray[np.float32] = (np.bitwise_count(rows).sum(2, dtype=np.int64) @ weights).astype(np.float32)
    return out


def shifted(hits: Hits, by: NDArray[np.float32]) -> Hits:
    """The same hits, each query's scores raised by its own number (m,)."""
    return Hits(hits.ids, hits.scores + by[:, None].astype(np.float32), hits.looked)
