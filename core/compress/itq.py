"""Learn the rotation that brings documents closest to the corners of a cube, so that sign bits lose least.

Principal axes (all, or the first m), then iterative quantisation: B = sign(VR), and R the rotation that best turns V
into B (Procrustes, by SVD), 25 times on at most 8,192 rows. Made for `itq > bin`. Documents lose their mean, queries
do not: libraries that centre queries as well change every ranking by inner product. With center=0 nobody does.

Paper: Gong, Lazebnik (2011), Iterative quantization: a Procrustean approach to learning binary codes.
Bytes: none of its own; the codec behind it codes m dimensions. The map, 4 d m bytes, is shared by all vectors.
Claim: it beats principal axes, and a random rotation of them. `bin`, recall@10 on the small demo corpus (6,782 x 384),
scifact, the large demo corpus (43,139): at 16 B 0.542 0.589 0.457, randomly rotated 0.505 0.542 0.445: holds. At 48 B
0.701 0.750 0.657, center=0 0.743 0.742 0.683, randomly rotated 0.664 0.700 0.660, plain `bin` 0.696 0.703 0.688: does
not hold on the large corpus.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.compress.affine import Affine
from core.compress.pca import moments, ordered_eigh, principal_axes
from core.compress.product import sample
from core.compress.rot import random_rotation
from core.stage import arg, check_dims
from core.types import Rows, State, Train

LEARN = 8192  # rows that the rotation learns from, at most


@dataclass(frozen=True)
class Itq(Affine):
    """Principal axes, `dims` of them or all, then the rotation R that alternates with B = sign(VR)."""

    name: ClassVar[str] = "itq"
    examples: ClassVar[tuple[str, ...]] = ("itq", "itq16", "itq(center=0)")

    dims: int = arg(0, 0, 65536, "dimensions kept; 0, or no number, is all")
    rounds: int = arg(25, 0, 1000, "rounds of learning", keyword=True)
    center: int = arg(1, 0, 1, "take the documents' mean away first, as the paper does", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"itq{8 * size} > bin" if 8 * size < dim else "itq > bin",)

    def __str__(self) -> str:
        return super().__str__().replace("itq0", "itq", 1)

    def dim(self, d: int) -> int:
        return min(self.dims or d, d)

    def fit(self, train: Train) -> State:
        d = train.rows.shape[1]
        check_dims(f"itq{self.dims}", self.dims, d)
        mean, axes = principal_axes(train) if self.center else heaviest_axes(train)
        axes = axes[:, : self.dim(d)]
        v = (sample(train.rows, train.rng(), LEARN) - mean) @ axes
        rotation = random_rotation(axes.shape[1], train.rng()).astype(np.float32)
        for turn in range(self.rounds):
            train.progress(turn / self.rounds, f"Training {self}: round {turn + 1} of {self.rounds}")
            u, _, wt = np.linalg.svd(
                (v.T @ np.where(v @ rotation > 0, np.float32(1), np.float32(-1))).astype(np.float64)
            )
            rotation = (u @ wt).astype(np.float32)
        return {"mean": mean, "query_map": axes @ rotation}


def heaviest_axes(train: Train) -> tuple[Rows, Rows]:
    """No mean, and eigenvectors (d, d) of the second moment of rows, largest eigenvalue first."""
    mean, cov = train.once("moments", lambda: moments(train.rows))
    return np.zeros(len(mean), np.float32), ordered_eigh(cov + np.outer(mean, mean))[1].astype(np.float32)
