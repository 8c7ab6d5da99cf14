"""Brain floats: the upper half of a 32-bit float, with its whole range and a mantissa of 8 bits.

Each number is rounded to the nearest value that its first 16 bits can hold (ties to even). Nothing is learned and no
range can be exceeded, but neighbouring values lie eight times as far apart as in f16. Scored by a compiled scan that
widens the bytes as it reads them.

Bytes: 2 d.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.scan_bits import scan_brain
from core.scan_rows import Reader, Reading
from core.stage import Codec, arg
from core.types import Codes, Hits, Rows, Scanner, State, Train

MOST = np.array([0x7F7F0000], np.uint32).view(np.float32)[0]
BRAIN = (np.arange(1 << 16, dtype=np.uint32) << 16).view(np.float32)  # what each of the 65,536 brain floats is


@dataclass(frozen=True)
class BrainFloat(Codec):
    """The bytes are those of bfloat16, little-endian."""

    name: ClassVar[str] = "bf"
    family: ClassVar[str] = "floats"
    examples: ClassVar[tuple[str, ...]] = ("bf16",)

    bits: int = arg(16, 16, 16, "bits per dimension, always 16")

    def nbytes(self, d: int) -> int:
        return 2 * d

    def fit(self, train: Train) -> State:
        return {}

    def encode(self, s: State, x: Rows) -> Codes:
        words = np.clip(x, -MOST, MOST).astype(np.float32).view(np.uint32)
        odd = (words >> 16) & 1
        return np.ascontiguousarray(((words + 0x7FFF + odd) >> 16).astype("<u2")).view(np.uint8)

    def decode(self, s: State, c: Codes) -> Rows:
        words = np.ascontiguousarray(c).view("<u2").astype(np.uint32) << 16
        return words.view(np.float32)

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        def run(q: Rows, k: int) -> Hits:
            return scan_brain(c, q, k)

        return run

    def reader(self, s: State, c: Codes) -> Reader:
        return lambda q: Reading(c.view(np.uint16), q, BRAIN)
