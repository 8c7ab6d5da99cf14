"""An additive quantiser whose codes are searched locally: change one codeword at a time, shake, and try again.

As in `rq` a vector is the sum of one codeword of each codebook, but no codebook comes first. From the codes of a beam
search, each codeword in turn is replaced by the best one given the others (iterated conditional modes); then a few are
changed at random and the search starts again, keeping what is better. Codebooks are solved by least squares, and noise
that cools down while learning (SR-D) helps them out of local optima. It starts from a residual quantiser, where the
paper draws codes at random. Scores are sums over a table per query.

Paper: Martinez, Zakhmi, Hoos, Little (2018), LSQ++.
Bytes: ⌈m · bits / 8⌉; with scale=1 half a byte of them holds a scale per vector.
Claim: ahead of RQ for short codes (faiss: 1-recall@1 0.319 against 0.279 at 8 B). Here recall@10 at 8 B is 0.452, `rq`
0.436, on the large demo corpus (43,000 x 384); on small ones they tie (scifact 0.694 and 0.690; 6,782 documents 0.660
and 0.655, faiss' LSQ 0.554, and at 16 B 0.845 and 0.843). Learned on 3,391 other rows it is behind, 0.467 to 0.483.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.compress.additive import BLOCK, beam_search, starts
from core.compress.rq import Rq, least_squares
from core.kernels import FAST, Ints
from core.stage import arg
from core.types import Rows, State, Train

KICKS, SWEEPS = 4, 4  # codewords changed at random per try, and rounds of conditional modes after it, at most


@dataclass(frozen=True)
class Lsq(Rq):
    """tries: how often a row's codes are shaken and searched again when it is encoded; half as often in training."""

    name: ClassVar[str] = "lsq"
    examples: ClassVar[tuple[str, ...]] = ("lsq4x8(turns=2)", "lsq6x4(turns=2)")

    m: int = arg(16, 1, 16, "codebooks")
    turns: int = arg(8, 0, 100, "turns in which codes and codebooks are fitted", keyword=True)
    tries: int = arg(8, 0, 256, "times that codes are shaken and searched again", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"lsq{size}x8",) if size <= 16 else ()

    def refined(self, x: Rows, words: Rows, counts: Ints, train: Train) -> Rows:
        """Codes by local search with noisy codewords, then codewords by least squares, in turns."""
        rng, spread = train.rng(), x.std(0) / len(counts)
        fields = beam_search(x, words, counts, self.wide)
        for turn in range(self.turns):
            train.progress(0.5 + 0.5 * turn / self.turns, f"Training {self}: turn {turn + 1} of {self.turns}")
            heat = np.sqrt(1 - (turn + 1) / self.turns)
            noise = (rng.standard_normal(words.shape) * spread * heat).astype(np.float32)
            fields = local_search(x, words + noise, counts, fields, shakes(counts, -(-self.tries // 2), rng))
            words = least_squares(x, fields + starts(counts), words)
        return words

    def chosen(self, s: State, x: Rows) -> NDArray[np.uint8]:
        z, words, counts = np.take(x, s["dims"], axis=1), s["codewords"], s["counts"]
        fields = beam_search(z, words, counts, self.wide)
        return local_search(z, words, counts, fields, shakes(counts, self.tries, np.random.default_rng(0)))


def shakes(counts: Ints, tries: int, rng: np.random.Generator) -> Ints:
    """For each try, codebooks and codewords to change: (tries, kicks, 2). The same for all rows."""
    kicks = min(KICKS, len(counts))
    book = np.array([rng.choice(len(counts), kicks, replace=False) for _ in range(tries)], np.int64)
    book = book.reshape(tries, kicks)
    return np.stack([book, starts(counts)[book] + rng.integers(0, counts[book])], axis=2)


def local_search(x: Rows, words: Rows, counts: Ints, fields: NDArray[np.uint8], shaken: Ints) -> NDArray[np.uint8]:
    """Codes (n, M) at least as near to the rows x (n, dims) as `fields`: iterated local search over codewords."""
    first = starts(counts)
    cross = words @ words.T
    half = np.diag(cross) / 2
    rows = fields + first
    for a in range(0, len(x), BLOCK):
        search(half - x[a : a + BLOCK] @ words.T, cross, first, counts, shaken, rows[a : a + BLOCK])
    return (rows - first).astype(np.uint8)


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def search(cost: Any, cross: Any, first: Any, counts: Any, shaken: Any, rows: Any) -> None:
    """cost (n, ΣK) is ½‖c‖² − ⟨x, c⟩; here it grows by the products with all codewords that are in use."""
    for i in prange(len(rows)):
        now, code = cost[i], rows[i]
        for word in code:
            now += cross[word]
        _settle(now, code, cross, first, counts)
        kept, best = now.copy(), code.copy()
        for t in range(len(shaken)):
            gain = np.float32(0)
            for p in range(shaken.shape[1]):
                gain += _swap(now, code, cross, shaken[t, p, 0], shaken[t, p, 1])
            gain += _settle(now, code, cross, first, counts)
            if gain < 0:
                kept[:], best[:] = now, code
            else:
                now[:], code[:] = kept, best


@njit(**FAST)  # type: ignore[untyped-decorator]
def _swap(now: Any, code: Any, cross: Any, m: Any, word: Any) -> Any:
    """Use this codeword of codebook m; returns the change of ½‖x − Σc‖²."""
    old = code[m]
    change = now[word] - cross[old, word] - now[old] + cross[old, old]
    now += cross[word] - cross[old]
    code[m] = word
    return change


@njit(**FAST)  # type: ignore[untyped-decorator]
def _settle(now: Any, code: Any, cross: Any, first: Any, counts: Any) -> Any:
    """The best codeword of each codebook given the others, until none changes; returns the change of the error."""
    gain = np.float32(0)
    for _ in range(SWEEPS):
        before = gain
        for m in range(len(code)):
            a, own = first[m], cross[code[m]]
            low, best = now[code[m]] - own[code[m]], code[m]
            for k in range(a, a + counts[m]):
                if now[k] - own[k] < low:
                    low, best = now[k] - own[k], k
            if best != code[m]:
                gain += _swap(now, code, cross, m, best)
        if gain == before:
            break
    return gain
