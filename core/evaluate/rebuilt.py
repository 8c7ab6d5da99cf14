"""Recall at many corpus sizes for a plan with an index: built anew over each random part, and searched as it is.

What an index leads to in a part of the corpus does not follow from where it leads in the whole, so ranked lists cannot
be walked as core.evaluate.thin does. Its own numbers (lists, probes, links, beam) stay as the plan writes them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.evaluate.metrics import recall
from core.evaluate.thin import Grid
from core.evaluate.truth import truth
from core.kernels import Ints
from core.search.built import Built, decoded
from core.search.flat import Flat
from core.types import Floats, Rows

PARTS = 4  # of one size that are built and searched, at most


def over(built: Built, rows: Rows, seed: int = 0) -> Built:
    """The same codebooks over other rows (n, d), which are coded, and the index built anew over them."""
    again = (built.rerank[0], built.rerank[0].encode(rows)) if built.rerank else None
    return _indexed(replace(built, codes=built.codebook.encode(rows), rerank=again), seed)


def within(built: Built, inside: Ints, seed: int = 0) -> Built:
    """A part of the documents, by number (m,): their codes as they are, and the index built anew over them."""
    again = (built.rerank[0], built.rerank[1][inside]) if built.rerank else None
    return _indexed(replace(built, codes=built.codes[inside], rerank=again), seed)


def _indexed(built: Built, seed: int) -> Built:
    if built.plan.index == Flat():
        return built
    return replace(built, index=built.plan.index.fit(decoded(built.codebook, built.codes), seed))


def recall_at(built: Built, docs: Rows, queries: Rows, grid: Grid, seed: int = 0) -> Floats:
    """Tie-tolerant recall@k (q, pairs) for each (k, documents) of the grid, the mean over parts of that size."""
    out = np.zeros((len(queries), len(grid)))
    for size in sorted({size for _, size in grid}):
        place = np.random.default_rng([seed, size]).permutation(len(docs)) // size
        parts = min(PARTS, len(docs) // size)
        wanted = [(j, k) for j, (k, n) in enumerate(grid) if n == size]
        for part in range(parts):
            inside = np.flatnonzero(place == part)
            made, some = within(built, inside, seed) if size < len(docs) else built, docs[inside]
            true = truth(some, queries, max(k for _, k in wanted))
            for j, k in wanted:
                out[:, j] += recall(made.search(queries, k).ids, true, some, queries, k) / parts
    return out
