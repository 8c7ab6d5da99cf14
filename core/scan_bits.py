"""Fields of 1 to 8 bits that may straddle bytes, with factors kept per row: packing, unpacking, and the compiled scan.

A row is planes of equal fields, then half floats. Its score is Σ over planes of factor · (base + Σ over fields), where
a field counts as weight · number or through a table; entries named per row may be added, each times its query value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.kernels import FAST, Ints
from core.scan import _offer, in_blocks, nobody
from core.types import Codes, Hits, Rows

ROWS, CHUNK = 64, 16  # rows unpacked at a time, for so many queries
BLOCK = 256  # queries whose tables are held at a time, at most
TABLE_BYTES = 1 << 25


def _halves() -> NDArray[np.float32]:
    """What each of the 65,536 half floats is; infinities and NaN, which are never written, are zero."""
    values = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    return np.where(np.isfinite(values), values, 0).astype(np.float32)


HALF = _halves()


def to_half(values: NDArray[Any]) -> Codes:
    """Values (n, …) as the bytes of half floats, (n, 2 · …), clipped to their range."""
    clipped = np.clip(values, -65504, 65504).astype("<f2")
    return np.ascontiguousarray(clipped.reshape(len(values), -1)).view(np.uint8)


def from_half(codes: Codes) -> NDArray[np.float32]:
    """The inverse of `to_half`: float32 (n, bytes / 2)."""
    out: NDArray[np.float32] = np.ascontiguousarray(codes).view("<f2").astype(np.float32)
    return out


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _pack_bits(cells: Any, bits: int, out: Any) -> None:
    for i in range(cells.shape[0]):
        word, held, at = np.uint64(0), 0, 0
        for j in range(cells.shape[1]):
            word |= np.uint64(cells[i, j]) << np.uint64(held)
            held += bits
            while held >= 8:
                out[i, at] = np.uint8(word & np.uint64(255))
                word >>= np.uint64(8)
                held -= 8
                at += 1
        if held:
            out[i, at] = np.uint8(word & np.uint64(255))


@njit(inline="always")  # type: ignore[untyped-decorator]
def _word(flat: Any, at: Any) -> Any:
    """Eight bytes from byte `at` on as one number; past the end of the array they are zero."""
    u = np.uint64
    o = at + u(4)
    if at + u(8) <= u(len(flat)):
        low = u(flat[at]) | u(flat[at + u(1)]) << u(8) | u(flat[at + u(2)]) << u(16) | u(flat[at + u(3)]) << u(24)
        high = u(flat[o]) | u(flat[o + u(1)]) << u(8) | u(flat[o + u(2)]) << u(16) | u(flat[o + u(3)]) << u(24)
        return low | high << u(32)
    word = u(0)
    for b in range(8):
        if at + u(b) < u(len(flat)):
            word |= u(flat[at + u(b)]) << u(8 * b)
    return word


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _unpack_rows(codes: Any, first: int, count: int, start: int, bits: int, fields: int, out: Any) -> None:
    """Fields of rows first … first + count as the bytes of out, uint64 (count, fields / 8 or more).

    Eight fields are read at once and drawn apart by halves, quarters and eighths of the word.
    """
    u = np.uint64
    flat, width = codes.reshape(-1), codes.shape[1]
    b = u(bits)
    one = (u(1) << b) - u(1)
    two, four = one | one << b, (u(1) << (u(4) * b)) - u(1)
    halves, quarters = two | two << u(32), one | one << u(16) | one << u(32) | one << u(48)
    for r in range(count):
        at = u((first + r) * width + start)
        for g in range((fields + 7) // 8):
            word = _word(flat, at + u(g) * b)
            if bits < 8:
                word = (word & four) | ((word >> (u(4) * b)) & four) << u(32)
                word = (word & halves) | ((word >> (u(2) * b)) & halves) << u(16)
                word = (word & quarters) | ((word >> b) & quarters) << u(8)
            out[r, g] = word


def pack_bits(cells: NDArray[np.uint8], bits: int) -> Codes:
    """Fields of equal width (n, d) side by side, least significant bit first: (n, ceil(d · bits / 8))."""
    if bits == 8:
        return np.ascontiguousarray(cells)
    out = np.zeros((len(cells), -(-cells.shape[1] * bits // 8)), np.uint8)
    _pack_bits(cells, bits, out)
    return out


def unpack_bits(codes: Codes, bits: int, fields: int, start: int = 0) -> NDArray[np.uint8]:
    """The inverse of `pack_bits`, reading from byte `start` on: uint8 (n, fields)."""
    out = np.empty((len(codes), -(-fields // 8)), np.uint64)
    _unpack_rows(np.ascontiguousarray(codes), 0, len(codes), start, bits, fields, out)
    return out.view(np.uint8)[:, :fields]


class Plane(NamedTuple):
    """Fields of equal width that begin at byte `start`; `factor` is the byte of their half float, -1 for none."""

    start: int
    bits: int
    fields: int
    factor: int = -1


class Asked(NamedTuple):
    """What queries bring. weights (q, fields of all planes) or tables (q, entries); base (q, planes); q (q, d)."""

    parts: Rows
    base: Rows
    queries: Rows


@njit(**FAST)  # type: ignore[untyped-decorator]
def _dot(cells: Any, weights: Any) -> Any:
    total = np.float32(0)
    for j in range(len(weights)):
        total += weights[j] * np.float32(cells[j])
    return total


@njit(**FAST)  # type: ignore[untyped-decorator]
def _look(cells: Any, fields: Any, bits: Any, table: Any) -> Any:
    total = np.float32(0)
    for j in range(fields):
        total += table[(np.uint64(j) << np.uint64(bits)) + np.uint64(cells[j])]
    return total


@njit(inline="always")  # type: ignore[untyped-decorator]
def _half(codes: Any, i: Any, at: Any, half: Any) -> Any:
    return half[np.int64(codes[i, at]) | (np.int64(codes[i, at + 1]) << 8)]


@njit(inline="always")  # type: ignore[untyped-decorator]
def _named(codes: Any, i: Any, start: Any, count: Any, half: Any, query: Any) -> Any:
    """Entries named in the row: two bytes of index, two of value."""
    total = np.float32(0)
    for s in range(count):
        at = start + 4 * s
        total += query[np.int64(codes[i, at]) | (np.int64(codes[i, at + 1]) << 8)] * _half(codes, i, at + 2, half)
    return total


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _scan_planes(
    codes: Any, planes: Any, linear: bool, slots: Any, parts: Any, base: Any, query: Any, half: Any, ids: Any, best: Any
) -> None:
    """The k best rows of each query; rows are unpacked once for every CHUNK of queries."""
    n, k = len(codes), ids.shape[1]
    for chunk in prange((len(base) + CHUNK - 1) // CHUNK):
        lo, hi = chunk * CHUNK, min(len(base), (chunk + 1) * CHUNK)
        words = np.empty((ROWS, (planes[:, 2].max() + 7) // 8), np.uint64)
        cells = words.view(np.uint8)
        total = np.zeros((hi - lo, ROWS), np.float32)
        found = np.zeros(hi - lo, np.int64)
        for first in range(0, n, ROWS):
            count = min(ROWS, n - first)
            total[:] = 0
            at = 0
            for p in range(len(planes)):
                start, bits, fields, factor = planes[p]
                size = fields if linear else fields << bits
                _unpack_rows(codes, first, count, start, bits, fields, words)
                for q in range(lo, hi):
                    own = parts[q, at : at + size]
                    for r in range(count):
                        part = base[q, p] + (_dot(cells[r], own) if linear else _look(cells[r], fields, bits, own))
                        if factor >= 0:
                            part *= _half(codes, first + r, factor, half)
                        total[q - lo, r] += part
                at += size
            for q in range(lo, hi):
                for r in range(count):
                    score = total[q - lo, r]
                    if slots[1]:
                        score += _named(codes, first + r, slots[0], slots[1], half, query[q])
                    if found[q - lo] < k or score > best[q, k - 1]:
                        found[q - lo] = _offer(score, first + r, found[q - lo], k, ids[q], best[q])


def scan_planes(
    codes: Codes,
    planes: list[Plane],
    ask: Callable[[Rows], Asked],
    q: Rows,
    k: int,
    linear: bool,
    slots: tuple[int, int] = (0, 0),
) -> Hits:
    """Exhaustive top-k. `ask` prepares a block of queries; slots: first byte and number of entries named per row."""
    layout: Ints = np.array(planes, np.int64).reshape(-1, 4)
    k = min(k, len(codes))
    sizes = layout[:, 2] if linear else layout[:, 2] << layout[:, 1]
    step = int(np.clip(TABLE_BYTES // (4 * max(1, sizes.sum())), 1, BLOCK))

    def part(some: Rows) -> Hits:
        ids, best = nobody(len(some), k)
        if k and len(some):
            asked = [np.ascontiguousarray(a, np.float32) for a in ask(some)]
            _scan_planes(codes, layout, linear, np.array(slots), *asked, HALF, ids, best)
        return Hits(ids, best, float(len(codes)))

    return in_blocks(part, q, step)


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _scan_brain(codes: Any, query: Any, ids: Any, best: Any) -> None:
    n, d, k = len(codes), query.shape[1], ids.shape[1]
    for chunk in prange((len(query) + CHUNK - 1) // CHUNK):
        lo, hi = chunk * CHUNK, min(len(query), (chunk + 1) * CHUNK)
        bits = np.empty((ROWS, d), np.uint32)
        rows = bits.view(np.float32)
        found = np.zeros(hi - lo, np.int64)
        for first in range(0, n, ROWS):
            count = min(ROWS, n - first)
            for r in range(count):
                for j in range(d):
                    bits[r, j] = (np.uint32(codes[first + r, 2 * j]) << 16) | (
                        np.uint32(codes[first + r, 2 * j + 1]) << 24
                    )
            for q in range(lo, hi):
                for r in range(count):
                    score = np.float32(0)
                    for j in range(d):
                        score += query[q, j] * rows[r, j]
                    if found[q - lo] < k or score > best[q, k - 1]:
                        found[q - lo] = _offer(score, first + r, found[q - lo], k, ids[q], best[q])


def scan_brain(codes: Codes, q: Rows, k: int) -> Hits:
    """Exhaustive top-k of brain floats, bytes (n, 2 d)."""
    k = min(k, len(codes))
    ids, best = nobody(len(q), k)
    if k and len(q):
        _scan_brain(codes, np.ascontiguousarray(q, np.float32), ids, best)
    return Hits(ids, best, float(len(codes)))
