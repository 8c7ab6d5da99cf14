"""The two directions along which the vectors differ most: the plainest map, ready at once and the same for any vector.

Source: Pearson (1901); the leading eigenvectors of the covariance of the documents.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.types import Rows

SAMPLE = 20_000  # rows that the covariance is taken from, evenly spaced


@dataclass(frozen=True)
class Pca:
    """mean (d,), axes (2, d) of unit length, float32; share: of the variance that the two axes carry."""

    mean: Rows
    axes: Rows
    share: float

    @classmethod
    def fit(cls, rows: Rows) -> Pca:
        """Of rows (n, d), n >= 2. The sign of each axis makes its largest loading positive, so that maps repeat."""
        from scipy.linalg import eigh

        some = np.asarray(rows[:: max(1, len(rows) // SAMPLE)], np.float32)
        mean = some.mean(0)
        centred = some - mean
        moments = (centred.T @ centred).astype(np.float64) / len(some)
        d = len(mean)
        _, vectors = eigh(moments, subset_by_index=[max(0, d - 2), d - 1])
        axes = np.zeros((2, d))
        axes[: min(d, 2)] = vectors.T[::-1]
        axes *= np.sign(axes[[0, 1], np.abs(axes).argmax(1)] + 1e-300)[:, None]
        shown = np.einsum("ad,de,ae->", axes, moments, axes)
        return cls(mean, axes.astype(np.float32), float(shown / max(float(np.trace(moments)), 1e-300)))

    def place(self, rows: Rows) -> Rows:
        """(n, d) float32 -> (n, 2) float32."""
        return np.asarray(rows @ self.axes.T - self.mean @ self.axes.T, np.float32)
