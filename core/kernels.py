"""Shared compiled arithmetic: nearest centroids, k-means, bit packing, and one scan that serves every byte-coded codec.

The scan rests on one observation: if the score of a row is a sum over its bytes, a query needs only a table of
256 numbers per byte. Product codes, sign bits, packed scalars and water-filled codes all are of that form.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.types import Codes, Hits, Ids, Rows, Scores

Ints = NDArray[np.int64]
Tables = NDArray[np.float32]  # (q, nbytes, 256)

FAST = {"cache": True, "nogil": True, "fastmath": {"reassoc", "contract", "nsz", "arcp"}}


@njit(**FAST)  # type: ignore[untyped-decorator]
def _nearest(x: Any, cent: Any, half: Any, out: Any) -> None:
    """out[i] = argmin_k ||x[i] - cent[:, k]||² with cent (g, K) and half = ||cent||²/2."""
    g, count = cent.shape
    score = np.empty(count, np.float32)
    for i in range(x.shape[0]):
        for k in range(count):
            score[k] = half[k]
        for j in range(g):
            v = x[i, j]
            for k in range(count):
                score[k] -= v * cent[j, k]
        low = score[0]
        for k in range(count):
            low = min(low, score[k])
        k = 0
        while score[k] > low:
            k += 1
        out[i] = k


@njit(**FAST)  # type: ignore[untyped-decorator]
def _lloyd(x: Any, cent: Any, rounds: int) -> None:
    """k-means in place on cent (g, K); an empty cell is refilled from a split of the fullest one."""
    n, g = x.shape
    count = cent.shape[1]
    code = np.empty(n, np.int64)
    for _ in range(rounds):
        half = np.zeros(count, np.float32)
        for j in range(g):
            for k in range(count):
                half[k] += 0.5 * cent[j, k] * cent[j, k]
        _nearest(x, cent, half, code)
        total = np.zeros((count, g), np.float64)
        size = np.zeros(count, np.int64)
        for i in range(n):
            size[code[i]] += 1
            for j in range(g):
                total[code[i], j] += x[i, j]
        for k in range(count):
            for j in range(g):
                if size[k] > 0:
                    cent[j, k] = total[k, j] / size[k]
        for k in range(count):
            if size[k] == 0:
                full = np.argmax(size)
                for j in range(g):
                    step = 1e-3 * (1 + abs(cent[j, full]))
                    cent[j, k] = cent[j, full] + step
                    cent[j, full] -= step
                size[k] = size[full] // 2
                size[full] -= size[k]


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _lloyd_groups(x: Any, edges: Any, counts: Any, starts: Any, cents: Any, rounds: int) -> None:
    for m in prange(len(counts)):
        a, b, count = edges[m], edges[m + 1], counts[m]
        part = np.ascontiguousarray(x[:, a:b])
        flat = cents[starts[m] : starts[m] + (b - a) * count]
        _lloyd(part, flat.reshape(b - a, count), rounds)


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _assign_groups(x: Any, edges: Any, counts: Any, starts: Any, cents: Any, out: Any) -> None:
    block = 512
    for part in prange((x.shape[0] + block - 1) // block):
        lo, hi = part * block, min(x.shape[0], part * block + block)
        for m in range(len(counts)):
            a, b, count = edges[m], edges[m + 1], counts[m]
            cent = cents[starts[m] : starts[m] + (b - a) * count].reshape(b - a, count)
            half = np.zeros(count, np.float32)
            for j in range(b - a):
                for k in range(count):
                    half[k] += 0.5 * cent[j, k] * cent[j, k]
            _nearest(np.ascontiguousarray(x[lo:hi, a:b]), cent, half, out[lo:hi, m])


def starts_of(edges: Ints, counts: Ints) -> Ints:
    """Offsets of each group's (g, K) centroid block in one flat array; the last entry is its length."""
    return np.concatenate([[0], np.cumsum(np.diff(edges) * counts)]).astype(np.int64)


