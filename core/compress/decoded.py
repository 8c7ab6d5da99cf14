"""What cuts with a trained encoder share: z = encoder(x)[:m], x̂ = z D + b, and so a query is q Dᵀ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.compress.train_torch import block, framed
from core.stage import Transform
from core.types import Rows, State


@dataclass(frozen=True)
class Decoded(Transform):
    """State: the encoder's arrays, named after `network`, the decoder D (m, d) and its `offset` b (d,)."""

    family: ClassVar[str] = "cut"
    network: ClassVar[str]
    dims: int

    def dim(self, d: int) -> int:
        return min(self.dims, d)

    def apply(self, s: State, x: Rows) -> Rows:
        z: Rows = block(s, self.network, framed(s, x))
        return z

    def undo(self, s: State, z: Rows) -> Rows:
        return z @ s["decoder"] + s["offset"]

    def query(self, s: State, q: Rows) -> Rows:
        return q @ s["decoder"].T
