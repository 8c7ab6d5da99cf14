"""From a budget to plans worth trying, and from measured results to advice that says why, and when it cannot say.

The choice is made on the even half of the held-out queries and reported on the odd half, so the figure is not flattered
by having been chosen. Where the leader cannot be told apart from others, the cheapest of them is taken, then the
fastest, then the simplest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from core import words
from core.errors import ThinvecError
from core.evaluate.intervals import difference, in_doubt, interval
from core.evaluate.lines import BUDGETS, default_plans, frontier_plans
from core.types import Advice, Budget, Floats, Interval, Result

__all__ = ["BUDGETS", "default_plans", "frontier_plans", "recommend"]

RUNNERS_UP = 2


def recommend(
    results: Sequence[Result], budget: Budget, rows: int | None = None, unseen: Sequence[Result] = ()
) -> Advice:
    """The plan to take among those measured; `rows` vectors share codebooks and maps, by default those measured.

    unseen: the same plans learned on other rows than those searched, where that was measured; it is told beside.

    ThinvecError when nothing was measured, nothing fits, or the results do not answer the same question.
    """
    _check(results, rows)
    fits = [r for r in results if r.bytes_per_vector <= budget.bytes_per_vector]
    if not fits:
        asked, least = _size(budget.bytes_per_vector), _size(min(r.bytes_per_vector for r in results))
        raise ThinvecError(f"Nothing fits {asked}; the smallest plan measured takes {least}.")
    ranked = sorted(fits, key=lambda r: -float(_even(r).mean()))
    alike = [ranked[0], *(r for r in ranked[1:] if in_doubt(_even(ranked[0]), _even(r)))]
    taken = min(alike, key=_dearness)
    others = [r for r in ranked if r is not taken]
    refused = {r.plan: _reason(r, taken, budget) for r in [*others, *results] if r is not taken}
    return Advice(
        plan=taken.plan,
        bytes_per_vector=taken.bytes_per_vector,
        overhead_per_vector=taken.overhead(rows),
        recall=interval(_odd(taken)),
        runners_up=tuple(r.plan for r in others[:RUNNERS_UP]),
        refused=refused,
        why=" ".join([_why(taken, ranked, results, budget, rows), *_unseen(taken, unseen)]),
    )


def _check(results: Sequence[Result], rows: int | None) -> None:
    if not results:
        raise ThinvecError("There are no results to choose from; measure some plans first.")
    if len({(r.trial.vectors, r.k, r.trial.seed) for r in results}) > 1:
        raise ThinvecError("Results on different vectors, k or seeds cannot be compared; measure all plans alike.")
    if len({r.plan for r in results}) < len(results):
        raise ThinvecError("A plan was given twice among the results; keep one result of each.")
    if rows is not None and rows < 1:
        raise ThinvecError(f"Codebooks are shared by at least 1 vector, got {rows}; give the size of your corpus.")
    if len(results[0].recall) < 4:
        raise ThinvecError(
            "Choosing on one half of the queries and reporting on the other needs at least 4 held-out queries, "
            f"got {len(results[0].recall)}; add queries."
        )


def _even(r: Result) -> Floats:
    return r.recall[0::2]


def _odd(r: Result) -> Floats:
    return r.recall[1::2]


def _dearness(r: Result) -> tuple[float, int, int]:
    """Bytes, then speed in steps of two (finer differences are noise), then the number of stages."""
    return r.bytes_per_vector, -round(math.log2(r.queries_per_second)), sum(map(r.plan.count, ">+|"))


def _reason(r: Result, taken: Result, budget: Budget) -> str:
    """Why `r` was not taken, in a few words with its figure."""
    over = r.bytes_per_vector - budget.bytes_per_vector
    if over > 0:
        places = 0 if float(over).is_integer() else _places(over)
        return f"{_size(r.bytes_per_vector, places)}, over by {_size(over, places)}"
    gap = difference(_odd(taken), _odd(r))
    figure, off = f"recall {words.share(interval(_odd(r)))}", abs(gap.mean)
    if doubt := in_doubt(_odd(taken), _odd(r)):
        return f"{figure}, {doubt}"
    if gap.mean < 0:
        return f"{figure}, ahead by {_apart(off)} where results are reported, but not ahead where the choice is made"
    return f"{figure}, short by {_apart(off)}"


def _why(taken: Result, ranked: list[Result], results: Sequence[Result], budget: Budget, rows: int | None) -> str:
    """Sentences: the choice, its nearest rival, the overhead, and judged answers where there are any."""
    q = len(taken.recall)
    fit = f"{len(ranked)} measured plans fit" if len(ranked) > 1 else "One measured plan fits"
    said = [
        f"{fit} {_size(budget.bytes_per_vector)}. The choice was made on the even half of the {q:,} held-out queries; "
        f"on the odd half {taken.plan} has recall@{taken.k} {words.estimate(interval(_odd(taken)))}."
    ]
    if rivals := [r for r in ranked if r is not taken]:
        rival = rivals[0]
        if doubt := in_doubt(_even(taken), _even(rival)):
            said.append(f"It and {rival.plan} {doubt}; {_preferred(taken, rival)}.")
        else:
            gap = _signed(difference(_odd(rival), _odd(taken)))
            said.append(f"The next, {rival.plan}, differs by {gap}.")
    shared = rows or taken.n
    more = ", more than its codes" if taken.overhead(rows) > taken.bytes_per_vector else ""
    said.append(f"Codebooks and maps add {_size(taken.overhead(rows))} per vector when {shared:,} share them{more}.")
    return " ".join([*said, *_judged(taken, results)])


def _unseen(taken: Result, unseen: Sequence[Result]) -> Iterator[str]:
    """What it keeps of rows that it was not learned on."""
    for r in unseen:
        if r.plan == taken.plan:
            kept = words.estimate(interval(r.recall))
            yield f"Learned on one half of the documents, it has recall@{r.k} {kept} on the other."


def _preferred(taken: Result, rival: Result) -> str:
    ways = ("the cheaper", "the faster", "the simpler")
    for word, a, b in zip(ways, _dearness(taken), _dearness(rival), strict=True):
        if a < b:
            return f"{word} was taken"
    return "the first of them was taken"


def _judged(taken: Result, results: Sequence[Result]) -> Iterator[str]:
    """MRR@10 beside that of float32, when both were measured: neighbours kept are not answers kept."""
    exact = next((r for r in results if r.plan == "f32"), None)
    if taken.mrr is None or exact is None or exact.mrr is None or len(taken.mrr) < 2:
        return
    ours, floats = interval(taken.mrr), interval(exact.mrr)
    verdict = in_doubt(taken.mrr, exact.mrr) or f"a difference of {_signed(difference(taken.mrr, exact.mrr))}"
    yield f"On judged queries MRR@10 is {words.share(ours)}, float32 has {words.share(floats)}: {verdict}."


def _size(b: float, places: int = 0) -> str:
    """48 B, 60.2 B, 0.03 B: whole if it is whole, else with the decimals that keep it from reading 0."""
    return f"{b:,.0f} B" if float(b).is_integer() and not places else f"{b:,.{places or _places(b)}f} B"


def _places(x: float) -> int:
    return 1 if x >= 0.05 else math.ceil(-math.log10(max(1e-9, x)))


def _apart(gap: float) -> str:
    """A gap that is there never reads 0.00."""
    return f"{gap:.2f}" if gap >= 0.005 else f"{gap:.3f}" if gap >= 0.0005 else f"{gap:.1g}"


def _signed(i: Interval) -> str:
    d = 3 if min(abs(i.mean), i.high - i.low) < 0.01 else 2
    mean, low, high = (f"{v:+.{d}f}".replace("-", "\N{MINUS SIGN}") for v in (i.mean, i.low, i.high))
    return f"{mean} [{low}, {high}]"
