"""Bits between two levels chosen for each vector, and queries in 4 bits: what Elasticsearch and Lucene call BBQ.

Rows are centred at the documents' mean. A row's two levels are moved until the error along the row itself, which is
what reorders its neighbours, is small (it counts nine times the rest). Stored beside the bits: both levels, the row's
product with the centre, and the sum of its bits. Queries are coded likewise in 4 bits, and bits are counted. Unlike
Lucene, what a row misses along the centre counts by the query's own share of it, so that scores are those of a row.

Paper: none; Lucene's optimised scalar quantisation (Elastic 2024).
Bytes: bits · ⌈d / 8⌉ + 14 (three floats, a 16-bit sum).
Claim: as good as RaBitQ without a rotation. Small demo corpus (6,782 x 384), recall@10: 0.723 at 62 B, scifact 0.715
(`rabitq1(query=4)`: 0.725 and 0.710 at 52 B); with 4 bits 0.933 and 0.926 at 206 B (rabitq4: 0.952 and 0.952 at 196 B).
Holds at 1 bit for 10 more bytes, not at 4; a rotation before it changes nothing at 1 bit (`rot > bbq` 0.720 and 0.711).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.compress.rabitq import even_planes
from core.kernels import FAST
from core.scan_popcount import from_planes, in_lanes, scan_counts, shifted, to_planes, words
from core.stage import Codec, arg, check_rows
from core.types import Codes, Hits, Rows, Scanner, State, Train

SIDE = 14  # bytes beside the bits
LAMBDA = 0.1  # weight of the error across the row; along it the error weighs 0.9
REACH = (0.798, 1.493, 2.051, 2.514, 2.916, 3.278, 3.611, 3.922)  # highest levels of N(0, 1), 1 to 8 bits

Levels = NDArray[np.float32]  # (n, 2): the lowest and the highest


@dataclass(frozen=True)
class Bbq(Codec):
    """Cell k of row x stands for low + k (high − low) / (2^bits − 1), beyond the centre."""

    name: ClassVar[str] = "bbq"
    family: ClassVar[str] = "binary"
    examples: ClassVar[tuple[str, ...]] = ("bbq", "bbq(bits=4)")

    bits: int = arg(1, 1, 4, "bits per dimension", keyword=True)
    query: int = arg(4, 1, 8, "bits per dimension of a query", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return even_planes("bbq(bits={})", size - SIDE, dim, 4)

    def nbytes(self, d: int) -> int:
        return self.bits * -(-d // 8) + SIDE

    def ledger(self, d: int) -> dict[str, float]:
        return {"codes": float(self.nbytes(d) - SIDE), "levels": 8.0, "corrections": 6.0}

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        return {"center": train.rows.mean(0, dtype=np.float64).astype(np.float32)}

    def encode(self, s: State, x: Rows) -> Codes:
        cells, levels = coded(x - s["center"], self.bits)
        floats = (
            np.concatenate([levels, np.einsum("ij,j->i", x, s["center"])[:, None]], axis=1).astype("<f4").view(np.uint8)
        )
        sums = cells.sum(1, dtype="<u2", keepdims=True).view(np.uint8)
        return np.concatenate([to_planes(cells, self.bits).reshape(len(x), -1), floats, sums], axis=1)

    def parts(self, c: Codes) -> tuple[NDArray[np.uint8], Levels, NDArray[np.float32], NDArray[np.float32]]:
        """Bit planes, levels, products with the centre (n,) and sums of cells (n,)."""
        at = c.shape[1] - SIDE
        floats = np.ascontiguousarray(c[:, at:-2]).view("<f4").astype(np.float32)
        sums = np.ascontiguousarray(c[:, -2:]).view("<u2").astype(np.float32)
        return c[:, :at].reshape(len(c), self.bits, at // self.bits), floats[:, :2], floats[:, 2], sums[:, 0]

    def decode(self, s: State, c: Codes) -> Rows:
        planes, levels, along, _ = self.parts(c)
        rest = placed(from_planes(planes, len(s["center"])), levels, self.bits)
        x: Rows = s["center"] + rest + np.outer(missed(s, rest, along), s["center"])
        return x

    def seen(self, s: State, q: Rows) -> Rows:
        z: Rows = s["center"] + placed(*coded(q - s["center"], self.query), self.query)
        return z

    def scanner(self, s: State, c: Codes) -> Scanner:
        planes, levels, along, sums = self.parts(c)
        step = (levels[:, 1] - levels[:, 0]) / np.float32((1 << self.bits) - 1)
        rest = [self.correction(s, c[a : a + 4096]) for a in range(0, len(c), 4096)]
        side = np.stack([step, step * sums, levels[:, 0], along, np.concatenate([*rest, along[:0]])])
        lanes = in_lanes(words(planes))

        def run(q: Rows, k: int) -> Hits:
            cells, ends = coded(q - s["center"], self.query)
            z = placed(cells, ends, self.query)
            by = (ends[:, 1] - ends[:, 0]) / np.float32((1 << self.query) - 1)
            one = np.ones(len(q))
            terms = np.stack([by, 0 * one, ends[:, 0], z.sum(1), one, z @ s["center"]], axis=1)
            hits = scan_counts(lanes, side, words(to_planes(cells, self.query)), terms, k)
            return shifted(hits, z @ s["center"])

        return run

    def correction(self, s: State, c: Codes) -> NDArray[np.float32]:
        """How much of the centre a row's cells lack: (its product with the centre − theirs) / ‖centre‖² − 1, (n,)."""
        planes, levels, along, _ = self.parts(c)
        return missed(s, placed(from_planes(planes, len(s["center"])), levels, self.bits), along)


