"""Intervals cover what they claim, pairs stay pairs, and degenerate figures stay sane."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from core.errors import ThinvecError
from core.evaluate import intervals as measured
from core.evaluate.intervals import difference, halves, in_doubt, interval, intervals, queries_needed, told_apart


def recalls(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Recall@10 of queries of very different difficulty, mean 0.8: many at 1, a long tail below."""
    return rng.binomial(10, rng.beta(2.4, 0.6, shape)) / 10


RANKS, PLACE = np.r_[1 / np.arange(1, 11), 0.0], np.r_[0.5, 0.15, 0.08, 0.05, 0.03, 0.02, 0.02, 0.01, 0.01, 0.01, 0.12]

SHAPES = {  # samples (q, experiments) and their true mean
    "recall@10, mean 0.80": (recalls, 0.8),
    "recall@10, mean 0.95": (lambda rng, *shape: rng.binomial(10, rng.beta(9.5, 0.5, shape)) / 10, 0.95),
    "one neighbour, found by 60 %": (lambda rng, *shape: 1.0 * (rng.random(shape) < 0.6), 0.6),
    "one neighbour, found by 90 %": (lambda rng, *shape: 1.0 * (rng.random(shape) < 0.9), 0.9),
    "reciprocal rank": (lambda rng, *shape: rng.choice(RANKS, shape, p=PLACE), float(RANKS @ PLACE)),
    "paired difference": (lambda rng, *shape: rng.choice([-0.1, 0, 0.1, 0.2], shape, p=[0.2, 0.4, 0.3, 0.1]), 0.03),
}


def inside(shape: str, queries: int, experiments: int = 2000) -> float:
    """How many of the intervals hold the true mean."""
    draw, mean = SHAPES[shape]
    got = intervals(list(draw(np.random.default_rng([queries, 1]), queries, experiments).T))
    return float(np.mean([i.low - 1e-12 <= mean <= i.high + 1e-12 for i in got]))


@pytest.fixture
def fewer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """2,000 resamples: where an interval ends is a little less certain, how often it covers is not."""
    monkeypatch.setattr(measured, "RESAMPLES", 2_000)
    measured._kept.cache_clear()
    yield
    measured._kept.cache_clear()


@pytest.mark.usefixtures("fewer")
@pytest.mark.parametrize("queries", [60, 300])
@pytest.mark.parametrize("shape", SHAPES)
def test_coverage_is_95_percent(shape: str, queries: int) -> None:
    assert 0.93 <= inside(shape, queries) <= 0.97


@pytest.mark.usefixtures("fewer")
@pytest.mark.parametrize("shape", ["recall@10, mean 0.80", "reciprocal rank", "paired difference"])
def test_intervals_of_twenty_queries_are_widened(shape: str) -> None:
    assert 0.93 <= inside(shape, 20) <= 0.97  # plain percentiles: 0.93, 0.92, 0.93


def test_the_widening_is_student_s() -> None:
    from scipy.stats import t

    for freedom, tolerance in ((3, 5e-3), (4, 1e-3), (19, 1e-5), (999, 1e-7)):
        assert measured.student(freedom) == pytest.approx(t.ppf(0.975, freedom), abs=tolerance)


def test_choosing_and_reporting_share_no_query() -> None:
    values = np.arange(7.0)
    choose, report = halves(values)
    assert sorted([*choose, *report]) == values.tolist()
    np.testing.assert_array_equal(choose, [0, 2, 4, 6])


@pytest.mark.usefixtures("fewer")
def test_among_many_equals_hardly_one_seems_different() -> None:
    """With 20 equal rivals one by one, some interval leaves zero out in most experiments; together in 5 %."""
    mistaken, one_by_one = 0, 0
    for experiment in range(60):
        table = recalls(np.random.default_rng(experiment), 200, 21)
        best, rivals = table[:, 0], list(table.T[1:])
        mistaken += any(told_apart(best, rivals))
        one_by_one += any(not i.low <= 0 <= i.high for i in intervals([best - r for r in rivals]))
    assert mistaken / 60 <= 0.12
    assert one_by_one / 60 > 0.25


def test_clear_rivals_are_told_apart_from_the_best() -> None:
    best = recalls(np.random.default_rng(6), 300)
    worse, alike = np.clip(best - 0.1, 0, 1), np.random.default_rng(7).permutation(best)
    assert told_apart(best, [worse, alike, best]) == [True, False, False]
    assert told_apart(best, []) == []


