"""A product quantiser whose codewords are one frozen random codebook, bent to each piece by a learned linear layer.

As in `pq`, the vector is cut into m pieces and each stores the number of its nearest codeword. The codewords of a
piece are C W + b: C is random and shared by all pieces, only W and b are learned, so every update moves all codewords
and none can fall out of use. Rows are assigned and W, b solved by least squares in turns (closed form, no gradients).

Paper: Zhu, Li, Xin, Xu (2024), SimVQ: one linear layer against representation collapse.
Bytes: ⌈m · bits / 8⌉; what is shared by all vectors is small, 4 (d²/m + d + 2^bits (1 + d/m)) bytes.
Claim: every codeword is used. Here they all are, but so are k-means', which splits full cells. At 48 B recall@10 is
0.695 on the small demo corpus (6,782 x 384) where `pq` has 0.721, with 4 bytes of codebook per vector against 59; when
learned on the other half of the corpus, 0.698 against 0.713. Choose it where corpora are small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from core.compress.pq import Pq
from core.compress.product import sample
from core.kernels import Groups, assign_groups
from core.scan import Tables
from core.stage import arg, check_rows
from core.types import Codes, Rows, Scanner, State, Train

SAMPLE = 32_768  # rows that the layers learn from, at most


@dataclass(frozen=True)
class Simvq(Pq):
    """wide: numbers in a frozen codeword, in widths of a piece; the wider, the nearer to free centroids."""

    name: ClassVar[str] = "simvq"
    examples: ClassVar[tuple[str, ...]] = ("simvq5x8", "simvq10x4(wide=2)")

    wide: int = arg(1, 1, 64, "numbers in a frozen codeword, in widths of a piece", keyword=True)

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        d = train.rows.shape[1]
        self.check_pieces(d)
        x = sample(train.rows, train.rng(), SAMPLE)
        edges = np.concatenate([[0], np.cumsum([len(p) for p in np.array_split(np.arange(d), self.m)])])
        rank = min(self.wide * -(-d // self.m), (1 << self.bits) - 1)
        s: dict[str, Any] = {"dims": np.arange(d), "edges": edges, "counts": np.full(self.m, 1 << self.bits)}
        s |= {"frozen": frozen(1 << self.bits, rank, train.rng()), "width": np.array([d])}
        s["layer"] = first_layer(x, s["frozen"], edges)
        for turn in range(self.rounds):
            train.progress(turn / self.rounds, f"Training {self}: turn {turn + 1} of {self.rounds}")
            e = expanded(s)
            s["layer"] = layers(x, assign_groups(x, Groups.of_state(e), e["centroids"]), s)
        return s

    def encode(self, s: State, x: Rows) -> Codes:
        return super().encode(expanded(s), x)

    def decode(self, s: State, c: Codes) -> Rows:
        return super().decode(expanded(s), c)

    def by_byte(self, s: State) -> Callable[[Rows], Tables] | None:
        return super().by_byte(expanded(s))

    def scanner(self, s: State, c: Codes) -> Scanner:
        return super().scanner(expanded(s), c)


def frozen(count: int, rank: int, rng: np.random.Generator) -> Rows:
    """C: Gaussian codewords (K, r) of unit expected length, and a last column of ones for b."""
    words = rng.standard_normal((count, rank)) / np.sqrt(rank)
    return np.concatenate([words, np.ones((count, 1))], axis=1).astype(np.float32)


def first_layer(x: Rows, words: Rows, edges: Any) -> Rows:
    """W and b (r + 1, d) that give codewords the mean and covariance of the rows, using the first columns of C."""
    out = np.zeros((words.shape[1], x.shape[1]), np.float32)
    for a, b in pairwise(edges):
        piece = x[:, a:b].astype(np.float64)
        values, axes = np.linalg.eigh(np.atleast_2d(np.cov(piece.T, bias=True)))
        root = (axes * np.sqrt(np.maximum(values, 0) * (words.shape[1] - 1))) @ axes.T
        out[: min(b - a, len(out) - 1), a:b] = root[: len(out) - 1]
        out[-1, a:b] = piece.mean(0)
    return out


def layers(x: Rows, codes: Any, s: State) -> Rows:
    """W and b of every piece by least squares for these codes, drawn a little to zero change of scale."""
    words, out = s["frozen"].astype(np.float64), np.empty_like(s["layer"])
    for m, (a, b) in enumerate(pairwise(s["edges"])):
        size = np.bincount(codes[:, m], minlength=len(words)).astype(np.float64)
        sums = np.stack([np.bincount(codes[:, m], x[:, j], len(words)) for j in range(a, b)], axis=1)
        normal = words.T @ (words * size[:, None]) + 1e-6 * len(x) * np.eye(words.shape[1])
        out[:, a:b] = np.linalg.solve(normal, words.T @ sums)
    return out


def expanded(s: State) -> dict[str, Any]:
    """The state with the codewords written out, as product quantisers read it."""
    blocks = [(s["frozen"] @ s["layer"][:, a:b]).T.ravel() for a, b in pairwise(s["edges"])]
    return {**s, "centroids": np.concatenate(blocks)}
