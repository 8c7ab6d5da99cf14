"""Laws of advice, whatever was measured: within budget, on the front, never worse with more, the same for the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ThinvecError
from core.evaluate.intervals import difference, interval
from core.recommend import choose, facts
from core.recommend.choose import choice
from core.types import Advice, Budget, Floats, Result, Trial

QUERIES = 40
SIZES = (8, 16, 24, 32, 48, 64, 96)


def measured(size: int, at: int, recall: Floats, looked: float, books: int) -> Result:
    plan = f"klt > wpq{size}(scale={at})" if at < 2 else f"pca{size + at} > int8"
    return Result(
        Trial("v", plan), 1000, 384, recall, None, None, float(size), {"codes": float(size)}, {"codewords": books}, (),
        1.0, 1.0, 1000.0, 1000.0, 100.0, 100.0, looked,
    )  # fmt: skip


@st.composite
def fields(draw: st.DrawFn) -> list[Result]:
    """A dozen plans whose recall has much to do with their bytes, and some with chance; many nearly alike."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spread, ease = draw(st.sampled_from([0.01, 0.1, 0.3])), rng.normal(0, 0.1, QUERIES)
    found = []
    for at, size in enumerate(draw(st.lists(st.sampled_from(SIZES), min_size=1, max_size=12))):
        level = 1 - 2 / np.sqrt(size) * rng.uniform(0.7, 1.3)
        recall = np.clip(np.round(10 * (level + ease + rng.normal(0, spread, QUERIES))) / 10, 0, 1)
        looked = float(rng.choice([100, 1000]))
        found.append(measured(size, at, recall, looked, int(rng.integers(0, 30_000))))
    return list({r.plan: r for r in found}.values())


def asked(results: Sequence[Result], budget: Budget, **more: dict[str, str]) -> Advice | None:
    try:
        return choose(results, budget, **more)
    except ThinvecError:
        return None


def better(a: Result, b: Result) -> bool:
    """Whether a can be told apart from b as better, by the half of the queries that chooses."""
    return difference(a.recall[0::2], b.recall[0::2]).low > 0


def taken(results: Sequence[Result], budget: Budget, unseen: Sequence[Result] = ()) -> Result | None:
    try:
        return choice(results, budget, unseen, {}).taken.result
    except ThinvecError:
        return None


def of(advice: Advice, results: Sequence[Result]) -> Result:
    return next(r for r in results if r.plan == advice.plan)


@settings(max_examples=30)
@given(fields(), st.sampled_from(SIZES), st.sampled_from([None, 500.0]))
def test_never_over_budget_and_always_where_something_fits(
    results: list[Result], size: int, looked: float | None
) -> None:
    advice = asked(results, Budget(size, looked=looked))
    fits = [r for r in results if r.bytes_per_vector <= size and (looked is None or r.looked <= looked)]
    assert (advice is None) == (not fits)
    if advice:
        assert of(advice, results) in fits
        assert set(advice.refused) == {r.plan for r in results} - {advice.plan}


@settings(max_examples=30)
@given(fields(), st.sampled_from(SIZES))
def test_on_the_measured_front(results: list[Result], size: int) -> None:
    best = taken(results, Budget(size))
    if best:
        fits = [r for r in results if r.bytes_per_vector <= size]
        assert not [r for r in fits if better(r, best)]
        cheaper = [r for r in fits if r.bytes_per_vector < best.bytes_per_vector]
        assert all(any(better(r, low) for r in fits) for low in cheaper), "nothing is spent on what cannot be seen"


@settings(max_examples=30)
@given(fields())
def test_with_more_of_anything_the_advice_is_never_worse(results: list[Result]) -> None:
    rooms = [Budget(rows=1000, memory=1000 * m) for m in range(10, 130, 12)]
    looks = [Budget(96, looked=x) for x in (100, 500, 1000)]
    for budgets in ([Budget(size) for size in SIZES], rooms, looks):
        picks = [r for budget in budgets if (r := taken(results, budget))]
        assert not [(low, high) for low, high in combinations(picks, 2) if better(low, high)]