def missed(s: State, rest: Rows, along: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiples of the centre (n,) that give centre + rest the stored products with it; zero without a centre."""
    square = float(s["center"] @ s["center"])
    out: NDArray[np.float32] = (along - rest @ s["center"] - square) / np.float32(max(square, 1e-12))
    return out if square > 1e-12 else np.zeros_like(out)


def placed(cells: NDArray[np.uint8], levels: Levels, bits: int) -> Rows:
    """What cells (n, d) between the levels of their rows stand for."""
    step = (levels[:, 1:] - levels[:, :1]) / np.float32((1 << bits) - 1)
    out: Rows = levels[:, :1] + step * cells
    return out


def coded(r: Rows, bits: int) -> tuple[NDArray[np.uint8], Levels]:
    """Cells (n, d) of centred rows and their two levels."""
    cells, levels = np.empty(r.shape, np.uint8), np.empty((len(r), 2), np.float32)
    _coded(np.ascontiguousarray(r), (1 << bits) - 1, REACH[bits - 1], cells, levels)
    return cells, levels


@njit(**FAST)  # type: ignore[untyped-decorator]
def _loss(r: Any, square: Any, low: Any, high: Any, steps: Any) -> Any:
    """λ ‖e‖² + (1 − λ) ⟨r, e⟩² / ‖r‖² of the error e that these levels leave."""
    along, total, step = 0.0, 0.0, (high - low) / steps
    for j in range(len(r)):
        e = r[j] - (low + step * np.rint((min(max(r[j], low), high) - low) / step))
        along += r[j] * e
        total += e * e
    return LAMBDA * total + (1 - LAMBDA) * along * along / square


@njit(**FAST)  # type: ignore[untyped-decorator]
def _moved(r: Any, square: Any, low: Any, high: Any, steps: Any) -> Any:
    """The best levels for the cells that these levels give: a system of two equations."""
    aa, ab, bb, ax, bx, step = 0.0, 0.0, 0.0, 0.0, 0.0, (high - low) / steps
    for j in range(len(r)):
        t = np.rint((min(max(r[j], low), high) - low) / step) / steps
        aa += (1 - t) * (1 - t)
        ab += (1 - t) * t
        bb += t * t
        ax += r[j] * (1 - t)
        bx += r[j] * t
    scale = (1 - LAMBDA) / square
    m, n, o = scale * ax * ax + LAMBDA * aa, scale * ax * bx + LAMBDA * ab, scale * bx * bx + LAMBDA * bb
    det = m * o - n * n
    if det <= 1e-12 * m * o:
        return low, high
    return (o * ax - n * bx) / det, (m * bx - n * ax) / det


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _coded(r: Any, steps: int, reach: float, cells: Any, levels: Any) -> None:
    for i in prange(len(r)):
        x = r[i].astype(np.float64)
        mean, square = x.mean(), (x * x).sum()
        spread = np.sqrt(max((x * x).mean() - mean * mean, 0.0))
        low, high = max(mean - reach * spread, x.min()), min(mean + reach * spread, x.max())
        if high - low > 1e-9 * abs(mean):
            loss = _loss(x, square, low, high, steps)
            for _ in range(5):
                a, b = _moved(x, square, low, high, steps)
                if not b > a:
                    break
                now = _loss(x, square, a, b, steps)
                if now >= loss:
                    break
                low, high, loss = a, b, now
        low, high = np.float32(low), np.float32(high)
        step = np.float32((high - low) / np.float32(steps))
        levels[i, 0], levels[i, 1] = low, high
        for j in range(len(x)):
            t = np.rint((min(max(r[i, j], low), high) - low) / step) if step > 0 else np.float32(0)
            cells[i, j] = np.uint8(t)
