"""A view is the corpus as these queries see it: scores of a block of rows, or of chosen rows.

An index decides which rows, a codec knows how close; the view is all that passes between them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.compress.codebook import Codebook
from core.scan_rows import Reader, Reading, in_turns, score_each
from core.stage import Stage
from core.types import Codes, Hits, Ids, Rows, Scanner, Scorer, Scores, State

Picker = Callable[[Ids], Scores]

MOST, TOGETHER = 8, 256  # queries, and rows, that `pick` gives to a codec at once: few rows cost as much as many
OFTEN, HELD = 8, 1 << 26  # times that a row is met before all are scored once, and scores that are then held


@dataclass(frozen=True)
class View:
    """Codes of n rows seen by m queries."""

    codebook: Codebook
    codes: Codes
    queries: Rows
    scan: Scanner | None = None  # the compiled top-k over these codes, where there is one
    reader: Reader | None = None  # compiled scores of single rows, where there are some

    @property
    def rows(self) -> int:
        return len(self.codes)

    def by(self, chosen: NDArray[np.int64]) -> View:
        """The same corpus as only some of the queries see it."""
        return replace(self, queries=np.ascontiguousarray(self.queries[chosen]))

    def scorer(self) -> Scorer:
        return self.codebook.scorer(self.queries)

    def block(self, scorer: Scorer, start: int, stop: int) -> Scores:
        """Scores (m, stop − start) of consecutive rows."""
        return scorer(self.codes[start:stop])

    def scores(self, rows: NDArray[np.int64]) -> Scores:
        """Scores (m, r) of every query with the same chosen rows (r,)."""
        return self.scorer()(self.codes[rows])

    def pick(self, ids: Ids) -> Scores:
        """Scores (m, r) of each query with its own rows; −inf where an id is −1."""
        return in_turns(self.reader, self.queries, ids) if self.reader else self.picker(ids.shape[1])(ids)

    def reading(self, expected: int) -> Reading | None:
        """Compiled scores of single rows: the codec's own, or of every row where queries will meet most; else None."""
        if self.reader:
            return self.reader(self.queries)
        return Reading(np.arange(self.rows), self._all_scores()) if self._often(expected) else None

    def picker(self, expected: int) -> Picker:
        """`pick` for those who ask again and again, for about so many rows per query in all.

        Where queries will meet the same rows many times over, every row is scored once; else rows are scored as asked.
        """
        if not self._often(expected):
            return self._scored_as_asked()
        known = Reading(np.arange(self.rows), self._all_scores())
        return lambda ids: score_each(known, ids)

    def _often(self, expected: int) -> bool:
        m, n = len(self.queries), self.rows
        return m * expected >= OFTEN * n and m * n <= HELD

    def _all_scores(self) -> Scores:
        scorer, step = self.scorer(), 8192
        parts = [self.block(scorer, a, min(a + step, self.rows)) for a in range(0, self.rows, step)]
        return np.concatenate(parts, axis=1)

    def _scored_as_asked(self) -> Picker:
        scorers: dict[int, list[Scorer]] = {}

        def run(ids: Ids) -> Scores:
            m, r = ids.shape
            some = min(MOST, max(1, TOGETHER // max(1, r)))  # queries whose rows are decoded together
            if some not in scorers:
                scorers[some] = [self.codebook.scorer(self.queries[a : a + some]) for a in range(0, m, some)]
            out = np.full(ids.shape, -np.inf, np.float32)
            for i, scorer in enumerate(scorers[some]):
                own = ids[i * some : (i + 1) * some]
                query, place = np.nonzero(own >= 0)
                if len(query):
                    scores = scorer(self.codes[own[query, place]])
                    out[i * some + query, place] = scores[query, np.arange(len(query))]
            return out

        return run


class Index(Stage):
    """Which rows are looked at. `looked` in its hits counts rows whose codes were scored, each once per query."""

    shared: ClassVar[tuple[str, ...]] = ()  # arrays of a size that does not grow with the rows
    steady: ClassVar[bool] = True  # what it loses in a small corpus tells what it loses in a larger one

    def fit(self, rows: Rows, seed: int) -> State:
        """Learn from what the codes of all documents decode to, (n, d): arrays by name."""
        return {}

    def alike(self, k: int, deepest: int) -> int:
        """The deepest search, up to `deepest`, whose first k are what a search for k finds."""
        return deepest

    def reads(self, s: State, k: int) -> float:
        """Bytes of its own arrays that a query for the k best reads, beside the codes of the rows it looks at."""
        return 0.0

    def find(self, s: State, view: View, k: int) -> Hits:
        """The k best rows of the view for each of its queries; −1 where fewer are found."""
        raise NotImplementedError
