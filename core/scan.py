"""One compiled scan serves every byte-coded codec.

If the score of a row is a sum over its bytes, a query needs only a table of 256 numbers per byte: product codes, sign
bits and water-filled codes all are of that form. Whole numbers of equal width are scored without tables.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.kernels import FAST, Groups, Ints
from core.types import Codes, Hits, Ids, Rows, Scores

Tables = NDArray[np.float32]  # (q, nbytes, 256)


@njit(inline="always")  # type: ignore[untyped-decorator]
def _offer(total: Any, row: Any, found: Any, k: Any, ids: Any, best: Any) -> Any:
    """Insert a row among the k best so far (falling); returns how many there are now."""
    at = min(found, k - 1)
    while at > 0 and best[at - 1] < total:
        best[at], ids[at] = best[at - 1], ids[at - 1]
        at -= 1
    best[at], ids[at] = total, row
    return min(found + 1, k)


@njit(inline="always")  # type: ignore[untyped-decorator]
def _row(codes: Any, flat: Any, scale: Any, i: Any) -> Any:
    """scale[last byte] * sum of table[m, byte m] for row i."""
    total = np.float32(0)
    for m in range(codes.shape[1]):
        total += flat[m * 256 + codes[i, m]]
    return total * scale[codes[i, codes.shape[1] - 1]]


@njit(**FAST)  # type: ignore[untyped-decorator]
def _scan(codes: Any, table: Any, scale: Any, k: int, ids: Any, best: Any) -> None:
    """One query: the k best rows by `_row`; equal scores go to the lower row."""
    flat = table.ravel()
    found = 0
    for i in range(len(codes)):
        total = _row(codes, flat, scale, i)
        if found < k or total > best[k - 1]:
            found = _offer(total, i, found, k, ids, best)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _scan_words(words: Any, table: Any, scale: Any, k: int, ids: Any, best: Any) -> None:
    """`_scan` over codes read eight bytes at a time: one load and eight independent look-ups."""
    n, width = words.shape
    flat = table.ravel()
    low, one = np.uint64(255), np.uint64(256)
    found = 0
    for i in range(n):
        a, b, c, d = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        w = np.uint64(0)
        for g in range(width):
            w = words[i, g]
            o = np.uint64(g * 2048)
            a += flat[o + (w & low)]
            b += flat[o + one + ((w >> np.uint64(8)) & low)]
            c += flat[o + np.uint64(512) + ((w >> np.uint64(16)) & low)]
            d += flat[o + np.uint64(768) + ((w >> np.uint64(24)) & low)]
            a += flat[o + np.uint64(1024) + ((w >> np.uint64(32)) & low)]
            b += flat[o + np.uint64(1280) + ((w >> np.uint64(40)) & low)]
            c += flat[o + np.uint64(1536) + ((w >> np.uint64(48)) & low)]
            d += flat[o + np.uint64(1792) + (w >> np.uint64(56))]
        total = ((a + b) + (c + d)) * scale[w >> np.uint64(56)]
        if found < k or total > best[k - 1]:
            found = _offer(total, i, found, k, ids, best)


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _scan_all(codes: Any, tables: Any, scale: Any, k: int, ids: Any, best: Any) -> None:
    for q in prange(len(tables)):
        _scan(codes, tables[q], scale, k, ids[q], best[q])


@njit(parallel=True, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _scan_all_words(words: Any, tables: Any, scale: Any, k: int, ids: Any, best: Any) -> None:
    for q in prange(len(tables)):
        _scan_words(words, tables[q], scale, k, ids[q], best[q])


def nobody(queries: int, k: int) -> tuple[Ids, Scores]:
    """Room for the k best of each query, filled with -1 and −inf."""
    return np.full((queries, k), -1, np.int64), np.full((queries, k), -np.inf, np.float32)


ONES = np.ones(256, np.float32)
TABLE_BYTES = 1 << 25  # tables held at a time


def scan(codes: Codes, tables: Tables, k: int, scale: NDArray[np.float32] = ONES) -> Hits:
    """Exhaustive top-k over codes (n, nbytes) by per-byte tables (q, nbytes, 256).

    scale (256,) multiplies a row's sum by an entry chosen by its last byte (a per-vector scale kept there).
    """
    k = min(k, len(codes))
    ids, best = nobody(len(tables), k)
    if k:
        tables = np.ascontiguousarray(tables, np.float32)
        if codes.shape[1] % 8 == 0 and sys.byteorder == "little":
            _scan_all_words(codes.view(np.uint64), tables, scale, k, ids, best)
        else:
            _scan_all(codes, tables, scale, k, ids, best)
    return Hits(ids, best, float(len(codes)))


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _score_rows(codes: Any, tables: Any, scale: Any, rows: Any, k: int, ids: Any, best: Any) -> None:
    for q in prange(len(tables)):
        flat = tables[q].ravel()
        found = 0
        for i in rows[q]:
            if i < 0:
                continue
            total = _row(codes, flat, scale, i)
            if found < k or total > best[q, k - 1]:
                found = _offer(total, i, found, k, ids[q], best[q])


def score_rows(codes: Codes, tables: Tables, scale: NDArray[np.float32], rows: Ids, k: int) -> tuple[Scores, Ids]:
    """The k best among each query's own candidate rows (q, r), -1 for none: scores and rows, as `scan` gives them."""
    ids, best = nobody(len(tables), k)
    _score_rows(codes, tables, scale, rows, k, ids, best)
    return best, ids


