"""Where do the ranges of scalar codes come from? From a sample of the documents; how large, and how cut, is tried here.

A calibration is a rule for the ends of a range and the documents that it sees. Its codes are made for every document
and searched with the held-out queries, which stay float32. Queries are never calibrated on, nor given to `fit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.compress.codebook import Codebook
from core.compress.int import Int
from core.errors import DataError
from core.evaluate.hubs import copies
from core.evaluate.intervals import difference, interval
from core.evaluate.metrics import recall
from core.evaluate.truth import Truth, truth
from core.kernels import top
from core.search.built import drawn
from core.types import Floats, Ids, Interval, Progress, Rows, Train, Vectors, silent

SIZES = (30, 100, 300, 1000, 3000)  # documents that ranges are learned from, and then all
SEEDS = 5  # samples of each size
ROWS, ASKED = 20_000, 500  # documents searched and queries asked, at most
LEARN = 100_000  # documents that "all" stands for, at most


@dataclass(frozen=True)
class Rule:
    """How the ends of a range are set: a plan of the catalogue, and its name for people."""

    name: str
    codec: Int

    def __str__(self) -> str:
        return str(self.codec)


def rules(bits: int, percent: float = 0.1) -> tuple[Rule, ...]:
    """Smallest to largest value; without `percent` of the documents at each end; least squared error; one for all."""
    cut = round(100 * percent)
    if not 1 <= cut <= 4900:
        raise DataError(f"A range can be cut by 0.01 to 49 % at each end, got {percent} %. Choose one of these.")
    return (
        Rule("min to max", Int(bits)),
        Rule(f"without {percent:g} % at each end", Int(bits, clip=cut)),
        Rule("least squared error", Int(bits, dual=1)),
        Rule("one range for all dimensions", Int(bits, shared=1)),
        Rule(f"one range, without {percent:g} %", Int(bits, clip=cut, shared=1)),
    )


@dataclass(frozen=True)
class Calibration:
    """One rule with one sample size.

    recall: mean over queries, of the mean over samples, with its interval. gap: paired difference to ranges from min
    to max of all documents. lowest, highest: mean recall of the worst and the best sample. clipped: share of values of
    documents that were not in the sample (of all when it holds them all) outside of the ranges. queries_clipped: the
    same of the queries' values. coded: recall if queries were cut into the same ranges, as symmetric engines do.
    """

    rule: str
    plan: str
    sample: int
    samples: int
    recall: Interval
    gap: Interval
    lowest: float
    highest: float
    clipped: float
    queries_clipped: float
    coded: Interval


def sample_sizes(n: int) -> tuple[int, ...]:
    """Sizes to try with n documents: those well below all of them, and all, or as many as are learned from."""
    n = min(n, LEARN)
    return (*(s for s in SIZES if 1.5 * s <= n), n)


@dataclass(frozen=True)
class Bench:
    """What all calibrations are tried on. docs: searched rows; learn: rows that samples are drawn from."""

    docs: Rows
    learn: Rows
    queries: Rows
    truth: Truth
    k: int
    seed: int

    @classmethod
    def of(cls, vectors: Vectors, k: int = 10, seed: int = 0) -> Bench:
        """Bounded samples of documents and held-out queries. DataError where there are too few."""
        if len(vectors.docs) < 2 * SIZES[0] or len(vectors.queries) < 2:
            raise DataError(
                f"Calibration is tried on at least {2 * SIZES[0]} documents and 2 held-out queries, got "
                f"{len(vectors.docs)} and {len(vectors.queries)}. Bring more of them."
            )
        docs, queries = drawn(vectors.docs, ROWS, seed), drawn(vectors.queries, ASKED, seed)
        k = min(k, len(docs))
        return cls(docs, drawn(vectors.docs, LEARN, seed), queries, truth(docs, queries, k), k, seed)

    def sizes(self) -> tuple[int, ...]:
        """Sample sizes to try."""
        return sample_sizes(len(self.learn))

    def samples(self, size: int) -> Iterator[Rows]:
        """Samples of this size, each by a seed of its own; all documents are only one sample."""
        if size >= len(self.learn):
            yield self.learn
            return
        for i in range(SEEDS):
            yield drawn(self.learn, size, self.seed + i)


@dataclass(frozen=True)
class Tried:
    """What one sample gave. recall, coded: per query (q,); clipped, queries_clipped: shares of values."""

    recall: Floats
    coded: Floats
    clipped: float
    queries_clipped: float


def studio(
    vectors: Vectors,
    bits: int = 4,
    percent: float = 0.1,
    k: int = 10,
    seed: int = 0,
    sizes: Sequence[int] = (),
    progress: Progress = silent,
) -> Iterator[Calibration]:
    """Each rule with each sample size, largest samples first, as soon as it is known.

    DataError for sizes below 2 or for too few documents; `Int`'s PlanError for bits outside 1 to 8.
    """
    bench = Bench.of(vectors, k, seed)
    if any(s < 2 for s in sizes):
        raise DataError(f"A range takes at least 2 documents, got samples of {min(sizes)}. Ask for more.")
    asked = sorted({min(s, len(bench.learn)) for s in sizes} | {len(bench.learn)} if sizes else bench.sizes())
    work = [(size, rule) for size in reversed(asked) for rule in rules(bits, percent)]
    base: Floats | None = None
    for i, (size, rule) in enumerate(work):
        progress(i / len(work), f"Calibrating {rule} on {size:,} documents, {i + 1} of {len(work)}")
        tried = [trial(bench, rule.codec, sample, seed + j) for j, sample in enumerate(bench.samples(size))]
        recalls = np.stack([t.recall for t in tried])
        base = recalls[0] if base is None else base
        yield Calibration(
            rule.name,
            str(rule),
            size,
            len(tried),
            interval(recalls.mean(0), seed),
            difference(recalls.mean(0), base, seed),
            float(recalls.mean(1).min()),
            float(recalls.mean(1).max()),
            float(np.mean([t.clipped for t in tried])),
            float(np.mean([t.queries_clipped for t in tried])),
            interval(np.mean([t.coded for t in tried], axis=0), seed),
        )


def trial(bench: Bench, codec: Int, sample: Rows, seed: int = 0) -> Tried:
    """Ranges from the sample alone; every document coded by them; the queries asked in float32, and coded."""
    book = Codebook.fit(codec, Train(sample, None, seed))
    decoded = book.decode(book.encode(bench.docs))
    low, high = ends(book)
    coded = book.decode(book.encode(bench.queries))
    return Tried(
        _recall(bench, bench.queries, decoded),
        _recall(bench, coded, decoded),
        outside(_unseen(bench.docs, sample), low, high),
        outside(bench.queries, low, high),
    )


def ends(book: Codebook) -> tuple[Rows, Rows]:
    """The clip lines of an `int` codebook: lower and upper end of each dimension's range (d,)."""
    assert isinstance(book.codec, Int)
    low, step = (np.asarray(book.state[name], np.float32) for name in ("low", "step"))
    return low, low + step * np.float32(1 << book.codec.bits)


def outside(x: Rows, low: Rows, high: Rows) -> float:
    """Share of the values of rows (n, d) below the lower or above the upper end of their dimension (d,).

    Beyond means by more than a millionth of the widest range: dimensions that say nothing still carry rounding noise.
    """
    slack = 1e-6 * float(np.max(high - low))
    return float(((x < low - slack) | (x > high + slack)).mean()) if len(x) else 0.0


def _unseen(docs: Rows, sample: Rows) -> Rows:
    """Documents that are not in the sample; all, where none is left."""
    new = ~copies(np.concatenate([sample, docs]))[len(sample) :]
    return docs[new] if new.any() else docs


def _recall(bench: Bench, queries: Rows, decoded: Rows) -> Floats:
    """Recall@k per query (q,) of a search over decoded rows, judged by the floats."""
    ids: Ids = np.concatenate([top(queries[a : a + 256] @ decoded.T, bench.k)[0] for a in range(0, len(queries), 256)])
    return recall(ids, bench.truth, bench.docs, bench.queries, bench.k)
