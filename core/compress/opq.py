"""Optimised product quantisation: learn a rotation that suits the pieces, then quantise each of them.

Starts from principal axes dealt to pieces so that their variances balance; then k-means of x R and the orthogonal R
that best fits the decoded rows take turns (Procrustes, by SVD), on 16,384 rows at most.

Paper: Ge, He, Ke, Sun (2013), Optimized product quantization for approximate nearest neighbor search.
Bytes: ⌈m · bits / 8⌉; codebooks and rotation, 4 d (2^bits + d) bytes, are shared by all vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from core.compress.pca import moments, ordered_eigh
from core.compress.pq import Pq
from core.compress.product import lookup, sample
from core.kernels import Groups, assign_groups, kmeans_groups
from core.scan import Tables
from core.stage import arg
from core.types import Codes, Rows, Scanner, State, Train

LEARN = 16_384  # rows that the rotation learns from, at most


@dataclass(frozen=True)
class Opq(Pq):
    """Alternates k-means of x R with the orthogonal R that best fits the decoded rows (Procrustes, by SVD)."""

    name: ClassVar[str] = "opq"
    examples: ClassVar[tuple[str, ...]] = ("opq5x8", "opq10x4")

    turns: int = arg(10, 0, 100, "turns of the rotation", keyword=True)

    def fit(self, train: Train) -> State:
        self.check_pieces(train.rows.shape[1])
        x = sample(train.rows, train.rng(), LEARN)
        rotation = balanced_axes(x, self.m)
        s = replace(self, rounds=4)._codebooks(x @ rotation, train.seed) if self.turns else {}
        for _ in range(self.turns):
            z = x @ rotation
            cents = kmeans_groups(z, Groups.of_state(s), s["centroids"], 1)
            s = {**s, "centroids": cents}
            decoded = lookup(s, assign_groups(z, Groups.of_state(s), cents))
            u, _, vt = np.linalg.svd((x.T @ decoded).astype(np.float64))
            rotation = (u @ vt).astype(np.float32)
        return {**self._codebooks(sample(train.rows, train.rng()) @ rotation, train.seed), "rotation": rotation}

    def _codebooks(self, z: Rows, seed: int) -> State:
        return super().fit(Train(z, None, seed))

    def encode(self, s: State, x: Rows) -> Codes:
        return super().encode(s, x @ s["rotation"])

    def decode(self, s: State, c: Codes) -> Rows:
        return super().decode(s, c) @ s["rotation"].T

    def by_byte(self, s: State) -> Callable[[Rows], Tables] | None:
        return lambda q: self.tables(s, q @ s["rotation"])

    def scanner(self, s: State, c: Codes) -> Scanner:
        inner = super().scanner(s, c)
        return lambda q, k: inner(q @ s["rotation"], k)


def balanced_axes(x: Rows, pieces: int) -> Rows:
    """Principal axes dealt to pieces so that the products of their eigenvalues are even (parametric OPQ)."""
    d = x.shape[1]
    values, axes = ordered_eigh(moments(x)[1])
    room = [len(p) for p in np.array_split(np.arange(d), pieces)]
    logs = np.log(values + max(1e-9 * values[0], 1e-30))
    held: list[list[int]] = [[] for _ in range(pieces)]
    load = np.zeros(pieces)
    for j in range(d):
        open_ = [m for m in range(pieces) if len(held[m]) < room[m]]
        m = min(open_, key=lambda m: load[m])
        held[m].append(j)
        load[m] += logs[j] - logs[-1]
    return axes[:, np.concatenate(held)].astype(np.float32)
