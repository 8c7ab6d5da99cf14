"""What product quantisers share: the dimensions are dealt into groups, and each group has its own small codebook.

State arrays: `dims` the input dimensions in group order, `edges` where groups begin in it, `counts` centroids per
group, `centroids` flat (per group a (g, K) block), and, with a per-vector scale, `scales` its 16 values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compress.nibbles import FEW, fast_scanner
from core.kernels import Groups, Ints, assign_groups, first_rows, kmeans_groups, pack, places, unpack
from core.scan import ONES, Tables, group_tables, scan_queries
from core.scan_rows import Reader, by_tables
from core.stage import Codec
from core.types import Codes, Floats, Hits, Rows, Scanner, State, Train

SAMPLE = 65_536  # rows that codebooks learn from, at most
ROUNDS = 15


@dataclass(frozen=True)
class Product(Codec):
    """Codes of a partition of the dimensions. Subclasses choose the partition in `fit`."""

    def layout(self, s: State) -> tuple[Ints, Ints, Ints]:
        """Byte, shift and bits of each group's field; 4-bit fields share a byte, low half first."""
        return places(np.log2(s["counts"]).astype(np.int64))

    def encode(self, s: State, x: Rows) -> Codes:
        byte, shift, _ = self.layout(s)
        fields = assign_groups(x, Groups.of_state(s), s["centroids"])
        return pack(fields, byte, shift, self.nbytes(x.shape[1]))

    def decode(self, s: State, c: Codes) -> Rows:
        return spread(s, lookup(s, unpack(c, *self.layout(s))))

    def tables(self, s: State, q: Rows) -> NDArray[np.float32]:
        """Inner products of queries with every centroid, per byte: float32 (q, nbytes, 256)."""
        byte, shift, _ = self.layout(s)
        return group_tables(q, Groups.of_state(s), s["centroids"], byte, shift, self.nbytes(q.shape[1]))

    def factors(self, s: State) -> NDArray[np.float32] | None:
        """The 16 values of a per-vector scale kept in the upper half of the last byte, if there is one."""
        return None

    def by_byte(self, s: State) -> Callable[[Rows], Tables] | None:
        return None if self.factors(s) is not None else lambda q: self.tables(s, q)

    def scanner(self, s: State, c: Codes) -> Scanner:
        scales = self.factors(s)
        if (s["counts"] == 16).all() and len(c) > FEW:
            return fast_scanner(self.tables, s, c, scales)
        by_last_byte = ONES if scales is None else np.repeat(scales, 16)

        def run(q: Rows, k: int) -> Hits:
            return scan_queries(c, q, k, lambda part: self.tables(s, part), by_last_byte)

        return run

    def reader(self, s: State, c: Codes) -> Reader | None:
        scales = self.factors(s)
        if scales is None:
            return super().reader(s, c)
        return by_tables(c, lambda q: self.tables(s, q), np.repeat(scales, 16))


def learn(
    train: Train, pieces: list[Ints], counts: Ints, rounds: int = ROUNDS, first: NDArray[np.float32] | None = None
) -> dict[str, Any]:
    """Codebooks for these groups of dimensions by k-means on a bounded sample, from `first` or from random rows."""
    edges = np.concatenate([[0], np.cumsum([len(g) for g in pieces])])
    groups = Groups.of(np.concatenate(pieces), edges, counts)
    rows = sample(train.rows, train.rng())
    cents = kmeans_groups(rows, groups, first_rows(rows, groups, train.rng()) if first is None else first, rounds)
    width = np.array([train.rows.shape[1]])
    return {"dims": groups.dims, "edges": groups.edges, "counts": counts, "centroids": cents, "width": width}


def variances(x: Rows) -> Floats:
    """Variance of each dimension (d,), in float64 but without a copy of the rows in it."""
    square = sum(np.square(x[a : a + 4096], dtype=np.float64).sum(0) for a in range(0, len(x), 4096))
    out: Floats = np.maximum(square / len(x) - x.mean(0, dtype=np.float64) ** 2, 0.0)
    return out


def sample(x: Rows, rng: np.random.Generator, most: int = SAMPLE) -> Rows:
    """All rows, or `most` of them chosen without replacement, in their order."""
    return x if len(x) <= most else x[np.sort(rng.choice(len(x), most, replace=False))]


def lookup(s: State, fields: NDArray[np.uint8]) -> Rows:
    """What the fields (n, groups) stand for, in group order: float32 (n, len(dims))."""
    out = np.empty((len(fields), len(s["dims"])), np.float32)
    for m, cents in enumerate(Groups.of_state(s).blocks(s["centroids"])):
        out[:, s["edges"][m] : s["edges"][m + 1]] = cents.T[fields[:, m]]
    return out


def spread(s: State, packed: Rows) -> Rows:
    """Rows (n, width) from columns in group order; dimensions without bits are zero."""
    out = np.zeros((len(packed), int(s["width"][0])), np.float32)
    out[:, s["dims"]] = packed
    return out
