"""Quality by people's judgements: what a searcher gains, whatever the exact neighbours are.

As trec_eval counts: a document that nobody judged is not relevant, grades above zero are, gain is the grade itself.
Only queries that have a relevant document are scored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluate.truth import distinct
from core.types import Floats, Ids

JUDGED_AT = 10  # nDCG@10, MRR@10 and MAP@10, whatever k


@dataclass(frozen=True)
class Judged:
    """What judgements say of a search, of each judged query (j,); None where there are none."""

    ndcg: Floats | None = None
    mrr: Floats | None = None
    average_precision: Floats | None = None
    judged_recall: Floats | None = None

    @classmethod
    def of(cls, ids: Ids, ten: Ids, qrels: NDArray[np.int64], k: int) -> Judged:
        """From the k answers (q, k) and the first ten (q, ≥ 10) in rank order; qrels as below."""
        at_ten = ndcg(ten, qrels), mrr(ten, qrels), average_precision(ten, qrels)
        return cls(*at_ten, judged_recall(ids, qrels, k))


def judged(qrels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers of the queries that have a relevant document (grade > 0), rising: the rows of every figure here."""
    return np.unique(qrels[qrels[:, 2] > 0, 0])


def ndcg(ids: Ids, qrels: NDArray[np.int64], k: int = JUDGED_AT) -> Floats:
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


def mrr(ids: Ids, qrels: NDArray[np.int64], k: int = JUDGED_AT) -> Floats:
    """Reciprocal rank of the first relevant answer among k, 0 if there is none, of each judged query (j,)."""
    relevant = _grades(ids, qrels, k) > 0
    return np.where(relevant.any(1), 1 / (relevant.argmax(1) + 1), 0.0) if relevant.size else np.zeros(len(relevant))


def average_precision(ids: Ids, qrels: NDArray[np.int64], k: int = JUDGED_AT) -> Floats:
    """Average precision of the first k answers to each judged query (j,), as trec_eval's map_cut.

    The precisions at the ranks of relevant answers, added up, over the number of relevant documents there are.
    """
    relevant = _grades(ids, qrels, k) > 0
    precision = np.cumsum(relevant, 1) / np.arange(1, relevant.shape[1] + 1)
    return np.asarray((precision * relevant).sum(1) / _relevant(qrels), np.float64)


def judged_recall(ids: Ids, qrels: NDArray[np.int64], k: int) -> Floats:
    """The share of the relevant documents among the first k answers, of each judged query (j,)."""
    found = (_grades(ids, qrels, k) > 0).sum(1)
    return np.asarray(found / _relevant(qrels), np.float64)


def _relevant(qrels: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many documents are relevant to each judged query (j,)."""
    return np.unique(_positive(qrels)[:, 0], return_counts=True)[1]


def _grades(ids: Ids, qrels: NDArray[np.int64], k: int) -> Floats:
    """Grades (j, ≤ k) of the answers to judged queries; 0 for the unjudged, for −1 and for repetitions."""
    rows = judged(qrels)
    found = distinct(ids[rows, :k])
    pairs = _positive(qrels)
    width = int(max(found.max(initial=0), pairs[:, 1].max(initial=0))) + 1
    known = pairs[:, 0] * width + pairs[:, 1]  # rising, as the pairs are
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
