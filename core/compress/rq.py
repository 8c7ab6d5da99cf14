"""A residual quantiser: each codebook codes what the ones before it left over, and all of them span all dimensions.

Codebooks are learned one after the other by k-means of the residuals, then all together: codes by beam search and
codewords by least squares, in turns. At a given size it keeps more than a product quantiser, for larger codebooks.

Paper: Chen, Guan, Wang (2010), Approximate nearest neighbor search by residual vector quantization; beam search after
Babenko, Lempitsky (2014) and joint least squares after Martinez et al. (2018).
Bytes: m · bits / 8; with scale=1 half a byte of them holds a scale per vector.
Claim: residual codes keep more than product codes of the same size (first 16,000 rows of the large demo corpus, 16 B,
behind klt: recall@10 0.71 against 0.57 of wpq on rows learned from, 0.60 against 0.55 on others): holds. k-means that
starts in few dimensions, as in faiss, is what makes it so: from random rows in all of them 8 B keep 0.40, not 0.50.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.compress.additive import Additive, beam_search, starts
from core.compress.pca import moments, ordered_eigh
from core.compress.product import sample
from core.errors import PlanError
from core.kernels import FAST, Ints
from core.stage import arg, check_rows
from core.types import Rows, State, Train

SAMPLE = 32_768  # rows that codebooks learn from, at most
ROUNDS = 3  # of k-means at each width
JOINT = 4096  # codewords that are fitted together, at most: their normal matrix is dense


@dataclass(frozen=True)
class Rq(Additive):
    """m codebooks of 2^bits codewords; `dims` reads only the leading dimensions, which behind klt hold most."""

    name: ClassVar[str] = "rq"
    examples: ClassVar[tuple[str, ...]] = ("rq4x8(turns=1)", "rq6x4", "rq4x8(scale=1,dims=12,turns=1)")

    m: int = arg(16, 1, 256, "codebooks")
    bits: int = arg(8, 4, 8, "bits per codebook, 4 or 8")
    scale: int = arg(0, 0, 1, "a scale per vector in half a byte", keyword=True)
    dims: int = arg(0, 0, 65536, "leading dimensions that are read, 0 for all", keyword=True)
    turns: int = arg(2, 0, 50, "turns in which all codebooks are fitted together", keyword=True)
    wide: int = arg(8, 1, 64, "partial codes kept while encoding", keyword=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bits not in (4, 8):
            raise PlanError(f"{self.name}: bits per codebook must be 4 or 8, got {self.bits}.")

    def has_scale(self) -> bool:
        return bool(self.scale)

    def beam(self) -> int:
        return self.wide

    def nbytes(self, d: int) -> int:
        return -(-self.m * self.bits // 8)

    def sizes(self) -> Ints:
        """Codewords per codebook: with the scale, the last byte keeps its upper half for it."""
        whole = self.m * self.bits // 4 - self.scale  # half bytes
        return 1 << np.array([self.bits] * (whole * 4 // self.bits) + [4] * (whole * 4 % self.bits // 4), np.int64)

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        d = train.rows.shape[1]
        dims = np.arange(min(self.dims or d, d))
        x = np.ascontiguousarray(sample(train.rows, train.rng(), SAMPLE)[:, dims])
        counts = self.sizes()
        words = self.refined(x, stage_by_stage(x, counts, train, str(self)), counts, train)
        return self.scaled({"dims": dims, "codewords": words, "counts": counts, "width": np.array([d])}, train)

    def refined(self, x: Rows, words: Rows, counts: Ints, train: Train) -> Rows:
        """All codewords fitted together, where they are not too many."""
        return together(x, words, counts, self.turns, self.wide, train, str(self)) if len(words) <= JOINT else words


def of_group(train: Train, rows: Rows, who: str, g: int, groups: int) -> Train:
    """What group g learns from, whose progress is a share of the whole."""

    def told(fraction: float, stage: str) -> None:
        train.progress((g + fraction) / groups, f"Training {who}: group {g + 1} of {groups}")

    return replace(train.on(rows, None), progress=told)


def stage_by_stage(x: Rows, counts: Ints, train: Train, who: str) -> Rows:
    """Codewords (ΣK, dims): each codebook by k-means of what the ones before it leave."""
    rng, rest, books = train.rng(), x.copy(), []
    for m, count in enumerate(counts):
        train.progress(0.5 * m / len(counts), f"Training {who}: codebook {m + 1} of {len(counts)}")
        book = kmeans(rest, int(count), ROUNDS, rng)
        rest -= book[nearest(rest, book)]
        books.append(book)
    return np.concatenate(books)


def together(x: Rows, words: Rows, counts: Ints, turns: int, beam: int, train: Train, who: str) -> Rows:
    """All codewords by least squares for codes found by beam search, in turns."""
    for turn in range(turns):
        train.progress(0.5 + 0.5 * turn / turns, f"Training {who}: turn {turn + 1} of {turns}")
        rows = beam_search(x, words, counts, beam) + starts(counts)
        words = least_squares(x, rows, words)
    return words


def least_squares(x: Rows, rows: Ints, words: Rows) -> Rows:
    """Codewords that minimise Σ‖x − Σ codewords‖² for these codes, drawn to the given ones by one row's weight."""
    from scipy.linalg import cho_factor, cho_solve

    rest = x.copy()
    _subtract(words, rows, rest)
    pairs = np.zeros((len(words), len(words)), np.float32)
    sums = np.zeros(words.shape, np.float32)
    _normal(rows, rest, pairs, sums)
    pairs[np.diag_indices_from(pairs)] += 1.0
    factor = cho_factor(pairs, lower=True, overwrite_a=True, check_finite=False)
    out: Rows = words + cho_solve(factor, sums, overwrite_b=True, check_finite=False)
    return out


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _subtract(words: NDArray[np.float32], rows: Ints, rest: NDArray[np.float32]) -> None:
    for i in prange(len(rows)):
        for m in range(rows.shape[1]):
            rest[i] -= words[rows[i, m]]


