"""A water-filled product quantiser: groups of dimensions that deserve equal bits, in exactly B bytes.

Reverse water-filling gives each dimension its share of 8B bits; dimensions are dealt to groups of equal total rate, so
strong ones stand almost alone and weak ones crowd together; each group is k-means coded. Behind `klt` this is the
flagship.

Paper: Shannon (1959), Coding theorems for a discrete source with a fidelity criterion; put together here.
Bytes: B; with the scale, its half byte is one of them. The codebooks are shared by all vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.compress.filled import Filled
from core.compress.product import learn, variances
from core.compress.water import deal
from core.errors import PlanError
from core.kernels import Ints
from core.stage import arg, check_rows
from core.types import State, Train

WIDEST = {8: 32, 4: 12}  # dimensions in one group, at most


@dataclass(frozen=True)
class Wpq(Filled):
    """B bytes: B groups of 256 centroids, or 2B of 16 (bits=4); with the scale, one field is the scale's half byte."""

    name: ClassVar[str] = "wpq"
    examples: ClassVar[tuple[str, ...]] = ("wpq6", "wpq6(scale=0)", "wpq6(bits=4)", "wpq6(scale=0,bits=4)")

    bits: int = arg(8, 4, 8, "bits per group, 4 or 8", keyword=True)
    rounds: int = arg(15, 1, 100, "rounds of k-means", keyword=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bits not in (4, 8):
            raise PlanError(f"{self.name}: bits per group must be 4 or 8, got {self.bits}.")

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        wide = (f"klt > wpq{size}", f"klt > wpq{size}(scale=0)") if 3 * size <= dim else ()
        return (*wide, f"klt > wpq{size}(bits=4)") if 2 * size <= dim else ()

    def fields(self) -> Ints:
        """Bits of each group's field; with the scale, the last byte keeps its upper half for it."""
        half = [4] if self.scale else []
        whole = self.size - len(half)
        return np.array([8] * whole + half if self.bits == 8 else [4] * (2 * whole) + half, np.int64)

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        bits, d = self.fields(), train.rows.shape[1]
        if len(bits) > d:
            raise PlanError(f"{self} makes {len(bits)} groups of {d} dimensions; use fewer bytes, or wsq{self.size}.")
        groups = deal(variances(train.rows), bits, WIDEST[self.bits])
        return self.scaled(learn(train, groups, 1 << bits, self.rounds), train)
