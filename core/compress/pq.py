"""Product quantisation: cut the vector into m pieces, k-means each, and store m indices.

Pieces are consecutive dimensions, as even as d allows. A query looks up its inner products with all centroids once;
the score of a document is then a sum of m table entries.

Paper: Jégou, Douze, Schmid (2011), Product quantization for nearest neighbor search.
Bytes: ⌈m · bits / 8⌉; the codebooks, 4 d 2^bits bytes, are shared by all vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.compress.product import Product, learn
from core.errors import PlanError
from core.stage import arg, check_rows
from core.types import State, Train


@dataclass(frozen=True)
class Pq(Product):
    """m pieces of consecutive dimensions (as even as d allows), 2^bits centroids each, m · bits / 8 bytes."""

    name: ClassVar[str] = "pq"
    examples: ClassVar[tuple[str, ...]] = ("pq5x8", "pq10x4")

    m: int = arg(48, 1, 4096, "pieces")
    bits: int = arg(8, 4, 8, "bits per piece, 4 or 8")
    rounds: int = arg(15, 1, 100, "rounds of k-means", keyword=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bits not in (4, 8):
            raise PlanError(f"{self.name}: bits per piece must be 4 or 8, got {self.bits}.")

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"{cls.name}{size}x8", f"{cls.name}{2 * size}x4") if 2 * size <= dim else ()

    def nbytes(self, d: int) -> int:
        return -(-self.m * self.bits // 8)

    def fit(self, train: Train) -> State:
        d = train.rows.shape[1]
        check_rows(train.rows, None, str(self), at_least=2)
        self.check_pieces(d)
        pieces = np.array_split(np.arange(d), self.m)
        return learn(train, pieces, np.full(self.m, 1 << self.bits), self.rounds)

    def check_pieces(self, d: int) -> None:
        """PlanError when there are more pieces than dimensions."""
        if self.m > d:
            raise PlanError(f"{self} cuts {d} dimensions into {self.m} pieces; use at most {d}.")
