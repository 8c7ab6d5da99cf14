"""The nouns: what flows between the floors of the house. Arrays, frozen records, nothing that computes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.float32]  # (n, d), C-contiguous
Codes: TypeAlias = NDArray[np.uint8]  # (n, nbytes), C-contiguous
Scores: TypeAlias = NDArray[np.float32]  # (q, n), more is better
Ids: TypeAlias = NDArray[np.int64]  # (q, k), -1 where nothing was found
Floats: TypeAlias = NDArray[np.float64]
State: TypeAlias = Mapping[str, NDArray[Any]]
Scorer: TypeAlias = Callable[[Codes], Scores]
Progress: TypeAlias = Callable[[float, str], None]  # (fraction in [0, 1], what is being done)

T = TypeVar("T")


def silent(fraction: float, stage: str) -> None:
    """The progress of nobody watching."""


@dataclass(frozen=True)
class Hits:
    """The answer to a search. ids: int64 (q, k); scores: float32 (q, k), falling; looked: rows scored per query."""

    ids: Ids
    scores: Scores
    looked: float


Scanner: TypeAlias = Callable[[Rows, int], Hits]


@dataclass(frozen=True)
class Train:
    """What a stage may learn from. rows: documents (n, d); queries: training queries (m, d) or None."""

    rows: Rows
    queries: Rows | None = None
    seed: int = 0
    shared: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    spared: list[float] = field(default_factory=lambda: [0.0], compare=False, repr=False)  # seconds that `once` saved
    progress: Progress = field(default=silent, compare=False, repr=False)  # told by training that takes long

    def on(self, rows: Rows, queries: Rows | None) -> Train:
        """What the next step of a recipe may learn from: these rows and queries, on the same clock."""
        return Train(rows, queries, self.seed, spared=self.spared, progress=self.progress)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """`make()`, remembered: stages that learn the same thing from the same rows learn it once."""
        if key in self.shared:
            self.spared[0] += self.shared[key][1]
        else:
            start, made = self.clock(), make()
            self.shared[key] = made, self.clock() - start
        return self.shared[key][0]  # type: ignore[no-any-return]

    def clock(self) -> float:
        """Seconds as if nothing had been remembered: what a plan takes does not depend on the plans before it."""
        return perf_counter() + self.spared[0]

    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)


@dataclass(frozen=True)
class Corpus:
    """Texts, queries and judgements, before any encoder has seen them.

    qrels: int64 (m, 3), rows of held-out query number, document number, grade (> 0 is relevant).
    query_source: where the queries came from, in words a page can print ("summary lines").
    columns: what else is known of the documents, name -> one value per document, as text; it changes no figure.
    """

    name: str
    texts: tuple[str, ...]
    queries: tuple[str, ...]
    train_queries: tuple[str, ...] = ()
    qrels: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 3), np.int64))
    query_source: str = "given"
    ids: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits of everything that can change a figure."""
        h = hashlib.blake2b(digest_size=8)
        for part in (self.texts, self.queries, self.train_queries):
            for text in part:
                h.update(text.encode("utf-8", "surrogatepass") + b"\0")
            h.update(b"\1")
        h.update(np.ascontiguousarray(self.qrels).tobytes())
        return h.hexdigest()


