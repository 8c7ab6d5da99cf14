"""Whole numbers of 1 to 8 bits per dimension: the range that the documents showed, cut into equal cells.

Each dimension has its own range: from the smallest to the largest value, without a share of outliers (clip), or between
the two ends of least squared error (dual, searched on at most 8,192 rows); or all share one (shared). Values outside
are clipped, never wrapped; a cell decodes to its middle. Scores are of decoded values, by a compiled scan that folds
the cell widths into the query.

Bytes: d · bits / 8, rounded up.
Claim: cutting the tails helps at few bits (Banner, Nahshon, Soudry 2019); here, recall@10 on the small demo corpus
(6,782 x 384): int4 .934, clip=10 .942, dual .942; int2 .771, clip=100 .823, dual .815. The ordering holds; the least
squared error is not the best ranking at 2 bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.compress.clipping import learned_ends
from core.compress.product import sample
from core.errors import PlanError
from core.scan import Tables, bit_tables, scan_affine
from core.scan_bits import Asked, Plane, pack_bits, scan_planes, unpack_bits
from core.scan_rows import Reader, Reading
from core.stage import Codec, arg, check_rows
from core.types import Codes, Hits, Rows, Scanner, State, Train

LEARN = 8192  # rows that the learned ends are found on, at most


@dataclass(frozen=True)
class Int(Codec):
    """Cell c of 2^bits equal cells between low and high decodes to its middle, low + (c + ½) Δ."""

    name: ClassVar[str] = "int"
    family: ClassVar[str] = "scalar"
    examples: ClassVar[tuple[str, ...]] = (
        "int8",
        "int5",
        "int4(clip=10)",
        "int2(clip=500)",
        "int1(clip=2000)",
        "int8(shared=1)",
        "int3(dual=1)",
    )

    bits: int = arg(8, 1, 8, "bits per dimension")
    clip: int = arg(0, 0, 4900, "documents beyond each end of the range, in hundredths of a percent", keyword=True)
    shared: int = arg(0, 0, 1, "one range for all dimensions", keyword=True)
    dual: int = arg(0, 0, 1, "both ends of the range where the squared error is least", keyword=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.clip and self.dual:
            raise PlanError(f"{self.name}: clip and dual both set the ends of the range; keep one.")

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        bits = max(1, min(8, 8 * size // dim))
        tails = {1: 2000, 2: 100, 3: 30}.get(bits, 10)
        cut = (f"pca{2 * size} > int4(dual=1)", f"pca{size} > int8") if 2 * size < dim else ()
        return (f"int{bits}(clip={tails})", f"int{bits}(dual=1)", *cut)

    def nbytes(self, d: int) -> int:
        return -(-d * self.bits // 8)

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        d = train.rows.shape[1]
        low, high = (np.broadcast_to(end, d) for end in self.ends(train))
        step = np.maximum(high - low, 1e-9) / (1 << self.bits)
        return {"low": low.astype(np.float32), "step": step.astype(np.float32)}

    def ends(self, train: Train) -> Rows:
        """Lower and upper ends (2, d), or (2, 1) when all dimensions share them."""
        x = train.rows
        if self.dual:
            x = sample(x, train.rng(), LEARN)
            return learned_ends(x.reshape(-1, 1) if self.shared else x, self.bits)
        axis = None if self.shared else 0
        if self.clip:
            ends = np.percentile(x, [self.clip / 100, 100 - self.clip / 100], axis=axis)
        else:
            ends = np.stack([x.min(axis), x.max(axis)])
        return ends.reshape(2, -1)

    def encode(self, s: State, x: Rows) -> Codes:
        most = (1 << self.bits) - 1
        return pack_bits(np.clip(np.floor((x - s["low"]) / s["step"]), 0, most).astype(np.uint8), self.bits)

    def decode(self, s: State, c: Codes) -> Rows:
        cells = unpack_bits(c, self.bits, len(s["low"]))
        x: Rows = s["low"] + (cells + np.float32(0.5)) * s["step"]
        return x

    def by_byte(self, s: State) -> Callable[[Rows], Tables]:
        worth = (s["step"][:, None] * 2.0 ** np.arange(self.bits)).astype(np.float32)  # of each bit of a field
        middle = np.asarray(s["low"] + s["step"] / 2, np.float32)
        return lambda q: bit_tables((q[:, :, None] * worth).reshape(len(q), worth.size), q @ middle)

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        def offset(q: Rows) -> Rows:
            return (q @ (s["low"] + s["step"] / 2)).astype(np.float32)

        def ask(q: Rows) -> Asked:
            return Asked(q * s["step"], offset(q)[:, None], q)

        def run(q: Rows, k: int) -> Hits:
            if 8 % self.bits:
                return scan_planes(c, [Plane(0, self.bits, q.shape[1])], ask, q, k, linear=True)
            return scan_affine(c, q * s["step"], offset(q), self.bits, k)

        return run

    def reader(self, s: State, c: Codes) -> Reader | None:
        if self.bits < 8:
            return super().reader(s, c)
        return lambda q: Reading(c, q * s["step"], offset=np.asarray(q @ (s["low"] + s["step"] / 2), np.float32))
