"""Subtract the documents' mean; queries stay as they are, so every ranking is kept.

⟨q, x⟩ = ⟨q, x − μ⟩ + ⟨q, μ⟩, and the last term is the same for every document. Codes of the remainder lose less,
because nothing is spent on what all documents have in common.

Bytes: none of its own; the mean, 4 d bytes, is shared by all vectors.
"""

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
