"""What additive quantisers share: a vector is the sum of one codeword from each of M codebooks.

State arrays: `dims` the input dimensions that are read, `codewords` (ΣK, dims) of all codebooks one below the other,
`counts` the K of each, `width` of the input. A score is a sum of M table entries, so the compiled byte scan serves
them all. Codes are found by beam search: partial codes are extended codebook by codebook and the best few are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.compress.product import spread
from core.compress.scale import log_length
from core.compress.scaled import Scaled
from core.kernels import FAST, Ints, pack, places, unpack
from core.scan import ONES, Tables, scan_queries
from core.scan_rows import Reader, by_tables
from core.types import Codes, Rows, Scanner, Scores, State

BLOCK = 1024  # rows whose products with all codewords are held at a time


@dataclass(frozen=True)
class Additive(Scaled):
    """Codes of M codebooks over the same dimensions; a codebook of 16 shares its byte with the scale."""

    def layout(self, s: State) -> tuple[Ints, Ints, Ints]:
        """Byte, shift and bits of each codebook's field; 4-bit fields share a byte, low half first."""
        return places(np.log2(s["counts"]).astype(np.int64))

    def at_once(self) -> int:
        return 1 << 15  # the codewords' products with each other are made anew each time

    def beam(self) -> int:
        """How many partial codes are kept."""
        return 8

    def chosen(self, s: State, x: Rows) -> NDArray[np.uint8]:
        return beam_search(np.take(x, s["dims"], axis=1), s["codewords"], s["counts"], self.beam())

    def decoded(self, s: State, fields: NDArray[np.uint8]) -> Rows:
        return add_up(s["codewords"], fields + starts(s["counts"]))

    def logs(self, z: Rows, decoded: Rows) -> NDArray[np.float32]:
        return log_length(z, decoded)  # codewords learned for these very rows make ⟨z, ẑ⟩ look better than it is

    def encode(self, s: State, x: Rows) -> Codes:
        fields = self.chosen(s, x)
        byte, shift, _ = self.layout(s)
        return self.with_scale(s, x, fields, pack(fields, byte, shift, self.nbytes(x.shape[1])))

    def decode(self, s: State, c: Codes) -> Rows:
        rows: Rows = spread(s, self.decoded(s, unpack(c, *self.layout(s)))) * self.by_row(s, c)
        return rows

    def inner(self, s: State, q: Rows) -> Scores:
        """Inner products of queries (m, width) with every codeword: float32 (m, ΣK)."""
        scores: Scores = np.take(q, s["dims"], axis=1) @ s["codewords"].T
        return scores

    def tables(self, s: State, q: Rows) -> Tables:
        """`inner` laid out per byte: float32 (q, nbytes, 256)."""
        byte, shift, bits = self.layout(s)
        inner = self.inner(s, q)
        out = np.zeros((len(q), self.nbytes(q.shape[1]), 256), np.float32)
        value = np.arange(256)
        for m, start in enumerate(starts(s["counts"])):
            out[:, byte[m]] += inner[:, start + ((value >> shift[m]) & ((1 << bits[m]) - 1))]
        return out

    def by_byte(self, s: State) -> Callable[[Rows], Tables] | None:
        return None if self.has_scale() else lambda q: self.tables(s, q)

    def scanner(self, s: State, c: Codes) -> Scanner:
        scales = self.factors(s)
        by_last_byte = ONES if scales is None else np.repeat(scales, 16)
        return lambda q, k: scan_queries(c, q, k, lambda part: self.tables(s, part), by_last_byte)

    def reader(self, s: State, c: Codes) -> Reader | None:
        scales = self.factors(s)
        if scales is None:
            return super().reader(s, c)
        return by_tables(c, lambda q: self.tables(s, q), np.repeat(scales, 16))

    def words(self, s: State) -> Rows:
        return np.asarray(s["codewords"], np.float32)

    def with_words(self, s: State, words: Rows) -> State:
        return {**s, "codewords": words}

    def entries(self, s: State, c: Codes) -> Ints:
        return unpack(c, *self.layout(s)) + starts(s["counts"])


def starts(counts: NDArray[Any]) -> Ints:
    """The row of `codewords` at which each codebook begins."""
    out: Ints = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    return out


def add_up(codewords: Rows, rows: Ints) -> Rows:
    """Sums of the codewords that `rows` (n, M) names: float32 (n, dims)."""
    out = np.zeros((len(rows), codewords.shape[1]), np.float32)
    _add_up(codewords, rows, out)
    return out


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _add_up(codewords: Any, rows: Any, out: Any) -> None:
    for i in prange(rows.shape[0]):
        for m in range(rows.shape[1]):
            word = codewords[rows[i, m]]
            for j in range(len(word)):
                out[i, j] += word[j]


def beam_search(x: Rows, codewords: Rows, counts: Ints, beam: int) -> NDArray[np.uint8]:
    """Codes (n, M) that bring Σ codewords near the rows of x (n, dims), keeping `beam` partial codes.

    ½‖x − Σc‖² = ½‖x‖² − Σ⟨x, c⟩ + ½Σ‖c‖² + Σ⟨c, c'⟩: products of codewords with each other are made once.
    """
    out = np.empty((len(x), len(counts)), np.uint8)
    cross = codewords @ codewords.T
    half = np.diag(cross) / 2
    for a in range(0, len(x), BLOCK):
        gain = x[a : a + BLOCK] @ codewords.T
        _beam(half - gain, cross, starts(counts), counts, beam, out[a : a + BLOCK])
    return out


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _beam(own: Any, cross: Any, first: Any, counts: Any, beam: int, out: Any) -> None:
    stages = len(counts)
    for i in prange(len(own)):
        codes = np.zeros((beam, stages), np.int64)
        costs = np.zeros(beam, np.float32)
        best = np.empty(beam, np.float32)
        parent = np.empty(beam, np.int64)
        chosen = np.empty(beam, np.int64)
        cost = np.empty(256, np.float32)
        held = 1
        for m in range(stages):
            a, count = first[m], counts[m]
            found = 0
            for b in range(held):
                for k in range(count):
                    cost[k] = own[i, a + k] + costs[b]
                for j in range(m):
                    row = cross[codes[b, j], a : a + count]
                    for k in range(count):
                        cost[k] += row[k]
                for k in range(count):
                    if found < beam or cost[k] < best[found - 1]:
                        at = min(found, beam - 1)
                        while at > 0 and best[at - 1] > cost[k]:
                            best[at], parent[at], chosen[at] = best[at - 1], parent[at - 1], chosen[at - 1]
                            at -= 1
                        best[at], parent[at], chosen[at] = cost[k], b, k
                        found = min(found + 1, beam)
            old = codes[:held].copy()
            for b in range(found):
                codes[b, :m] = old[parent[b], :m]
                codes[b, m] = a + chosen[b]
                costs[b] = best[b]
            held = found
        for m in range(stages):
            out[i, m] = codes[0, m] - first[m]
