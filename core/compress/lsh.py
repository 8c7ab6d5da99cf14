"""One bit per random direction: on which side of a hyperplane a vector lies. Nothing is learned but a scale.

Directions are the rows of random rotations, as many as the bits ask for, so they are orthogonal, d at a time. Two
vectors at angle θ differ in a share θ/π of their bits. Queries stay float; symmetric=1 takes their signs too and scores
by cos(π · differing bits / m), which is faster and much coarser (it needs at most as many bits as dimensions).

Paper: Charikar (2002), Similarity estimation techniques from rounding algorithms; Ji et al. (2012), Super-bit
locality-sensitive hashing (orthogonal directions).
Bytes: bits / 8, rounded up.
Claim: orthogonal directions estimate angles better than independent ones. Small demo corpus (6,782 x 384), 48 B,
recall@10: 0.700, independent ones 0.600; bits counted on both sides 0.571 and 0.511; scifact 0.693 and 0.584. Holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.compress.chain import joined, part
from core.compress.had import Had
from core.compress.product import sample
from core.errors import FitError
from core.scan import Tables, bit_tables
from core.scan_popcount import in_lanes, scan_counts, totals, words
from core.stage import Codec, arg, check_rows
from core.types import Codes, Hits, Rows, Scanner, Scorer, Scores, State, Train

SPIN = Had()
SAMPLE = 4096  # rows that tell the scale


@dataclass(frozen=True)
class Lsh(Codec):
    """Bit j is ⟨g_j, x⟩ > 0, least significant bit first; row x stands for offset + scale · Σ ±g_j."""

    name: ClassVar[str] = "lsh"
    family: ClassVar[str] = "binary"
    examples: ClassVar[tuple[str, ...]] = ("lsh64", "lsh16(symmetric=1)")

    bits: int = arg(384, 1, 65_536, "bits per vector")
    symmetric: int = arg(0, 0, 1, "count the bits that differ, queries becoming signs too", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        plan = f"lsh{8 * size}"
        return (plan, f"{plan}(symmetric=1)") if 8 * size <= dim else (plan,)

    def nbytes(self, d: int) -> int:
        return -(-self.bits // 8)

    def fit(self, train: Train) -> State:
        x, rng = train.rows, train.rng()
        check_rows(x, None, str(self), at_least=2)
        d = x.shape[1]
        if self.symmetric and self.bits > d:
            raise FitError(f"{self} counts differing bits of at most {d}, the width. Ask for fewer, or symmetric=0.")
        s = joined([SPIN.fit(Train(x, seed=train.seed + (i << 20))) for i in range(-(-self.bits // d))])
        s["width"] = np.array([d])
        some = sample(x, rng, SAMPLE)
        back = self.gather(s, signs_of(self.encode(s, some), self.bits))
        middle, mean = back.mean(0), some.mean(0)
        inner = np.einsum("ij,ij->", some - mean, back - middle, dtype=np.float64)
        scale = np.float32(inner / max(np.einsum("ij,ij->", back - middle, back - middle, dtype=np.float64), 1e-30))
        return {**s, "scale": np.array([scale]), "offset": mean - scale * middle}

    def project(self, s: State, x: Rows) -> Rows:
        """Inner products with every direction: (n, bits)."""
        turned = [SPIN.apply(part(s, i), x) for i in range(-(-self.bits // x.shape[1]))]
        return np.concatenate(turned, axis=1)[:, : self.bits]

    def gather(self, s: State, z: Rows) -> Rows:
        """Σ z_j g_j: (n, d)."""
        d = int(s["width"][0])
        out = np.zeros((len(z), d), np.float32)
        for i, a in enumerate(range(0, self.bits, d)):
            own = np.zeros_like(out)
            own[:, : min(d, self.bits - a)] = z[:, a : a + d]
            out += SPIN.undo(part(s, i), own)
        return out

    def encode(self, s: State, x: Rows) -> Codes:
        return np.packbits(self.project(s, x) > 0, axis=1, bitorder="little")

    def decode(self, s: State, c: Codes) -> Rows:
        return s["offset"] + self.gather(s, s["scale"] * signs_of(c, self.bits))

    def seen(self, s: State, q: Rows) -> Rows:
        return self.gather(s, signs_of(self.encode(s, q), self.bits)) if self.symmetric else q

    def scorer(self, s: State, q: Rows) -> Scorer:
        if not self.symmetric:
            return super().scorer(s, q)
        asked = signs_of(self.encode(s, q), self.bits)
        return lambda codes: cosine(asked @ signs_of(codes, self.bits).T, self.bits)

    def by_byte(self, s: State) -> Callable[[Rows], Tables] | None:
        def tables(q: Rows) -> Tables:
            z = s["scale"] * self.project(s, q)
            return bit_tables(2 * z, q @ s["offset"] - z.sum(1))

        return None if self.symmetric else tables

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        if not self.symmetric:
            return super().scanner(s, c)
        rows = words(c[:, None])
        lanes, side = in_lanes(rows), np.stack([np.ones(len(c), np.float32), totals(rows)])

        def run(q: Rows, k: int) -> Hits:
            asked = words(self.encode(s, q)[:, None])
            # bits in common count for 4, each one's own for −2: the m agreements less the disagreements
            terms = np.stack([np.full(len(q), 4.0), np.zeros(len(q)), np.full(len(q), -2.0)], axis=1)
            hits = scan_counts(lanes, side, asked, terms, k)
            agree = hits.scores + (self.bits - 2 * totals(asked))[:, None]
            return Hits(hits.ids, cosine(agree, self.bits), hits.looked)

        return run


def signs_of(codes: Codes, bits: int) -> Rows:
    """Bits as ±1: float32 (n, bits)."""
    out: Rows = np.unpackbits(codes, axis=1, count=bits, bitorder="little") * np.float32(2) - np.float32(1)
    return out


def cosine(agree: NDArray[Any], bits: int) -> Scores:
    """cos(π × share of bits that differ), from agreements less disagreements."""
    out: Scores = np.cos(np.pi * (bits - agree) / (2 * bits)).astype(np.float32)
    return out
