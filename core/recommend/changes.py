"""What would change the answer: more bytes, judged answers, speed, new rows; each only where it was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from core import words
from core.evaluate.intervals import difference
from core.recommend.budget import exact
from core.recommend.field import Candidate, Choice, even, odd
from core.types import Floats, Interval

FASTER = 2  # times: below that, speeds that were measured minutes apart need not differ


def changes(c: Choice) -> Iterator[str]:
    """Sentences, most useful first; every difference is paired, of the queries that did not choose."""
    yield from _more_bytes(c)
    yield from _fewer_bytes(c)
    yield from _judged(c)
    yield from _speed(c)
    yield from _new_rows(c)


def _more_bytes(c: Choice) -> Iterator[str]:
    """The cheapest plan over the budget that is better; nothing where the budget sets no limit on bytes."""
    over = [x for x in c.table if x.bill.over and set(x.bill.over) <= {"bytes", "memory"} and _usable(x, c)]
    beyond = [x for x in over if x.bill.spent > c.taken.bill.spent]
    for x in sorted(beyond, key=lambda x: (x.bill.spent, -x.mean, x.plan)):
        if _clear(even(x.merit), even(c.taken.merit)) and (gap := _clear(odd(x.merit), odd(c.taken.merit))):
            more = x.bill.spent - c.taken.bill.spent
            yield f"With {_bytes(more)} more, {x.plan} has recall {words.difference(gap)}."
            return
    if beyond:
        yield f"More bytes were tried, up to {exact(round(max(x.bill.spent for x in beyond), 1))}; none was better."


def _fewer_bytes(c: Choice) -> Iterator[str]:
    """What the nearest cheaper plan would give up."""
    cheaper = [x for x in c.others if x.bill.spent < c.taken.bill.spent]
    if cheaper:
        x = max(cheaper, key=lambda x: (x.mean, -x.bill.spent, x.plan))
        gap = difference(odd(x.merit), odd(c.taken.merit))
        yield f"With {_bytes(c.taken.bill.spent - x.bill.spent)} less, {x.plan} has recall {words.difference(gap)}."


def _judged(c: Choice) -> Iterator[str]:
    """Whether another plan that fits gives better answers by the judgements."""
    ours = c.taken.result.ndcg
    if ours is None or len(ours) < 4:
        return
    judged = [(x, x.result.ndcg) for x in c.others if x.result.ndcg is not None]
    best = max(judged, key=lambda pair: (float(even(pair[1]).mean()), pair[0].plan), default=None)
    if best and (gap := _clear(odd(best[1]), odd(ours))) and _clear(even(best[1]), even(ours)):
        figure = words.difference(gap)
        yield f"If judged quality mattered, not neighbours, {best[0].plan} would be taken: nDCG@10 {figure}."
    elif judged:
        yield "If judged quality mattered, not neighbours, no plan that fits could be told apart as better."


def _speed(c: Choice) -> Iterator[str]:
    """The plan of most recall among those that are clearly faster."""
    pace = c.taken.result.queries_per_second
    faster = [x for x in c.others if math.isfinite(pace) and x.result.queries_per_second > FASTER * pace]
    if faster:
        x = max(faster, key=lambda x: (x.mean, x.plan))
        gap = difference(odd(x.merit), odd(c.taken.merit))
        ratio = words.times(x.result.queries_per_second / pace)
        yield f"If speed mattered, {x.plan} answers {ratio} as many queries and has recall {words.difference(gap)}."


def _new_rows(c: Choice) -> Iterator[str]:
    """Whether rows that are added later would be kept better by another plan; when they decide, whether known ones."""
    if c.taken.unseen is None:
        return
    there = [x for x in c.others if x.unseen is not None]
    found = _best(there, c.taken, known=c.grows)
    if found:
        x, gap = found
        case = "If no rows were added" if c.grows else "If most rows were still to come"
        yield f"{case}, {x.plan} would be taken: recall {words.difference(gap)}."


def _best(some: Sequence[Candidate], taken: Candidate, known: bool) -> tuple[Candidate, Interval] | None:
    """The best of these by recall of known or of new rows, if it can be told apart from the one taken."""

    def values(x: Candidate) -> Floats:
        return x.result.recall if known or x.unseen is None else x.unseen.recall

    best = max(some, key=lambda x: (float(even(values(x)).mean()), x.plan), default=None)
    if best is None or not _clear(even(values(best)), even(values(taken))):
        return None
    gap = _clear(odd(values(best)), odd(values(taken)))
    return (best, gap) if gap else None


def _usable(x: Candidate, c: Choice) -> bool:
    return not (x.refused.startswith("fails") or (c.grows and x.unseen is None))


def _clear(a: Floats, b: Floats) -> Interval | None:
    """The difference where a can be told apart from b as better."""
    gap = difference(a, b)
    return gap if gap.low > 0 else None


def _bytes(b: float) -> str:
    return f"{b:,.0f} bytes" if abs(b - round(b)) < 0.05 else f"{b:,.1f} bytes"
