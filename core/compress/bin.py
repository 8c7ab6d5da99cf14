"""One bit per dimension: on which side of a threshold it lies, zero or the documents' mean.

Each side decodes to the mean of the training documents on it, and queries stay float (asymmetric scores), which keeps
far more neighbours than counting differing bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.scan import scan_queries
from core.stage import Codec, arg, check_rows
from core.types import Codes, Hits, Rows, Scanner, State, Train


@dataclass(frozen=True)
class Bin(Codec):
    """Bit i is x_i > t_i, least significant bit first in each byte."""

    name: ClassVar[str] = "bin"
    family: ClassVar[str] = "binary"
    examples: ClassVar[tuple[str, ...]] = ("bin", "bin(mean=1)")

    mean: int = arg(0, 0, 1, "threshold at the documents' mean instead of zero", keyword=True)

    def nbytes(self, d: int) -> int:
        return -(-d // 8)

    def fit(self, train: Train) -> State:
        x = train.rows
        check_rows(x, None, str(self), at_least=2)
        average = x.mean(0, dtype=np.float64)
        threshold = average if self.mean else np.zeros_like(average)
        above = x > threshold
        count = above.sum(0)
        high = np.where(count, np.where(above, x, 0).sum(0, dtype=np.float64) / np.maximum(count, 1), average)
        low = np.where(count < len(x), (average * len(x) - high * count) / np.maximum(len(x) - count, 1), average)
        return {name: a.astype(np.float32) for name, a in (("threshold", threshold), ("low", low), ("high", high))}

    def encode(self, s: State, x: Rows) -> Codes:
        return np.packbits(x > s["threshold"], axis=1, bitorder="little")

    def decode(self, s: State, c: Codes) -> Rows:
        bits = np.unpackbits(c, axis=1, count=len(s["low"]), bitorder="little").view(bool)
        return np.where(bits, s["high"], s["low"])

    def tables(self, s: State, q: Rows) -> NDArray[np.float32]:
        """Per query and byte, the sum of its eight dimensions for each of the 256 bit patterns."""
        d, nbytes = q.shape[1], self.nbytes(q.shape[1])
        low, gain = np.zeros((2, len(q), 8 * nbytes), np.float32)
        low[:, :d], gain[:, :d] = q * s["low"], q * (s["high"] - s["low"])
        patterns = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(np.float32)
        split = (len(q), nbytes, 8)
        out: NDArray[np.float32] = gain.reshape(split) @ patterns.T + low.reshape(split).sum(2, keepdims=True)
        return out

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        def run(q: Rows, k: int) -> Hits:
            return scan_queries(c, q, k, lambda part: self.tables(s, part))

        return run
