"""A view is the corpus as these queries see it: scores of a block of rows, or of chosen rows.

An index decides which rows, a codec knows how close; the view is all that passes between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.compress.codebook import Codebook
from core.stage import Stage
from core.types import Codes, Hits, Ids, Rows, Scanner, Scorer, Scores


@dataclass(frozen=True)
class View:
    """Codes of n rows seen by m queries."""

    codebook: Codebook
    codes: Codes
    queries: Rows
    scan: Scanner | None = None  # the compiled top-k over these codes, where there is one

    @property
    def rows(self) -> int:
        return len(self.codes)

    def scorer(self) -> Scorer:
        return self.codebook.scorer(self.queries)

    def block(self, scorer: Scorer, start: int, stop: int) -> Scores:
        """Scores (m, stop − start) of consecutive rows."""
        return scorer(self.codes[start:stop])

    def pick(self, ids: Ids) -> Scores:
        """Scores (m, r) of each query with its own rows; −inf where an id is −1."""
        out = np.full(ids.shape, -np.inf, np.float32)
        for i, row in enumerate(ids):
            real = row >= 0
            chosen: NDArray[np.int64] = row[real]
            out[i, real] = self.codebook.scorer(self.queries[i : i + 1])(self.codes[chosen])[0]
        return out


class Index(Stage):
    """Which rows are looked at."""

    def search(self, view: View, k: int) -> Hits:
        """The k best rows of the view for each of its queries."""
        raise NotImplementedError
