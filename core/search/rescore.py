"""Look again: candidates found through cheap codes are ranked by better ones."""

from __future__ import annotations

import numpy as np

from core.search.view import View
from core.types import Hits


def rescore(hits: Hits, view: View, k: int) -> Hits:
    """The k best of the candidates by the scores of a second view."""
    scores = view.pick(hits.ids)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    ids = np.take_along_axis(hits.ids, order, 1)
    return Hits(ids, np.take_along_axis(scores, order, 1), hits.looked)