def first_rows(x: Rows, edges: Ints, counts: Ints, rng: np.random.Generator) -> NDArray[np.float32]:
    """Random rows as centroids: a flat float32 array, per group a (g, K) block at `starts_of(edges, counts)`."""
    starts = starts_of(edges, counts)
    cents = np.empty(starts[-1], np.float32)
    for m, count in enumerate(counts):
        pick = rng.choice(len(x), int(count), replace=len(x) < count)
        cents[starts[m] : starts[m + 1]] = x[pick, edges[m] : edges[m + 1]].T.ravel()
    return cents


def kmeans_groups(
    x: Rows, edges: Ints, counts: Ints, cents: NDArray[np.float32], rounds: int
) -> NDArray[np.float32]:
    """Lloyd's k-means of each column group x[:, edges[m]:edges[m+1]], from the centroids given (flat, see above)."""
    out = cents.copy()
    _lloyd_groups(np.ascontiguousarray(x), edges, counts, starts_of(edges, counts), out, rounds)
    return out


def assign_groups(x: Rows, edges: Ints, counts: Ints, cents: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Nearest centroid per group: uint8 (n, groups)."""
    out = np.empty((len(x), len(counts)), np.uint8)
    _assign_groups(np.ascontiguousarray(x), edges, counts, starts_of(edges, counts), cents, out)
    return out


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _pack(fields: Any, byte: Any, shift: Any, out: Any) -> None:
    for i in range(fields.shape[0]):
        for j in range(fields.shape[1]):
            out[i, byte[j]] |= np.uint8(fields[i, j] << shift[j])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _unpack(codes: Any, byte: Any, shift: Any, mask: Any, out: Any) -> None:
    for i in range(codes.shape[0]):
        for j in range(len(byte)):
            out[i, j] = (codes[i, byte[j]] >> shift[j]) & mask[j]


def pack(fields: NDArray[np.uint8], byte: Ints, shift: Ints, nbytes: int) -> Codes:
    """Put field j of each row into byte[j] at bit shift[j] (least significant first); no field straddles bytes."""
    out = np.zeros((len(fields), nbytes), np.uint8)
    _pack(fields, byte, shift, out)
    return out


def unpack(codes: Codes, byte: Ints, shift: Ints, bits: Ints) -> NDArray[np.uint8]:
    """The inverse of `pack`: uint8 (n, fields)."""
    out = np.empty((len(codes), len(byte)), np.uint8)
    _unpack(codes, byte, shift, (1 << bits) - 1, out)
    return out


@njit(inline="always")  # type: ignore[untyped-decorator]
def _offer(total: Any, row: Any, found: Any, k: Any, ids: Any, best: Any) -> Any:
    """Insert a row among the k best so far (falling); returns how many there are now."""
    at = min(found, k - 1)
    while at > 0 and best[at - 1] < total:
        best[at], ids[at] = best[at - 1], ids[at - 1]
        at -= 1
    best[at], ids[at] = total, row
    return min(found + 1, k)


@njit(**FAST)  # type: ignore[untyped-decorator]
def _scan(codes: Any, table: Any, scale: Any, k: int, ids: Any, best: Any) -> None:
    """One query: the k best of scale[last byte] * sum of table[m, byte m]; equal scores go to the lower row."""
    n, width = codes.shape
    flat = table.ravel()
    found = 0
    for i in range(n):
        total = np.float32(0)
        for m in range(width):
            total += flat[m * 256 + codes[i, m]]
        total *= scale[codes[i, width - 1]]
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


ONES = np.ones(256, np.float32)
TABLE_BYTES = 1 << 25  # tables held at a time


def scan(codes: Codes, tables: Tables, k: int, scale: NDArray[np.float32] = ONES) -> Hits:
    """Exhaustive top-k over codes (n, nbytes) by per-byte tables (q, nbytes, 256).

    scale (256,) multiplies a row's sum by an entry chosen by its last byte (a per-vector scale kept there).
    """
    k = min(k, len(codes))
    ids = np.full((len(tables), k), -1, np.int64)
    best = np.full((len(tables), k), -np.inf, np.float32)
    if k:
        tables = np.ascontiguousarray(tables, np.float32)
        if codes.shape[1] % 8 == 0 and sys.byteorder == "little":
            _scan_all_words(codes.view(np.uint64), tables, scale, k, ids, best)
        else:
            _scan_all(codes, tables, scale, k, ids, best)
    return Hits(ids, best, float(len(codes)))


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _score_rows(codes: Any, tables: Any, scale: Any, rows: Any, k: int, ids: Any, best: Any) -> None:
    width = codes.shape[1]
    for q in prange(len(tables)):
        flat = tables[q].ravel()
        found = 0
        for i in rows[q]:
            if i < 0:
                continue
            total = np.float32(0)
            for m in range(width):
                total += flat[m * 256 + codes[i, m]]
            total *= scale[codes[i, width - 1]]
            if found < k or total > best[q, k - 1]:
                found = _offer(total, i, found, k, ids[q], best[q])


def score_rows(
    codes: Codes, tables: Tables, scale: NDArray[np.float32], rows: Ids, k: int
) -> tuple[Scores, Ids]:
    """The k best among each query's own candidate rows (q, r), -1 for none: scores and rows, as `scan` gives them."""
    ids = np.full((len(tables), k), -1, np.int64)
    best = np.full((len(tables), k), -np.inf, np.float32)
    _score_rows(codes, tables, scale, rows, k, ids, best)
    return best, ids


def scan_queries(
    codes: Codes, q: Rows, k: int, tables: Callable[[Rows], Tables], scale: NDArray[np.float32] = ONES
) -> Hits:
    """`scan` for many queries (m, d): their tables are made a bounded block at a time."""
    step = max(1, TABLE_BYTES // max(1, codes.shape[1] * 1024))
    parts = [scan(codes, tables(q[a : a + step]), k, scale) for a in range(0, len(q), step)]
    if not parts:
        return Hits(np.empty((0, min(k, len(codes))), np.int64), np.empty((0, min(k, len(codes))), np.float32), 0.0)
    return Hits(np.concatenate([p.ids for p in parts]), np.concatenate([p.scores for p in parts]), parts[0].looked)


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
    """Exhaustive top-k of offset + Σ weights_j field_j over fields of 1, 2, 4 or 8 bits; weights (q, d), offset (q,)."""
    (n, width), per = codes.shape, 8 // bits
    k = min(k, n)
    padded = np.zeros((len(weights), width * per), np.float32)
    padded[:, : weights.shape[1]] = weights
    by_shift = np.ascontiguousarray(padded.reshape(len(weights), width, per).swapaxes(1, 2))
    ids = np.full((len(weights), k), -1, np.int64)
    best = np.full((len(weights), k), -np.inf, np.float32)
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


def group_tables(
    q: Rows, edges: Ints, counts: Ints, cents: NDArray[np.float32], byte: Ints, shift: Ints, nbytes: int
) -> Tables:
    """Inner products of each query's group with that group's centroids, folded into tables per byte (q, nbytes, 256)."""
    out = np.zeros((len(q), nbytes, 256), np.float32)
    _group_tables(np.ascontiguousarray(q), edges, counts, starts_of(edges, counts), cents, byte, shift, out)
    return out


def top(scores: Scores, k: int) -> tuple[Ids, Scores]:
    """The k best of each row of scores (q, n), falling; equal scores go to the lower id."""
    n = scores.shape[1]
    k = min(k, n)
    if k < n:
        floor = np.partition(scores, n - k, axis=1)[:, n - k]
        ids = np.empty((len(scores), k), np.int64)
        for i, (row, low) in enumerate(zip(scores, floor, strict=True)):
            pool = np.flatnonzero(row >= low)
            ids[i] = pool[np.argsort(-row[pool], kind="stable")[:k]]
    else:
        ids = np.argsort(-scores, axis=1, kind="stable").astype(np.int64)
    return ids, np.take_along_axis(scores, ids, axis=1)
