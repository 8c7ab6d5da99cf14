"""Two plans asked the same queries: every figure as a paired difference, so that what is hard for both cancels out.

Means hide who pays. So beside each difference stands how many queries gained, lost and stayed, and which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import words
from core.errors import ThinvecError
from core.evaluate.intervals import difference, in_doubt, intervals, queries_needed
from core.evaluate.metrics import EVERY, JUDGED, METRICS
from core.types import Floats, Interval, Result

SAME = 1e-9  # differences below are ties
SINGLE = ("bytes_per_vector", "looked", "error", "cosine")  # figures of a plan that are no mean over queries


@dataclass(frozen=True)
class Paired:
    """One figure of plan a beside plan b. values: a − b per query; gap: their mean with its 95 % interval.

    verdict: ahead, behind, or that they cannot be told apart and what would settle it; needed: that number of queries,
    0 where none is known to. better, worse, alike: queries, as a sees them.
    """

    metric: str  # by attribute of Result
    a: Interval
    b: Interval
    gap: Interval
    values: Floats
    verdict: str
    needed: int

    @property
    def better(self) -> int:
        return int((self._good() > SAME).sum())

    @property
    def worse(self) -> int:
        return int((self._good() < -SAME).sum())

    @property
    def alike(self) -> int:
        return len(self.values) - self.better - self.worse

    def _good(self) -> Floats:
        return -self.values if METRICS[self.metric].better == "lower" else self.values


def compared(a: Result, b: Result, seed: int = 0) -> dict[str, Paired]:
    """Every figure that both have per query, by attribute of Result, in the order of `METRICS`.

    ThinvecError when they do not answer the same question.
    """
    mine, theirs = a.trial, b.trial
    if (mine.vectors, mine.k, mine.seed) != (theirs.vectors, theirs.k, theirs.seed):
        raise ThinvecError(
            f"{a.plan} and {b.plan} were measured on different vectors, k or seeds; measure both alike to compare them."
        )
    names = [name for name, metric in METRICS.items() if metric.over and _both(a, b, name)]
    return {name: _paired(name, getattr(a, name), getattr(b, name), seed) for name in names}


def figures(a: Result, b: Result) -> dict[str, tuple[float, float]]:
    """What is no mean over queries: bytes, error and cosine of decoded rows, where both have them."""
    named = {name: (getattr(a, name), getattr(b, name)) for name in SINGLE}
    return {name: pair for name, pair in named.items() if None not in pair}


def extremes(pair: Paired, most: int = 10) -> NDArray[np.int64]:
    """Places in `values` of the queries where the two differ most, the greatest difference first; ties stay out."""
    apart = np.flatnonzero(np.abs(pair.values) > SAME)
    return apart[np.argsort(-np.abs(pair.values[apart]), kind="stable")][:most]


def numbers(pair: Paired, judged: NDArray[np.int64]) -> NDArray[np.int64]:
    """The held-out query that each of `values` is of; `judged`: numbers of the judged queries, rising.

    ThinvecError for figures over a sample of the queries: those are not told one by one.
    """
    over = METRICS[pair.metric].over
    if over not in (EVERY, JUDGED):
        raise ThinvecError(f"{METRICS[pair.metric].title()} is not told query by query; choose recall or nDCG@10.")
    return judged if over == JUDGED else np.arange(len(pair.values))


def beside(recall: Interval, ndcg: Interval | None, rival: str) -> str:
    """Neighbours and judged answers in one sentence: "Recall fell 9 points; judged nDCG@10 did not move measurably".

    Both are differences to the rival. None: no judgements.
    """
    points = round(100 * abs(recall.mean))
    if not words.settled(recall):
        fell = "Recall did not move measurably"
    else:
        gone = words.plural(points, "point") if points else "less than a point"
        fell = f"Recall {'rose' if recall.mean > 0 else 'fell'} {gone}"
    if ndcg is None:
        return f"{fell}. This corpus has no judgements, so what that costs a reader is not known."
    moved = f"{'rose' if ndcg.mean > 0 else 'fell'}" if words.settled(ndcg) else "did not move measurably"
    change = f"{words.signed(ndcg.mean, 3)} [{words.signed(ndcg.low, 3)}, {words.signed(ndcg.high, 3)}]"
    return f"{fell}; judged nDCG@10 {moved}: {change} against {rival}."


def summed(pairs: Mapping[str, Paired], rival: str) -> str:
    """`beside` for two plans that were compared."""
    return beside(pairs["recall"].gap, pairs["ndcg"].gap if "ndcg" in pairs else None, rival)


def _both(a: Result, b: Result, name: str) -> bool:
    x, y = getattr(a, name), getattr(b, name)
    return x is not None and y is not None and len(x) == len(y) > 1


def _paired(name: str, x: Floats, y: Floats, seed: int) -> Paired:
    first, second = intervals([x, y], seed)
    gap, doubt = difference(x, y, seed), in_doubt(x, y, seed)
    ahead = (gap.mean > 0) == (METRICS[name].better == "higher")
    return Paired(name, first, second, gap, x - y, doubt or ("ahead" if ahead else "behind"), queries_needed(x, y))