@dataclass(frozen=True)
class Vectors:
    """The arrays an encoder made of a corpus: unit rows, float32. Quality is reported on `queries` only.

    docs (n, d), queries (q, d), train_queries (m, d) or None, qrels int64 (j, 3) as in `Corpus`.
    """

    docs: Rows
    queries: Rows
    train_queries: Rows | None = None
    qrels: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 3), np.int64))
    name: str = "vectors"
    encoder: str = "given"
    query_source: str = "given"

    @property
    def dim(self) -> int:
        return int(self.docs.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits of the numbers themselves: the same arrays give the same runs, whatever their name."""
        h = hashlib.blake2b(digest_size=8)
        for a in (self.docs, self.queries, self.train_queries, self.qrels):
            if a is not None:
                h.update(str((a.shape, a.dtype)).encode())
                h.update(np.ascontiguousarray(a).reshape(-1).view(np.uint8).data)
        return h.hexdigest()


@dataclass(frozen=True)
class Trial:
    """A question: how well does `plan` find the `k` nearest of these vectors?"""

    vectors: str  # Vectors.fingerprint
    plan: str
    k: int = 10
    seed: int = 0


@dataclass(frozen=True)
class Result:
    """The measured answer to a trial, per held-out query.

    recall, one_recall (q,): tie-tolerant k-recall@k and 1-recall@k. ndcg, mrr, average_precision (@10) and
    judged_recall (@k) (j,): over judged queries, None without judgements. spearman, kendall (s,): over a sample of
    the queries; error, cosine: of a sample of decoded rows. All are explained in core.evaluate.metrics.
    bytes_per_vector: codes and side information, rerank codes included. ledger: name -> bytes per vector.
    state_bytes: learned arrays, name -> total bytes; those in `encoding_only` are not read while searching.
    queries_per_second: one thread, one at a time; batch_…: all at once; float_…: float32 flat, same run.
    """

    trial: Trial
    n: int
    dim: int
    recall: Floats
    ndcg: Floats | None
    mrr: Floats | None
    bytes_per_vector: float
    ledger: Mapping[str, float]
    state_bytes: Mapping[str, int]
    encoding_only: tuple[str, ...]
    fit_seconds: float
    encode_seconds: float
    queries_per_second: float
    batch_queries_per_second: float
    float_queries_per_second: float
    float_batch_queries_per_second: float
    looked: float
    limit_recall: float | None = None
    one_recall: Floats | None = None
    average_precision: Floats | None = None
    judged_recall: Floats | None = None
    spearman: Floats | None = None
    kendall: Floats | None = None
    error: float | None = None
    cosine: float | None = None

    @property
    def plan(self) -> str:
        return self.trial.plan

    @property
    def k(self) -> int:
        return self.trial.k

    def overhead(self, rows: int | None = None, searching: bool = False) -> float:
        """Learned bytes per vector when shared by `rows` vectors (default: those measured)."""
        skip = self.encoding_only if searching else ()
        return sum(v for name, v in self.state_bytes.items() if name not in skip) / (rows or self.n)


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Budget:
    """What may be spent and what must be reached; None sets no limit. `core.recommend.budget` reads it and checks it.

    bytes_per_vector: codes and side information, rerank codes included. ratio: float32's bytes over those, at least.
    rows: vectors that there will be. memory, disk: bytes for all of them, codebooks included, at most.
    recall: recall@k to reach. ndcg: share of float32's nDCG@10 to keep. looked: rows scored per query, at most.
    """

    bytes_per_vector: float | None = None
    ratio: float | None = None
    rows: int | None = None
    memory: float | None = None
    disk: float | None = None
    recall: float | None = None
    ndcg: float | None = None
    looked: float | None = None


@dataclass(frozen=True)
class Rival:
    """A plan beside the one that was taken. gap: its recall less the other's, paired; memory: bytes at that size.

    doubt: '' where the two can be told apart, else the words that say they cannot. reason: why it was not taken.
    """

    plan: str
    bytes_per_vector: float
    memory: float
    recall: Interval
    gap: Interval
    doubt: str
    reason: str


@dataclass(frozen=True)
class Advice:
    """A plan for a budget, with the evidence; every recall is of the queries that did not choose.

    recall: what the choice was made by: of rows that were learned from, or, `grows`, of rows that were not.
    known, unseen: both, the latter None where it was not measured. alike: plans that cannot be told from this one.
    memory, disk, pipeline: bytes at `rows` vectors. on_disk: rerank codes are read from there.
    met: whether what was asked for is reached. wanted: '' then, else what is missing, in a sentence.
    refused: plan -> why it was not taken. changes: what would change the answer, a sentence each.
    """

    plan: str
    bytes_per_vector: float
    overhead_per_vector: float
    recall: Interval
    runners_up: tuple[str, ...]
    refused: Mapping[str, str]
    why: str
    k: int = 10
    n: int = 0
    rows: int = 0
    on_disk: bool = False
    memory: float = 0.0
    disk: float = 0.0
    pipeline: float = 0.0
    known: Interval | None = None
    unseen: Interval | None = None
    grows: bool = False
    alike: tuple[str, ...] = ()
    rivals: tuple[Rival, ...] = ()
    changes: tuple[str, ...] = ()
    met: bool = True
    wanted: str = ""
