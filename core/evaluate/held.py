"""Did an advice hold? What it claims is measured on the held-out queries, all documents, and said with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core import words
from core.corpus.queries import hold_out_rows
from core.evaluate import hubs
from core.evaluate.findings import DIFFERS, KEEPS_UP, LOOK, Check
from core.evaluate.findings_near import GIVEN
from core.evaluate.intervals import difference, interval
from core.evaluate.measure import Shared, answers
from core.evaluate.metrics import recall
from core.evaluate.truth import truth
from core.plan import parse
from core.search.built import build, drawn
from core.types import Floats, Ids, Interval, Vectors

MARGIN = 0.02  # of recall: what keeps up may lose so much
ASKED = 8_000  # documents that are asked who is near to them
HELD, FAILED, OPEN = "held", "failed", "open"

Recalls = Callable[[Shared, str, int], Floats]  # (vectors, plan, k) -> recall per held-out query (q,)


@dataclass(frozen=True)
class Held:
    """first, second: what was measured for the two sides of a check; gap: the first less the second."""

    state: str
    first: Interval
    second: Interval
    gap: Interval
    said: str


def kept(shared: Shared, plan: str, k: int = 10) -> Floats:
    """Recall@k of each held-out query (q,) under a plan fitted to the documents."""
    return recall(found(shared, plan, k), shared.truth(k), shared.vectors.docs, shared.vectors.queries, k)


def found(shared: Shared, plan: str, k: int) -> Ids:
    """What a plan answers to the held-out queries: ids (q, k)."""
    made = build(parse(plan), shared.train, shared.vectors.docs)
    return answers(made.search, shared.vectors.queries, k).ids


def held(shared: Shared, check: Check, k: int = 10, recalls: Recalls = kept) -> Held:
    """Measure both sides of a check. ThinvecError when a plan cannot be fitted to these vectors."""
    if check.kind == "plans":
        a, b = recalls(shared, check.first, k), recalls(shared, check.second, k)
        return _judge(check, interval(a), interval(b), difference(a, b), f"recall@{k}")
    if check.kind == "queries":
        a, b = _asked(shared, check, k, recalls)
        return _judge(check, interval(a), interval(b), apart(a, b), f"recall@{k} of {LOOK}")
    if check.kind == "hard":
        a, b = _by_dimension(shared, k, recalls)
        return _judge(check, interval(a), interval(b), apart(a, b), f"recall@{k} of {LOOK}")
    if check.kind == "reach":
        a, b = _by_popularity(shared, k)
        return _judge(check, interval(a), interval(b), difference(a, b), f"true neighbours kept by {LOOK}")
    wasted = _wasted(shared.vectors, shared.truth(k).ids[:, :k])
    places = interval(wasted)
    return _judge(check, places, Interval(0.0, 0.0, 0.0), places, f"of {k} exact answers, repeats of another")


def apart(a: Floats, b: Floats) -> Interval:
    """Mean of a less mean of b, of different queries: their intervals' halves added in squares."""
    x, y = interval(a), interval(b)
    gap = x.mean - y.mean
    down = math.hypot(x.mean - x.low, y.high - y.mean)
    return Interval(gap, gap - down, gap + math.hypot(x.high - x.mean, y.mean - y.low))


def _judge(check: Check, first: Interval, second: Interval, gap: Interval, what: str) -> Held:
    if check.claim == KEEPS_UP:
        state = HELD if gap.low >= -MARGIN else FAILED if gap.high < -MARGIN else OPEN
    elif check.claim == DIFFERS:
        state = HELD if words.settled(gap) else OPEN
    else:
        state = HELD if gap.low > 0 else FAILED if gap.high < 0 else OPEN
    sides = f"{check.first} {words.estimate(first)}, {check.second} {words.estimate(second)}"
    said = f"{what}: {sides}, difference {words.difference(gap)}. {_ending(state, check)}"
    return Held(state, first, second, gap, said[0].upper() + said[1:])


def _ending(state: str, check: Check) -> str:
    """Whether it held, as a sentence."""
    if state == OPEN:
        return "These queries cannot tell whether the advice holds."
    if state == FAILED:
        return "The advice did not hold."
    return "The advice held" + (f": it loses at most {MARGIN}." if check.claim == KEEPS_UP else ".")


def _asked(shared: Shared, check: Check, k: int, recalls: Recalls) -> tuple[Floats, Floats]:
    """The same rows, asked by documents that left them and by the given queries."""
    own = hold_out_rows(shared.vectors, seed=shared.seed)
    given = replace(own, queries=shared.vectors.queries, query_source=shared.vectors.query_source)
    both = [recalls(Shared(v, shared.seed), LOOK, k) for v in (own, given)]
    return (both[1], both[0]) if check.first == GIVEN else (both[0], both[1])


def _by_dimension(shared: Shared, k: int, recalls: Recalls) -> tuple[Floats, Floats]:
    """Recall of queries up to the median intrinsic dimension, and above it."""
    v = shared.vectors
    lid = hubs.intrinsic_dimension(truth(v.docs, v.queries, min(hubs.CLOSE, len(v.docs))).scores)
    r, known = recalls(shared, LOOK, k), np.isfinite(lid)
    low = lid <= np.median(lid[known])
    return r[known & low], r[known & ~low]


def _by_popularity(shared: Shared, k: int) -> tuple[Floats, Floats]:
    """Of each query's true neighbours, the share kept of popular and of rarely found ones; queries that have both."""
    v = shared.vectors
    probes = drawn(v.docs, ASKED, shared.seed)
    often = np.bincount(truth(v.docs, probes, min(k + 1, len(v.docs))).ids.ravel(), minlength=len(v.docs))
    true = shared.truth(k).ids[:, :k]
    got = (true[:, :, None] == found(shared, LOOK, k)[:, None, :]).any(2)
    rare = often[true] <= np.median(often[true])
    both = rare.any(1) & (~rare).any(1)
    shares = [(got & side).sum(1)[both] / side.sum(1)[both] for side in (~rare, rare)]
    return shares[0], shares[1]


def _wasted(v: Vectors, ids: Ids) -> Floats:
    """How many of each query's answers (q, k) repeat one before them."""
    whole = np.ascontiguousarray(v.docs).view(np.dtype((np.void, v.dim * 4))).ravel()
    kind = np.unique(whole, return_inverse=True)[1][ids]
    return np.array([len(row) - len(np.unique(row)) for row in kind], np.float64)
