"""The rerank curve: one search tells what every depth would bring, to the query, and what it would cost."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.errors import DataError
from core.evaluate.judged import ndcg
from core.evaluate.knobs import KNOBS
from core.evaluate.measure import Shared, measure
from core.evaluate.metrics import recall
from core.evaluate.rerank import Curve, Depth, curve, facts, knee, looked_again
from core.plan import parse
from core.search.built import build
from core.store import Store, home
from core.types import Floats, Interval, Trial, Vectors
from core.ui.rerank_charts import Level, Marks, bytes_read, describe, quality
from core.ui.rerank_panel import beyond, enough, finding, heads, rows
from core.ui.theme import DARK


@pytest.fixture(scope="module")
def shared(small: Vectors) -> Shared:
    return Shared(small)


def drawn(shared: Shared, first: str, second: str, k: int = 10, keeps: tuple[int, ...] = (1, 2, 4, 8, 60)) -> Curve:
    again = build(parse(second), shared.train, shared.vectors.docs)
    made = build(parse(first), shared.train, shared.vectors.docs)
    return curve(made, (again.codebook, again.codes), shared, k, keeps)


@pytest.mark.parametrize("k", [10, 5])
@pytest.mark.parametrize("second", ["f32", "int8", "int4"])
@pytest.mark.parametrize("first", ["bin(mean=1)", "klt > wpq4", "pq4x8 | ivf16(probe=4)", "int4 | hnsw4(search=8)"])
def test_a_depth_is_the_plan_of_that_depth(first: str, second: str, k: int, shared: Shared) -> None:
    found = drawn(shared, first, second, k)
    v, depth = shared.vectors, found.depths[2]
    real = build(parse(f"{first} | keep4 > {second}"), shared.train, v.docs)
    hits, ten = real.search(v.queries, k), real.search(v.queries, 10)
    assert (depth.recall == recall(hits.ids, shared.truth(k), v.docs, v.queries, k)).all()
    assert depth.ndcg is not None and (depth.ndcg == ndcg(ten.ids, v.qrels)).all()
    assert depth.keep == 4 and depth.looked == pytest.approx(hits.looked)


def test_a_depth_is_the_trial_of_that_depth(shared: Shared) -> None:
    real = measure(shared.vectors, Trial(shared.vectors.fingerprint, "bin(mean=1) | keep4 > int8"), shared)
    depth = drawn(shared, "bin(mean=1)", "int8").depths[2]
    assert (depth.recall == real.recall).all() and (depth.ndcg == real.ndcg).all()


def test_looking_at_everything_again_by_floats_is_exact(shared: Shared) -> None:
    found = drawn(shared, "bin(mean=1)", "f32")
    assert (found.depths[-1].recall == 1).all()
    assert all(b.recall.mean() >= a.recall.mean() for a, b in zip(found.depths, found.depths[1:], strict=False))
    assert (found.depths[0].recall == found.alone).all()  # the same k, in another order


def test_bytes_read_are_those_of_both_codes_and_the_index(shared: Shared) -> None:
    flat, lists = drawn(shared, "bin(mean=1)", "f16"), drawn(shared, "bin(mean=1) | ivf16(probe=4)", "f16")
    assert [d.bytes_read for d in flat.depths] == [600 * 4 + 10 * d.keep * 64 for d in flat.depths]
    assert [d.again for d in flat.depths] == [10, 20, 40, 80, 600]
    own = 16 * 32 * 4 + 600 * 4 / 4
    assert [d.bytes_read for d in lists.depths] == [
        pytest.approx(d.looked * 4 + d.again * 64 + own) for d in lists.depths
    ]
    assert all(d.looked == 600 for d in flat.depths)
    assert all(0 < d.looked < 600 for d in lists.depths)


def test_without_judgements_there_is_no_judged_quality(small: Vectors) -> None:
    bare = Shared(replace(small, qrels=small.qrels[:0]))
    found = drawn(bare, "bin", "int8")
    assert all(d.ndcg is None for d in found.depths)
    assert facts(found)[0]["ndcg"] is None


def test_judged_quality_is_that_of_ten_answers_whatever_k(shared: Shared) -> None:
    found = drawn(shared, "bin(mean=1)", "f32", k=1)
    exact = np.argsort(-(shared.vectors.queries @ shared.vectors.docs.T), 1)[:, :10]
    assert np.allclose(found.depths[-1].ndcg, ndcg(exact, shared.vectors.qrels))


def test_the_knee_of_a_curve_that_bends_once() -> None:
    keeps = [1, 2, 4, 8, 16, 32, 64]
    assert knee(keeps, [0.5, 0.7, 0.9, 0.91, 0.92, 0.93, 0.94]) == 4
    assert knee(keeps, [0.5, 0.9, 0.91, 0.92, 0.93, 0.94, 0.95]) == 2
    assert knee([1, 3, 9, 27], [0.0, 0.6, 0.8, 1.0]) == 3


def level(*values: float, q: int = 40) -> Curve:
    """A curve of these mean recalls, with a little spread over the queries."""
    wave = np.where(np.arange(q) % 2, 0.02, -0.02)

    def column(v: float) -> Floats:
        return np.clip(v + wave, 0, 1) if v < 1 else np.ones(q)

    depths = tuple(Depth(2**i, column(v), None, 100.0, 10.0 * 2**i, 0.0) for i, v in enumerate(values))
    return Curve("bin", "f32", 10, 100, column(values[0]), depths)


def test_where_looking_deeper_gains_nothing_there_is_no_knee() -> None:
    assert level(0.8, 0.8, 0.8).knee is None
    assert level(0.5, 0.9, 0.92, 0.93).knee == 2


def test_the_depth_that_reaches_a_target_surely_or_on_average() -> None:
    found = level(0.8, 0.9, 0.95, 1.0)
    assert found.enough(0.9, surely=False) == 2
    assert found.enough(0.9) == 4
    assert found.enough(1.0) == 8
    assert level(0.8, 0.9).enough(0.95) is None


def test_depths_that_make_no_sense_are_explained(shared: Shared) -> None:
    with pytest.raises(DataError, match="whole numbers from 1"):
        drawn(shared, "bin", "f32", keeps=(0, 2))
    with pytest.raises(DataError, match="at least one"):
        drawn(shared, "bin", "f32", keeps=())


def test_one_depth_under_every_engines_name() -> None:
    values = {knob.engine: knob.value(4, 10) for knob in KNOBS}
    assert values.pop("Weaviate") == 40
    assert set(values.values()) == {4} and len(values) == 7
    elastic = next(knob for knob in KNOBS if knob.engine == "Elasticsearch")
    assert elastic.allowed(10, 10) and not elastic.allowed(12, 10)
    names = {"oversampling", "refine_factor", "refine_k", "rescore_multiplier", "k_factor", "rescoreLimit"}
    assert names <= {knob.name for knob in KNOBS}


def test_what_was_measured_is_read_again(shared: Shared, tmp_path) -> None:
    store = Store(tmp_path)
    first = looked_again(store, shared, "bin(mean=1) | keep9 > int8", "int4")
    again = looked_again(store, shared, "bin(mean=1)", "int4")
    assert first.first == again.first == "bin(mean=1)" and again.second == "int4"
    assert facts(again) == facts(first) and again.knee == first.knee
    assert (again.alone == first.alone).all() and again.n == 600


def levels(judged: bool = True) -> list[Level]:
    made = []
    for keep, mean in ((1, 0.7), (2, 0.9), (3, 0.94), (4, 0.97), (8, 0.98)):
        sure = Interval(mean, mean - 0.01, min(1.0, mean + 0.01))
        made.append(Level(keep, 10 * keep, sure, Interval(0.4, 0.38, 0.42) if judged else None, 600, 2400, 640 * keep))
    return made


@pytest.mark.parametrize("narrow", [False, True])
def test_named_depths_are_ringed_and_bars_are_bytes(narrow: bool) -> None:
    marks = Marks(knee=2, enough=4, plan=4)
    top = quality(levels(), marks, look=DARK, show="recall", target=0.95, narrow=narrow)
    line, rings = top.data
    assert list(line.x) == [1, 2, 3, 4, 8] and list(rings.x) == [2, 4]
    assert np.allclose(line.error_y.array, 0.01)
    said = {a.text for a in top.layout.annotations}
    assert said == {"your target, 0.95", "keep2: knee", "keep4: this plan, reaches the target"}
    assert list(top.layout.xaxis.ticktext) == ["1", "2", "4", "8"]
    low = bytes_read(levels(), look=DARK, narrow=narrow)
    assert list(low.data[0].y) == [2400] * 5 and list(low.data[1].y) == [640, 1280, 1920, 2560, 5120]
    assert low.layout.barmode == "stack" and low.layout.yaxis.range[0] == 0
    assert top.layout.xaxis.range == low.layout.xaxis.range and top.layout.margin.l == low.layout.margin.l
    assert describe(levels(), marks, "recall").endswith("keep2: knee. keep4: this plan, reaches the target.")


def test_what_the_depths_bring_in_words() -> None:
    alone = Interval(0.7, 0.69, 0.71)
    said = finding(levels(), Marks(knee=2, enough=4), 0.94, 10, alone)
    assert said.startswith("Without looking again recall@10 is 0.70 [0.69, 0.71]. The knee is at keep2: 0.90")
    assert said.endswith("keep4 reaches 0.94 with the lower end of its interval, keep3 on average.")
    assert "none with the lower end" in finding(levels(), Marks(), 0.98, 10, alone)
    assert finding(levels(), Marks(), 0.999, 10, alone).endswith("No depth up to keep8 reaches 0.999.")
    assert "gains nothing" in finding(levels(), Marks(), None, 10, alone)
    assert enough(levels(), 0.94) == 4 and enough(levels(), None) is None
    assert "does not look at" in beyond(parse("int8 | ivf16"), levels())
    wider = [replace(x, looked=600 + 10 * x.keep) for x in levels()]  # as a beam is
    assert not beyond(parse("int8"), levels()) and not beyond(parse("int8 | hnsw8"), wider)


def test_the_table_keeps_three_columns_on_a_phone() -> None:
    marks = Marks(knee=3)
    wide, narrow = rows(levels(), marks, False), rows(levels(), marks, True)
    assert [r[0] for r in wide] == ["keep1", "keep2", "keep3, knee", "keep4", "keep8"]
    assert {len(r) for r in narrow} == {len(heads(10, levels(), True))} == {3}
    assert {len(r) for r in wide} == {len(heads(10, levels(), False))} == {6}
    assert {len(r) for r in rows(levels(False), marks, False)} == {len(heads(10, levels(False), False))} == {5}


def drawn_panel() -> None:
    import streamlit as st

    from core.ui import rerank_panel
    from core.ui.browser import Screen
    from core.ui.data import Data
    from core.ui.theme import LIGHT

    vectors = st.query_params["vectors"]
    plan = "bin(mean=1) | keep4 > int5"
    rerank_panel.panel(Data(vectors, "small", None, vectors), plan, 10, 0.9, Screen(1280), LIGHT)


def test_the_panel_draws_the_curve_and_names_every_engine(small: Vectors) -> None:
    at = AppTest.from_function(drawn_panel, default_timeout=60)
    at.query_params["vectors"] = Store(home()).save_vectors(small)
    end = time.monotonic() + 120
    while len(at.run().get("plotly_chart")) < 2:
        assert not at.exception and time.monotonic() < end
        time.sleep(0.3)
    said = " ".join(str(e.proto.body) for e in at.get("html"))
    assert "candidates of bin(mean=1), ranked by better codes" in said
    assert "keep4 in your engine" in said and "this plan" in said
    assert all(knob.engine in said and knob.name in said for knob in KNOBS)
    st.cache_resource.clear()
