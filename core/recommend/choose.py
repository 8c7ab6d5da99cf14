"""From measured results to the plan to take: the cheapest that nothing that fits can be told apart from as better.

Queries are split: the even half chooses, the odd half reports, so no figure is flattered by having been chosen from
many. Of the plans that fit, those stay that no other can be told apart from as better; of these, those that no other is
ahead of on rows it has not learned from; of these the cheapest is taken, then the simplest. So nothing is spent on what
cannot be seen, and with more to spend the plan taken can never be told apart as worse. Where an aim is set, the
cheapest plan is taken whose interval lies above it.

What counts is the recall of the rows measured; but where most rows are still to come (more than twice as many are
budgeted for), it is the recall of rows that no codec has learned from, since those will be searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from core.errors import ThinvecError
from core.recommend import why
from core.recommend.bill import Bill, bill
from core.recommend.budget import checked
from core.recommend.field import Candidate, Choice
from core.recommend.pick import picked, reaches
from core.types import Advice, Budget, Result

GROWTH = 2  # times as many rows as measured: beyond, most are rows that nothing was learned from


def recommend(
    results: Sequence[Result], budget: Budget, rows: int | None = None, unseen: Sequence[Result] = ()
) -> Advice:
    """As `choose`; `rows` vectors share codebooks and maps, unless the budget says how many."""
    if rows is not None and rows < 1:
        raise ThinvecError(f"Codebooks are shared by at least 1 vector, got {rows}; give the size of your corpus.")
    return choose(results, replace(budget, rows=budget.rows or rows), unseen)


def choose(
    results: Sequence[Result], budget: Budget, unseen: Sequence[Result] = (), broken: Mapping[str, str] | None = None
) -> Advice:
    """The plan to take among those measured, with runners-up, why the others lost and what would change the answer.

    unseen: the same plans learned on other rows than those searched. broken: plan -> the self-test that it fails.
    ThinvecError when nothing was measured, nothing fits, or the results do not answer the same question.
    """
    return why.advice(choice(results, checked(budget), unseen, broken or {}))


def choice(results: Sequence[Result], budget: Budget, unseen: Sequence[Result], broken: Mapping[str, str]) -> Choice:
    """What is taken, and everything that the reasons are told from."""
    _check(results)
    if budget.ndcg is not None and results[0].ndcg is None:
        raise ThinvecError("A share of nDCG@10 to keep needs judged answers, got none; bring qrels, or ask for recall.")
    grows = (budget.rows or 0) > GROWTH * max(r.n for r in results) and bool(unseen)
    table = tuple(_candidates(results, budget, unseen, broken, grows))
    fits = [c for c in table if not c.refused]
    if not fits:
        raise ThinvecError(why.nothing(table, budget))
    aimed = budget.recall is not None or budget.ndcg is not None
    return Choice(picked(fits, aimed, grows), table, budget, grows, aimed)


def _candidates(
    results: Sequence[Result], budget: Budget, unseen: Sequence[Result], broken: Mapping[str, str], grows: bool
) -> Iterator[Candidate]:
    other = {r.plan: r for r in unseen}
    exact = next((r for r in results if r.plan == "f32"), None)
    for r in results:
        new, cost = other.get(r.plan), bill(r, budget)
        merit = new.recall if grows and new is not None else r.recall
        refused = f"fails a self-test: {broken[r.plan]}" if r.plan in broken else _refused(cost, grows and new is None)
        yield Candidate(r, cost, merit, new, refused, reaches(merit, r, exact, budget))


def _refused(cost: Bill, blind: bool) -> str:
    if cost.over:
        return "; ".join(cost.over.values())
    return "what it keeps of new rows was not measured" if blind else ""


def _check(results: Sequence[Result]) -> None:
    if not results:
        raise ThinvecError("There are no results to choose from; measure some plans first.")
    if len({(r.trial.vectors, r.k, r.trial.seed) for r in results}) > 1:
        raise ThinvecError("Results on different vectors, k or seeds cannot be compared; measure all plans alike.")
    if len({r.plan for r in results}) < len(results):
        raise ThinvecError("A plan was given twice among the results; keep one result of each.")
    if len(results[0].recall) < 4:
        raise ThinvecError(
            "Choosing on one half of the queries and reporting on the other needs at least 4 held-out queries, "
            f"got {len(results[0].recall)}; add queries."
        )
