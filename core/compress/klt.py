"""The query-aware Karhunen–Loève transform: decorrelates documents in the metric that training queries induce.

Documents z = Vᵀ W (x − μ), queries Vᵀ W⁻¹ q, with W = S^(γ/2), S the shrunk second moment of training queries and V
the eigenvectors of cov(W x): the squared error of z is then the squared error of scores (LeanVec-Sphering at γ = 100).
Inner products are kept up to a constant per query.

Paper: Tepper et al. (2024), LeanVec: searching vectors faster by making them fit.
Bytes: none of its own; the maps, 4 d bytes per dimension that the codec reads, are shared by all vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.compress.pca import BLOCK, moments, ordered_eigh
from core.stage import Transform, arg
from core.types import Rows, State, Train


@dataclass(frozen=True)
class Klt(Transform):
    """γ in hundredths tempers the weight of the queries: 0 is plain PCA, 100 the exact minimiser of score error."""

    name: ClassVar[str] = "klt"
    family: ClassVar[str] = "flagship"
    examples: ClassVar[tuple[str, ...]] = ("klt", "klt(gamma=0)")
    encoding_only: ClassVar[tuple[str, ...]] = ("document_map", "mean", "variance")

    gamma: int = arg(50, 0, 100, "weight of the queries' directions, in hundredths", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"klt > pq{size}x8", f"klt(gamma=0) > wpq{size}") if 3 * size <= dim else ()

    def fit(self, train: Train) -> State:
        x, gamma = train.rows, self.gamma / 100
        d = x.shape[1]
        q = x if train.queries is None or not len(train.queries) else train.queries
        shrink = 1 / (1 + len(q) / 500)  # half at 500 queries, a tenth at 4,500
        moment = (q.T @ q).astype(np.float64)
        moment = (1 - shrink) * moment * d / max(np.trace(moment), 1e-30) + shrink * np.eye(d)
        power, axes = np.linalg.eigh(moment)
        w, w_inv = ((axes * power ** (sign * gamma / 2)) @ axes.T for sign in (1, -1))
        mean, cov = train.once("moments", lambda: moments(x))
        variance, v = ordered_eigh(w @ cov @ w)
        return {
            "mean": mean.astype(np.float32),
            "document_map": (w @ v).astype(np.float32),
            "query_map": (w_inv @ v).astype(np.float32),
            "variance": variance.astype(np.float32),
        }

    def apply(self, s: State, x: Rows) -> Rows:
        z: Rows = np.empty((len(x), s["document_map"].shape[1]), np.float32)
        shift = s["mean"] @ s["document_map"]
        for a in range(0, len(x), BLOCK):
            np.matmul(x[a : a + BLOCK], s["document_map"], out=z[a : a + BLOCK])
        z -= shift
        return z

    def undo(self, s: State, z: Rows) -> Rows:
        x: Rows = z @ s["query_map"].T
        x += s["mean"]
        return x

    def query(self, s: State, q: Rows) -> Rows:
        return q @ s["query_map"]

    def select(self, s: State, dims: np.ndarray[Any, Any]) -> State:
        return {
            **s,
            "document_map": np.ascontiguousarray(s["document_map"][:, dims]),
            "query_map": np.ascontiguousarray(s["query_map"][:, dims]),
        }
