"""A vector is a handful of entries of one dictionary: the sum of a few codewords, all from the same codebook.

Where `rq` and `lsq` give each stage a codebook of its own, here every codeword may be used in every place, also twice.
Codes come from matching pursuit (the codeword that helps most, then the next), then each is exchanged for a better one
while that helps, from several starts; the dictionary is solved by least squares. Numbers are stored sorted, in `bits`
bits each, and a score is the sum of what a query gives these codewords.

Paper: after Mallat, Zhang (1993), Matching pursuits, with all weights one; search as in LSQ (Martinez et al. 2018).
Bytes: ⌈words · bits / 8⌉; the dictionary, 4 d 2^bits bytes, is shared by all vectors.
Claim: none is published for this form. Here (recall@10 at 8 B) book5x12 has 0.768 on the small demo corpus (6,782 x
384), where `rq` has 0.655, but its dictionary weighs 928 bytes per vector, twice as much, and much is memory: learned
on the other half, 0.432 against 0.483. On the large one (43,000 x 384) they tie: 0.437 and 0.436.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit, prange

from core.compress.additive import BLOCK, add_up
from core.compress.lsq import KICKS, search
from core.compress.product import sample
from core.compress.rq import least_squares, stage_by_stage
from core.kernels import FAST, Ints
from core.scan import Tables, _offer, nobody
from core.stage import Codec, arg, check_rows
from core.types import Codes, Hits, Rows, Scanner, State, Train

SAMPLE = 32_768  # rows that the dictionary learns from, at most


@dataclass(frozen=True)
class Book(Codec):
    """`words` codewords per vector out of 2^bits."""

    name: ClassVar[str] = "book"
    examples: ClassVar[tuple[str, ...]] = ("book3x8(turns=2)", "book2x10(turns=2)")

    words: int = arg(8, 1, 64, "codewords per vector")
    bits: int = arg(12, 8, 12, "bits per codeword: the dictionary holds 2^bits")
    turns: int = arg(6, 0, 100, "turns in which codes and dictionary are fitted", keyword=True)
    tries: int = arg(8, 0, 256, "times that codes are shaken and searched again", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"book{size}x8", f"book{size * 8 // 12}x12") if 2 <= size <= 24 else ()

    def nbytes(self, d: int) -> int:
        return -(-self.words * self.bits // 8)

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        x, rng = np.ascontiguousarray(sample(train.rows, train.rng(), SAMPLE)), train.rng()
        stages = np.array([len(p) for p in np.array_split(np.arange(1 << self.bits), self.words)], np.int64)
        words = stage_by_stage(x, stages, train, str(self))
        for turn in range(self.turns):
            train.progress(0.5 + 0.5 * turn / self.turns, f"Training {self}: turn {turn + 1} of {self.turns}")
            words = least_squares(x, chosen(x, words, self.words, -(-self.tries // 2), rng), words)
        return {"codewords": words}

    def encode(self, s: State, x: Rows) -> Codes:
        ids = np.sort(chosen(x, s["codewords"], self.words, self.tries, np.random.default_rng(0)), axis=1)
        spread = ((ids[:, :, None] >> np.arange(self.bits)) & 1).astype(np.uint8)
        return np.packbits(spread.reshape(len(x), self.words * self.bits), axis=1, bitorder="little")

    def decode(self, s: State, c: Codes) -> Rows:
        return add_up(s["codewords"], self.unpacked(c))

    def unpacked(self, c: Codes) -> Ints:
        """Codeword numbers (n, words)."""
        flat = np.unpackbits(c, axis=1, count=self.words * self.bits, bitorder="little")
        bits = flat.reshape(len(c), self.words, self.bits)
        return bits @ (1 << np.arange(self.bits, dtype=np.int64))

    def by_byte(self, s: State) -> Callable[[Rows], Tables] | None:
        if self.bits != 8:
            return None
        return lambda q: np.repeat((q @ s["codewords"].T)[:, None], self.words, axis=1)

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        if self.bits == 8:
            return super().scanner(s, c)
        numbers = self.unpacked(c).astype(np.uint16)

        def run(q: Rows, k: int) -> Hits:
            k = min(k, len(c))
            ids, best = nobody(len(q), k)
            if k:
                _scan(numbers, np.ascontiguousarray(q @ s["codewords"].T), ids, best)
            return Hits(ids, best, float(len(c)))

        return run


def chosen(x: Rows, words: Rows, count: int, tries: int, rng: np.random.Generator) -> Ints:
    """`count` codewords for each row of x (n, d), by matching pursuit and local search: int64 (n, count)."""
    total, kicks = len(words), min(KICKS, count)
    place = np.array([rng.choice(count, kicks, replace=False) for _ in range(tries)], np.int64).reshape(tries, kicks)
    shaken = np.stack([place, rng.integers(0, total, place.shape)], axis=2)
    cross, first, sizes = words @ words.T, np.zeros(count, np.int64), np.full(count, total)
    out, half = np.empty((len(x), count), np.int64), np.einsum("ij,ij->i", words, words) / 2
    for a in range(0, len(x), BLOCK):
        cost = half - x[a : a + BLOCK] @ words.T
        _pursue(cost, cross, out[a : a + BLOCK])
        search(cost, cross, first, sizes, shaken, out[a : a + BLOCK])
    return out


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _pursue(cost: Any, cross: Any, out: Any) -> None:
    """The codeword that lowers the error most, `out.shape[1]` times; cost (n, K) is ½‖c‖² − ⟨x, c⟩."""
    for i in prange(len(cost)):
        now = cost[i].copy()
        for m in range(out.shape[1]):
            out[i, m] = np.argmin(now)
            now += cross[out[i, m]]


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _scan(numbers: Any, inner: Any, ids: Any, best: Any) -> None:
    """The k best rows of each query: sums of inner[q, number] over a row's numbers."""
    k = ids.shape[1]
    for q in prange(len(inner)):
        found = 0
        for i in range(len(numbers)):
            total = np.float32(0)
            for m in range(numbers.shape[1]):
                total += inner[q, numbers[i, m]]
            if found < k or total > best[q, k - 1]:
                found = _offer(total, i, found, k, ids[q], best[q])
