"""Whether queries are another kind of vector than documents: how far apart, how easily told, how close they come."""

from __future__ import annotations

import numpy as np

from core.types import Floats, Rows

RIDGE = 0.1  # of the mean variance: steadies the covariance of few queries


def distance_of_means(docs: Rows, queries: Rows) -> float:
    """Length of the difference of the two means."""
    return float(np.linalg.norm(docs.mean(0, dtype=np.float64) - queries.mean(0, dtype=np.float64)))


def separation(docs: Rows, queries: Rows, rng: np.random.Generator) -> float:
    """How well a line tells queries from documents: AUC of Fisher's discriminant, learned on one half of each and
    asked of the other. 0.5 is not at all, 1 without a mistake.
    """
    a, b = _halves(docs, rng), _halves(queries, rng)
    mine = [half.astype(np.float64) for half in (a[0], b[0])]
    gap = mine[1].mean(0) - mine[0].mean(0)
    within = sum(np.cov(half.T) for half in mine) / 2
    ridge = RIDGE * np.trace(within) / len(gap) * np.eye(len(gap))
    line = np.linalg.solve(within + ridge, gap)
    return auc(b[1].astype(np.float64) @ line, a[1].astype(np.float64) @ line)


def auc(above: Floats, below: Floats) -> float:
    """Share of pairs in which the one of `above` (m,) is larger than the one of `below` (n,); ties count half."""
    order = np.sort(below)
    wins = (np.searchsorted(order, above) + np.searchsorted(order, above, side="right")) / 2
    return float(wins.mean() / len(order))


def _halves(x: Rows, rng: np.random.Generator) -> tuple[Rows, Rows]:
    order = rng.permutation(len(x))
    return x[order[: len(x) // 2]], x[order[len(x) // 2 :]]
