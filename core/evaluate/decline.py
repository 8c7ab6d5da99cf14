"""How recall falls as a corpus grows: what counts is how deep in the tail of the scores the neighbours lie.

The k nearest of n documents reach down to the share k / n of all scores. So the nearest 1 of 2,000 lie as deep as the
nearest 10 of 20,000, and recall@1 in a small corpus tells how recall@10 goes on in one that is ten times as large.
The fit, in probits of recall, is  a + F(log(n / k)) + G(k):  F is a line whose slope drifts as a random walk (Wahba
1978), so that it follows what was measured and grows unsure beyond; G is one offset per k, because the last of few
neighbours is a noisier bar than the last of many. The noise of the measured points, which share queries and documents,
is their covariance over queries.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from core.errors import ThinvecError
from core.types import Floats, Interval

DRIFT = 0.03  # change of the slope, in probits, per square root of a factor e in size
MISFIT = 0.015  # probits: what the sum of F and G does not explain
WIDER = 1.5  # documents that neighbour many queries make points differ more than their covariance over queries says
SURE = 1e-4  # recall is kept this far from 0 and 1, where a probit ends
NORMAL = NormalDist()
REACH = NORMAL.inv_cdf(0.975)


@dataclass(frozen=True)
class Decline:
    """The fit. k: neighbours asked for; largest: documents searched at most; deepest: largest n / k measured."""

    k: int
    largest: int
    deepest: float
    base: float
    depth: Floats
    design: Floats
    solved: Floats  # the inverse of the covariance of the points
    weights: Floats  # that times the points

    def at(self, rows: float, shift: float = 0.0, doubt: float = 0.0) -> Interval:
        """Recall@k with its 95 % band when so many documents are searched.

        shift: what else moves it, in probits; doubt: how unsure that is, as a standard deviation.
        """
        x = math.log(rows / self.k) - self.base
        own = np.zeros(self.design.shape[1])
        own[:2] = 1.0, x
        near = _drift(self.depth, np.array([x]))[:, 0] + self.design @ (_prior(len(own)) * own)
        mean = float(near @ self.weights)
        spread = float(_drift(np.array([x]), np.array([x]))[0, 0] + own @ (_prior(len(own)) * own))
        half = REACH * math.sqrt(max(spread - float(near @ self.solved @ near), 0.0) + doubt**2)
        return Interval(*(NORMAL.cdf(y + shift) for y in (mean, mean - half, mean + half)))


def decline(grid: Sequence[tuple[int, int]], values: Floats, k: int) -> Decline:
    """Fit recall (q, pairs) of each query for each (k, documents) of the grid; ThinvecError unless this k is there."""
    if values.ndim != 2 or values.shape[1] != len(grid) or len(values) < 2:
        raise ThinvecError(f"The decline needs recall of 2 queries or more at {len(grid)} sizes, got {values.shape}.")
    sizes = [n for asked, n in grid if asked == k]
    if not sizes:
        raise ThinvecError(f"The decline of recall@{k} needs recall@{k} at one size or more; measure it.")
    points = np.array([probit(m) for m in values.mean(0)])
    slope = np.array([1 / NORMAL.pdf(y) for y in points])
    noise = WIDER * np.cov(values.T).reshape(len(grid), -1) / len(values) * np.outer(slope, slope)
    deep = np.array([math.log(n / asked) for asked, n in grid])
    base = float(deep.min())
    others = sorted({asked for asked, _ in grid} - {k})
    offsets = np.array([[asked == other for other in others] for asked, _ in grid], float).reshape(len(grid), -1)
    design = np.column_stack([np.ones(len(grid)), deep - base, offsets])
    covariance = noise + np.eye(len(grid)) * MISFIT**2 + _drift(deep - base, deep - base)
    solved = np.linalg.inv(covariance + (design * _prior(design.shape[1])) @ design.T)
    return Decline(k, max(sizes), math.exp(deep.max()), base, deep - base, design, solved, solved @ points)


def probit(recall: float) -> float:
    """The normal quantile of a recall, kept finite."""
    return NORMAL.inv_cdf(min(max(float(recall), SURE), 1 - SURE))


def _prior(terms: int) -> Floats:
    """Variances of level, slope and offsets before anything was measured: wide."""
    return np.array([4.0, 1.0, *[0.25] * (terms - 2)])


def _drift(a: Floats, b: Floats) -> Floats:
    """Covariance of an integrated random walk that starts at 0."""
    low, high = np.minimum.outer(a, b).clip(0), np.maximum.outer(a, b)
    return np.asarray(DRIFT**2 * low**2 * (3 * high - low) / 6)
