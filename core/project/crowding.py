"""Where a plan loses neighbours: in the densest tenth of the corpus, in the sparsest, or in both alike?

Density is the distance to the exact k-th neighbour. The interval of the difference of two independent means is made of
theirs by square-and-add: Newcombe (1998), Interval estimation for the difference between independent proportions;
Zou, Donner (2008), Construction of confidence limits about effect measures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.errors import DataError
from core.evaluate.intervals import interval
from core.project.kept import Kept, Near
from core.types import Floats, Interval

TENTH = 10
LEAST = 20  # documents
_SETTLES = (1.96 + 0.84) ** 2  # a 95 % interval that leaves zero out in four of five repetitions


@dataclass(frozen=True)
class Crowding:
    """Share of neighbours kept by documents: the densest tenth, the sparsest, sparse less dense; n in each tenth.

    needed: about how many documents in each tenth would tell them apart, 0 where that is settled or cannot be known.
    """

    dense: Interval
    sparse: Interval
    gap: Interval
    every: Interval
    n: int
    needed: int = 0


def where(true: Near, found: Kept) -> Crowding | None:
    """Of the documents that were asked; None where there are too few of them to speak of tenths."""
    n = len(true.asked)
    if n < LEAST:
        return None
    return crowding(true.radius, found.hits[:n] / np.maximum((true.ids[:n] >= 0).sum(1), 1))


def crowding(radius: Floats, share: Floats) -> Crowding:
    """Of documents by their distance to the k-th neighbour (m,) and the share kept (m,). DataError below 20 of them."""
    if len(radius) < LEAST:
        raise DataError(f"Dense and sparse tenths need at least {LEAST} documents, got {len(radius)}. Bring more.")
    order, n = np.argsort(radius, kind="stable"), len(radius) // TENTH
    crowd, lone = share[order[:n]], share[order[-n:]]
    dense, sparse = interval(crowd, 0), interval(lone, 1)
    gap = apart(sparse, dense)
    needed = 0
    if gap.low <= 0 <= gap.high and abs(gap.mean) > 1e-12:
        needed = max(n + 1, math.ceil(_SETTLES * float(crowd.var(ddof=1) + lone.var(ddof=1)) / gap.mean**2))
    return Crowding(dense, sparse, gap, interval(share, 2), n, needed)


def apart(a: Interval, b: Interval) -> Interval:
    """a − b of two independent means, with its interval."""
    mean = a.mean - b.mean
    low = mean - math.hypot(a.mean - a.low, b.high - b.mean)
    return Interval(mean, low, mean + math.hypot(a.high - a.mean, b.mean - b.low))
