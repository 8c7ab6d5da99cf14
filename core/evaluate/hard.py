"""Where a plan fails: how many of its true neighbours each query finds, and which it loses.

A mean of 0.90 can be nine of ten for everybody, or all for most and nothing for some.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluate.answer import built
from core.evaluate.measure import Shared, answers
from core.evaluate.metrics import recall
from core.evaluate.results import MEASURE
from core.evaluate.truth import distinct
from core.kernels import top
from core.plan import parse
from core.store import Store, digest
from core.types import Floats, Ids, Rows, Scores

WORSE = 0.5  # recall below which a query counts as lost
WORST = 0.1  # share of the queries whose mean is told by itself
BLOCK = 1024  # documents whose nearest other document is looked for at once


@dataclass(frozen=True)
class Neighbours:
    """What there is to find. ids, scores (q, k + 1): exact neighbours, falling, and the first that is none.

    lists (n,): in how many queries' true k a document is. twin (n,): inner product of a document that is in any with
    the nearest other document; NaN for those that are in none, which are not looked at.
    """

    k: int
    ids: Ids
    scores: Scores
    lists: NDArray[np.int64]
    twin: Floats

    @property
    def true(self) -> Ids:
        """The k exact neighbours of each query."""
        return self.ids[:, : self.k]

    @property
    def gap(self) -> Floats:
        """Score of the k-th neighbour less that of the next (q,): near 0 they nearly tie."""
        return np.asarray(self.scores[:, self.k - 1] - self.scores[:, -1], np.float64)


@dataclass(frozen=True)
class Found:
    """What a plan found. recall (q,): tie-tolerant recall@k. ids (q, k): its answers, −1 where there is none."""

    plan: str
    recall: Floats
    ids: Ids

    def kept(self, near: Neighbours) -> NDArray[np.bool_]:
        """Which of the true neighbours (q, k) are among the answers, by number: of near ties either one may be."""
        return np.stack([np.isin(a, b) for a, b in zip(near.true, distinct(self.ids), strict=True)])

    @property
    def below(self) -> float:
        """Share of the queries whose recall is below a half."""
        return float((self.recall < WORSE).mean())

    @property
    def worst_tenth(self) -> float:
        """Mean recall of the worst tenth of the queries, one at least."""
        return float(np.sort(self.recall)[: max(1, round(WORST * len(self.recall)))].mean())

    @property
    def steps(self) -> tuple[Floats, Floats]:
        """Each recall that occurs, rising, and the share of the queries that reach no more."""
        values, counts = np.unique(self.recall.round(6), return_counts=True)
        return values, np.cumsum(counts) / len(self.recall)

    def worst(self, many: int) -> list[int]:
        """Numbers of the worst queries, the worst first, equals in their order."""
        return [int(i) for i in np.argsort(self.recall, kind="stable")[:many]]


def neighbours(store: Store, shared: Shared, k: int) -> Neighbours:
    """Exact neighbours of the held-out queries, how many lists each document is in, and its twin; kept in the store."""
    docs = shared.vectors.docs
    k = min(k, len(docs) - 1)

    def make() -> Mapping[str, NDArray[np.generic]]:
        near = shared.truth(k + 1)
        lists = np.bincount(near.ids[:, :k].ravel(), minlength=len(docs))
        return {"ids": near.ids, "scores": near.scores, "lists": lists, "twin": _twins(docs, lists)}

    kept = store.remember(f"neighbours-{digest(shared.vectors.fingerprint, k, MEASURE)}", make)
    return Neighbours(k, kept["ids"], kept["scores"], kept["lists"], kept["twin"])


def found(store: Store, shared: Shared, plan: str, k: int) -> Found:
    """What this plan finds for every held-out query; kept in the store. PlanError for a plan that cannot be read."""
    recipe, v = parse(plan), shared.vectors
    k = min(k, len(v.docs) - 1)

    def make() -> Mapping[str, NDArray[np.generic]]:
        ids = answers(built(store, shared, str(recipe)).search, v.queries, k).ids
        return {"ids": ids, "recall": recall(ids, shared.truth(k), v.docs, v.queries, k)}

    kept = store.remember(f"found-{digest(v.fingerprint, str(recipe), recipe.version, k, shared.seed, MEASURE)}", make)
    return Found(str(recipe), kept["recall"], kept["ids"])


def _twins(docs: Rows, lists: NDArray[np.int64]) -> Floats:
    out = np.full(len(docs), np.nan)
    asked = np.flatnonzero(lists)
    for at in range(0, len(asked), BLOCK):
        rows = asked[at : at + BLOCK]
        scores = docs[rows] @ docs.T
        scores[np.arange(len(rows)), rows] = -np.inf
        out[rows] = top(scores, 1)[1][:, 0]
    return out
