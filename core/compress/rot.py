"""A random orthogonal rotation: spreads every vector's energy evenly over the dimensions.

Drawn from the Haar measure by QR of a Gaussian matrix; it keeps all inner products. Codes that spend the same bits on
each dimension, `int` and `bin`, gain by it; codes that follow the variance, `wpq` and `wsq`, lose. With a number, only
that many of the rotated dimensions are kept (rot128): an orthogonal random projection.

Paper: Stewart (1980), The efficient generation of random orthogonal matrices.
Bytes: none of its own; the rotation, 4 d² bytes (4 d m when cut), is shared by all vectors.
Claim: rotating rescues few-bit codes of uneven dimensions (Ashkboos et al. 2024, QuaRot). Small demo corpus
(6,782 x 384), `int2(clip=100)`, recall@10: on principal axes 0.708, rotated 0.835: holds. On the model's own axes,
which are even already, 0.833 and 0.835; int4 without clip 0.944 and 0.949.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.stage import Transform, arg, check_dims
from core.types import Floats, Rows, State, Train


@dataclass(frozen=True)
class Rot(Transform):
    """z = xR with R orthogonal. Right before codes of a fixed rate, wrong before water-filled ones."""

    name: ClassVar[str] = "rot"
    examples: ClassVar[tuple[str, ...]] = ("rot", "rot16")

    dims: int = arg(0, 0, 65536, "dimensions kept; 0, or no number, is all")

    def __str__(self) -> str:
        return super().__str__().replace("rot0", "rot", 1)

    def dim(self, d: int) -> int:
        return min(self.dims or d, d)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return even_rate("rot", size, dim)

    def fit(self, train: Train) -> State:
        d = train.rows.shape[1]
        check_dims(f"rot{self.dims}", self.dims, d)
        rotation = random_rotation(d, train.rng()).astype(np.float32)
        return {"rotation": np.ascontiguousarray(rotation[:, : self.dim(d)])}

    def apply(self, s: State, x: Rows) -> Rows:
        return x @ s["rotation"]

    def undo(self, s: State, z: Rows) -> Rows:
        return z @ s["rotation"].T

    def query(self, s: State, q: Rows) -> Rows:
        return q @ s["rotation"]


def even_rate(name: str, size: int, dim: int) -> tuple[str, ...]:
    """A rotation of this name where it belongs: before the same bits for every dimension."""
    bits = min(8, -(-8 * size // dim))
    width = min(dim, 8 * size // bits)
    cut = f"pca{width} > " if width < dim else ""
    return (f"{cut}{name} > bin" if bits == 1 else f"{cut}{name} > int{bits}(clip=50)",)


def random_rotation(d: int, rng: np.random.Generator) -> Floats:
    """An orthogonal matrix (d, d) drawn from the Haar measure: QR of a Gaussian one, signs of R's diagonal undone."""
    q, r = np.linalg.qr(rng.standard_normal((d, d)))
    out: Floats = q * np.where(np.diag(r) < 0, -1.0, 1.0)
    return out