def scan_queries(
    codes: Codes, q: Rows, k: int, tables: Callable[[Rows], Tables], scale: NDArray[np.float32] = ONES
) -> Hits:
    """`scan` for many queries (m, d): their tables are made a bounded block at a time."""
    return in_blocks(lambda part: scan(codes, tables(part), k, scale), q, queries_at_once(codes))


def queries_at_once(codes: Codes) -> int:
    """How many queries' tables fit into TABLE_BYTES."""
    held: int = max(1, TABLE_BYTES // max(1, codes.shape[1] * 1024))
    return held


def in_blocks(search: Callable[[Rows], Hits], q: Rows, step: int) -> Hits:
    """The hits of all queries (m, d), asked `step` at a time."""
    parts = [search(q[a : a + step]) for a in range(0, max(len(q), 1), step)]
    looked = sum(p.looked * len(p.ids) for p in parts) / max(len(q), 1)
    return Hits(np.concatenate([p.ids for p in parts]), np.concatenate([p.scores for p in parts]), looked)


def bit_tables(weights: Rows, offset: NDArray[np.float32]) -> Tables:
    """Tables (q, ⌈bits / 8⌉, 256) of offset (q,) + Σ weights_i bit_i, bit 0 being the lowest of the first byte."""
    nbytes = -(-weights.shape[1] // 8)
    padded = np.zeros((len(weights), nbytes * 8), np.float32)
    padded[:, : weights.shape[1]] = weights
    patterns = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(np.float32)
    out: Tables = padded.reshape(len(weights), nbytes, 8) @ patterns.T
    out += (offset / nbytes)[:, None, None]
    return out


@njit(**FAST)  # type: ignore[untyped-decorator]
def _scan_affine(codes: Any, weights: Any, bits: int, k: int, ids: Any, best: Any) -> None:
    n, width = codes.shape
    mask = np.uint8((1 << bits) - 1)
    found = 0
    for i in range(n):
        total = np.float32(0)
        for f in range(8 // bits):
            shift = np.uint8(f * bits)
            for m in range(width):
                total += weights[f, m] * np.float32((codes[i, m] >> shift) & mask)
        if found < k or total > best[k - 1]:
            found = _offer(total, i, found, k, ids, best)


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _scan_affine_all(codes: Any, weights: Any, bits: int, k: int, ids: Any, best: Any) -> None:
    for q in prange(len(weights)):
        _scan_affine(codes, weights[q], bits, k, ids[q], best[q])


def scan_affine(codes: Codes, weights: Rows, offset: NDArray[np.float32], bits: int, k: int) -> Hits:
    """Exhaustive top-k of offset + Σ weights_j field_j for fields of 1, 2, 4 or 8 bits; weights (q, d), offset (q,)."""
    (n, width), per = codes.shape, 8 // bits
    k = min(k, n)
    padded = np.zeros((len(weights), width * per), np.float32)
    padded[:, : weights.shape[1]] = weights
    by_shift = np.ascontiguousarray(padded.reshape(len(weights), width, per).swapaxes(1, 2))
    ids, best = nobody(len(weights), k)
    if k:
        _scan_affine_all(codes, by_shift, bits, k, ids, best)
    return Hits(ids, best + offset[:, None], float(n))


@njit(**FAST)  # type: ignore[untyped-decorator]
def _group_tables(q: Any, edges: Any, counts: Any, starts: Any, cents: Any, byte: Any, shift: Any, out: Any) -> None:
    inner = np.empty(256, np.float32)
    for i in range(len(q)):
        for m in range(len(counts)):
            count, a = counts[m], edges[m]
            inner[:count] = 0
            for j in range(edges[m + 1] - a):
                v = q[i, a + j]
                row = cents[starts[m] + j * count : starts[m] + (j + 1) * count]
                for k in range(count):
                    inner[k] += v * row[k]
            cell = out[i, byte[m]]
            if count == 256:
                cell[:] = inner
            else:
                for v in range(256):
                    cell[v] += inner[(v >> shift[m]) & (count - 1)]


def group_tables(q: Rows, groups: Groups, cents: NDArray[np.float32], byte: Ints, shift: Ints, nbytes: int) -> Tables:
    """Inner products of each query's group with that group's centroids, folded per byte: (q, nbytes, 256)."""
    out = np.zeros((len(q), nbytes, 256), np.float32)
    _group_tables(np.take(q, groups.dims, axis=1), groups.edges, groups.counts, groups.starts, cents, byte, shift, out)
    return out
