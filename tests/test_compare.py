"""Two plans compared: pairs stay pairs, counts add up, words say no more than the interval, the verb says it all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from core.cli import main
from core.errors import ThinvecError
from core.evaluate.answer import measured
from core.evaluate.compare import beside, compared, extremes, figures, numbers, summed
from core.evaluate.intervals import difference
from core.evaluate.measure import Shared
from core.store import Store, home
from core.types import Interval, Result, Trial, Vectors
from core.ui import compare_charts
from core.ui.theme import LIGHT
from tests.others import made_up
from tests.screen import opened, words

Q, J = 300, 120


def result(plan: str, recall: np.ndarray, ndcg: np.ndarray | None = None, **more) -> Result:
    return made_up(plan, recall, ndcg=ndcg, mrr=ndcg, **more)


@pytest.fixture(scope="module")
def pair() -> tuple[Result, Result]:
    """a finds more neighbours; what is judged moves at random."""
    rng = np.random.default_rng(0)
    base, judged = rng.binomial(10, 0.7, Q) / 10, rng.choice([0.0, 0.5, 1.0], J)
    shaken = np.clip(judged + rng.choice([-0.5, 0, 0.5], J, p=[0.05, 0.9, 0.05]), 0, 1)
    a = result("klt > wpq48", np.minimum(base + 0.1, 1), shaken, error=0.1, cosine=0.95)
    return a, result("pq48x8", base, judged, error=0.2)


def test_every_difference_is_paired(pair: tuple[Result, Result]) -> None:
    a, b = pair
    found = compared(a, b)
    assert list(found) == ["recall", "ndcg", "mrr"]  # only what both have per query, in the order of the table
    assert found["recall"].gap == difference(a.recall, b.recall)
    assert found["recall"].gap.high - found["recall"].gap.low < 0.02 < found["recall"].a.high - found["recall"].a.low
    for p in found.values():
        assert p.better + p.alike + p.worse == len(p.values)
        assert p.gap.mean == pytest.approx(p.a.mean - p.b.mean)


def test_verdicts_are_those_of_the_interval(pair: tuple[Result, Result]) -> None:
    a, b = pair
    there, back = compared(a, b), compared(b, a)
    assert there["recall"].verdict == "ahead"
    assert back["recall"].verdict == "behind"
    assert (there["recall"].better, there["recall"].worse) == (back["recall"].worse, back["recall"].better)
    assert there["recall"].worse == 0
    assert there["ndcg"].verdict.startswith("cannot be told apart; about")
    assert there["ndcg"].needed > J
    same = compared(a, a)
    assert {p.verdict for p in same.values()} == {"cannot be told apart; they score alike on these queries"}
    assert {p.alike for p in same.values()} == {Q, J}


def test_only_answers_to_the_same_question_are_compared(pair: tuple[Result, Result]) -> None:
    a, b = pair
    for other in (Trial("w", "pq48x8"), Trial("v", "pq48x8", 100), Trial("v", "pq48x8", 10, 1)):
        with pytest.raises(ThinvecError, match="measure both alike"):
            compared(a, replace(b, trial=other))


def test_where_they_differ_most(pair: tuple[Result, Result]) -> None:
    a, b = pair
    recall = a.recall.copy()
    recall[[7, 11]] = b.recall[[7, 11]] + [0.3, -0.6]
    found = compared(replace(a, recall=recall), b)["recall"]
    assert extremes(found, 2).tolist() == [11, 7]
    assert not len(extremes(compared(a, a)["recall"]))
    assert (np.diff(np.abs(found.values[extremes(found, 50)])) <= 1e-12).all()


def test_rows_of_judged_figures_are_judged_queries(pair: tuple[Result, Result]) -> None:
    found, judged = compared(*pair), np.arange(0, 2 * J, 2)
    np.testing.assert_array_equal(numbers(found["recall"], judged), np.arange(Q))
    np.testing.assert_array_equal(numbers(found["ndcg"], judged), judged)
    sampled = replace(found["recall"], metric="kendall")
    with pytest.raises(ThinvecError, match="not told query by query"):
        numbers(sampled, judged)


def test_what_has_no_interval_is_shown_where_both_have_it(pair: tuple[Result, Result]) -> None:
    assert figures(*pair) == {"bytes_per_vector": (48, 48), "looked": (1000, 1000), "error": (0.1, 0.2)}


FELL, STILL = Interval(-0.09, -0.1, -0.08), Interval(-0.001, -0.004, 0.002)


def test_neighbours_and_judged_answers_in_one_sentence(pair: tuple[Result, Result]) -> None:
    assert beside(FELL, STILL, "float32") == (
        "Recall fell 9 points; judged nDCG@10 did not move measurably: −0.001 [−0.004, +0.002] against float32."
    )
    assert beside(Interval(0.02, 0.01, 0.03), FELL, "bin").startswith(
        "Recall rose 2 points; judged nDCG@10 fell: −0.09"
    )
    assert beside(STILL, None, "bin").startswith("Recall did not move measurably. This corpus has no judgements")
    assert beside(Interval(-0.004, -0.005, -0.003), STILL, "f32").startswith("Recall fell less than a point;")
    assert summed(compared(*pair), "pq48x8").startswith("Recall rose 1")
    assert "did not move" in summed(compared(*pair), "pq48x8")


def test_the_verb_compares(small: Vectors, tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "v.npz"
    np.savez(path, docs=small.docs, queries=small.queries, train_queries=small.train_queries, qrels=small.qrels)
    assert main(["compare", str(path), "int4", "f32", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = {f["metric"]: f for f in lines if "metric" in f}
    assert set(told) >= {"recall", "one_recall", "ndcg", "average_precision", "kendall", "error", "bytes_per_vector"}
    assert told["recall"]["low"] <= told["recall"]["gap"] <= told["recall"]["high"] <= 0
    assert told["recall"]["better"] == 0
    assert told["error"]["b_mean"] == 0 < told["error"]["a_mean"]
    assert all(0 <= f["query"] < 24 and f["gap"] < 0 for f in lines if "query" in f)
    assert main(["compare", str(path), "bin", "int4"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("bin against int4. Recall fell")
    assert "behind" in said
    assert main(["compare", str(path), "bin", "wqp8"]) == 2
    assert "did you mean" in capsys.readouterr().err


@pytest.fixture(scope="module")
def data(small: Vectors) -> Iterator[str]:
    """Vectors on which three plans are measured."""
    store = Store(home())
    list(measured(store, Shared(small), ["klt > wpq6", "int4", "f32"]))
    yield store.save_vectors(small)
    st.cache_resource.clear()


def test_the_page_compares_two_plans(data: str) -> None:
    at = opened("evidence", data=data, about="Two plans", compare_a="klt > wpq6", compare_b="f32")
    assert not at.exception
    said = words(at)
    assert "Recall fell" in said
    assert "against f32." in said
    assert 'title="k-recall@k' in said
    assert "24 held-out queries and 24 judged queries" in said
    assert at.selectbox(key="compare_a").value == "klt > wpq6"
    assert at.selectbox(key="compare_q").options[0].endswith(tuple("0123456789"))
    assert at.get("plotly_chart")
    assert "of 10 kept" not in said
    at.selectbox(key="compare_b").set_value("int4").run()
    assert "against int4." in words(at)
    assert not at.exception


def test_a_plan_that_cannot_be_read_is_answered_with_a_caret(data: str) -> None:
    said = words(opened("evidence", data=data, about="Two plans", compare_a="klt > wpq6", compare_b="<b>wqp6"))
    assert 'role="alert"' in said
    assert "&lt;b&gt;wqp6" in said
    assert "<b>wqp6" not in said


@pytest.mark.parametrize("narrow", [False, True])
def test_the_picture_is_of_every_query(pair: tuple[Result, Result], narrow: bool) -> None:
    a, b = pair
    found = compared(a, b)["recall"]
    gains, losses, line = compare_charts.differences(found, 10, look=LIGHT, narrow=narrow).data
    assert min(gains.y) == max(losses.y) == 0
    assert (np.diff(line.y) <= 0).all()
    assert (line.x[0], line.x[-1]) == (0, 100)
    area = float((np.diff(line.x) * line.y[:-1]).sum()) / 100
    assert area == pytest.approx(found.gap.mean)  # the areas are what is gained and lost
    assert "better on" in compare_charts.describe(found, a.plan, b.plan, 10)
