"""Shift and scale each dimension so that one range, shared by all dimensions, suits every one of them.

z = (x − shift) / scale: the ends of each dimension's own best range at b bits, found by searching for the least squared
error of its cells (at most 8,192 rows), become −1 and 1; values outside stay outside. The scale is folded into the
query, so no score changes. For codes with one range, as search engines' 8-bit types are; the scale of the paper, which
weighs this error against that of quantised weights, has nothing to weigh here, since queries stay float.

Paper: Wei et al. (2023), Outlier Suppression+: accurate quantization of large language models by equivalent shifting
and scaling.
Bytes: none of its own; 8 d bytes are shared by all vectors.
Claim: one range does as well as one per dimension. Small demo corpus (6,782 x 384), recall@10: `int4(shared=1,dual=1)`
0.946, with shift 0.952, ranges of each dimension's own 0.951; without learned ends 0.911, 0.928 and 0.944. Holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.compress.clipping import learned_ends
from core.compress.product import sample
from core.stage import Transform, arg
from core.types import Rows, State, Train

LEARN = 8192  # rows that ranges are found on, at most
FLOOR = 1e-3  # of the mean scale: dimensions that hardly vary are not blown up


@dataclass(frozen=True)
class Shift(Transform):
    """z = (x − shift) / scale for documents and q · scale for queries; most of z lies between −1 and 1."""

    name: ClassVar[str] = "shift"
    examples: ClassVar[tuple[str, ...]] = ("shift", "shift(bits=8)")
    encoding_only: ClassVar[tuple[str, ...]] = ("shift",)

    bits: int = arg(4, 1, 8, "bits per dimension that the ranges are found for", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        bits = 8 * size // dim
        return (f"shift(bits={bits}) > int{bits}(shared=1,dual=1)",) if 1 <= bits <= 8 else ()

    def fit(self, train: Train) -> State:
        low, high = learned_ends(sample(train.rows, train.rng(), LEARN), self.bits)
        scale = (high - low) / 2
        return {"shift": (high + low) / 2, "scale": np.maximum(scale, max(FLOOR * scale.mean(), 1e-30))}

    def apply(self, s: State, x: Rows) -> Rows:
        return np.asarray((x - s["shift"]) / s["scale"], np.float32)

    def undo(self, s: State, z: Rows) -> Rows:
        return np.asarray(z * s["scale"] + s["shift"], np.float32)

    def query(self, s: State, q: Rows) -> Rows:
        return q * s["scale"]
