"""Do some queries or documents fare worse? Their true neighbours in groups, each with its recall and how sure that is.

A group's recall is the share of its (query, true neighbour) pairs that the plan found. Queries, not pairs, are drawn
anew for intervals, because the pairs of one query stand or fall together; a ratio of sums is drawn by its linear part
(Davison and Hinkley 1997, §2.7).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from core import words
from core.errors import ThinvecError
from core.evaluate.hard import Found, Neighbours
from core.evaluate.intervals import intervals
from core.types import Floats, Interval

FEW = 20  # queries: a group with fewer is too small to be told from the rest
LEVEL = 0.05  # of all groups together
BINS = 4
LISTS = ((1, 1), (2, 3), (4, 9), (10, None))  # lists a document is in
TWIN = 0.98  # inner product from which two documents nearly say the same
TOP = 8  # values of a column that are groups of their own

Words = Sequence[float]


@dataclass(frozen=True)
class Slice:
    """One group. by: what groups are made by; queries, pairs: how many speak.

    rest: recall less that of all other pairs, None where there are none. differs: whether it can be told from the rest,
    all groups of this look considered (Holm 1979). few: too small to say.
    """

    by: str
    name: str
    queries: int
    pairs: int
    recall: Interval
    rest: Interval | None
    p: float
    few: bool
    differs: bool = False


@dataclass(frozen=True)
class Grouping:
    """A way to put pairs in groups: group (q, k) numbers, −1 for none, and the names of the groups."""

    by: str
    names: tuple[str, ...]
    group: NDArray[np.int64]


def groupings(
    near: Neighbours,
    queries: Words = (),
    documents: Words = (),
    columns: Mapping[str, Sequence[str]] | None = None,
) -> list[Grouping]:
    """What there is to group by. queries, documents: lengths in words, where texts are known; columns: of documents."""
    k, gap = near.k, near.gap
    made = [
        _bins(f"Gap after neighbour {k}", np.repeat(gap[:, None], k, 1), "{:.4f}"),
        Grouping("Neighbour is in", tuple(map(_span, LISTS)), _ranges(near.lists[near.true])),
        Grouping("Near-duplicate", ("has one", "has none"), 1 - (near.twin[near.true] >= TWIN)),
    ]
    if len(queries):
        made.append(_bins("Words in query", np.repeat(np.asarray(queries, float)[:, None], k, 1), "{:,.0f}"))
    if len(documents):
        made.append(_bins("Words in neighbour", np.asarray(documents, float)[near.true], "{:,.0f}"))
    made += [_column(name, values, near) for name, values in (columns or {}).items()]
    return [g for g in made if len(np.unique(g.group[g.group >= 0])) > 1]


def slices(found: Found, near: Neighbours, ways: Sequence[Grouping], seed: int = 0) -> list[Slice]:
    """Every group of every way, with its recall against the rest. ThinvecError for fewer than two queries."""
    kept = found.kept(near).astype(float)
    if len(kept) < 2:
        raise ThinvecError(f"Groups need at least 2 queries, got {len(kept)}; add held-out queries.")
    made = [(way, i, way.group == i) for way in ways for i in range(len(way.names)) if (way.group == i).any()]
    shares = [_share(kept, inside) for _, _, inside in made]
    gaps = [
        mine - _share(kept, ~inside) if not inside.all() else None
        for mine, (_, _, inside) in zip(shares, made, strict=True)
    ]
    sure = iter(intervals([*shares, *(g for g in gaps if g is not None)], seed)) if made else iter(())
    means = [next(sure) for _ in shares]
    rests = [None if g is None else next(sure) for g in gaps]
    out = []
    for (way, i, inside), mean, rest, gap in zip(made, means, rests, gaps, strict=True):
        count = int(inside.any(1).sum())
        p = 1.0 if gap is None else _p(gap)
        out.append(Slice(way.by, way.names[i], count, int(inside.sum()), _clipped(mean), rest, p, count < FEW))
    return _holm(out)


def unseen(near: Neighbours) -> int:
    """Documents that no query has among its true neighbours: nothing is known of how they fare."""
    return int((near.lists == 0).sum())


def _share(kept: Floats, inside: NDArray[np.bool_]) -> Floats:
    """A column (q,) whose mean is the share kept among the pairs inside, and whose spread is that of the ratio."""
    hits, pairs = (kept * inside).sum(1), inside.sum(1)
    share = hits.sum() / pairs.sum()
    return np.asarray(share + (hits - share * pairs) / pairs.mean(), np.float64)


def _p(gap: Floats) -> float:
    """Two-sided, of no difference."""
    spread = float(gap.std(ddof=1)) / math.sqrt(len(gap))
    return 2 * NormalDist().cdf(-abs(float(gap.mean())) / spread) if spread else 1.0


def _holm(found: Sequence[Slice]) -> list[Slice]:
    """Which groups differ when each of those that are large enough is tested."""
    tested = sorted((i for i, s in enumerate(found) if not s.few and s.rest), key=lambda i: found[i].p)
    out = list(found)
    for rank, i in enumerate(tested):
        if found[i].p > LEVEL / (len(tested) - rank):
            break
        out[i] = replace(found[i], differs=True)
    return out


def _clipped(i: Interval) -> Interval:
    return Interval(i.mean, max(i.low, 0.0), min(i.high, 1.0))


def _bins(by: str, values: Floats, form: str) -> Grouping:
    """Groups of about equal size, by quantiles; values that are equal stay together."""
    cuts = np.unique(np.quantile(values, np.arange(1, BINS) / BINS))
    group = np.searchsorted(cuts, values, "right")
    used = [values[group == i] for i in range(len(cuts) + 1)]
    names = tuple(
        form.format(v.min()) + ("" if form.format(v.min()) == form.format(v.max()) else f" to {form.format(v.max())}")
        if v.size
        else ""
        for v in used
    )
    return Grouping(by, names, np.asarray(group, np.int64))


def _ranges(lists: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.searchsorted([low for low, _ in LISTS], lists, "right").astype(np.int64) - 1


def _span(ends: tuple[int, int | None]) -> str:
    low, high = ends
    if high is None:
        return f"{low} lists or more"
    return words.plural(low, "list") if low == high else f"{low} to {high} lists"


def _column(name: str, values: Sequence[str], near: Neighbours) -> Grouping:
    """The values of a column that neighbours have most, and all others together."""
    codes = {v: i for i, v in enumerate(dict.fromkeys(values))}
    of = np.array([codes[v] for v in values])[near.true]
    common = [v for v, _ in Counter(of.ravel().tolist()).most_common(TOP)]
    place = np.full(len(codes), len(common))
    place[common] = np.arange(len(common))
    spelled = list(codes)
    names = tuple(spelled[i] or "(none)" for i in common)
    return Grouping(name, (*names, "others") if len(codes) > len(common) else names, place[of].astype(np.int64))
