"""What codecs of one number at a time share: levels per dimension, the cell a value falls into, and their scan."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.kernels import FAST, Groups
from core.scan import group_tables, scan_queries
from core.scan_bits import Asked, Plane, scan_planes
from core.types import Codes, Floats, Hits, Rows, Scanner


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _cells(x: Any, edges: Any, out: Any) -> None:
    last, half = np.uint64(len(edges) - 1), np.uint64((edges.shape[1] + 1) // 2)
    one = np.uint64(1)
    for i in prange(len(x)):
        for j in range(x.shape[1]):
            row, v = edges[min(np.uint64(j), last)], x[i, j]
            low, step = np.uint64(0), half
            while step > 0:  # the number of edges below v, a bit at a time and without a jump
                low += step * np.uint64(row[low + step - one] < v)
                step >>= one
            out[i, j] = low


def cells(x: Rows, edges: Rows) -> NDArray[np.uint8]:
    """How many edges (d or 1, 2^b - 1), rising, lie below each value: uint8 (n, d)."""
    out = np.empty(x.shape, np.uint8)
    _cells(np.ascontiguousarray(x, np.float32), np.ascontiguousarray(edges, np.float32), out)
    return out


def between(levels: Rows) -> Rows:
    """Edges half way between neighbouring levels (d, K): (d, K - 1)."""
    half: Rows = (levels[:, 1:] + levels[:, :-1]) / np.float32(2)
    return half


@njit(**FAST)  # type: ignore[untyped-decorator]
def _first(x: Any, levels: Any) -> None:
    """Start levels dealt by the cube root of the density (Panter and Dite 1951), from a histogram of sorted x."""
    bins = 256
    low, high = x[0], x[-1]
    share = np.zeros(bins + 1, np.float64)
    for v in x:
        share[1 + min(bins - 1, int((v - low) / max(high - low, 1e-30) * bins))] += 1
    share[1:] = np.cumsum(np.cbrt(share[1:]) + 1e-9)
    for k in range(len(levels)):
        target = (k + 0.5) / len(levels) * share[bins]
        b = 0
        while share[b + 1] < target:
            b += 1
        levels[k] = low + (b + (target - share[b]) / (share[b + 1] - share[b])) / bins * (high - low)


@njit(**FAST)  # type: ignore[untyped-decorator]
def _lloyd_line(x: Any, weight: Any, levels: Any, rounds: int) -> None:
    """Weighted k-means of sorted numbers, in place on rising levels: sums between edges come from running totals."""
    total, mass = np.zeros(len(x) + 1), np.zeros(len(x) + 1)
    for i in range(len(x)):
        total[i + 1], mass[i + 1] = total[i] + weight[i] * x[i], mass[i] + weight[i]
    for _ in range(rounds):
        a, moved = 0, 0.0
        for k in range(len(levels)):
            b = len(x)
            if k + 1 < len(levels):
                b = max(a, np.searchsorted(x, (levels[k] + levels[k + 1]) / 2))
            if mass[b] > mass[a]:
                fresh = (total[b] - total[a]) / (mass[b] - mass[a])
                moved = max(moved, abs(fresh - levels[k]))
                levels[k] = fresh
            a = b
        if moved <= 1e-7 * (x[-1] - x[0]):
            break


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _lines(x: Any, weight: Any, rounds: int, levels: Any) -> None:
    for j in prange(x.shape[1]):
        order = np.argsort(x[:, j])
        column = x[:, j][order].astype(np.float64)
        _first(column, levels[j])
        _lloyd_line(column, weight[:, j][order], levels[j], rounds)


def kmeans_lines(x: Rows, weight: Rows, count: int, rounds: int) -> Floats:
    """Levels (d, count), rising, of each column of x (n, d) by weighted k-means; weight (n, d)."""
    levels = np.empty((x.shape[1], count))
    _lines(np.ascontiguousarray(x), np.ascontiguousarray(weight, np.float32), rounds, levels)
    return np.sort(levels, axis=1)


def take(levels: Rows, fields: NDArray[np.uint8]) -> Rows:
    """What fields (n, d) stand for: levels (d, K) of each dimension, or (1, K) for all."""
    out: Rows = levels[0][fields] if len(levels) == 1 else levels[np.arange(len(levels)), fields]
    return out


def field_shape(d: int, bits: int) -> tuple[int, int]:
    """Bits and number of the fields that `field_tables` are for: 1, 2, 4 or 8 bits are read as whole bytes."""
    return (bits, d) if 8 % bits else (8, -(-d * bits // 8))


def field_tables(q: Rows, levels: Rows, bits: int) -> Rows:
    """Query value times level, for each value of each field of `field_shape`: (q, entries)."""
    if 8 % bits == 0:
        return byte_tables(q, levels, bits).reshape(len(q), -(-q.shape[1] * bits // 8) * 256)
    return (q[:, :, None] * levels).reshape(len(q), q.shape[1] << bits)


def byte_tables(q: Rows, levels: Rows, bits: int) -> NDArray[np.float32]:
    """Inner products of queries with the levels (d or 1, 2^bits) that each byte stands for: (q, bytes, 256)."""
    d = q.shape[1]
    groups = Groups.of(np.arange(d), np.arange(d + 1), np.full(d, 1 << bits))
    each = np.ascontiguousarray(np.broadcast_to(levels, (d, 1 << bits)), np.float32)
    at = np.arange(d) * bits
    return group_tables(q, groups, each.ravel(), at // 8, at % 8, -(-d * bits // 8))


def level_scanner(c: Codes, levels: Rows, bits: int) -> Scanner:
    """Top-k over codes that are fields of `bits` bits and nothing else; levels (d or 1, 2^bits)."""

    def ask(q: Rows) -> Asked:
        return Asked(field_tables(q, levels, bits), np.zeros((len(q), 1), np.float32), q)

    def run(q: Rows, k: int) -> Hits:
        if 8 % bits:
            return scan_planes(c, [Plane(0, bits, q.shape[1])], ask, q, k, linear=False)
        return scan_queries(c, q, k, lambda part: byte_tables(part, levels, bits))

    return run