@njit(**FAST)  # type: ignore[untyped-decorator]
def _normal(rows: Ints, rest: NDArray[np.float32], pairs: NDArray[np.float32], sums: NDArray[np.float32]) -> None:
    for i in range(len(rows)):
        for a in rows[i]:
            sums[a] += rest[i]
            for b in rows[i]:
                pairs[a, b] += 1


def nearest(x: Rows, book: Rows) -> Ints:
    """The nearest codeword of each row, int64 (n,), by blocks."""
    half = np.einsum("ij,ij->i", book, book) / 2
    parts = [(half - x[a : a + 4096] @ book.T).argmin(1) for a in range(0, len(x), 4096)]
    return np.concatenate(parts)


def kmeans(x: Rows, count: int, rounds: int, rng: np.random.Generator) -> Rows:
    """k-means over 2, 4, 8 … of the leading principal axes of x: few dimensions first makes for far better cells.

    `rounds` of Lloyd's algorithm at each width; an empty cell starts again at a random row.
    """
    axes = ordered_eigh(moments(x)[1])[1].astype(np.float32)
    z = np.ascontiguousarray(x @ axes)
    width, d = 2, x.shape[1]
    book = z[rng.choice(len(z), count, replace=len(z) < count), :width]
    while True:
        for _ in range(rounds):
            book = means(z, nearest(np.ascontiguousarray(z[:, :width]), book), count, rng)[:, :width]
        if width == d:
            return np.ascontiguousarray(book @ axes.T)
        code = nearest(np.ascontiguousarray(z[:, :width]), book)
        width = min(2 * width, d)
        book = means(z, code, count, rng)[:, :width]


def means(x: Rows, code: Ints, count: int, rng: np.random.Generator) -> Rows:
    """The mean row of each cell (count, d)."""
    sums, size = np.zeros((count, x.shape[1]), np.float32), np.zeros(count, np.int64)
    _gather(x, code, sums, size)
    fresh = x[rng.integers(0, len(x), count)]
    return np.where(size[:, None] > 0, sums / np.maximum(size, 1)[:, None].astype(np.float32), fresh)


@njit(**FAST)  # type: ignore[untyped-decorator]
def _gather(x: NDArray[np.float32], code: Ints, sums: NDArray[np.float32], size: Ints) -> None:
    for i in range(len(x)):
        size[code[i]] += 1
        sums[code[i]] += x[i]
