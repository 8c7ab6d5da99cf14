"""A heat tries plans on one sample of rows and queries; the better part of them goes on to a larger one."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from core.errors import Cancelled, ThinvecError
from core.evaluate.intervals import interval
from core.recommend.bill import bill
from core.recommend.choose import choose
from core.recommend.events import Best, Cut, Event, Question, Tried
from core.recommend.finals import FINALISTS
from core.recommend.propose import Proposal
from core.recommend.sample import Glimpse, Size, drawn, ladder
from core.types import Budget, Floats

FIRST = 5  # plans tried before a first card is drawn
SURE = 0.005  # a loss of recall that is not worth doubling bytes for
STAND_IN = 0.8  # recall that is aimed for on samples, which have no judgements, where judged quality is the aim

Found = list[tuple[Proposal, Glimpse]]


class Last(NamedTuple):
    """Who is left after so many heats, best first, and why each of the others is out."""

    field: list[Proposal]
    out: dict[str, str]
    heats: int


def heats(ask: Question, field: list[Proposal]) -> Generator[Event, None, Last]:
    """All heats; returns the finalists."""
    rungs = ladder(ask.n, -(-len(ask.vectors.queries) // 2), len(field), FINALISTS)
    # indexes and judgements come in the finals
    budget = replace(ask.budget, rows=ask.budget.rows or ask.n, looked=None, ndcg=None)
    aim = STAND_IN if ask.budget.recall is None and ask.budget.ndcg is not None else ask.budget.recall
    out: dict[str, str] = {}
    for rung, size in enumerate(rungs):
        found = yield from _heat(ask, field, budget, (rung, len(rungs) + 1), size, out)
        field, lost = halved(found, budget, size.stay, aim, ask.grows)
        out |= lost
        yield Cut(rung, tuple(p.plan for p in field), dict(out))
        yield from _card(found, budget)
    return Last(field, out, len(rungs))


def _heat(
    ask: Question, field: list[Proposal], budget: Budget, rung: tuple[int, int], size: Size, out: dict[str, str]
) -> Generator[Event, None, Found]:
    """Every plan on a sample, with a card now and then in the first heat, when nothing better is known."""
    sample, found = drawn(ask.vectors, size, ask.seed), Found()
    for i, p in enumerate(field):
        share = (rung[0] + i / len(field)) / rung[1]
        ask.progress(share / 2, f"Trying {i + 1} of {len(field)} plans on {size.rows:,} rows")
        try:
            g = sample.glimpse(p.plan, ask.k)
        except Cancelled:
            raise
        except ThinvecError as e:
            out[p.plan] = str(e)
            continue
        found.append((p, g))
        r = g.result
        yield Tried(p.plan, *rung, r.n, len(r.recall), r.bytes_per_vector, interval(g.new if ask.grows else r.recall))
        if rung[0] == 0 and len(found) % FIRST == 0:
            yield from _card(found, budget)
    return found


def _card(found: Found, budget: Budget) -> Iterator[Best]:
    """What the sample says, if anything of it fits."""
    try:
        yield Best(choose([g.result for _, g in found], budget), whole=False)
    except ThinvecError:
        return


def halved(
    found: Found, budget: Budget, stay: int, aim: float | None = None, grows: bool = False
) -> tuple[list[Proposal], dict[str, str]]:
    """The `stay` best of what can be paid for, best first, and why the others are out.

    First the plan that the sample itself would advise; then the best by known rows and the best by new ones in turn,
    for what a plan keeps of the whole corpus lies between. Where most rows are still to come (`grows`), new ones count.
    """
    over = {g.plan: "; ".join(b.over.values()) for _, g in found if (b := bill(g.result, budget)).over}
    alive = [(p, g) for p, g in found if g.plan not in over] or found
    ways = [_order(alive, budget, aim, [g.new for _, g in alive])]
    if not grows:
        ways.append(_order(alive, budget, aim, [g.known for _, g in alive]))
    first = [p for best in _card(found, budget) for p, _ in alive if p.plan == best.advice.plan]
    turns = [p for pair in zip(*ways, strict=True) for p in pair]
    stays = list({p.plan: p for p in [*first, *turns]}.values())[:stay]
    kept = {p.plan for p in stays}
    lost = f"on {found[0][1].result.n:,} sampled rows, where the best {stay} of {len(found)} went on" if found else ""
    out = {p.plan: f"recall {g.result.recall.mean():.2f} {lost}" for p, g in alive if p.plan not in kept}
    return stays, {**(over if len(alive) < len(found) else {}), **out}


def _order(found: Found, budget: Budget, aim: float | None, recall: Sequence[Floats]) -> list[Proposal]:
    """From the nearest to the answer to the farthest."""
    loss = [1 - float(r.mean()) for r in recall]
    cost = [bill(g.result, budget).spent for _, g in found]
    far = loss if aim is None else octaves(loss, cost, 1 - aim)
    ranked = sorted(zip(far, found, strict=True), key=lambda pair: (pair[0], pair[1][0].rank))
    return [p for _, (p, _) in ranked]


def octaves(loss: Sequence[float], cost: Sequence[float], most: float) -> list[float]:
    """How far each plan is from being the cheapest that loses at most so much.

    In doublings: of bytes, to where the front of the sample crosses the aim, and of loss, over what the front loses.
    """
    front = [min(a for a, b in zip(loss, cost, strict=True) if b <= c) for c in cost]
    cross = min((c for a, c in zip(loss, cost, strict=True) if a <= most), default=max(cost))
    behind = [math.log2((a + SURE) / (f + SURE)) for a, f in zip(loss, front, strict=True)]
    return [abs(math.log2(c / cross)) + b for c, b in zip(cost, behind, strict=True)]
