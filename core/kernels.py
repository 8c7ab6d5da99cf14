"""Shared compiled arithmetic: nearest centroids, k-means over groups of dimensions, bit packing, and top-k."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.types import Codes, Ids, Rows, Scores, State

Ints = NDArray[np.int64]

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
def _refill(cent: Any, size: Any) -> None:
    """Split the fullest cell for each empty one: two centroids a thousandth of their length apart."""
    g = cent.shape[0]
    for k in range(len(size)):
        full = np.argmax(size)
        if size[k] > 0 or size[full] < 2:
            continue
        step = np.float32(0)
        for j in range(g):
            step = max(step, abs(cent[j, full]))
        step *= np.float32(1e-3)
        for j in range(g):
            cent[j, k] = cent[j, full] + step
            cent[j, full] -= step
        size[k] = size[full] // 2
        size[full] -= size[k]


@njit(**FAST)  # type: ignore[untyped-decorator]
def _lloyd(x: Any, cent: Any, rounds: int) -> None:
    """k-means in place on cent (g, K); an empty cell is refilled from a split of the fullest one."""
    n, g = x.shape
    count = cent.shape[1]
    code = np.empty(n, np.int64)
    for turn in range(rounds):
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
        if turn + 1 < rounds:
            _refill(cent, size)


class Groups(NamedTuple):
    """Dimensions dealt to groups: group m holds dims[edges[m]:edges[m + 1]] and has counts[m] centroids.

    Centroids of all groups lie in one flat float32 array, per group a (g, K) block that begins at starts[m].
    """

    dims: Ints
    edges: Ints
    counts: Ints
    starts: Ints  # one more entry than groups: the last is the length of the flat array

    @classmethod
    def of(cls, dims: Ints, edges: Ints, counts: Ints) -> Groups:
        starts = np.concatenate([[0], np.cumsum(np.diff(edges) * counts)])
        return cls(*(np.asarray(a, np.int64) for a in (dims, edges, counts, starts)))

    @classmethod
    def of_state(cls, s: State) -> Groups:
        """The groups that a codec's state describes by `dims`, `edges` and `counts`."""
        return cls.of(s["dims"], s["edges"], s["counts"])

    def blocks(self, cents: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The (g, K) centroids of each group."""
        ends = zip(self.starts[:-1], self.starts[1:], self.counts, strict=True)
        return [cents[a:b].reshape(-1, count) for a, b, count in ends]


@njit(**FAST)  # type: ignore[untyped-decorator]
def _columns(x: Any, dims: Any) -> Any:
    out = np.empty((x.shape[0], len(dims)), np.float32)
    for i in range(x.shape[0]):
        for j in range(len(dims)):
            out[i, j] = x[i, dims[j]]
    return out


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _lloyd_groups(x: Any, dims: Any, edges: Any, counts: Any, starts: Any, cents: Any, rounds: int) -> None:
    for m in prange(len(counts)):
        a, b = edges[m], edges[m + 1]
        cent = cents[starts[m] : starts[m + 1]].reshape(b - a, counts[m])
        _lloyd(_columns(x, dims[a:b]), cent, rounds)


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _assign_groups(x: Any, dims: Any, edges: Any, counts: Any, starts: Any, cents: Any, out: Any) -> None:
    block = 512
    for part in prange((x.shape[0] + block - 1) // block):
        lo, hi = part * block, min(x.shape[0], part * block + block)
        for m in range(len(counts)):
            a, b, count = edges[m], edges[m + 1], counts[m]
            cent = cents[starts[m] : starts[m + 1]].reshape(b - a, count)
            half = np.zeros(count, np.float32)
            for j in range(b - a):
                for k in range(count):
                    half[k] += 0.5 * cent[j, k] * cent[j, k]
            _nearest(_columns(x[lo:hi], dims[a:b]), cent, half, out[lo:hi, m])


def first_rows(x: Rows, groups: Groups, rng: np.random.Generator) -> NDArray[np.float32]:
    """Random rows as centroids, flat."""
    cents = np.empty(groups.starts[-1], np.float32)
    for m, count in enumerate(groups.counts):
        pick = rng.choice(len(x), int(count), replace=len(x) < count)
        dims = groups.dims[groups.edges[m] : groups.edges[m + 1]]
        cents[groups.starts[m] : groups.starts[m + 1]] = x[np.ix_(pick, dims)].T.ravel()
    return cents


def kmeans_groups(x: Rows, groups: Groups, cents: NDArray[np.float32], rounds: int) -> NDArray[np.float32]:
    """Lloyd's k-means of the columns of each group, from the centroids given (flat)."""
    out = cents.copy()
    _lloyd_groups(np.ascontiguousarray(x), *groups, out, rounds)
    return out


def assign_groups(x: Rows, groups: Groups, cents: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Nearest centroid per group: uint8 (n, groups)."""
    out = np.empty((len(x), len(groups.counts)), np.uint8)
    _assign_groups(np.ascontiguousarray(x), *groups, cents, out)
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


def places(bits: Ints) -> tuple[Ints, Ints, Ints]:
    """Byte, shift and bits of fields laid side by side, low bits first; they must not straddle bytes."""
    at = np.concatenate([[0], np.cumsum(bits)[:-1]])
    return at // 8, at % 8, bits


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


def nearest_rows(rows: Rows, queries: Rows, k: int) -> Ids:
    """The k rows (n, d) of largest inner product with each query (m, d), best first: int64 (m, k)."""
    return np.concatenate([top(queries[a : a + 256] @ rows.T, k)[0] for a in range(0, len(queries), 256)])
