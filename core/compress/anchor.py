"""Describe each document by its similarities to a few anchors.

z = the cosines with m anchors, less their mean. Anchors are centroids of k-means or documents far from one another
(far=1), from at most 16,384 rows. Rows are put back by the least squares map z D + μ, and queries become q Dᵀ, so that
scores are exactly those of the rows put back. Made to compare models that never met. Anchors resemble one another, and
D multiplies a coder's errors: give it eight bits, not one.

Paper: Moschella et al. (2023), Relative representations enable zero-shot latent space communication.
Bytes: none of its own; the codec behind it codes m dimensions instead of d. Anchors and map, 8 d m bytes, are shared.
Claim: the paper's, that two models' similarities to shared anchors agree, needs two models: not measured. As a cut to
128 dimensions of int8 (small demo corpus, 6,782 x 384), recall@10: 0.770, far=1 0.731, `pca128` 0.836,
`gauss128` 0.559; with int4 0.50, with bin 0.02.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.compress.product import sample
from core.errors import FitError
from core.kernels import Groups, first_rows, kmeans_groups
from core.stage import Transform, arg
from core.types import Floats, Rows, State, Train

LEARN = 16_384  # rows that anchors are chosen from, at most
ROUNDS = 10  # of k-means
RIDGE = 1e-4  # of the similarities' mean variance: anchors that resemble one another do not cancel out


@dataclass(frozen=True)
class Anchor(Transform):
    """State: `anchors` of unit length, the `usual` cosines with them, the `decoder` D and the documents' `mean`."""

    name: ClassVar[str] = "anchor"
    family: ClassVar[str] = "cut"
    examples: ClassVar[tuple[str, ...]] = ("anchor16", "anchor16(far=1)")
    encoding_only: ClassVar[tuple[str, ...]] = ("anchors", "usual", "mean")

    dims: int = arg(64, 1, 4096, "anchors")
    far: int = arg(0, 0, 1, "anchors by farthest point instead of k-means", keyword=True)

    def dim(self, d: int) -> int:
        return self.dims

    def fit(self, train: Train) -> State:
        if len(train.rows) < self.dims:
            raise FitError(f"{self} needs at least {self.dims} rows to learn from, got {len(train.rows)}. Lower it.")
        x = sample(train.rows, train.rng(), LEARN)
        unit = directions(x)
        anchors = directions(farthest(unit, self.dims) if self.far else centres(unit, self.dims, train))
        z, mean = unit @ anchors.T, x.mean(0, dtype=np.float64).astype(np.float32)
        usual = z.mean(0, dtype=np.float64).astype(np.float32)
        decoder = least_squares(z - usual, x - mean).astype(np.float32)
        return {"anchors": anchors, "usual": usual, "decoder": decoder, "mean": mean}

    def apply(self, s: State, x: Rows) -> Rows:
        z: Rows = directions(x) @ s["anchors"].T
        z -= s["usual"]
        return z

    def undo(self, s: State, z: Rows) -> Rows:
        x: Rows = z @ s["decoder"]
        x += s["mean"]
        return x

    def query(self, s: State, q: Rows) -> Rows:
        return q @ s["decoder"].T


def directions(x: Rows) -> Rows:
    """Rows of unit length; rows of zeros stay."""
    unit: Rows = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), np.float32(1e-30))
    return unit


def centres(unit: Rows, count: int, train: Train) -> Rows:
    """Centroids of k-means (count, d)."""
    d = unit.shape[1]
    groups = Groups.of(np.arange(d), np.array([0, d]), np.array([count]))
    cents = kmeans_groups(unit, groups, first_rows(unit, groups, train.rng()), ROUNDS)
    return np.ascontiguousarray(groups.blocks(cents)[0].T)


def farthest(unit: Rows, count: int) -> Rows:
    """Rows (count, d), each the one least similar to all before it; the first is the one nearest the mean."""
    picks = [int((unit @ unit.mean(0)).argmax())]
    nearest = unit @ unit[picks[0]]
    while len(picks) < count:
        picks.append(int(nearest.argmin()))
        np.maximum(nearest, unit @ unit[picks[-1]], out=nearest)
    return unit[picks]


def least_squares(z: Rows, x: Rows) -> Floats:
    """D (m, d) that makes z D closest to x, with a small ridge."""
    gram = (z.T @ z).astype(np.float64)
    gram[np.diag_indices_from(gram)] += RIDGE * max(np.trace(gram) / len(gram), 1e-30)
    out: Floats = np.linalg.solve(gram, z.T @ x)
    return out
