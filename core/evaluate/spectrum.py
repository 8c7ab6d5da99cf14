"""How the variance of the documents lies in their dimensions: in the model's own order, and along the best axes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.compress.pca import moments, ordered_eigh
from core.compress.rot import random_rotation
from core.types import Floats, Rows

TAIL = 0.1  # percent of the documents beyond each end of a cut range
DEAD = 1e-10  # of the mean variance: a dimension below it says nothing


@dataclass(frozen=True)
class Spectrum:
    """Moments of rows (n, d), float64, and of the queries (m, d) that will meet them.

    mean (d,); covariance (d, d); kurtosis (d,): excess over a Gaussian's, NaN in a dead dimension; asked (d,): the
    queries' mean square per dimension; narrowing: how many times narrower ranges are without TAIL percent of the
    documents at each end, mean over dimensions.
    """

    mean: Floats
    covariance: Floats
    kurtosis: Floats
    asked: Floats
    narrowing: float

    @cached_property
    def variance(self) -> Floats:
        """Of each dimension (d,), in the model's order."""
        return np.maximum(np.diag(self.covariance), 0.0)

    @cached_property
    def eigenvalues(self) -> Floats:
        """Of the covariance (d,), falling: the variance along the principal axes."""
        return ordered_eigh(self.covariance)[0]

    @property
    def dead(self) -> int:
        """How many dimensions are the same number in every document."""
        return int((self.variance < DEAD * self.variance.mean()).sum())


def spectrum(rows: Rows, queries: Rows) -> Spectrum:
    """Moments of the rows as `Spectrum` has them."""
    mean, covariance = moments(rows)
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    live = scale**2 >= DEAD * (scale**2).mean()
    fourth = np.square(np.square((rows - mean) / np.where(live, scale, 1.0))).mean(0)
    low, high = np.percentile(rows, [TAIL, 100 - TAIL], axis=0)
    wide = rows.max(0) - rows.min(0)
    ratio = float((wide[live] / np.maximum(high - low, 1e-12)[live]).mean())
    asked = np.square(queries, dtype=np.float64).mean(0)
    return Spectrum(mean, covariance, np.where(live, fourth - 3.0, np.nan), asked, ratio)


def prefix(variance: Floats) -> Floats:
    """Share of the variance in the first 1, 2, … d dimensions (d,), rising to 1."""
    total = np.cumsum(np.asarray(variance, np.float64))
    return np.asarray(total / max(float(total[-1]), 1e-300))


def order_worth(s: Spectrum, m: int) -> float:
    """What the model's own order is worth at m of d dimensions: 1 as good as PCA, 0 no better than any m dimensions.

    (own − m/d) / (PCA − m/d), of the shares of variance in m dimensions; 1 where all directions are alike.
    """
    own, best, flat = prefix(s.variance)[m - 1], prefix(s.eigenvalues)[m - 1], m / len(s.mean)
    return float((own - flat) / (best - flat)) if best - flat > 0.02 else 1.0


def effective_rank(eigenvalues: Floats) -> float:
    """exp(−Σ p ln p) of the eigenvalues' shares p; Roy and Vetterli (2007) take singular values instead."""
    p = np.asarray(eigenvalues, np.float64) / np.sum(eigenvalues)
    p = p[p > 0]
    return float(np.exp(-(p * np.log(p)).sum()))


def participation_ratio(eigenvalues: Floats) -> float:
    """(Σλ)² / Σλ²: directions that would give the same sum of squares, were they even."""
    return float(np.sum(eigenvalues) ** 2 / np.sum(np.square(eigenvalues)))


def unevenness(variance: Floats, asked: Floats) -> float:
    """d Σ mσ² / (Σm Σσ²): noise of scores when each dimension gets the same bits, over that of even dimensions.

    An error in proportion to the variance σ² of a dimension meets a query of mean square m there.
    """
    return float(len(variance) * (asked * variance).sum() / max(asked.sum() * variance.sum(), 1e-300))


def rotation_gain(s: Spectrum, queries: Rows, rng: np.random.Generator) -> float:
    """Unevenness on the model's own axes over that after a random rotation: above 1, rotating takes noise away."""
    rotation = random_rotation(len(s.mean), rng)
    turned = np.einsum("ij,ij->j", rotation, s.covariance @ rotation)
    asked = np.square(queries @ rotation).mean(0)
    return unevenness(s.variance, s.asked) / unevenness(turned, asked)


def bit_entropy(rows: Rows, threshold: Floats) -> Floats:
    """Bits that "above the threshold?" says of each dimension (d,): 1 when half of the rows are, 0 when all agree."""
    share = np.clip((rows > threshold).mean(0), 1e-12, 1 - 1e-12)
    return np.asarray(-(share * np.log2(share) + (1 - share) * np.log2(1 - share)))