def test_width_is_that_of_the_normal_limit() -> None:
    values = recalls(np.random.default_rng(1), 1000)
    got = interval(values)
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    assert got.mean == pytest.approx(values.mean())
    assert (got.high - got.low) / 2 == pytest.approx(half, rel=0.05)


def test_same_seed_and_length_are_the_same_resamples() -> None:
    rng = np.random.default_rng(2)
    a, b = recalls(rng, 200), recalls(rng, 200)
    assert interval(a, 3) == interval(a, 3) != interval(a, 4)
    assert vars(interval(a, 3)) == pytest.approx(vars(intervals([b, a], 3)[1]))  # alone or together
    shifted = difference(a, a - 0.25)
    assert (shifted.low, shifted.high) == pytest.approx((0.25, 0.25))  # unpaired it would be ± 0.05
    wide, narrow = interval(a), difference(a, np.clip(a - 0.01 * (b > 0.5), 0, 1))
    assert narrow.high - narrow.low < (wide.high - wide.low) / 5


def test_many_queries_are_not_kept_but_mean_the_same() -> None:
    values = recalls(np.random.default_rng(3), 4200)
    got = interval(values)
    assert (got.high - got.low) / 2 == pytest.approx(1.96 * values.std() / np.sqrt(4200), rel=0.06)


def test_all_equal_values_have_an_interval_of_no_width() -> None:
    assert interval(np.ones(50)) == interval(np.ones(50), 9)
    assert (interval(np.ones(50)).low, interval(np.ones(50)).high) == (1.0, 1.0)
    assert interval(np.full(7, 0.3)).low == pytest.approx(0.3)


@pytest.mark.parametrize("values", [np.array([]), np.array([0.5]), np.array([0.5, np.nan])])
def test_what_has_no_interval_says_so(values: np.ndarray) -> None:
    with pytest.raises(ThinvecError, match="An interval needs"):
        interval(values)


def test_pairs_need_the_same_queries() -> None:
    with pytest.raises(ThinvecError, match="got 3 and 4"):
        difference(np.ones(3), np.ones(4))


def test_queries_needed_settles_it_four_times_in_five() -> None:
    rng = np.random.default_rng(4)
    pool = rng.normal(0.02, 0.2, 1000)
    pool += 0.02 - pool.mean()
    needed = queries_needed(pool, np.zeros(1000))
    assert needed == pytest.approx(7.84 * 100, rel=0.1)
    settled = rng.normal(0.02, 0.2, (3000, needed))
    half = 1.96 * settled.std(1) / np.sqrt(needed)
    assert np.mean(settled.mean(1) > half) == pytest.approx(0.8, abs=0.05)


def test_words_of_doubt() -> None:
    rng = np.random.default_rng(5)
    a = recalls(rng, 400)
    b = a + rng.choice([-0.1, 0, 0.1], 400, p=[0.32, 0.34, 0.34])
    assert in_doubt(a, a - 0.1) == ""
    words = in_doubt(a, b)
    said = re.fullmatch(r"cannot be told apart; about ([\d,]+) queries would settle it", words)
    assert said
    assert int(said[1].replace(",", "")) > 400
    a = np.tile([0.0, 1.0], 200)
    b = 1 - a
    b[0] = 0.999
    assert in_doubt(a, b) == "cannot be told apart; it would take more than 1,000,000 queries"
    assert in_doubt(a, a) == "cannot be told apart; they score alike on these queries"
    assert queries_needed(a, a) == 0


@pytest.mark.parametrize("queries", [60, 100, 300, 1000])
@pytest.mark.parametrize("differing", [1, 2, 3])
@pytest.mark.parametrize("by", [0.1, 0.3, 0.369])
def test_a_handful_of_queries_tells_no_two_plans_apart(queries: int, differing: int, by: float) -> None:
    """More than one resample in forty draws none of up to three queries, so the interval ends at zero, not beside."""
    a = np.zeros(queries)
    a[:differing] = by
    assert difference(a, np.zeros(queries)).low == 0.0
    assert difference(np.zeros(queries), a).high == 0.0
    assert "cannot be told apart" in in_doubt(a, np.zeros(queries))


def test_ends_are_the_percentiles_that_scipy_finds() -> None:
    from scipy.stats import bootstrap

    d = recalls(np.random.default_rng(4), 1000) - 0.8
    found = bootstrap((d,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(5))
    low, high = found.confidence_interval
    assert interval(d).low == pytest.approx(low, abs=0.001)
    assert interval(d).high == pytest.approx(high, abs=0.001)
