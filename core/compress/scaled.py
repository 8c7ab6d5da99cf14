"""What codecs with the option of a scale per vector share; the scale is kept in the upper half of the last byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compress.product import sample
from core.compress.scale import QUERIES, ROWS, learn_scale, log_scale, scale_code
from core.kernels import Ints
from core.stage import Codec
from core.types import Codes, Rows, State, Train


@dataclass(frozen=True)
class Scaled(Codec):
    """Codecs that leave half a byte free and say what their fields stand for in the dimensions that they read."""

    def has_scale(self) -> bool:
        """Is the scale part of this recipe?"""
        raise NotImplementedError

    def chosen(self, s: State, x: Rows) -> NDArray[np.uint8]:
        """Codeword numbers (n, fields) of the rows x (n, width)."""
        raise NotImplementedError

    def decoded(self, s: State, fields: NDArray[np.uint8]) -> Rows:
        """What the fields stand for without the scale: float32 (n, len(dims))."""
        raise NotImplementedError

    def ledger(self, d: int) -> dict[str, float]:
        half = 0.5 * self.has_scale()
        return {"codes": self.nbytes(d) - half} | ({"scale": half} if half else {})

    def logs(self, z: Rows, decoded: Rows) -> NDArray[np.float32]:
        """The logarithm of each row's factor, from the rows and what their fields stand for, both (n, len(dims))."""
        return log_scale(z, decoded)

    def words(self, s: State) -> Rows:
        """Every codeword in the dimensions that are read, zero where it does not reach: float32 (ΣK, len(dims))."""
        raise NotImplementedError

    def with_words(self, s: State, words: Rows) -> State:
        """The state that decodes with these codewords instead."""
        raise NotImplementedError

    def entries(self, s: State, c: Codes) -> Ints:
        """Which codewords add up to each row: int64 (n, fields), rows of `words`."""
        raise NotImplementedError

    def scaled(self, s: State, train: Train) -> State:
        """The state with the scale's range and factors, where this recipe has one."""
        if not self.has_scale():
            return s
        rows = sample(train.rows, train.rng(), ROWS)
        queries = None if train.queries is None else train.queries[:QUERIES, s["dims"]]
        z, decoded = rows[:, s["dims"]], self.decoded(s, self.chosen(s, rows))
        return {**s, **learn_scale(z, decoded, self.logs(z, decoded), queries)}

    def with_scale(self, s: State, x: Rows, fields: NDArray[np.uint8], codes: Codes) -> Codes:
        """The codes of rows x, with each row's scale written into the last byte."""
        if self.has_scale():
            logs = self.logs(x[:, s["dims"]], self.decoded(s, fields))
            codes[:, -1] |= scale_code(s["scale_range"], logs) << 4
        return codes

    def by_row(self, s: State, c: Codes) -> Any:
        """The factor of each row (n, 1), or 1."""
        return s["scales"][c[:, -1:] >> 4] if self.has_scale() else np.float32(1)

    def factors(self, s: State) -> NDArray[np.float32] | None:
        return np.asarray(s["scales"], np.float32) if self.has_scale() else None
