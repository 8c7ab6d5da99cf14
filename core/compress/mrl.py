"""Keep a prefix of each vector, scaled back to unit length.

Made for models trained so that prefixes work (Matryoshka); for others the leading principal axes, `pca`, keep more.

Paper: Kusupati et al. (2022), Matryoshka representation learning.
Bytes: none of its own; the codec behind it codes m dimensions instead of d.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.stage import Transform, arg, check_dims
from core.types import Rows, State, Train


@dataclass(frozen=True)
class Mrl(Transform):
    """z = x[:m] / ‖x[:m]‖. Made for models trained so that prefixes work; others lose more than by PCA."""

    name: ClassVar[str] = "mrl"
    family: ClassVar[str] = "cut"
    examples: ClassVar[tuple[str, ...]] = ("mrl16",)

    dims: int = arg(64, 1, 65536, "dimensions kept")

    def fit(self, train: Train) -> State:
        check_dims(str(self), self.dims, train.rows.shape[1])
        return {"width": np.array([train.rows.shape[1]], np.int64)}

    def dim(self, d: int) -> int:
        return min(self.dims, d)

    def apply(self, s: State, x: Rows) -> Rows:
        z = x[:, : self.dims]
        unit: Rows = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), np.float32(1e-12))
        return unit

    def undo(self, s: State, z: Rows) -> Rows:
        out = np.zeros((len(z), int(s["width"][0])), np.float32)
        out[:, : self.dims] = z
        return out

    def query(self, s: State, q: Rows) -> Rows:
        return np.ascontiguousarray(q[:, : self.dims])
