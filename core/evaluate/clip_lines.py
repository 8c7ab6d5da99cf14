"""What a range cuts off: the values of each dimension, and where each rule of calibration ends its range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.compress.codebook import Codebook
from core.errors import DataError
from core.evaluate.calibrate import LEARN, ends, rules
from core.search.built import drawn
from core.types import Floats, Train, Vectors

BINS = 60


@dataclass(frozen=True)
class Histogram:
    """Values of one dimension. edges (b + 1,), counts (b,) of documents; lines: rule -> lower and upper end."""

    dimension: int
    edges: Floats
    counts: NDArray[np.int64]
    lines: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Histograms:
    """Of every dimension: counts (d, b), edges (d, b + 1), and lines (rules, 2, d), the ends that rules learned."""

    rules: tuple[str, ...]
    counts: NDArray[np.int64]
    edges: Floats
    lines: Floats

    def of(self, dimension: int) -> Histogram:
        """One dimension, counted from 0. DataError when there is no such."""
        if not 0 <= dimension < len(self.counts):
            raise DataError(
                f"There are {len(self.counts)} dimensions, counted from 0; got {dimension}. Choose one of them."
            )
        ends = {r: (float(at[0]), float(at[1])) for r, at in zip(self.rules, self.lines[:, :, dimension], strict=True)}
        return Histogram(dimension, self.edges[dimension], self.counts[dimension], ends)


def histograms(vectors: Vectors, bits: int = 4, percent: float = 0.1, size: int = 0, seed: int = 0) -> Histograms:
    """Values of the documents per dimension, with the clip lines of every rule learned on `size` of them (0: all)."""
    shown = drawn(vectors.docs, LEARN, seed)
    sample = drawn(shown, size, seed) if size else shown
    counts, edges = np.empty((vectors.dim, BINS), np.int64), np.empty((vectors.dim, BINS + 1))
    for j in range(vectors.dim):
        counts[j], edges[j] = np.histogram(shown[:, j].astype(np.float64), BINS)
    asked = rules(bits, percent)
    lines = np.array([ends(Codebook.fit(r.codec, Train(sample, None, seed))) for r in asked], np.float64)
    return Histograms(tuple(r.name for r in asked), counts, edges, lines)
