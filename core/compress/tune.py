"""Fine-tunes a codec's codewords so that training queries rank documents as the float vectors do.

Codes stay as they are; codewords and a map of the queries move by gradient steps. Three aims: 0 lists (the softmax over
each query's nearest documents and its worst mistakes should match the exact one), 1 pairs (contrastive: the nearest
document against the mistakes), 2 scores (their squared error, near ones weighing most). Mistakes are searched for again
before every epoch, and the epoch that serves queries kept aside best is taken, which may be none.

Paper: Zhan et al. (2021), Jointly optimizing query encoder and product quantization (JPQ), here on frozen embeddings.
Claim: JPQ gains most at high compression by training on the compressed index's own mistakes; here `klt > wrq16` gains
0.011 on nl2bash without training queries, 0.003 on scifact, and nothing on rows it has not seen: holds weakly.
Bytes: those of the codec; the codewords for encoding are kept beside those for searching.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from core.compress.product import sample
from core.compress.scaled import Scaled
from core.errors import PlanError
from core.kernels import FAST, Ints, nearest_rows
from core.stage import Codec, Wrapper, arg
from core.types import Codes, Rows, Scores, State, Train

ROWS, QUERIES, ASIDE = 65_536, 6_000, 600  # documents, queries and queries kept aside, at most
ENOUGH = 50  # training queries; with fewer, documents ask
NEAR, WRONG = 64, 128  # exact neighbours and found ones that a query learns from
BATCH = 64


@dataclass(frozen=True)
class Tune(Wrapper):
    """tune > wpq16: listwise, contrastive or score-aware fine-tuning with refreshed hard negatives."""

    name: ClassVar[str] = "tune"
    family: ClassVar[str] = "flagship"
    examples: ClassVar[tuple[str, ...]] = ("tune(epochs=2)", "tune(aim=1,epochs=1)", "tune(aim=2,epochs=1)")

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"klt > tune > wrq{size}",) if 4 * size <= dim else ()

    aim: int = arg(0, 0, 2, "0 lists, 1 pairs, 2 scores", keyword=True)
    epochs: int = arg(6, 1, 100, "passes over the training queries, at most", keyword=True)
    heat: int = arg(30, 1, 1000, "temperature of the softmax, in thousandths", keyword=True)
    rate: int = arg(20, 1, 1000, "step of the codewords, in ten-thousandths of their spread", keyword=True)

    def refine(self, codec: Codec, s: State, train: Train) -> State:
        if not isinstance(codec, Scaled):
            raise PlanError(
                f"tune works on codecs of codewords (wpq, wsq, rq and their like), got {codec}; leave it out."
            )
        given = train.queries is not None and len(train.queries) >= ENOUGH
        rows = sample(train.rows, train.rng(), ROWS)
        queries = sample(train.queries if given and train.queries is not None else rows, train.rng(), QUERIES)
        order = train.rng().permutation(len(queries))
        aside = min(ASIDE, len(order) // 5)
        lesson = Lesson.of(codec, s, rows, queries[order], own=not given)
        return self.descend(codec, s, lesson, aside, train)

    def descend(self, codec: Codec, s: State, lesson: Lesson, aside: int, train: Train) -> State:
        """Epochs of Adam on the codewords; the state that serves the first `aside` queries best."""
        assert isinstance(codec, Scaled)
        words = codec.words(s).copy()
        step = Adam(words.shape, self.rate * 1e-4 * float(words[words != 0].std()))
        reach = words != 0
        best, most = s, lesson.kept(codec, s, aside)
        rng = train.rng()
        for epoch in range(self.epochs):
            train.progress(epoch / self.epochs, f"Tuning {codec}: epoch {epoch + 1} of {self.epochs}")
            near = lesson.candidates(codec, codec.with_words(s, words), aside)
            order = rng.permutation(len(near))
            for a in range(0, len(order), BATCH):
                part = order[a : a + BATCH]
                words -= step.by(lesson.slope(words, part + aside, near[part], self) * reach)
            now = codec.with_words(s, words.copy())
            score = lesson.kept(codec, now, aside)
            if score > most:
                best, most = now, score
        return best


@dataclass(frozen=True)
class Lesson:
    """Documents as coded, and what the queries should find: exact neighbours (m, NEAR), best first."""

    rows: Rows
    queries: Rows
    read: Rows  # the queries in the dimensions that the codec reads
    codes: Codes
    entries: Ints
    factors: NDArray[np.float32]
    exact: Ints
    self_ids: Ints  # of a query that is a document itself, else -1

    @classmethod
    def of(cls, codec: Scaled, s: State, rows: Rows, queries: Rows, own: bool) -> Lesson:
        codes = codec.encode(s, rows)
        factors = np.broadcast_to(np.asarray(codec.by_row(s, codes), np.float32).reshape(-1), (len(rows),))
        exact = nearest_rows(rows, queries, NEAR + own)
        selves = exact[:, 0] if own else np.full(len(queries), -1)
        return cls(
            rows, queries, np.ascontiguousarray(queries[:, s["dims"]]), codes, codec.entries(s, codes),
            np.ascontiguousarray(factors), exact[:, int(own) :], selves,
        )  # fmt: skip

    def found(self, codec: Scaled, s: State, which: slice, k: int) -> Ints:
        """What the codes find for these queries, a query's own document marked -1."""
        scan = codec.scanner(s, self.codes)
        assert scan is not None
        ids = scan(self.queries[which], k).ids
        return np.where(ids == self.self_ids[which, None], -1, ids)

    def kept(self, codec: Scaled, s: State, aside: int) -> float:
        """recall@10 of the queries that are not learned from."""
        ids = self.found(codec, s, slice(0, aside), 11)
        hits = [len(np.intersect1d(a[a >= 0][:10], b)) for a, b in zip(ids, self.exact[:aside, :10], strict=True)]
        return float(np.mean(hits)) if hits else 0.0

    def candidates(self, codec: Scaled, s: State, aside: int) -> Ints:
        """Exact neighbours and what is found now, each row once; -1 fills."""
        both = np.sort(np.hstack([self.exact[aside:], self.found(codec, s, slice(aside, None), WRONG)]), axis=1)
        both[:, 1:][both[:, 1:] == both[:, :-1]] = -1
        return both

    def slope(self, words: Rows, which: Ints, near: Ints, tune: Tune) -> Rows:
        """How the loss of these queries grows with every codeword: float32, shaped as `words`."""
        q = self.read[which]
        table = q @ words.T
        ours, true = np.full(near.shape, -np.inf, np.float32), np.full(near.shape, -np.inf, np.float32)
        _scores(table, self.entries, self.factors, near, ours)
        _inner(self.queries[which], self.rows, near, true)
        pull = _pull(ours, true, tune.aim, tune.heat * 1e-3)
        spread = np.zeros_like(table)
        _spread(pull, self.entries, self.factors, near, spread)
        out: Rows = spread.T @ q / np.float32(len(q))
        return out


