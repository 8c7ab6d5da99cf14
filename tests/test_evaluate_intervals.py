"""Intervals cover what they claim, pairs stay pairs, and degenerate figures stay sane."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core.errors import ThinvecError
from core.evaluate.intervals import difference, in_doubt, interval, intervals, queries_needed


def recalls(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Recall@10 of queries of very different difficulty, mean 0.8: many at 1, a long tail below."""
    return rng.binomial(10, rng.beta(2.4, 0.6, shape)) / 10


def test_coverage_is_95_percent() -> None:
    samples = recalls(np.random.default_rng(0), 300, 2000)  # 2,000 experiments of 300 queries
    got = intervals(list(samples.T))
    inside = np.mean([i.low <= 0.8 <= i.high for i in got])
    assert 0.93 <= inside <= 0.97


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
