"""Look at every row: a codec's compiled scan where it has one, blocks of scores where it has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.kernels import top
from core.search.view import Index, View
from core.types import Hits, State

BLOCK = 8192  # rows scored at a time


@dataclass(frozen=True)
class Flat(Index):
    """Exhaustive search; nothing is lost that the codes have kept."""

    name: ClassVar[str] = "flat"
    examples: ClassVar[tuple[str, ...]] = ("flat",)

    def find(self, s: State, view: View, k: int) -> Hits:
        return view.scan(view.queries, k) if view.scan else by_blocks(view, k)


def by_blocks(view: View, k: int) -> Hits:
    """The k best by `scorer`, block after block; equal scores go to the lower id."""
    k, scorer = min(k, view.rows), view.scorer()
    ids = np.empty((len(view.queries), 0), np.int64)
    scores = np.empty((len(view.queries), 0), np.float32)
    for start in range(0, view.rows, BLOCK):
        block = view.block(scorer, start, min(start + BLOCK, view.rows))
        found, best = top(block, k)
        ids, scores = np.hstack([ids, found + start]), np.hstack([scores, best])
        order, scores = top(scores, k)
        ids = np.take_along_axis(ids, order, 1)
    return Hits(ids, scores, float(view.rows))
