"""Whole numbers of 1 to 8 bits per dimension, between the smallest and largest value that the documents showed.

Values outside the learned range are clipped, never wrapped. Scores are of the decoded values, not of the raw codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.scan import scan_affine
from core.stage import Codec, arg, check_rows
from core.types import Codes, Hits, Rows, Scanner, State, Train


@dataclass(frozen=True)
class Int(Codec):
    """Cell c of 2^bits equal cells between low and high decodes to its middle, low + (c + ½) Δ."""

    name: ClassVar[str] = "int"
    family: ClassVar[str] = "scalar"
    examples: ClassVar[tuple[str, ...]] = ("int8", "int5", "int4(clip=10)", "int2(clip=500)", "int1(clip=2000)")

    bits: int = arg(8, 1, 8, "bits per dimension")
    clip: int = arg(0, 0, 4900, "documents beyond each end of the range, in hundredths of a percent", keyword=True)

    def nbytes(self, d: int) -> int:
        return -(-d * self.bits // 8)

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        low, high = train.rows.min(0), train.rows.max(0)
        if self.clip:
            low, high = np.percentile(train.rows, [self.clip / 100, 100 - self.clip / 100], axis=0)
        step = np.maximum(high - low, 1e-9) / (1 << self.bits)
        return {"low": low.astype(np.float32), "step": step.astype(np.float32)}

    def encode(self, s: State, x: Rows) -> Codes:
        most = (1 << self.bits) - 1
        cells = np.clip(np.floor((x - s["low"]) / s["step"]), 0, most).astype(np.uint8)
        return pack_even(cells, self.bits)

    def decode(self, s: State, c: Codes) -> Rows:
        cells = unpack_even(c, self.bits, len(s["low"]))
        x: Rows = s["low"] + (cells + np.float32(0.5)) * s["step"]
        return x

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        if 8 % self.bits:
            return None

        def run(q: Rows, k: int) -> Hits:
            offset = (q @ (s["low"] + s["step"] / 2)).astype(np.float32)
            return scan_affine(c, q * s["step"], offset, self.bits, k)

        return run


def pack_even(cells: NDArray[np.uint8], bits: int) -> Codes:
    """Fields of equal width (n, d) side by side, least significant bit first: (n, ceil(d · bits / 8))."""
    if bits == 8:
        return cells
    spread = (cells[:, :, None] >> np.arange(bits, dtype=np.uint8)) & 1
    return np.packbits(spread.reshape(len(cells), -1), axis=1, bitorder="little")


def unpack_even(codes: Codes, bits: int, d: int) -> NDArray[np.uint8]:
    """The inverse of `pack_even`."""
    if bits == 8:
        return codes
    spread = np.unpackbits(codes, axis=1, count=d * bits, bitorder="little").reshape(len(codes), d, bits)
    cells: NDArray[np.uint8] = (spread << np.arange(bits, dtype=np.uint8)).sum(2, dtype=np.uint8)
    return cells
