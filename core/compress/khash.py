"""Bits learned one after another from similarities to sample documents, so that like bits mean like texts.

A row is described by its kernel values with k anchors, documents drawn at random. Each bit is a hyperplane there,
chosen so that inner products of all bits come near the documents' own centred cosines: what earlier bits left
unexplained has a strongest direction, whose signs are then improved by turns. Learned from 8,192 rows at most. Queries
stay float: a row is decoded from its bits by least squares.

Paper: Liu, Wang, Ji, Jiang and Chang (2012), Supervised hashing with kernels (here cosines supervise); Kulis and
Darrell (2009), Learning to hash with binary reconstructive embeddings.
Bytes: bits / 8, rounded up. Shared by all vectors: 4 · anchors · (d + bits) + 4 · bits · d.
Claim: learned bits beat random ones, most where there are few. Small demo corpus (6,782 x 384), recall@10 at 8, 16 and
48 B: 0.324, 0.477, 0.663 (`lsh`: 0.228, 0.408, 0.700); scifact 0.389, 0.539, 0.718 (0.251, 0.411, 0.693). Holds below
48 B; there it does not on the demo corpus, and `pca128 > itq > bin` is ahead at 16 B (0.541 and 0.587).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.compress.product import sample
from core.scan import Tables, bit_tables
from core.stage import Codec, arg, check_rows
from core.types import Codes, Floats, Rows, State, Train

SAMPLE = 8192  # rows that bits are learned from, at most
TURNS = 6  # rounds of signs per bit
SHARE = 0.5  # of the inner product that equal rows have: less leaves more bits to weak directions
TINY = 1e-5  # share of the largest variance below which a direction of kernel space is dropped


@dataclass(frozen=True)
class Khash(Codec):
    """Bit j is ⟨κ(x), W_j⟩ > t_j with κ_i(x) = exp(−‖x − a_i‖² / width), least significant bit first."""

    name: ClassVar[str] = "khash"
    family: ClassVar[str] = "binary"
    examples: ClassVar[tuple[str, ...]] = ("khash32", "khash16(anchors=40)")

    bits: int = arg(384, 1, 4096, "bits per vector")
    anchors: int = arg(512, 1, 8192, "documents that rows are compared with", keyword=True)
    width: int = arg(400, 1, 100_000, "width of the kernel, in percent of the mean squared distance", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"khash{8 * size}",) if 8 * size <= 512 else ()

    def nbytes(self, d: int) -> int:
        return -(-self.bits // 8)

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        rng = train.rng()
        x = sample(train.rows, rng, SAMPLE)
        mean = x.mean(0)
        s: dict[str, Any] = {"anchors": sample(x, rng, self.anchors)}
        spread = float(((x - mean) ** 2).sum(1).mean())
        s["reach"] = np.linalg.norm(x, axis=1).max(keepdims=True)
        s["width"] = np.array([max(2 * spread * self.width / 100, 1e-12)], np.float32)
        kernel = self.features(s, x)
        middle = kernel.mean(0)
        basis = whitener(kernel - middle)
        signs, w = learn_bits((kernel - middle) @ basis, x - mean, self.bits, train)
        s["map"] = (basis @ w).astype(np.float32)
        s["threshold"] = (middle @ s["map"]).astype(np.float32)
        around = signs - signs.mean(0)
        gram = around.T @ around + 1e-3 * len(x) * np.eye(self.bits)
        s["decoder"] = np.linalg.solve(gram, around.T @ (x - mean)).astype(np.float32)
        s["offset"] = (mean - signs.mean(0) @ s["decoder"]).astype(np.float32)
        return s

    def features(self, s: State, x: Rows) -> Rows:
        """Kernel values with the anchors, exp(−‖x − a‖² / width), of rows no longer than those seen: (n, anchors)."""
        x = x * np.minimum(1, s["reach"] / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12))
        square = np.einsum("ij,ij->i", x, x)[:, None] + np.einsum("ij,ij->i", s["anchors"], s["anchors"])
        out: Rows = np.exp(-np.maximum(square - 2 * x @ s["anchors"].T, 0) / s["width"])
        return out

    def encode(self, s: State, x: Rows) -> Codes:
        return np.packbits(self.features(s, x) @ s["map"] > s["threshold"], axis=1, bitorder="little")

    def decode(self, s: State, c: Codes) -> Rows:
        bits = np.unpackbits(c, axis=1, count=self.bits, bitorder="little").astype(np.float32)
        x: Rows = s["offset"] + (2 * bits - 1) @ s["decoder"]
        return x

    def by_byte(self, s: State) -> Callable[[Rows], Tables]:
        def tables(q: Rows) -> Tables:
            z = q @ s["decoder"].T
            return bit_tables(2 * z, q @ s["offset"] - z.sum(1))

        return tables


def whitener(kernel: Rows) -> Floats:
    """The map to uncorrelated columns of length 1 each, rarely seen directions left out: (anchors, rank)."""
    values, vectors = np.linalg.eigh(kernel.T @ kernel.astype(np.float64))
    kept = values > TINY * values[-1]
    out: Floats = vectors[:, kept] / np.sqrt(values[kept])
    return out


def learn_bits(u: Rows, x: Rows, bits: int, train: Train) -> tuple[Rows, Floats]:
    """Signs (n, bits) of u @ w, and w (rank, bits), so that signs @ signs.T is near SHARE · bits · the cosines of x.

    u has orthonormal columns. What is left of those cosines, R, is never formed: only its products with a vector, and
    UᵀRU, which each bit changes by one outer product. Rounds of h ← sign(U UᵀR h) raise hᵀRh, as a power method does.
    """
    from scipy.linalg import eigh

    unit = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)).astype(np.float32)
    u, scale = u.astype(np.float32), np.float32(SHARE * bits)
    left = np.asarray(scale * (u.T @ unit) @ (unit.T @ u), np.float64)
    signs, w, last = np.zeros((len(x), bits), np.float32), np.zeros((u.shape[1], bits)), len(left) - 1
    for j in range(bits):
        if j % 8 == 0:
            train.progress(j / bits, f"Training khash: bit {j + 1} of {bits}")
        best, direction = -np.inf, eigh(left, subset_by_index=[last, last])[1][:, 0]
        for _ in range(TURNS):
            h = np.where(u @ direction.astype(np.float32) > 0, np.float32(1), np.float32(-1))
            along = scale * (unit @ (unit.T @ h)) - signs[:, :j] @ (signs[:, :j].T @ h)
            gain = float(h @ along)
            if gain <= best:
                break
            best, w[:, j], kept = gain, direction, h
            direction = u.T @ along
        signs[:, j] = kept
        seen = (u.T @ kept).astype(np.float64)
        left -= np.outer(seen, seen)
    return signs, w
