"""The one oracle: exact nearest documents by inner product in float32; it judges every codec; none judges itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types import Ids, Rows, Scores

DOCUMENTS, QUERIES = 4096, 1024  # scores held at once: 16 MiB


@dataclass(frozen=True)
class Truth:
    """Exact neighbours. ids: int64 (q, k), −1 where there are fewer documents; scores: float32 (q, k), falling."""

    ids: Ids
    scores: Scores


def truth(docs: Rows, queries: Rows, k: int) -> Truth:
    """The k of documents (n, d) of largest inner product with each query (q, d); of equal scores the lower id first."""
    return nearest((docs[at : at + DOCUMENTS] for at in range(0, len(docs), DOCUMENTS)), queries, k)


def nearest(blocks: Iterable[Rows], queries: Rows, k: int) -> Truth:
    """As `truth`, over documents that arrive in consecutive blocks of rows."""
    parts = [_Best.of(queries[at : at + QUERIES], k) for at in range(0, len(queries), QUERIES)]
    first = 0
    for rows in blocks:
        for best in parts:
            best.meet(rows, first)
        first += len(rows)
    ids, scores = np.full((len(queries), k), -1, np.int64), np.full((len(queries), k), -np.inf, np.float32)
    for i, best in enumerate(parts):
        at = (i * QUERIES + best.row, best.rank())
        ids[at], scores[at] = best.ids, best.scores
    return Truth(ids, scores)


def exact(docs: Rows, queries: Rows, ids: Ids) -> Scores:
    """Inner products float32 (q, k) of each query with its own ids (q, k); -inf where an id is negative."""
    out = np.empty(ids.shape, np.float32)
    step = max(1, QUERIES * 16 // max(1, ids.shape[1]))
    for at in range(0, len(ids), step):
        some = slice(at, at + step)
        np.einsum("qkd,qd->qk", docs[np.maximum(ids[some], 0)], queries[some], out=out[some])
    out[ids < 0] = -np.inf
    return out


def distinct(ids: Ids) -> Ids:
    """The same ids (q, k) with every repetition within a row replaced by -1: an answer counts once."""
    order = np.argsort(ids, axis=1, kind="stable")
    rising = np.take_along_axis(ids, order, 1)
    rising[:, 1:][rising[:, 1:] == rising[:, :-1]] = -1
    out = np.empty_like(ids)
    np.put_along_axis(out, order, rising, 1)
    return out


@dataclass
class _Best:
    """The best k so far of some queries, as flat lists sorted by query, falling score and rising id."""

    queries: Rows
    k: int
    row: NDArray[np.int64]
    ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    floor: NDArray[np.float32]  # (q, 1), what a newcomer must reach

    @classmethod
    def of(cls, queries: Rows, k: int) -> _Best:
        none, floor = np.empty(0, np.int64), np.full((len(queries), 1), -np.inf, np.float32)
        return cls(queries, k, none, none, np.empty(0, np.float32), floor)

    def meet(self, rows: Rows, first: int) -> None:
        """Let a block of documents, the first of which has the id `first`, compete."""
        scores = self.queries @ rows.T
        if not len(self.row) and len(rows) > self.k:
            self.floor = np.partition(scores, len(rows) - self.k, axis=1)[:, len(rows) - self.k, None].copy()
        row, column = np.nonzero(scores >= self.floor)
        row, ids = np.concatenate([self.row, row]), np.concatenate([self.ids, column + first])
        found = np.concatenate([self.scores, scores[row[len(self.row) :], column]])
        order = np.lexsort((ids, -found, row))
        self.row, self.ids, self.scores = row[order], ids[order], found[order]
        keep = self.rank() < self.k
        self.row, self.ids, self.scores = self.row[keep], self.ids[keep], self.scores[keep]
        last = self.rank() == self.k - 1
        self.floor[self.row[last], 0] = self.scores[last]

    def rank(self) -> NDArray[np.int64]:
        """Place of each entry within its query."""
        return np.arange(len(self.row)) - np.searchsorted(self.row, self.row)
