"""A random orthogonal rotation: spreads every vector's energy evenly over the dimensions (Haar measure, by QR)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.stage import Transform
from core.types import Rows, State, Train


@dataclass(frozen=True)
class Rot(Transform):
    """z = xR with R orthogonal. Right before codes of a fixed rate, wrong before water-filled ones."""

    name: ClassVar[str] = "rot"
    examples: ClassVar[tuple[str, ...]] = ("rot",)

    def fit(self, train: Train) -> State:
        d = train.rows.shape[1]
        q, r = np.linalg.qr(train.rng().standard_normal((d, d)))
        return {"rotation": (q * np.where(np.diag(r) < 0, -1.0, 1.0)).astype(np.float32)}

    def apply(self, s: State, x: Rows) -> Rows:
        return x @ s["rotation"]

    def undo(self, s: State, z: Rows) -> Rows:
        return z @ s["rotation"].T

    def query(self, s: State, q: Rows) -> Rows:
        return q @ s["rotation"]
