"""Reverse water-filling: how many bits each dimension of a Gaussian deserves (Shannon 1959), and how to spend them."""

from __future__ import annotations

import heapq
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.kernels import Ints
from core.types import Floats

LEAST = 1e-18  # variance of a dimension that does not vary: its logarithm exists


def rates(variance: Floats, bits: float) -> tuple[Floats, float]:
    """Rates r_i = max(0, ½ log2(λ_i / θ)) that add up to `bits`, and the water level θ."""
    lam = np.maximum(np.asarray(variance, np.float64), LEAST)
    order = np.sort(np.log2(lam))[::-1]
    count = np.arange(1, len(lam) + 1)
    levels = (np.cumsum(order) - 2 * bits) / count  # log2 θ if exactly the first `count` dimensions are active
    active = int(np.flatnonzero(order > levels)[-1]) if (order > levels).any() else 0
    level = levels[active]
    return np.maximum(0.0, (np.log2(lam) - level) / 2), float(2.0**level)


@cache
def gaussian_distortion(bits: int) -> float:
    """Mean squared error of the optimal 2^bits-level quantiser of N(0, 1) (Lloyd 1957, Max 1960)."""
    return gaussian_levels(bits)[1]


@cache
def gaussian_levels(bits: int) -> tuple[Floats, float]:
    """Lloyd–Max levels of N(0, 1) and their distortion, by Lloyd's rounds on the exact density."""
    from scipy.special import ndtr, ndtri

    count = 1 << bits
    levels = np.sqrt(3.0) * ndtri((np.arange(count) + 0.5) / count)  # the high-rate point density, φ^⅓
    for _ in range(2000):
        edges = np.concatenate([[-np.inf], (levels[1:] + levels[:-1]) / 2, [np.inf]])
        density = np.exp(-(edges**2) / 2) / np.sqrt(2 * np.pi)
        mass = np.maximum(np.diff(ndtr(edges)), 1e-300)
        fresh = -np.diff(density) / mass
        if np.abs(fresh - levels).max() < 1e-12:
            break
        levels = fresh
    return levels, float(1.0 - (mass * levels**2).sum())


def allocate(variance: Floats, bits: int, most: int = 8) -> Ints:
    """Whole bits per dimension by marginal gain λ (D_b − D_{b+1}): optimal for the convex Lloyd–Max rate curve."""
    d = [1.0] + [gaussian_distortion(b) for b in range(1, most + 1)]
    given = np.zeros(len(variance), np.int64)
    heap = [(-float(v) * (d[0] - d[1]), i) for i, v in enumerate(variance)]
    heapq.heapify(heap)
    for _ in range(min(bits, most * len(variance))):
        _gain, i = heapq.heappop(heap)
        given[i] += 1
        if given[i] < most:
            heapq.heappush(heap, (-float(variance[i]) * (d[given[i]] - d[given[i] + 1]), i))
    return given


def deal(variance: Floats, capacity: NDArray[np.int64], widest: int) -> list[Ints]:
    """Deal active dimensions into groups so that each holds the same share of its capacity in bits.

    variance (d,); capacity (groups,) bits of each group's codebook. Dimensions under the water level get none; no group
    holds more than `widest`. Groups that stay empty (fewer active dimensions than groups) take the best unheld one.
    """
    r, _ = rates(variance, float(capacity.sum()))
    r = np.minimum(r, capacity.max())
    order = np.argsort(-np.asarray(variance), kind="stable")
    held: list[list[int]] = [[] for _ in capacity]
    load = np.zeros(len(capacity))
    for j in order:
        if r[j] <= 0 and all(held):
            break
        room = np.array([len(g) < widest for g in held])
        if not room.any():
            break
        g = int(np.where(room, load / capacity, np.inf).argmin())
        held[g].append(int(j))
        load[g] += max(float(r[j]), 1e-9)
    return [np.array(g, np.int64) for g in held]
