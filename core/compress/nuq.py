"""Unevenly spaced levels: each dimension gets the 2^b values that lose least on the documents, close where they crowd.

The levels are one-dimensional k-means centroids, per dimension, or one table for all dimensions after each is centred
and scaled (shared=1), where entries weigh by the training queries' energy in their dimension. With outliers=N, the N
entries of a vector that lose most are kept apart, each as two bytes of place and a half float that completes it: their
number is fixed, so the size is. Scored by tables of query value times level. Learned on at most 32,768 rows (shared: on
8,192).

Paper: Hooper et al. (2024), KVQuant (levels by weighted k-means, dense-and-sparse).
Bytes: d · bits / 8, rounded up, and 4 per outlier slot.
Claim: uneven levels, 1 % of outliers: perplexity 3.96 becomes only 4.03 at 3 bits (DBRX); here, recall@10 on
the small demo corpus (6,782 x 384): nuq4 .946 and int4(clip=10) .942; nuq3 .906 and .899; nuq2 .819 and .823. Holds at
3 and 4 bits. Slots: nuq4(outliers=2) .952 at 200 B, but nuq3(outliers=12) .923 at nuq4's 192 B: a bit is worth more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.compress.levels import between, cells, field_shape, field_tables, kmeans_lines, level_scanner, take
from core.compress.product import sample
from core.errors import PlanError
from core.scan_bits import Asked, Plane, from_half, pack_bits, scan_planes, to_half, unpack_bits
from core.stage import Codec, arg, check_rows
from core.types import Codes, Floats, Hits, Rows, Scanner, State, Train

LEARN, FEW, ROUNDS = 32_768, 8192, 60  # rows learned from at most, alone and shared
COLUMNS = 64  # dimensions between two reports of progress


@dataclass(frozen=True)
class Nuq(Codec):
    """Fields of `bits` bits, then per outlier its dimension (uint16) and what the level misses (half float)."""

    name: ClassVar[str] = "nuq"
    family: ClassVar[str] = "scalar"
    examples: ClassVar[tuple[str, ...]] = ("nuq4", "nuq3(shared=1)", "nuq2(outliers=2)")
    encoding_only: ClassVar[tuple[str, ...]] = ("weight",)

    bits: int = arg(4, 1, 8, "bits per dimension")
    shared: int = arg(0, 0, 1, "one table of levels for all dimensions, each centred and scaled", keyword=True)
    outliers: int = arg(0, 0, 64, "entries of each vector kept as half floats, 4 bytes each", keyword=True)

    def nbytes(self, d: int) -> int:
        return -(-d * self.bits // 8) + 4 * self.outliers

    def ledger(self, d: int) -> dict[str, float]:
        slots = 4.0 * self.outliers
        return {"codes": self.nbytes(d) - slots} | ({"outliers": slots} if slots else {})

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        d = train.rows.shape[1]
        if not self.outliers < d <= 1 << 16:
            raise PlanError(f"{self} names {self.outliers} of {d} dimensions in two bytes; use fewer outliers.")
        x = sample(train.rows, train.rng(), FEW if self.shared else LEARN)
        energy = np.ones(d) if train.queries is None else np.square(train.queries, dtype=np.float64).mean(0)
        weight = np.broadcast_to(np.maximum(energy / energy.mean(), 1e-6), (d,))
        tail = 50 * self.outliers / d  # percent beyond each end that the slots can hold
        ends = np.percentile(x, [tail, 100 - tail], axis=0).astype(np.float32)
        inside = (x >= ends[0]) & (x <= ends[1])
        middle = x.mean(0, dtype=np.float64, where=inside)
        spread = np.maximum(x.std(0, dtype=np.float64, where=inside), 1e-9)
        kept = {"weight": weight} if self.outliers else {}
        if self.shared:
            z = ((x - middle) / spread).astype(np.float32).reshape(-1, 1)
            table = kmeans_lines(z, (inside * weight * spread**2).reshape(-1, 1), 1 << self.bits, ROUNDS)
            kept |= {"middle": middle, "spread": spread}
        else:
            table = self.columns(x, inside, train)
        return {name: a.astype(np.float32) for name, a in {"table": table, **kept}.items()}

    def columns(self, x: Rows, inside: NDArray[np.bool_], train: Train) -> Floats:
        """Levels (d, 2^bits) of each dimension."""
        found = []
        for a in range(0, x.shape[1], COLUMNS):
            train.progress(a / x.shape[1], f"Training {self}: dimension {a + 1} of {x.shape[1]}")
            some = slice(a, a + COLUMNS)
            found.append(kmeans_lines(x[:, some], inside[:, some].astype(np.float32), 1 << self.bits, ROUNDS))
        return np.concatenate(found)

    def levels(self, s: State) -> Rows:
        """What each field of each dimension stands for: (d, 2^bits)."""
        out: Rows = s["middle"][:, None] + s["spread"][:, None] * s["table"] if self.shared else s["table"]
        return out

    def encode(self, s: State, x: Rows) -> Codes:
        levels = self.levels(s)
        fields = cells(x, between(levels))
        codes = pack_bits(fields, self.bits)
        if not self.outliers:
            return codes
        missed = x - take(levels, fields)
        worst = np.argpartition(-(missed**2) * s["weight"], self.outliers - 1, axis=1)[:, : self.outliers]
        worst = np.sort(worst, axis=1)
        slots = np.empty((len(x), self.outliers, 4), np.uint8)
        slots[:, :, :2] = worst.astype("<u2")[:, :, None].view(np.uint8)
        slots[:, :, 2:] = to_half(np.take_along_axis(missed, worst, 1)).reshape(len(x), self.outliers, 2)
        return np.concatenate([codes, slots.reshape(len(x), 4 * self.outliers)], axis=1)

    def decode(self, s: State, c: Codes) -> Rows:
        levels = self.levels(s)
        x = take(levels, unpack_bits(c, self.bits, len(levels)))
        if self.outliers:
            slots = c[:, -4 * self.outliers :].reshape(len(c), self.outliers, 4)
            place = slots[:, :, 0].astype(np.int64) | slots[:, :, 1].astype(np.int64) << 8
            missed = from_half(slots[:, :, 2:].reshape(len(c), 2 * self.outliers))
            np.put_along_axis(x, place, np.take_along_axis(x, place, 1) + missed, 1)
        return x

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        levels = self.levels(s)
        if not self.outliers:
            return level_scanner(c, levels, self.bits)
        d = len(levels)
        plane = Plane(0, *field_shape(d, self.bits))
        slots = (c.shape[1] - 4 * self.outliers, self.outliers)

        def ask(q: Rows) -> Asked:
            return Asked(field_tables(q, levels, self.bits), np.zeros((len(q), 1), np.float32), q)

        def run(q: Rows, k: int) -> Hits:
            return scan_planes(c, [plane], ask, q, k, linear=False, slots=slots)

        return run
