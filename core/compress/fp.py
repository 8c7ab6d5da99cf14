"""Tiny floats: a sign, a few exponent bits and a few mantissa bits, so that steps are finest near zero.

fp8 is the e4m3 of graphics processors and engines (exponent=5: e5m2), one scale bringing the largest value in range;
its bytes are the standard ones. Below 8 bits the exponent bits and the clipping range are those that lose least squared
error on at most 1,024 documents, one range for all dimensions or one for each (each=1). Scored by tables of query value
times level.

Paper: Liu et al. (2023), LLM-FP4; formats of the Open Compute Project.
Bytes: d · bits / 8, rounded up.
Claim: searched FP4 is far above min–max INT4 (63.1 and 38.5 points, weights and activations of LLaMA-13B); here,
recall@10 on the small demo corpus (6,782 x 384), one range for all: fp4 .932, int4(shared=1) .902: holds. The search is
what helps: int4(dual=1,shared=1) .936, and int4(clip=10) .942. At 8 bits fp8 .981, exponent=5 .963, int8 .995.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.compress.levels import cells, level_scanner, take
from core.compress.product import sample
from core.errors import PlanError
from core.scan_bits import pack_bits, unpack_bits
from core.stage import Codec, arg, check_rows
from core.types import Codes, Rows, Scanner, State, Train

LEARN = 1024
RANGES = np.linspace(0.1, 1.1, 26)  # of the largest value, tried as clipping range


@dataclass(frozen=True)
class TinyFloat(Codec):
    """A field is sign, exponent, mantissa from its highest bit down; its value is a multiple of the scale."""

    name: ClassVar[str] = "fp"
    family: ClassVar[str] = "floats"
    examples: ClassVar[tuple[str, ...]] = ("fp8", "fp8(exponent=5)", "fp4", "fp4(each=1)")

    bits: int = arg(8, 4, 8, "bits per dimension")
    exponent: int = arg(0, 0, 5, "exponent bits; 0: 4 of 8 bits, else those that lose least", keyword=True)
    each: int = arg(0, 0, 1, "a range for each dimension instead of one for all", keyword=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.exponent >= self.bits:
            raise PlanError(f"{self.name}: {self.exponent} exponent bits and a sign do not fit into {self.bits} bits.")

    def nbytes(self, d: int) -> int:
        return -(-d * self.bits // 8)

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        largest = np.abs(train.rows).max(0).astype(np.float64)
        if not self.each:
            largest = np.full_like(largest, largest.max())
        largest = np.maximum(largest, 1e-30)
        if self.bits == 8:
            best, scale = self.exponent or 4, largest / magnitudes(8, self.exponent or 4).max()
        else:
            x = sample(train.rows, train.rng(), LEARN)
            choices = [self.exponent] if self.exponent else list(range(1, self.bits))
            _, best, scale = min((self.searched(x, largest, e) for e in choices), key=lambda found: found[0])
        return {"exponent": np.array([best]), "scale": scale.astype(np.float32)}

    def searched(self, x: Rows, largest: NDArray[Any], exponent: int) -> tuple[float, int, NDArray[Any]]:
        """Squared error, exponent bits and scales (d,) at the clipping range of least error."""
        table = magnitudes(self.bits, exponent)
        scales = RANGES[:, None] * largest / table.max()
        lost = np.stack([np.square(x - self.rounded(x, table, s.astype(np.float32))).sum(0) for s in scales])
        if not self.each:
            lost = np.broadcast_to(lost.sum(1, keepdims=True) / x.shape[1], lost.shape)
        at = lost.argmin(0)
        return float(lost.min(0).sum()), exponent, np.take_along_axis(scales, at[None], 0)[0]

    def rounded(self, x: Rows, table: NDArray[np.float32], scale: NDArray[np.float32]) -> Rows:
        return signed(table)[self.fields(x, table, scale)] * scale

    def fields(self, x: Rows, table: NDArray[np.float32], scale: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Sign bit and the nearest magnitude, of two equally near the even one."""
        sign = (x < 0).astype(np.uint8) << np.uint8(self.bits - 1)
        magnitude = cells((np.abs(x) / scale).astype(np.float32), halfway(table)[None])
        return magnitude | sign

    def encode(self, s: State, x: Rows) -> Codes:
        return pack_bits(self.fields(x, magnitudes(self.bits, int(s["exponent"][0])), s["scale"]), self.bits)

    def levels(self, s: State) -> Rows:
        """What each field of each dimension stands for: (d, 2^bits)."""
        out: Rows = s["scale"][:, None] * signed(magnitudes(self.bits, int(s["exponent"][0])))
        return out

    def decode(self, s: State, c: Codes) -> Rows:
        return take(self.levels(s), unpack_bits(c, self.bits, len(s["scale"])))

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        return level_scanner(c, self.levels(s), self.bits)


def magnitudes(bits: int, exponent: int) -> NDArray[np.float32]:
    """The 2^(bits - 1) values without sign, rising; codes that mean infinity or NaN repeat the largest value."""
    mantissa = bits - 1 - exponent
    code = np.arange(1 << (bits - 1))
    e, m = code >> mantissa, code & ((1 << mantissa) - 1)
    low = np.where(e == 0, 0, 1) + m / (1 << mantissa)
    values = np.ldexp(low, np.maximum(e, 1) - ((1 << (exponent - 1)) - 1))
    specials = {(8, 4): 1, (8, 5): 4}.get((bits, exponent), 0)
    values[len(values) - specials :] = values[len(values) - specials - 1]
    out: NDArray[np.float32] = values.astype(np.float32)
    return out


def signed(table: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([table, -table])


def halfway(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Edges between neighbours; one over an odd code is a hair lower, so that a tie goes to the even code above."""
    edges: NDArray[np.float32] = (table[1:] + table[:-1]) / np.float32(2)
    edges[1::2] = np.nextafter(edges[1::2], np.float32(-np.inf))
    edges[table[1:] == table[:-1]] = np.inf
    return edges