@settings(max_examples=40)
@given(fields(), st.sampled_from(SIZES))
def test_what_cannot_be_told_apart_is_settled_by_new_rows(results: list[Result], size: int) -> None:
    rng = np.random.default_rng(len(results))
    other = [replace(r, recall=np.clip(r.recall - rng.uniform(0, 0.4), 0, 1)) for r in results]
    new = {r.plan: r for r in other}
    best = taken(results, Budget(size), other)
    if best:
        fits = [r for r in results if r.bytes_per_vector <= size]
        stay = [r for r in fits if not any(better(x, r) for x in fits)]
        assert best in stay
        assert not [r for r in stay if better(new[r.plan], new[best.plan])]


@settings(max_examples=40)
@given(fields(), st.sampled_from(SIZES), st.randoms(use_true_random=False))
def test_the_same_results_give_the_same_advice_in_any_order(results: list[Result], size: int, deal: object) -> None:
    advice, shuffled = asked(results, Budget(size)), list(results)
    deal.shuffle(shuffled)  # type: ignore[attr-defined]
    again = asked(shuffled, Budget(size))
    assert (advice is None) == (again is None)
    if advice and again:
        assert facts(advice) | {"refused": {}} == facts(again) | {"refused": {}}
        assert advice.refused == again.refused


@settings(max_examples=40)
@given(fields(), st.sampled_from(SIZES), st.data())
def test_a_plan_that_fails_its_self_test_is_never_taken(results: list[Result], size: int, data: st.DataObject) -> None:
    bad = data.draw(st.sets(st.sampled_from([r.plan for r in results])))
    advice = asked(results, Budget(size), broken=dict.fromkeys(bad, "bytes and scores: it broke"))
    if advice:
        assert advice.plan not in bad
        assert not bad & {*advice.runners_up, *advice.alike}
        assert all(advice.refused[plan].startswith("fails a self-test: bytes") for plan in bad)
    else:
        assert all(r.plan in bad or r.bytes_per_vector > size for r in results)


@settings(max_examples=30)
@given(fields(), st.sampled_from([0.3, 0.5, 0.6, 0.7, 0.8]))
def test_an_aim_is_reached_at_the_fewest_bytes_or_said_to_be_missed(results: list[Result], recall: float) -> None:
    advice = choose(results, Budget(recall=recall))
    reach = [r for r in results if interval(r.recall[0::2]).low >= recall]
    assert advice.met == bool(reach)
    if reach:
        assert of(advice, results) in reach
        assert advice.bytes_per_vector == min(r.bytes_per_vector for r in reach)
    else:
        assert advice.wanted.startswith(f"Nothing measured reaches recall {recall:g}; the best has ")


@settings(max_examples=40)
@given(fields())
def test_asking_for_more_recall_never_takes_fewer_bytes(results: list[Result]) -> None:
    found = [choice(results, Budget(recall=x), (), {}) for x in (0.3, 0.5, 0.6, 0.7, 0.8)]
    sizes = [c.taken.bill.size for c in found if c.met]
    assert sizes == sorted(sizes)
    assert [c.met for c in found] == sorted((c.met for c in found), reverse=True)


@settings(max_examples=40)
@given(fields(), st.sampled_from(SIZES))
def test_the_tied_are_named_and_cost_no_bytes(results: list[Result], size: int) -> None:
    advice = asked(results, Budget(size))
    if advice:
        best = of(advice, results)
        for r in results:
            if r.bytes_per_vector <= size and r is not best:
                gap = difference(r.recall[0::2], best.recall[0::2])
                assert (r.plan in advice.alike) == (gap.low <= 0 <= gap.high)


def test_an_aim_beyond_the_limit_says_what_would_reach_it() -> None:
    def flat(mean: float) -> Floats:
        return np.full(QUERIES, mean)

    results = [measured(48, 0, flat(0.8), 1000, 0), measured(96, 0, flat(0.96), 1000, 0)]
    advice = choose(results, Budget(48, recall=0.95))
    assert (advice.plan, advice.met) == ("klt > wpq48(scale=0)", False)
    assert advice.wanted == (
        "Nothing measured fits 48 B per vector and reaches recall 0.95. The smallest plan that reaches it, "
        "klt > wpq96(scale=0), takes 96 B."
    )
    with pytest.raises(ThinvecError, match="Nothing fits 16 B per vector; the smallest plan measured takes 48 B"):
        choose(results, Budget(16, recall=0.95))
