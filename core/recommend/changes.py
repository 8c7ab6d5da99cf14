"""What would change the answer: more bytes, judged answers, speed, new rows; each only where it was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from core import words
from core.evaluate.intervals import difference
from core.recommend.budget import exact
from core.recommend.field import Candidate, Choice, even, odd
from core.recommend.pick import dearness, picked, reaches, unbeaten
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
    judged = [replace(x, merit=n) for x in [c.taken, *c.others] if (n := x.result.ndcg) is not None]
    stay = unbeaten(judged, [x.merit for x in judged])
    x = min(stay, key=dearness)
    if judged[0] not in stay and (gap := _clear(odd(x.merit), odd(ours))):
        figure = words.difference(gap)
        yield f"If judged quality mattered, not neighbours, {x.plan} would be taken: nDCG@10 {figure}."
    elif len(judged) > 1:
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
    """What would be taken if most rows were still to come; when they decide, what if none were."""
    if c.taken.unseen is None:
        return
    floats = next((x.result for x in c.table if x.plan == "f32"), None)
    fits = [
        replace(x, merit=m) for x in [c.taken, *c.others] if (m := x.result.recall if c.grows else _new(x)) is not None
    ]
    fits = [replace(x, reached=reaches(x.merit, x.result, floats, c.budget)) for x in fits]
    other = picked(fits, c.aimed, not c.grows)
    if words.settled(gap := difference(odd(other.merit), odd(fits[0].merit))):
        case = "If no rows were added" if c.grows else "If most rows were still to come"
        yield f"{case}, {other.plan} would be taken: recall {words.difference(gap)}."


def _new(x: Candidate) -> Floats | None:
    """Recall of rows that it has not learned from (q,), where that was measured."""
    return None if x.unseen is None else x.unseen.recall


def _usable(x: Candidate, c: Choice) -> bool:
    return not (x.refused.startswith("fails") or (c.grows and x.unseen is None))


def _clear(a: Floats, b: Floats) -> Interval | None:
    """The difference where a can be told apart from b as better."""
    gap = difference(a, b)
    return gap if gap.low > 0 else None


def _bytes(b: float) -> str:
    return f"{b:,.0f} bytes" if abs(b - round(b)) < 0.05 else f"{b:,.1f} bytes"
