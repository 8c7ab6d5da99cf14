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
    """

    name: str
    texts: tuple[str, ...]
    queries: tuple[str, ...]
    train_queries: tuple[str, ...] = ()
    qrels: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 3), np.int64))
    query_source: str = "given"
    ids: tuple[str, ...] = ()

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

    recall (q,): tie-tolerant k-recall@k. ndcg, mrr (j,): @10, over judged queries, None without judgements.
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
    """What may be spent: bytes per vector, codes and side information."""

    bytes_per_vector: float


@dataclass(frozen=True)
class Advice:
    """A plan for a budget, with the evidence. `refused` maps a plan to the reason why it was not taken."""

    plan: str
    bytes_per_vector: float
    overhead_per_vector: float
    recall: Interval
    runners_up: tuple[str, ...]
    refused: Mapping[str, str]
    why: str
