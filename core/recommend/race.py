"""The search for a plan spends its time where it matters: many on small samples, the better half on larger ones.

Successive halving (Jamieson, Talwalkar 2016) over rows and queries, then the last few in full: those results are kept
and shared with every page. It decides by recall alone, never by the clock, so the same data, budget and seed give the
same advice. Whoever watches may stop at any event, with the best plan so far in hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.errors import ThinvecError
from core.plan import parse
from core.recommend.budget import checked, fits, said
from core.recommend.events import Event, Question
from core.recommend.finals import Finals
from core.recommend.heats import heats
from core.recommend.propose import proposals


def race(ask: Question, plans: Sequence[str] = ()) -> Iterator[Event]:
    """Events until the last `Best`. `plans` are all measured in full, instead of a race among those proposed.

    ThinvecError when the budget says nothing, nothing is small enough, or nothing that was measured fits.
    """
    checked(ask.budget)
    if given := [parse(plan) for plan in plans]:
        if not any(fits(plan, ask.budget, ask.vectors.dim, ask.n) for plan in given):
            least = min(plan.nbytes(ask.vectors.dim) for plan in given)
            raise ThinvecError(f"Nothing fits {said(ask.budget)}; the smallest of these plans takes {least:,} B.")
        yield from Finals(ask).run([], [*map(str, given)])
        return
    last = yield from heats(ask, proposals(ask.vectors.dim, ask.n, ask.budget))
    yield from Finals(ask, last.out, last.heats).run(last.field)
