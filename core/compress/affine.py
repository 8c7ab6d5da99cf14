"""What linear transforms share: z = (x − μ) A for documents and q B for queries, which keep their own mean.

Since ⟨qB, z⟩ = ⟨q, z Bᵀ⟩, undoing by Bᵀ meets the query law whatever A is; only how much is kept depends on A and B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.stage import Transform
from core.types import Rows, State

RIDGE = 0.01  # of the mean squared singular value: the least that a direction's noise is divided by


@dataclass(frozen=True)
class Affine(Transform):
    """State: `mean` (d,), `query_map` B (d, m) and, where it is another one, `document_map` A (d, m)."""

    encoding_only: ClassVar[tuple[str, ...]] = ("document_map", "mean")

    def apply(self, s: State, x: Rows) -> Rows:
        document_map = s.get("document_map", s["query_map"])
        z: Rows = x @ document_map
        z -= s["mean"] @ document_map
        return z

    def undo(self, s: State, z: Rows) -> Rows:
        x: Rows = z @ s["query_map"].T
        x += s["mean"]
        return x

    def query(self, s: State, q: Rows) -> Rows:
        return q @ s["query_map"]

    def select(self, s: State, dims: np.ndarray[Any, Any]) -> State | None:
        return {name: a if name == "mean" else np.ascontiguousarray(a[:, dims]) for name, a in s.items()}


def inverse_map(a: NDArray[Any]) -> NDArray[np.float32]:
    """B (d, m) such that z Bᵀ is nearly the shortest x with x A = z: the pseudo-inverse of A, with a ridge.

    Without the ridge, the weakest directions of a nearly square random A would multiply a quantiser's error.
    """
    u, spread, vt = np.linalg.svd(a, full_matrices=False)
    weights = spread / np.maximum(spread**2 + RIDGE * (spread**2).mean(), 1e-30)
    return np.asarray((u * weights) @ vt, np.float32)
