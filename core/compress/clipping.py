"""Where to cut a range before it is divided into equal cells: wide cells lose detail, a narrow range the tails."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from core.kernels import FAST
from core.types import Rows

STEPS, ZOOMS = 16, 3  # candidates for each end at a time, and how often they close in


@njit(**FAST)  # type: ignore[untyped-decorator]
def _lost(x: Any, low: Any, high: Any, count: int) -> Any:
    """Squared error of `count` equal cells between low and high that decode to their middles."""
    step = max(high - low, np.float32(1e-9)) / np.float32(count)
    inverse, most, total = np.float32(1) / step, np.float32(count - 1), np.float32(0)
    for v in x:
        cell = min(max(np.floor((v - low) * inverse), np.float32(0)), most)
        gap = v - low - (cell + np.float32(0.5)) * step
        total += gap * gap
    return total


@njit(**FAST)  # type: ignore[untyped-decorator]
def _ends(x: Any, count: int, steps: int, zooms: int) -> Any:
    """Lower and upper end of least error: each in turn over a grid, which closes in on the best so far."""
    least, most, middle = x.min(), x.max(), np.float32(x.mean())
    low, high = least, most
    lost = _lost(x, low, high, count)
    wide = np.array([middle - least, most - middle])
    for _ in range(zooms):
        for _ in range(2):
            for end in range(2):
                centre = low if end == 0 else high
                for g in range(steps + 1):
                    at = centre + wide[end] * np.float32(2 * g / steps - 1)
                    a, b = (min(max(at, least), middle), high) if end == 0 else (low, max(min(at, most), middle))
                    got = _lost(x, a, b, count)
                    if got < lost:
                        lost, low, high = got, a, b
        wide *= np.float32(2.5 / steps)
    return low, high


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _all_ends(columns: Any, count: int, steps: int, zooms: int, out: Any) -> None:
    for j in prange(len(columns)):
        out[0, j], out[1, j] = _ends(columns[j], count, steps, zooms)


def learned_ends(x: Rows, bits: int) -> Rows:
    """The ends (2, d) of 2^bits equal cells that lose least squared error on each column of x (n, d)."""
    out = np.empty((2, x.shape[1]), np.float32)
    _all_ends(np.ascontiguousarray(x.T, np.float32), 1 << bits, STEPS, ZOOMS, out)
    return out
