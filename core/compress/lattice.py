"""The E8 lattice moved by a quarter, 65,536 of its points: nearest point and compiled scan (E8P, Tseng et al. 2024).

A point is one of 256 patterns of half-integers (all 227 of squared length at most 10, and 29 of length 12), with signs
whose sum of entries is even, plus or minus a quarter in every entry. A code is the pattern, then seven signs and the
shift; the eighth sign follows from the sum.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.kernels import FAST
from core.scan import _offer, nobody
from core.types import Codes, Hits, Rows


@cache
def patterns() -> Rows:
    """The 256 patterns (256, 8): by length, then in lexicographic order; of length 12 only those of ½ and 3/2."""
    shells = np.array(list(product((0.5, 1.5, 2.5), repeat=8)), np.float32)
    length = (shells**2).sum(1)
    inner = shells[length <= 10]
    outer = shells[(length == 12) & (shells.max(1) < 2)]
    kept = np.concatenate([inner[np.argsort((inner**2).sum(1), kind="stable")], outer[:29]])
    kept.setflags(write=False)
    return kept


@cache
def points() -> NDArray[np.int8]:
    """What each code stands for, in quarters: int8 (65536, 8)."""
    code = np.arange(1 << 16)
    a = patterns()[code & 255]
    bits = (code[:, None] >> np.arange(8, 16)) & 1
    negative = bits.copy()
    negative[:, 7] = (bits[:, :7].sum(1) + a.sum(1).astype(np.int64)) % 2
    out: NDArray[np.int8] = (4 * np.where(negative, -a, a) + np.where(bits[:, 7:], 1, -1)).astype(np.int8)
    out.setflags(write=False)
    return out


@njit(**FAST)  # type: ignore[untyped-decorator]
def _best(z: Any, sets: Any, half: Any, odd: Any, score: Any, least: Any) -> Any:
    """Pattern of the nearest point to z (8,) among those with signs, and half its squared distance less ½|z|²."""
    negative = 0
    for i in range(8):
        negative += z[i] < 0
    for k in range(256):
        score[k], least[k] = -half[k], np.float32(1e30)
    for i in range(8):
        u = abs(z[i])
        for k in range(256):
            part = u * sets[i, k]
            score[k] += part
            least[k] = min(least[k], part)
    parity = np.float32(negative % 2)
    for k in range(256):
        score[k] -= 2 * abs(odd[k] - parity) * least[k]  # the wrong sum: turn the sign that costs least
    most = score[0]
    for k in range(256):
        most = max(most, score[k])
    k = 0
    while score[k] < most:
        k += 1
    return k, most


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _nearest_points(y: Any, sets: Any, half: Any, odd: Any, out: Any) -> None:
    for i in prange(len(y)):
        score, least, z = np.empty(256, np.float32), np.empty(256, np.float32), np.empty(8, np.float32)
        for g in range(y.shape[1] // 8):
            lowest = np.float32(1e30)
            for shift in range(2):
                move, square = np.float32(0.25 if shift else -0.25), np.float32(0)
                for j in range(8):
                    z[j] = y[i, 8 * g + j] - move
                    square += z[j] * z[j]
                k, most = _best(z, sets, half, odd, score, least)
                if np.float32(0.5) * square - most >= lowest:
                    continue
                lowest = np.float32(0.5) * square - most
                signs, turned, cost = 0, 0, np.float32(1e30)
                for j in range(8):
                    signs |= (z[j] < 0) << j
                    if abs(z[j]) * sets[j, k] < cost:
                        turned, cost = j, abs(z[j]) * sets[j, k]
                count = 0
                for j in range(8):
                    count += (signs >> j) & 1
                if count % 2 != int(odd[k]):
                    signs ^= 1 << turned
                out[i, 2 * g] = k
                out[i, 2 * g + 1] = (signs & 127) | (shift << 7)


def nearest_points(y: Rows) -> Codes:
    """Codes (n, d / 4) of the nearest point of each eight entries of y (n, d)."""
    sets = patterns()
    half = (sets**2).sum(1) / 2
    odd = (sets.sum(1) % 2).astype(np.float32)
    out = np.empty((len(y), y.shape[1] // 4), np.uint8)
    limit = np.clip(y, -1e4, 1e4).astype(np.float32)
    _nearest_points(np.ascontiguousarray(limit), np.ascontiguousarray(sets.T), half, odd, out)
    return out


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _scan_points(words: Any, table: Any, query: Any, ids: Any, best: Any) -> None:
    k, groups = ids.shape[1], words.shape[1]
    for q in prange(len(query)):
        found, own = 0, query[q]
        for i in range(len(words)):
            a, b, c, d = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            for g in range(groups):
                p, w = table[words[i, g]], own[8 * g : 8 * g + 8]
                a += w[0] * p[0] + w[4] * p[4]
                b += w[1] * p[1] + w[5] * p[5]
                c += w[2] * p[2] + w[6] * p[6]
                d += w[3] * p[3] + w[7] * p[7]
            total = (a + b) + (c + d)
            if found < k or total > best[q, k - 1]:
                found = _offer(total, i, found, k, ids[q], best[q])


def scan_points(codes: Codes, q: Rows, k: int) -> Hits:
    """Exhaustive top-k of inner products with the points in quarters; q (m, 4 · bytes), one entry per dimension."""
    k = min(k, len(codes))
    ids, best = nobody(len(q), k)
    if k and len(q):
        _scan_points(codes.view("<u2"), points(), np.ascontiguousarray(q, np.float32), ids, best)
    return Hits(ids, best, float(len(codes)))
