"""What a neighbourhood looks like: copies, hubs that answer everybody, how many near-equals stand around a query."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.evaluate.truth import truth
from core.types import Floats, Rows, Scores

CLOSE = 100  # neighbours that intrinsic dimension is taken from (Elliott and Clark 2024)
SAME = 1e-6  # in inner product: closer than this, two unit rows are one


def copies(rows: Rows) -> NDArray[np.bool_]:
    """Which rows (n,) repeat an earlier one, number for number."""
    whole = np.ascontiguousarray(rows + np.float32(0)).view(np.dtype((np.void, rows.shape[1] * 4))).ravel()
    out = np.ones(len(rows), bool)
    out[np.unique(whole, return_index=True)[1]] = False
    return out


def neighbours(docs: Rows, rows: NDArray[np.int64], k: int) -> Scores:
    """Exact scores (m, k), falling, of the documents `rows` with the others: each leaves itself out."""
    found = truth(docs, docs[rows], k + 1)
    other = found.ids != rows[:, None]
    other[other.all(1), -1] = False  # a document whose copies all have lower numbers is not among its own k + 1
    out: Scores = found.scores[other].reshape(len(rows), k)
    return out


def occurrences(docs: Rows, k: int = 10) -> NDArray[np.int64]:
    """N_k (n,): how many other documents have this one among their k nearest (Radovanović et al. 2010)."""
    ids, own = truth(docs, docs, k + 1).ids, np.arange(len(docs))[:, None]
    other = ids != own
    other[other.all(1), -1] = False
    return np.bincount(ids[other], minlength=len(docs))


def skewness(values: NDArray[np.int64] | Floats) -> float:
    """Third standardised moment: 0 when symmetric, large when a few values are far above the rest."""
    z = np.asarray(values, np.float64) - np.mean(values)
    return float((z**3).mean() / max((z**2).mean(), 1e-300) ** 1.5)


def intrinsic_dimension(scores: Scores) -> Floats:
    """Local intrinsic dimension (m,) from the exact scores (m, k), falling, of unit rows with their k nearest.

    Maximum likelihood (Amsaleg et al. 2015): −1 / mean of ln(r_i / r_k), over Euclidean distances r; copies, whose
    distance is zero, are left out. NaN where all distances are alike or zero.
    """
    gap = 1 - np.asarray(scores, np.float64)
    r = np.sqrt(2 * np.maximum(gap, 0.0))
    real = gap > SAME
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(real, np.log(r / r[:, -1:]), 0.0)
        out: Floats = -real.sum(1) / logs.sum(1)
    return np.where(real[:, -1] & (logs.sum(1) < 0), out, np.nan)


def shares(values: Floats, bins: int, whole: bool = False) -> dict[str, list[float]]:
    """A histogram as `edges` (b + 1) and `shares` (b) of all values, the last bar holding what lies beyond 99.5 %.

    whole: bars begin and end between whole numbers.
    """
    if not len(values):
        return {"edges": [0.0, 1.0], "shares": [0.0]}
    top = float(np.quantile(values, 0.995))
    step = max(1.0, np.ceil((top + 1) / bins)) if whole else max(top, 1e-9) / bins
    edges = np.arange(bins + 1) * step
    edges = edges[: int(np.searchsorted(edges, top)) + 1] if not whole else edges[: int(top // step) + 2]
    counts = np.histogram(np.minimum(values, edges[-1] - 1e-9), edges)[0]
    return {"edges": [float(e) for e in edges], "shares": [float(c) / len(values) for c in counts]}
