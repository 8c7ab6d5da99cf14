"""What the figures mean: each metric declared once, for axes, tooltips and tables; three are computed here."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ThinvecError
from core.evaluate.truth import Truth, distinct, exact
from core.types import Floats, Ids, Rows

EPS = 1e-3  # inner product of unit vectors; 1e-3 is a difference of 2e-3 in squared distance


@dataclass(frozen=True)
class Metric:
    """How a figure is named, which way is better, where it ends and what it is, in one sentence."""

    label: str  # "{k}" stands for the k asked for
    better: str  # "higher", "lower", or "" where neither is
    definition: str
    unit: str = ""
    low: float = 0.0
    high: float = math.inf

    def title(self, k: int = 10) -> str:
        return self.label.format(k=k)

    def explained(self, k: int = 10) -> str:
        return self.definition.format(k=k)


METRICS: dict[str, Metric] = {  # by attribute of Result
    "recall": Metric(
        "recall@{k}",
        "higher",
        "k-recall@k: the share of {k} answers whose exact score reaches that of the true {k}th neighbour in float32, "
        "less 0.001 so that near ties count.",
        high=1.0,
    ),
    "ndcg": Metric(
        "nDCG@10",
        "higher",
        "Discounted cumulative gain of the first ten answers over the best possible, linear gain, judged queries only.",
        high=1.0,
    ),
    "mrr": Metric(
        "MRR@10",
        "higher",
        "One over the rank of the first relevant answer, zero when it is not among ten; mean over judged queries.",
        high=1.0,
    ),
    "bytes_per_vector": Metric(
        "bytes per vector", "lower", "Codes and side information, codes for looking again included.", "B"
    ),
    "overhead": Metric(
        "overhead per vector", "lower", "Codebooks and maps, shared out over the vectors that use them.", "B"
    ),
    "queries_per_second": Metric(
        "queries/s, one at a time", "higher", "One thread, one query at a time, from the median time.", "1/s"
    ),
    "batch_queries_per_second": Metric(
        "queries/s, batched", "higher", "One thread, up to 100 queries at once, from the median time.", "1/s"
    ),
    "fit_seconds": Metric(
        "time to fit", "lower", "Learning codebooks and maps, as if this plan were the only one.", "s"
    ),
    "encode_seconds": Metric("time to encode", "lower", "Turning every document into its code.", "s"),
    "looked": Metric("rows looked at", "lower", "Rows scored per query, of all there are.", "rows"),
    "limit_recall": Metric(
        "Gaussian rate–distortion line",
        "",
        "What an ideal code would reach if the data were Gaussian. Real data can lie on either side; it is not "
        "a bound.",
        high=1.0,
    ),
}


def recall(ids: Ids, truth: Truth, docs: Rows, queries: Rows, k: int, eps: float = EPS) -> Floats:
    """Tie-tolerant k-recall@k per query (q,), in [0, 1].

    An answer among the first k counts when its exact score, recomputed here from docs (n, d) and queries (q, d), is at
    least that of the true k-th neighbour − eps. eps is absolute, for unit vectors (ann-benchmarks multiplies distances
    by 1 + eps instead). Ids of −1 and repetitions never count. With fewer than k documents, k is their number.
    """
    if truth.ids.shape[1] < k:
        raise ThinvecError(f"recall@{k} needs {k} true neighbours, got {truth.ids.shape[1]}; ask for that many.")
    wanted = int((truth.ids[:1, :k] >= 0).sum()) or 1
    threshold = exact(docs, queries, truth.ids[:, wanted - 1 : wanted])
    scores = exact(docs, queries, distinct(ids[:, :k]))
    hit: NDArray[np.bool_] = scores >= threshold - np.float32(eps)
    return np.asarray(np.minimum(hit.sum(1) / wanted, 1.0), np.float64)


def judged(qrels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers of the queries that have a relevant document (grade > 0), rising: the rows of `ndcg` and `mrr`."""
    return np.unique(qrels[qrels[:, 2] > 0, 0])


def ndcg(ids: Ids, qrels: NDArray[np.int64], k: int = 10) -> Floats:
    """nDCG@k of each judged query (j,): gain is the grade, discount log2(rank + 1), as trec_eval's ndcg_cut.

    ids (q, k') in rank order; qrels (m, 3) rows of query, document, grade.
    """
    gains = _grades(ids, qrels, k)
    rows = judged(qrels)
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.zeros((len(rows), k))
    best = _positive(qrels)
    best = best[np.lexsort((-best[:, 2], best[:, 0]))]
    row = np.searchsorted(rows, best[:, 0])
    rank = np.arange(len(best)) - np.searchsorted(best[:, 0], best[:, 0])
    ideal[row[rank < k], rank[rank < k]] = best[rank < k, 2]
    return (gains @ discount[: gains.shape[1]]) / (ideal @ discount)


def mrr(ids: Ids, qrels: NDArray[np.int64], k: int = 10) -> Floats:
    """Reciprocal rank of the first relevant answer among k, 0 if there is none, of each judged query (j,)."""
    relevant = _grades(ids, qrels, k) > 0
    return np.where(relevant.any(1), 1 / (relevant.argmax(1) + 1), 0.0) if relevant.size else np.zeros(len(relevant))


def _grades(ids: Ids, qrels: NDArray[np.int64], k: int) -> Floats:
    """Grades (j, ≤ k) of the answers to judged queries; 0 for the unjudged, for −1 and for repetitions."""
    rows = judged(qrels)
    found = distinct(ids[rows, :k])
    pairs = _positive(qrels)
    width = int(max(found.max(initial=0), pairs[:, 1].max(initial=0))) + 1
    known = pairs[:, 0] * width + pairs[:, 1]  # rising, as np.unique left the pairs
    if not len(known):
        return np.zeros(found.shape)
    asked = rows[:, None] * width + found
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where((known[at] == asked) & (found >= 0), pairs[at, 2], 0).astype(np.float64)


def _positive(qrels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Judgements of grade > 0, sorted by query and document; of two about the same pair the higher grade stays."""
    rising = qrels[qrels[:, 2] > 0]
    rising = rising[np.lexsort((rising[:, 2], rising[:, 1], rising[:, 0]))]
    last = np.ones(len(rising), bool)
    last[:-1] = (rising[1:, :2] != rising[:-1, :2]).any(1)
    return rising[last]
