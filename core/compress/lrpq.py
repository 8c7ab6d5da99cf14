"""A low-rank product quantiser: the dimensions that are kept and the codebooks that code them are learned together.

Documents are projected to r orthonormal directions, and a product quantiser codes the result. In turns, codebooks are
learned for the projection and the projection is solved for the codebooks (orthogonal Procrustes, by SVD); it starts
from the principal axes, dealt so that all pieces hold as much. Queries are projected once, then scored by tables.

Paper: after LR²VQ (2022, arXiv 2211.11397), a low-rank map with VQ; the turns are OPQ's (Ge et al. 2013).
Bytes: ⌈m · bits / 8⌉; codebooks and projection, 4 r (2^bits + d) bytes, are shared by all vectors.
Claim: a low rank costs little. Here (recall@10, small demo corpus, 6,782 x 384) 16 B keep 0.599 and 48 B 0.822, where
`opq`, which keeps all directions, has 0.602 and 0.822 with shared arrays 1.4 to 2.2 times as large, and a projection
that is not learned with the codebooks (turns=0) 0.591 at 16 B; scifact 0.624 and 0.818, `opq` 0.637 and 0.825.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.compress.opq import LEARN, balanced_axes
from core.compress.pca import moments, ordered_eigh
from core.compress.pq import Pq
from core.compress.product import lookup, sample
from core.compress.water import rates
from core.errors import PlanError
from core.kernels import Groups, assign_groups, kmeans_groups
from core.scan import Tables
from core.stage import arg, check_rows
from core.types import Codes, Floats, Hits, Rows, Scanner, State, Train


@dataclass(frozen=True)
class Lrpq(Pq):
    """x ≈ μ + ẑ Pᵀ, where ẑ codes (x − μ) P; rank 0 keeps the directions to which water-filling gives bits."""

    name: ClassVar[str] = "lrpq"
    examples: ClassVar[tuple[str, ...]] = ("lrpq4x8(rank=12)", "lrpq8x4")

    rank: int = arg(0, 0, 65536, "directions kept, 0 for as many as deserve bits", keyword=True)
    turns: int = arg(10, 0, 100, "turns of the projection", keyword=True)

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        x = sample(train.rows, train.rng(), LEARN)
        mean = x.mean(0)
        x = x - mean
        values, directions = ordered_eigh(moments(x)[1])
        kept = directions[:, : self.kept(values)].astype(np.float32)
        self.check_pieces(kept.shape[1])
        axes: Rows = kept @ balanced_axes(x @ kept, self.m)
        s = super().fit(Train(x @ axes, None, train.seed)) if self.turns else {}
        for turn in range(self.turns):
            train.progress(turn / self.turns, f"Training {self}: turn {turn + 1} of {self.turns}")
            groups = Groups.of_state(s)
            z = x @ axes
            s = {**s, "centroids": kmeans_groups(z, groups, s["centroids"], 1)}
            decoded = lookup(s, assign_groups(z, groups, s["centroids"]))
            u, _, vt = np.linalg.svd((x.T @ decoded).astype(np.float64), full_matrices=False)
            axes = (u @ vt).astype(np.float32)
        rows = sample(train.rows, train.rng()) - mean
        return {**super().fit(Train(rows @ axes, None, train.seed)), "axes": axes, "mean": mean}

    def kept(self, values: Floats) -> int:
        """How many of the directions with these variances are coded."""
        if self.rank > len(values):
            raise PlanError(f"{self} keeps more directions than the {len(values)} there are; lower the rank.")
        return self.rank or max(self.m, int((rates(values, self.m * self.bits)[0] > 0).sum()))

    def encode(self, s: State, x: Rows) -> Codes:
        return super().encode(s, (x - s["mean"]) @ s["axes"])

    def decode(self, s: State, c: Codes) -> Rows:
        return super().decode(s, c) @ s["axes"].T + s["mean"]

    def by_byte(self, s: State) -> Callable[[Rows], Tables]:
        """The mean's share, the same for all rows, is dealt to all bytes."""
        share = np.asarray(s["mean"] / self.nbytes(0), np.float32)
        return lambda q: self.tables(s, q @ s["axes"]) + (q @ share)[:, None, None]

    def scanner(self, s: State, c: Codes) -> Scanner:
        inner = super().scanner(s, c)

        def run(q: Rows, k: int) -> Hits:
            hits = inner(q @ s["axes"], k)
            return Hits(hits.ids, hits.scores + (q @ s["mean"])[:, None], hits.looked)

        return run
