"""One trial, measured: build the plan, ask it the held-out queries, and write down what it cost and what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from core.errors import DataError
from core.evaluate.fidelity import Fidelity, Probe, fidelity, probe
from core.evaluate.judged import JUDGED_AT, Judged
from core.evaluate.metrics import one_recall, recall
from core.evaluate.speed import Search, speed
from core.evaluate.truth import Truth, truth
from core.kernels import top
from core.plan import parse
from core.scan import in_blocks
from core.search.built import Built, build, train_for
from core.types import Hits, Progress, Result, Rows, Train, Trial, Vectors, silent

Keep = Callable[[Built], None]

ASKED = 256  # queries at once, so that their tables stay small


@dataclass
class Shared:
    """What the trials of one sweep share, learned once: the truth for each k, moments and maps, float32 flat."""

    vectors: Vectors
    seed: int = 0
    progress: Progress = silent  # told by training that takes long
    learn: Rows | None = None  # rows to learn from, where they are not those that are searched
    label: str = ""  # what results are filed under: the vectors' fingerprint, unless they are learned apart
    train: Train = field(init=False)
    _truths: dict[int, Truth] = field(default_factory=dict, init=False)
    _probe: Probe | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if not len(self.vectors.queries):
            raise DataError(
                "Quality is measured on held-out queries, got none; bring queries or hold some documents out."
            )
        self.label = self.label or self.vectors.fingerprint
        taught = self.vectors if self.learn is None else replace(self.vectors, docs=self.learn)
        self.train = replace(train_for(taught, self.seed), progress=self.progress)

    def truth(self, k: int) -> Truth:
        """Exact neighbours of the held-out queries."""
        if k not in self._truths:
            self._truths[k] = truth(self.vectors.docs, self.vectors.queries, k)
        return self._truths[k]

    def probe(self) -> Probe:
        """The queries and rows on which the fidelity of codes is tried."""
        self._probe = self._probe or probe(self.vectors, self.seed)
        return self._probe

    def floats(self, queries: Rows, k: int) -> Hits:
        """Exhaustive float32 search: what speeds are compared with."""
        ids, scores = top(queries @ self.vectors.docs.T, k)
        return Hits(ids, scores, float(len(self.vectors.docs)))


def measure(vectors: Vectors, trial: Trial, shared: Shared, keep: Keep | None = None) -> Result:
    """The answer to a trial on all held-out queries. ThinvecError when the plan cannot be read or fitted to them.

    `keep` is given the fitted plan, for those who want more of it than its figures.
    """
    plan = parse(trial.plan)
    built = build(plan, shared.train, vectors.docs)
    if keep:
        keep(built)
    hits = answers(built.search, vectors.queries, trial.k)
    truth, faithful = shared.truth(trial.k), _faithful(built, shared)
    ours, floats = speed([built.search, shared.floats], vectors.queries, trial.k)
    return Result(
        trial=trial,
        n=len(vectors.docs),
        dim=vectors.dim,
        recall=recall(hits.ids, truth, vectors.docs, vectors.queries, trial.k),
        one_recall=one_recall(hits.ids, truth, vectors.docs, vectors.queries, trial.k),
        **vars(_judged(built, hits, vectors, trial.k)),
        **vars(faithful),
        **costs(built),
        queries_per_second=ours.single,
        batch_queries_per_second=ours.batch,
        float_queries_per_second=floats.single,
        float_batch_queries_per_second=floats.batch,
        looked=hits.looked,
    )


def costs(built: Built) -> dict[str, Any]:
    """The fields of a Result that a fitted plan knows by itself: its bytes, and the seconds it took."""
    dim = built.codebook.dim
    return {
        "bytes_per_vector": float(built.plan.nbytes(dim)),
        "ledger": built.plan.ledger(dim),
        "state_bytes": built.state_bytes,
        "encoding_only": built.encoding_only,
        "fit_seconds": built.fit_seconds,
        "encode_seconds": built.encode_seconds,
    }


def answers(search: Search, queries: Rows, k: int) -> Hits:
    """The hits of all queries (q, d), asked a few hundred at a time."""
    return in_blocks(lambda part: search(part, k), queries, ASKED)


def _judged(built: Built, hits: Hits, vectors: Vectors, k: int) -> Judged:
    """Figures by judgements, where there are any; ten answers are searched for again where k is fewer."""
    if not (vectors.qrels[:, 2] > 0).any():
        return Judged()
    ten = hits if k >= JUDGED_AT else answers(built.search, vectors.queries, JUDGED_AT)
    return Judged.of(hits.ids, ten.ids, vectors.qrels, k)


def _faithful(built: Built, shared: Shared) -> Fidelity:
    """Of the codes that have the last word: a reranker's, where there is one."""
    book, codes = built.rerank or (built.codebook, built.codes)
    return fidelity(book, codes, shared.vectors.docs, shared.probe())
