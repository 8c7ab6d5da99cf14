"""Which of the plans that fit is taken: a rule of bytes and recall alone, so that a card can also say "if … then"."""

from __future__ import annotations

from collections.abc import Sequence

from core.evaluate.intervals import interval
from core.recommend.field import Candidate, even
from core.types import Budget, Floats, Result


def picked(fits: Sequence[Candidate], aimed: bool, grows: bool) -> Candidate:
    """The cheapest that reaches the aim, where there is one and it can be reached; else the best."""
    reach = [c for c in fits if c.reached]
    return cheapest(reach) if aimed and reach else best(fits, grows)


def best(fits: Sequence[Candidate], grows: bool) -> Candidate:
    """Of the unbeaten, then of those unbeaten on new rows, the cheapest and simplest."""
    stay = unbeaten(fits, [c.merit for c in fits])
    if not grows:
        there = [(c, c.unseen.recall) for c in stay if c.unseen is not None]
        ahead = unbeaten([c for c, _ in there], [new for _, new in there])
        stay = [c for c in stay if c.unseen is None or c in ahead]
    return min(stay, key=dearness)


def unbeaten(some: Sequence[Candidate], recall: Sequence[Floats]) -> list[Candidate]:
    """Those that no other can be told apart from as better, by the queries that choose; the best on average is one."""
    values = [even(r) for r in recall]
    falling = sorted(values, key=lambda v: -v.mean())  # who is told apart at all is mostly told apart from the first
    return [
        c
        for c, own in zip(some, values, strict=True)
        if not any(interval(v - own).low > 0 for v in falling if v.mean() > own.mean())
    ]


def cheapest(reach: Sequence[Candidate]) -> Candidate:
    """Of the plans that reach the aim at the lowest cost, the simplest that is unbeaten among them."""
    least = min(c.bill.spent for c in reach)
    level = [c for c in reach if c.bill.spent == least]
    return min(unbeaten(level, [c.merit for c in level]), key=dearness)


def dearness(c: Candidate) -> tuple[float, int, float, str]:
    """Bytes, then stages; nothing that a clock has measured."""
    return c.bill.spent, c.stages, -c.mean, c.plan


def reaches(merit: Floats, r: Result, exact: Result | None, budget: Budget) -> bool:
    """Whether the lower ends of the intervals, by the queries that choose, reach what was asked for."""
    if budget.recall is not None and interval(even(merit)).low < budget.recall:
        return False
    if budget.ndcg is None:
        return True
    if r.ndcg is None or exact is None or exact.ndcg is None or len(r.ndcg) < 4:
        return False
    return interval(even(r.ndcg - budget.ndcg * exact.ndcg)).low >= -1e-12
