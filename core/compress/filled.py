"""What the water-filled codecs share: exactly B bytes, and the option of a scale per vector in the last half byte."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.compress.product import Product, lookup
from core.compress.scaled import Scaled
from core.kernels import Groups, Ints, assign_groups, pack, unpack
from core.stage import arg
from core.types import Codes, Rows, State


@dataclass(frozen=True)
class Filled(Scaled, Product):
    """Subclasses deal bits to dimensions in `fit`, leaving the upper half of the last byte to the scale."""

    family: ClassVar[str] = "flagship"

    size: int = arg(48, 1, 4096, "bytes per vector")
    scale: int = arg(1, 0, 1, "a scale per vector in half a byte", keyword=True)

    def has_scale(self) -> bool:
        return bool(self.scale)

    def nbytes(self, d: int) -> int:
        return self.size

    def chosen(self, s: State, x: Rows) -> NDArray[np.uint8]:
        return assign_groups(x, Groups.of_state(s), s["centroids"])

    def decoded(self, s: State, fields: NDArray[np.uint8]) -> Rows:
        return lookup(s, fields)

    def encode(self, s: State, x: Rows) -> Codes:
        fields = self.chosen(s, x)
        byte, shift, _ = self.layout(s)
        return self.with_scale(s, x, fields, pack(fields, byte, shift, self.size))

    def decode(self, s: State, c: Codes) -> Rows:
        rows: Rows = super().decode(s, c) * self.by_row(s, c)
        return rows

    def words(self, s: State) -> Rows:
        groups = Groups.of_state(s)
        out = np.zeros((groups.counts.sum(), len(groups.dims)), np.float32)
        for (a, b), row, cents in zip(
            pairwise(groups.edges), self.first(s), groups.blocks(s["centroids"]), strict=True
        ):
            out[row : row + cents.shape[1], a:b] = cents.T
        return out

    def with_words(self, s: State, words: Rows) -> State:
        groups = Groups.of_state(s)
        spans = zip(pairwise(groups.edges), self.first(s), groups.counts, strict=True)
        return {**s, "centroids": np.concatenate([words[row : row + n, a:b].T.ravel() for (a, b), row, n in spans])}

    def entries(self, s: State, c: Codes) -> Ints:
        return unpack(c, *self.layout(s)) + self.first(s)

    @staticmethod
    def first(s: State) -> Ints:
        """The row of `words` at which each group's codewords begin."""
        out: Ints = np.concatenate([[0], np.cumsum(s["counts"])[:-1]]).astype(np.int64)
        return out
