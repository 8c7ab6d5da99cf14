"""Calibration: ranges come from samples of documents, never from queries; what samples and cuts cost is measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.compress.codebook import Codebook
from core.compress.int import Int
from core.errors import DataError, PlanError
from core.evaluate import calibrate
from core.evaluate.calibrate import Bench, Calibration, ends, outside, rules, studio, trial
from core.evaluate.clip_lines import histograms
from core.evaluate.held import kept
from core.evaluate.measure import Shared
from core.types import Rows, State, Train, Vectors


@pytest.fixture(scope="module")
def eight(small: Vectors) -> list[Calibration]:
    return list(studio(small, bits=8, percent=5))


def at(found: list[Calibration], sample: int, rule: str) -> Calibration:
    return next(c for c in found if c.sample == sample and c.rule.startswith(rule))


def test_every_rule_meets_every_sample_size(eight: list[Calibration]) -> None:
    assert {c.sample for c in eight} == {30, 100, 300, 600}
    assert len(eight) == 4 * 5
    assert [c.samples for c in eight if c.rule == "min to max"] == [1, 5, 5, 5]
    assert at(eight, 600, "without 5 %").plan == "int8(clip=500)"
    assert at(eight, 600, "one range, without").plan == "int8(clip=500,shared=1)"


def test_all_documents_from_min_to_max_clip_nothing_and_are_the_yardstick(eight: list[Calibration]) -> None:
    base = eight[0]
    assert (base.rule, base.sample, base.clipped) == ("min to max", 600, 0)
    assert base.gap.mean == base.gap.low == base.gap.high == 0
    assert base.lowest == base.highest == base.recall.mean


def test_thirty_documents_are_too_few_for_eight_bits(eight: list[Calibration]) -> None:
    few, many = at(eight, 30, "min to max"), at(eight, 300, "min to max")
    assert few.clipped > 5 * many.clipped > 0
    assert few.gap.high < 0
    assert few.recall.mean < many.recall.mean
    assert few.highest > few.lowest


def test_cutting_eight_bits_is_worse_than_none(eight: list[Calibration]) -> None:
    cut = at(eight, 600, "without 5 %")
    assert cut.gap.high < 0
    assert cut.clipped == pytest.approx(0.1, abs=0.01)


def test_one_far_dimension_stretches_the_one_range_for_all() -> None:
    assert at(list(studio(off_centre(), bits=3, sizes=[600])), 600, "one range for all").gap.high < 0


def off_centre() -> Vectors:
    x = np.random.default_rng(7).standard_normal((700, 16))
    x[:, 0] += 6
    rows = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    return Vectors(rows[100:], rows[:100])


def test_coding_the_queries_too_costs_more() -> None:
    four = next(iter(studio(off_centre(), bits=4)))
    assert four.coded.mean < four.recall.mean


def test_queries_are_never_calibrated_on(small: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    taught: list[Train] = []
    fit = Int.fit

    def watched(self: Int, train: Train) -> State:
        taught.append(train)
        return fit(self, train)

    monkeypatch.setattr(Int, "fit", watched)
    first = list(studio(small, bits=4, sizes=[50]))
    documents = {row.tobytes() for row in small.docs}
    assert len(taught) == 5 * 5 + 5
    for train in taught:
        assert train.queries is None
        assert all(row.tobytes() in documents for row in train.rows)
    turned = replace(small, queries=np.ascontiguousarray(-small.queries), train_queries=None)
    again = list(studio(turned, bits=4, sizes=[50]))
    assert [c.clipped for c in again] == [c.clipped for c in first], "other queries, the same ranges"


def test_a_query_alone_would_calibrate_to_nothing(small: Vectors) -> None:
    """One row has no range: what a library does when it calibrates on the query it is given."""
    bench = Bench.of(small)
    book = Codebook.fit(Int(8), Train(np.repeat(small.queries[:1], 2, 0)))
    low, high = ends(book)
    assert (high - low).max() < 1e-6
    assert outside(bench.queries[1:], low, high) > 0.99


def test_a_trial_is_what_the_plan_itself_keeps(small: Vectors) -> None:
    bench = Bench.of(small)
    for plan, codec in (("int4", Int(4)), ("int4(clip=100)", Int(4, clip=100)), ("int8", Int(8))):
        tried = trial(bench, codec, small.docs)
        np.testing.assert_allclose(tried.recall, kept(Shared(small), plan, 10))


def test_the_same_seed_gives_the_same_figures_and_numpys_generator_is_left_alone(small: Vectors) -> None:
    before = np.random.get_state()[1].copy()
    a, b = (list(studio(small, bits=2, sizes=[40], seed=3)) for _ in range(2))
    assert a == b
    assert a != list(studio(small, bits=2, sizes=[40], seed=4))
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_progress_is_told(small: Vectors) -> None:
    said: list[tuple[float, str]] = []
    list(studio(small, bits=2, sizes=[40], progress=lambda f, s: said.append((f, s))))
    assert said[0] == (0.0, "Calibrating int2 on 600 documents, 1 of 10")
    assert len(said) == 10


def test_samples_hold_documents_and_differ(small: Vectors) -> None:
    bench = Bench.of(small)
    samples = list(bench.samples(30))
    assert len(samples) == calibrate.SEEDS
    assert len({s.tobytes() for s in samples}) == calibrate.SEEDS
    assert [len(s) for s in bench.samples(600)] == [600]


def test_outside_counts_values_beyond_either_end() -> None:
    x = np.array([[0.0, 5.0], [2.0, 1.0]], np.float32)
    low, high = np.zeros(2, np.float32), np.array([1.0, 5.0], np.float32)
    assert outside(x, low, high) == 0.25
    assert outside(x[:0], low, high) == 0


def test_a_histogram_has_the_lines_of_every_rule(small: Vectors) -> None:
    found = histograms(small, bits=4, percent=1).of(3)
    assert found.counts.sum() == 600
    low, high = found.lines["min to max"]
    values: Rows = small.docs[:, 3]
    assert (low, high) == (pytest.approx(values.min(), abs=1e-6), pytest.approx(values.max(), abs=1e-6))
    cut = found.lines["without 1 % at each end"]
    assert low < cut[0] < cut[1] < high
    assert set(found.lines) == {r.name for r in rules(4, 1)}


@pytest.mark.parametrize("percent", [0, 50, -1])
def test_a_cut_that_leaves_nothing_is_refused(small: Vectors, percent: float) -> None:
    with pytest.raises(DataError, match=r"0\.01 to 49 %"):
        rules(4, percent)


def test_what_cannot_be_calibrated_is_said(small: Vectors) -> None:
    with pytest.raises(DataError, match="at least 60 documents"):
        next(iter(studio(replace(small, docs=small.docs[:50]))))
    with pytest.raises(DataError, match="samples of 1"):
        next(iter(studio(small, sizes=[1])))
    with pytest.raises(DataError, match="32 dimensions, counted from 0; got 32"):
        histograms(small).of(32)
    with pytest.raises(PlanError, match="1 to 8"):
        next(iter(studio(small, bits=9)))


def test_the_noise_of_a_dead_dimension_is_not_clipped() -> None:
    """MiniLM has dimensions whose values are some 1e-8: what lies outside of such a range loses nothing."""
    low, high = np.float32([-0.1, -6e-8]), np.float32([0.1, -3e-8])
    rows = np.float32([[0.0, -1e-8], [0.05, -9e-8], [0.11, -4e-8], [0.1, 0.0]])
    assert outside(rows, low, high) == 1 / 8
