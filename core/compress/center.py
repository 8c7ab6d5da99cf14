"""Subtract the documents' mean; queries stay as they are, so every ranking is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.stage import Transform
from core.types import Rows, State, Train


@dataclass(frozen=True)
class Center(Transform):
    """z = x − μ. Since ⟨q, x⟩ = ⟨q, z⟩ + ⟨q, μ⟩, the constant belongs to the query alone."""

    name: ClassVar[str] = "center"
    examples: ClassVar[tuple[str, ...]] = ("center",)

    def fit(self, train: Train) -> State:
        return {"mean": train.rows.mean(0, dtype=np.float64).astype(np.float32)}

    def apply(self, s: State, x: Rows) -> Rows:
        return x - s["mean"]

    def undo(self, s: State, z: Rows) -> Rows:
        return z + s["mean"]

    def query(self, s: State, q: Rows) -> Rows:
        return q