def _pull(ours: Scores, true: Scores, aim: int, heat: float) -> Scores:
    """The slope of the loss in each score; -inf marks places without a document."""
    want = np.exp((true - true.max(1, keepdims=True)) / heat)
    want /= want.sum(1, keepdims=True)
    if aim == 2:
        gap = np.subtract(ours, true, where=np.isfinite(true), out=np.zeros_like(ours))
        centred: Scores = want * (gap - (want * gap).sum(1, keepdims=True))
        return centred
    if aim == 1:
        want = np.equal(true, true.max(1, keepdims=True)).astype(np.float32)
    have = np.exp((ours - ours.max(1, keepdims=True)) / heat)
    slope: Scores = have / have.sum(1, keepdims=True) - want
    return slope


class Adam:
    """Kingma, Ba (2015), for one array; the step falls with the root of the number of steps."""

    def __init__(self, shape: tuple[int, ...], rate: float) -> None:
        self.rate, self.steps = rate, 0
        self.mean, self.square = np.zeros(shape, np.float32), np.zeros(shape, np.float32)

    def by(self, slope: Rows) -> Rows:
        """What to subtract."""
        self.steps += 1
        self.mean += 0.1 * (slope - self.mean)
        self.square += 0.001 * (slope * slope - self.square)
        mean = self.mean / (1 - 0.9**self.steps)
        root = np.sqrt(self.square / (1 - 0.999**self.steps))
        out: Rows = self.rate * mean / (root + 1e-12)
        return out


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _scores(table: Any, entries: Any, factors: Any, near: Any, out: Any) -> None:
    for q in prange(len(near)):
        for j in range(near.shape[1]):
            i = near[q, j]
            if i >= 0:
                total = np.float32(0)
                for e in entries[i]:
                    total += table[q, e]
                out[q, j] = total * factors[i]


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _inner(queries: Any, rows: Any, near: Any, out: Any) -> None:
    for q in prange(len(near)):
        for j in range(near.shape[1]):
            i = near[q, j]
            if i >= 0:
                total = np.float32(0)
                for c in range(rows.shape[1]):
                    total += queries[q, c] * rows[i, c]
                out[q, j] = total


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _spread(pull: Any, entries: Any, factors: Any, near: Any, out: Any) -> None:
    for q in prange(len(near)):
        for j in range(near.shape[1]):
            i = near[q, j]
            if i >= 0:
                for e in entries[i]:
                    out[q, e] += pull[q, j] * factors[i]
