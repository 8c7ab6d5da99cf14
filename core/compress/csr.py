"""A vector as the weighted sum of k entries of a wide learned dictionary: store which ones, and small weights.

A sparse autoencoder lights up h hidden units, keeps the k strongest and gives the vector back as their sum. Per vector
we store k unit numbers (rising) and k weights of a few bits; a query is multiplied with all h entries once, after
which a score is k look-ups. Units that never fire learn from what the others miss. Learns from 16,384 rows at most.

Paper: Wen et al. (2025), Beyond Matryoshka: revisiting sparse coding for adaptive representation.
Bytes: (k · (⌈log2 h⌉ + bits) + 4) / 8, rounded up; the last half byte is a scale per vector.
Claim: +15 % on text retrieval over Matryoshka prefixes at equal active dimensions; here at equal bytes, 47-48 B,
recall@10 on the small demo corpus, 6,782 x 384: csr23x4096 .686, csr27x1024 .618, mrl96 > int4 .505, pca96 > int4
.731; on 43,634 x 384 .555, .474, .620. Holds against prefixes, not against PCA:
numbers of units cost three quarters of the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.compress.product import sample
from core.compress.qlae import length_code, lengths
from core.compress.train_torch import LEARN, Weights, descend, frame, framed, tensor
from core.errors import PlanError
from core.kernels import FAST, Ints
from core.scan import _offer, nobody
from core.stage import Codec, arg, check_rows
from core.types import Codes, Hits, Rows, Scanner, State, Train

DEAD = 1 / 32  # weight of the loss that units without recent use learn from
PATIENCE = 30  # batches without use until a unit counts as dead


@dataclass(frozen=True)
class Csr(Codec):
    """x̂ = mean + scale · Σ_j weight_j · dictionary[id_j]."""

    name: ClassVar[str] = "csr"
    family: ClassVar[str] = "sparse"
    examples: ClassVar[tuple[str, ...]] = ("csr4x64(epochs=5)", "csr3x100(bits=8,epochs=5)")
    encoding_only: ClassVar[tuple[str, ...]] = ("spread", "reach", "scale_range", "encoder", "bias")

    k: int = arg(23, 1, 1024, "active units stored per vector")
    h: int = arg(4096, 2, 65536, "width of the dictionary")
    bits: int = arg(4, 1, 8, "bits per weight", keyword=True)
    epochs: int = arg(15, 1, 1000, "rounds over the training rows", keyword=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.k > self.h:
            raise PlanError(f"{self.name}: {self.k} active units do not fit into a dictionary of {self.h}.")

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"csr{(8 * size - 4) // 16}x4096",) if size > 2 else ()

    @property
    def id_bits(self) -> int:
        return (self.h - 1).bit_length()

    def nbytes(self, d: int) -> int:
        return -(-(self.k * (self.id_bits + self.bits) + 4) // 8)

    def ledger(self, d: int) -> dict[str, float]:
        weights = self.k * self.bits / 8
        return {"codes": self.nbytes(d) - weights - 0.5, "weights": weights, "scale": 0.5}

    def packed(self, d: int) -> list[tuple[str, int]]:
        pairs = [("weights", self.bits), ("codes", self.id_bits)] * self.k
        free = 8 * self.nbytes(d) - self.k * (self.id_bits + self.bits) - 4
        return [*pairs, *([("codes", free)] if free else []), ("scale", 4)]

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        x, rng = sample(train.rows, train.rng(), LEARN), train.rng()
        s = frame(x)
        z = framed(s, x)
        pick = rng.choice(len(z), self.h, replace=len(z) < self.h)
        atoms = z[pick] + 1e-2 * rng.standard_normal((self.h, z.shape[1])).astype(np.float32)
        atoms /= np.maximum(np.linalg.norm(atoms, axis=1, keepdims=True), 1e-12)
        w = {"encoder": atoms.T.copy(), "bias": np.zeros(self.h, np.float32), "atoms": atoms}
        w = self._learn(train, w, z)
        ids, values = self._active(s | w, x)
        levels = weight_levels(values, 1 << self.bits)
        s = s | {"encoder": w["encoder"], "bias": w["bias"], "levels": levels}
        s = s | {"atoms": w["atoms"] * s["spread"]}
        sums = added(s, ids, nearest_level(levels, values))
        return {**s, **lengths(x - s["mean"], sums, train.queries)}

    def _learn(self, train: Train, w: Weights, z: Rows) -> Weights:
        import torch

        rows, idle = tensor(z), torch.zeros(self.h)
        wide = min(4 * self.k, self.h)

        def shown(w: dict[str, Any], top: Any, width: int) -> Any:
            values, ids = top.values[:, :width].relu(), top.indices[:, :width]
            return torch.zeros(len(ids), self.h).scatter(1, ids, values) @ w["atoms"]

        def loss(w: dict[str, Any], pick: Any) -> Any:
            batch = rows[pick]
            h = batch @ w["encoder"] + w["bias"]
            top = h.topk(wide)
            kept = shown(w, top, self.k)
            total = (batch - kept).square().mean() + (batch - shown(w, top, wide)).square().mean() / 8
            idle.add_(1)[top.indices[:, : self.k].unique()] = 0
            dead = idle > PATIENCE
            if dead.any():
                rest = h.masked_fill(~dead, -torch.inf).topk(min(512, int(dead.sum())))
                missed = (batch - kept).detach()
                total = total + DEAD * (missed - shown(w, rest, rest.values.shape[1])).square().mean()
            return total

        return descend(train, self.name, w, len(z), loss, self.epochs)

    def _active(self, s: State, x: Rows) -> tuple[Ints, Rows]:
        """The k strongest units of each row, in rising order, and their strengths: (n, k) both."""
        h = framed(s, x) @ s["encoder"] + s["bias"]
        ids = np.sort(np.argpartition(h, self.h - self.k, axis=1)[:, self.h - self.k :], axis=1)
        return ids, np.maximum(np.take_along_axis(h, ids, 1), 0)

    def encode(self, s: State, x: Rows) -> Codes:
        ids, values = self._active(s, x)
        steps = nearest_level(s["levels"], values)
        fields = ids << self.bits | steps
        width = self.id_bits + self.bits
        bits = fields[:, :, None] >> np.arange(width) & 1
        codes = np.zeros((len(x), self.nbytes(x.shape[1])), np.uint8)
        packed = np.packbits(bits.reshape(len(x), -1).astype(np.uint8), axis=1, bitorder="little")
        codes[:, : packed.shape[1]] = packed
        codes[:, -1] |= length_code(s, x - s["mean"], added(s, ids, steps))
        return codes

    def decode(self, s: State, c: Codes) -> Rows:
        fields = np.empty((len(c), self.k), np.int64)
        _fields(c, self.id_bits + self.bits, fields)
        rows = added(s, fields >> self.bits, fields & ((1 << self.bits) - 1))
        rows *= s["scales"][c[:, -1:] >> 4]
        return rows + s["mean"]

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        def run(q: Rows, k: int) -> Hits:
            k = min(k, len(c))
            ids, best = nobody(len(q), k)
            if k:
                by_scale = s["scales"][:, None] * s["levels"]
                _scan_sparse(c, q @ s["atoms"].T, by_scale, self.k, self.id_bits, self.bits, k, ids, best)
            return Hits(ids, best + (q @ s["mean"])[:, None], float(len(c)))

        return run


def weight_levels(values: Rows, count: int) -> NDArray[np.float32]:
    """Levels (count,) for weights: k-means in one dimension, from their quantiles."""
    flat = np.sort(values.ravel().astype(np.float64))
    sums = np.concatenate([[0.0], np.cumsum(flat)])
    levels = np.quantile(flat, (np.arange(count) + 0.5) / count)
    for _ in range(30):
        edge = np.concatenate([[0], np.searchsorted(flat, (levels[1:] + levels[:-1]) / 2), [len(flat)]])
        size = np.diff(edge)
        levels = np.where(size > 0, np.diff(sums[edge]) / np.maximum(size, 1), levels)
    return levels.astype(np.float32)


def nearest_level(levels: NDArray[np.float32], values: Rows) -> Ints:
    """Index of the nearest of rising levels."""
    return np.searchsorted((levels[1:] + levels[:-1]) / 2, values)


@njit(inline="always")  # type: ignore[untyped-decorator]
def _field(code: Any, at: Any, width: Any) -> Any:
    """`width` bits from bit `at` on, least significant first."""
    out = np.int64(0)
    byte = at >> 3
    for b in range((at + width - 1 >> 3) - byte + 1):
        out |= np.int64(code[byte + b]) << (8 * b)
    return (out >> (at & 7)) & ((1 << width) - 1)


@njit(**FAST)  # type: ignore[untyped-decorator]
def _fields(codes: Any, width: int, out: Any) -> None:
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = _field(codes[i], j * width, width)


def added(s: State, ids: Ints, steps: Ints) -> Rows:
    """Σ_j level · dictionary entry for units (n, k) and their weights' steps (n, k): float32 (n, d)."""
    out = np.zeros((len(ids), s["atoms"].shape[1]), np.float32)
    _added(ids, s["levels"][steps], s["atoms"], out)
    return out


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _added(ids: Any, values: Any, atoms: Any, out: Any) -> None:
    for i in prange(ids.shape[0]):
        for j in range(ids.shape[1]):
            atom, value = atoms[ids[i, j]], values[i, j]
            for t in range(len(atom)):
                out[i, t] += value * atom[t]


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _scan_sparse(
    codes: Any, products: Any, levels: Any, terms: int, id_bits: int, bits: int, k: int, ids: Any, best: Any
) -> None:
    """The k best rows per query; products (q, h) of queries with dictionary entries."""
    width, mask = id_bits + bits, (1 << bits) - 1
    for q in prange(len(products)):
        found = 0
        for i in range(len(codes)):
            total, values = np.float32(0), levels[codes[i, -1] >> 4]
            for j in range(terms):
                field = _field(codes[i], j * width, width)
                total += values[field & mask] * products[q, field >> bits]
            if found < k or total > best[q, k - 1]:
                found = _offer(total, i, found, k, ids[q], best[q])
