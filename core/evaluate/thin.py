"""Recall at many corpus sizes from one scoring pass: to search a random part of the documents, walk the ranked lists.

A part of the corpus keeps the order of its documents, exact and coded, so its k nearest are the first k of each list
that belong to it. Parts of one size are disjoint: together they hold all documents, or many of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ThinvecError
from core.evaluate.metrics import EPS
from core.kernels import top
from core.search.built import Built
from core.types import Floats, Ids, Rows, Scores

ASKED = 128  # queries scored at once
BLOCK = 8192  # documents scored at once
PARTS = 16  # of one size that are searched, at most

Grid = Sequence[tuple[int, int]]  # (k, documents searched)


@dataclass(frozen=True)
class Lists:
    """Documents of each query in falling order, as deep as the smallest part asks for.

    exact (q, a): ids in the exact order, `true` their scores. found (q, b): ids in the order of the codes, `worth`
    their exact scores. again (q, b): their scores by the reranker, None where the plan has none.
    """

    documents: int
    exact: Ids
    true: Scores
    found: Ids
    worth: Scores
    again: Scores | None


def ranked(built: Built, docs: Rows, queries: Rows, grid: Grid) -> Lists:
    """Lists of the documents (n, d) that `built` has coded, deep enough for every (k, documents) of the grid."""
    n, rows = len(docs), []
    deep, deeper = (
        min(n, max(math.ceil(_enough(times * k) * n / size) for k, size in grid))
        for times in (1, max(1, built.plan.keep))
    )
    for at in range(0, len(queries), ASKED):
        asked = queries[at : at + ASKED]
        scores = asked @ docs.T
        exact, true = top(scores, deep)
        found, _ = top(_scores(built, asked, rerank=False), deeper)
        again = [np.take_along_axis(_scores(built, asked, rerank=True), found, 1)] if built.rerank else []
        rows.append((exact, true, found, np.take_along_axis(scores, found, 1), *again))
    exact, true, found, worth, *again = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Lists(n, exact, true, found, worth, again[0] if again else None)


def recall_at(lists: Lists, grid: Grid, keep: int = 1, seed: int = 0) -> Floats:
    """Tie-tolerant recall@k (q, pairs) for each (k, documents) of the grid, the mean over parts of that size."""
    out = np.zeros((len(lists.exact), len(grid)))
    for size in sorted({size for _, size in grid}):
        place = np.random.default_rng([seed, size]).permutation(lists.documents) // size
        parts = min(PARTS, lists.documents // size)
        wanted = [j for j, (_, n) in enumerate(grid) if n == size]
        for part in range(parts):
            found = searched(lists, place == part, [grid[j][0] for j in wanted], keep)
            out[:, wanted] += np.stack(list(found), axis=1) / parts
    return out


def searched(lists: Lists, inside: NDArray[np.bool_], ks: Sequence[int], keep: int = 1) -> Iterator[Floats]:
    """Recall@k (q,) for each k when only the documents `inside` (n,) are searched."""
    mine = inside[lists.found]
    true_rank, rank = np.cumsum(inside[lists.exact], axis=1), np.cumsum(mine, axis=1)
    for k in ks:
        if min(true_rank[:, -1].min(), rank[:, -1].min()) < k:
            raise ThinvecError(f"A part has fewer than {k} of the ranked documents; measure on larger parts.")
        bar = np.take_along_axis(lists.true, (true_rank >= k).argmax(1)[:, None], 1) - np.float32(EPS)
        taken = mine & (rank <= (k if lists.again is None else keep * k))
        if lists.again is not None:
            best = np.argsort(np.where(taken, -lists.again, np.inf), axis=1, kind="stable")[:, :k]
            taken = np.zeros_like(taken)
            np.put_along_axis(taken, best, True, 1)
        yield np.asarray((taken & (lists.worth >= bar)).sum(1) / k, np.float64)


def _enough(k: int) -> float:
    """How many ranked documents of a part to expect, so that fewer than k do not happen."""
    return k + 6 * math.sqrt(k) + 20


def _scores(built: Built, queries: Rows, rerank: bool) -> Scores:
    """Scores (m, n) of all documents by the codes that are searched, or by those that are looked at again."""
    book, codes = built.rerank if rerank and built.rerank else (built.codebook, built.codes)
    scorer = book.scorer(queries)
    return np.concatenate([scorer(codes[at : at + BLOCK]) for at in range(0, len(codes), BLOCK)], axis=1)
