"""Plain floats of 32 or 16 bits (IEEE 754): the yardstick, and what a reranker reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.errors import PlanError
from core.kernels import top
from core.stage import Codec, arg
from core.types import Codes, Hits, Rows, Scanner, State, Train


@dataclass(frozen=True)
class Float(Codec):
    """f32 keeps every ranking; f16 clips to ±65,504 and keeps about three decimals."""

    name: ClassVar[str] = "f"
    family: ClassVar[str] = "floats"
    examples: ClassVar[tuple[str, ...]] = ("f32", "f16")

    bits: int = arg(32, 16, 32, "bits per dimension, 16 or 32")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bits not in (16, 32):
            raise PlanError(f"f: bits per dimension must be 16 or 32, got {self.bits}.")

    @property
    def dtype(self) -> np.dtype[np.floating]:  # type: ignore[type-arg]
        return np.dtype(f"<f{self.bits // 8}")

    def nbytes(self, d: int) -> int:
        return d * self.bits // 8

    def fit(self, train: Train) -> State:
        return {}

    def encode(self, s: State, x: Rows) -> Codes:
        most = np.finfo(self.dtype).max
        return np.ascontiguousarray(np.clip(x, -most, most).astype(self.dtype)).view(np.uint8)

    def decode(self, s: State, c: Codes) -> Rows:
        return np.ascontiguousarray(c).view(self.dtype).astype(np.float32)

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        if self.bits != 32:
            return None
        rows = np.ascontiguousarray(c).view(np.float32)

        def run(q: Rows, k: int) -> Hits:
            ids, scores = top(q @ rows.T, k)
            return Hits(ids, scores, float(len(rows)))

        return run
