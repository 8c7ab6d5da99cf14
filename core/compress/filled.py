"""What the water-filled codecs share: exactly B bytes, and the option of a scale per vector in the last half byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.compress.product import Product, lookup, sample
from core.compress.scale import QUERIES, ROWS, learn_scale, log_scale, scale_code
from core.kernels import Groups, assign_groups, unpack
from core.stage import arg
from core.types import Codes, Rows, State, Train


@dataclass(frozen=True)
class Filled(Product):
    """Subclasses deal bits to dimensions in `fit`, leaving the upper half of the last byte to the scale."""

    family: ClassVar[str] = "flagship"

    size: int = arg(48, 1, 4096, "bytes per vector")
    scale: int = arg(1, 0, 1, "a scale per vector in half a byte", keyword=True)

    def nbytes(self, d: int) -> int:
        return self.size

    def ledger(self, d: int) -> dict[str, float]:
        return {"codes": self.size - 0.5 * self.scale} | ({"scale": 0.5} if self.scale else {})

    def scaled(self, s: State, train: Train) -> State:
        """The state with the scale's range and factors, where this codec has one."""
        if not self.scale:
            return s
        rows = sample(train.rows, train.rng(), ROWS)
        decoded = lookup(s, assign_groups(rows, Groups.of_state(s), s["centroids"]))
        queries = None if train.queries is None else train.queries[:QUERIES, s["dims"]]
        return {**s, **learn_scale(rows[:, s["dims"]], decoded, queries)}

    def encode(self, s: State, x: Rows) -> Codes:
        codes = super().encode(s, x)
        if self.scale:
            logs = log_scale(x[:, s["dims"]], lookup(s, unpack(codes, *self.layout(s))))
            codes[:, -1] |= scale_code(s["scale_range"], logs) << 4
        return codes

    def decode(self, s: State, c: Codes) -> Rows:
        rows = super().decode(s, c)
        return rows * s["scales"][c[:, -1:] >> 4] if self.scale else rows

    def factors(self, s: State) -> NDArray[np.float32] | None:
        return np.asarray(s["scales"], np.float32) if self.scale else None
