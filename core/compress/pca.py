"""Rotate to the documents' principal axes and keep the leading ones; queries are not centred.

Of all cuts to m dimensions it keeps most of the variance. Documents become Vᵀ(x − μ), queries Vᵀq: centring queries
as well, as some libraries do, changes every ranking by inner product.

Paper: Pearson (1901), On lines and planes of closest fit to systems of points in space.
Bytes: none of its own; the codec behind it codes m dimensions instead of d. The map, 4 d m bytes, is shared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.stage import Transform, arg, check_dims
from core.types import Floats, Rows, State, Train

BLOCK = 4096  # rows multiplied at a time: BLAS keeps buffers of the size of what it multiplied


@dataclass(frozen=True)
class Pca(Transform):
    """z = Vᵀ(x − μ) for documents, Vᵀq for queries: centring queries as well would change every ranking."""

    name: ClassVar[str] = "pca"
    family: ClassVar[str] = "cut"
    examples: ClassVar[tuple[str, ...]] = ("pca16",)

    dims: int = arg(64, 1, 65536, "dimensions kept")

    def fit(self, train: Train) -> State:
        check_dims(str(self), self.dims, train.rows.shape[1])
        mean, axes = principal_axes(train)
        return {"mean": mean, "axes": np.ascontiguousarray(axes[:, : self.dims])}

    def dim(self, d: int) -> int:
        return min(self.dims, d)

    def apply(self, s: State, x: Rows) -> Rows:
        z: Rows = x @ s["axes"]
        z -= s["mean"] @ s["axes"]
        return z

    def undo(self, s: State, z: Rows) -> Rows:
        return z @ s["axes"].T + s["mean"]

    def query(self, s: State, q: Rows) -> Rows:
        return q @ s["axes"]


def principal_axes(train: Train) -> tuple[Rows, Rows]:
    """Mean (d,) and eigenvectors (d, d) of the covariance, largest eigenvalue first, signs fixed."""
    mean, cov = train.once("moments", lambda: moments(train.rows))
    axes = train.once("axes", lambda: ordered_eigh(cov)[1])
    return mean.astype(np.float32), axes.astype(np.float32)


def moments(x: Rows) -> tuple[Floats, Floats]:
    """Mean (d,) and covariance (d, d) of the rows, float64."""
    mean = x.mean(0, dtype=np.float64)
    square = np.zeros((x.shape[1], x.shape[1]))
    for a in range(0, len(x), BLOCK):
        square += x[a : a + BLOCK].T @ x[a : a + BLOCK]
    return mean, square / len(x) - np.outer(mean, mean)


def ordered_eigh(symmetric: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues falling, and eigenvectors whose largest entry is positive (so that reruns agree)."""
    values, vectors = np.linalg.eigh(symmetric)
    vectors = vectors[:, ::-1]
    lead = vectors[np.abs(vectors).argmax(0), np.arange(vectors.shape[1])]
    return np.maximum(values[::-1], 0.0), vectors * np.where(lead < 0, -1.0, 1.0)
