"""The loss ledger: every step answers for its own part, and the parts add up to the whole for every query."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.evaluate.answer import built as fitted
from core.evaluate.losses import facts, losses, read_dimensions, steps, told, unscaled
from core.evaluate.measure import Shared, measure
from core.evaluate.metrics import recall
from core.plan import parse
from core.search.built import build
from core.store import Store, home
from core.types import Interval, Trial, Vectors
from core.ui.losses_charts import Part, describe, waterfall
from core.ui.losses_panel import finding, heading, reached
from core.ui.theme import LIGHT

PLANS = {
    "f32": ["exact", "rounding", "flat index"],
    "bin(mean=1) | keep4 > int8": ["exact", "rounding", "flat index", "keep4 > int8"],
    "klt > wpq4": ["exact", "dimensions without bits", "rounding the rest", "scale per vector", "flat index"],
    "klt > wpq4(scale=0) | ivf16(probe=2)": [
        "exact",
        "dimensions without bits",
        "rounding the rest",
        "ivf16(probe=2) index",
    ],
    "pca8 > int8 | hnsw4(search=8) | keep3 > f16": [
        "exact",
        "dimensions cut",
        "rounding the rest",
        "hnsw4(search=8) index",
        "keep3 > f16",
    ],
    "klt > tune(epochs=1) > wpq4": [
        "exact",
        "dimensions without bits",
        "rounding the rest",
        "scale per vector",
        "flat index",
    ],
    "rot > int4": ["exact", "rounding", "flat index"],
    "pq4x8 + int2": ["exact", "rounding", "flat index"],
}


@pytest.fixture(scope="module")
def shared(small: Vectors) -> Shared:
    return Shared(small)


@pytest.mark.parametrize("text", PLANS)
def test_parts_add_up_to_the_whole_for_every_query(text: str, shared: Shared) -> None:
    found = losses(build(parse(text), shared.train, shared.vectors.docs), shared, 10)
    assert [s.name for s in found] == PLANS[text]
    lost = [np.rint(10 * s.change).astype(int) for s in found]  # neighbours, whole numbers
    assert (sum(lost) == np.rint(10 * (found[-1].recall - 1)).astype(int)).all()
    assert np.abs(sum(s.change for s in found) - (found[-1].recall - 1)).max() < 1e-12
    assert (found[0].recall == 1).all() and not found[0].change.any()
    for step in found:
        assert step.interval.low <= step.change.mean() <= step.interval.high
        assert step.interval.mean == pytest.approx(step.change.mean())
        assert step.what.endswith(".")


@pytest.mark.parametrize("text", PLANS)
def test_the_last_step_is_what_a_trial_measures(text: str, shared: Shared) -> None:
    measured = measure(shared.vectors, Trial(shared.vectors.fingerprint, text), shared)
    found = losses(build(parse(text), shared.train, shared.vectors.docs), shared, 10)
    assert (found[-1].recall == measured.recall).all()


def test_floats_lose_nothing(shared: Shared) -> None:
    assert all(not s.change.any() for s in losses(build(parse("f32"), shared.train, shared.vectors.docs), shared))


def test_an_index_alone_answers_for_rows_not_looked_at(shared: Shared) -> None:
    found = {s.name: s for s in losses(build(parse("f32 | ivf32(probe=1)"), shared.train, shared.vectors.docs), shared)}
    assert not found["rounding"].change.any()
    assert found["ivf32(probe=1) index"].interval.high < 0


def test_dimensions_without_bits_is_exact_search_in_those_that_have_some(shared: Shared) -> None:
    v = shared.vectors
    built = build(parse("klt > wpq3(scale=0)"), shared.train, v.docs)
    name, what, docs, queries = read_dimensions(built.codebook, v.docs, v.queries)  # type: ignore[misc]
    read = built.codebook.state["1.width"][0]
    assert docs.shape == (600, read) and queries.shape == (24, read) and str(read) in what
    ids = np.argsort(-(queries @ docs.T), 1, kind="stable")[:, :10]
    step = next(s for s in losses(built, shared) if s.name == name)
    assert (step.recall == recall(ids, shared.truth(10), v.docs, v.queries, 10)).all()


@pytest.mark.parametrize("text", ["f32", "int8", "rot > int8", "klt > f32"])
def test_nothing_is_said_of_dimensions_where_all_are_read(text: str, shared: Shared) -> None:
    built = build(parse(text), shared.train, shared.vectors.docs)
    assert read_dimensions(built.codebook, shared.vectors.docs, shared.vectors.queries) is None


def test_a_scale_of_one_is_the_recipe_without_a_scale_but_for_its_bits(shared: Shared) -> None:
    built = build(parse("klt > wpq4"), shared.train, shared.vectors.docs)
    plain = unscaled(built.codebook)
    assert plain is not None
    with_, without = (b.decode(built.codes) for b in (built.codebook, plain))
    mean = with_.mean(0)
    along = np.einsum("ij,ij->i", with_ - mean, without - mean)
    assert (along > 0).all() and np.abs(with_ - without).max() > 1e-4
    assert unscaled(build(parse("klt > wpq4(scale=0)"), shared.train, shared.vectors.docs).codebook) is None
    assert unscaled(build(parse("int8"), shared.train, shared.vectors.docs).codebook) is None


def test_what_was_measured_is_read_again(shared: Shared, tmp_path) -> None:
    store, text = Store(tmp_path), "klt > wpq4 | keep4 > int8"
    first = steps([*told(store, shared, text)])
    fitted(store, shared, text)
    blind = replace(shared.vectors, docs=shared.vectors.docs)
    again = steps([*told(store, Shared(blind), text)])
    assert [(s.name, s.what, s.interval) for s in again] == [(s.name, s.what, s.interval) for s in first]
    assert all((a.change == b.change).all() for a, b in zip(again, first, strict=True))
    found = facts(first[2])
    assert found["change"][0] == pytest.approx(first[2].change.mean())
    assert found["queries_worse"] == (first[2].change < 0).sum()


def part(name: str, change: float, after: float, wide: float = 0.01) -> Part:
    moved = 0 if change == 0 else 3
    doubt = Interval(change, change - wide, change + wide) if moved else Interval(0.0, 0.0, 0.0)
    return Part(name, f"{name}.", doubt, Interval(after, after - 0.01, min(1.0, after + 0.01)), moved, 0)


STEPS = [
    part("exact", 0, 1),
    part("rounding <b>", -0.2, 0.8),
    part("flat index", 0, 0.8),
    part("keep4 > int8", 0.1, 0.9),
]


@pytest.mark.parametrize("narrow", [False, True])
def test_bars_float_between_the_levels(narrow: bool) -> None:
    drawn = waterfall(STEPS, look=LIGHT, target=0.85, narrow=narrow)
    bars = drawn.data[0]
    along = bars.x if narrow else bars.y
    assert list(bars.base) == [1.0, 0.8]
    assert np.allclose(along, [-0.2, 0.1])
    assert list(bars.marker.color) == [LIGHT.lost, LIGHT.gained]
    said = [a.text for a in drawn.layout.annotations]
    assert {"<b>1.000</b>", "−0.20", "0.000", "+0.10", "<b>0.90</b>", "your target, 0.85"} <= set(said)
    axis = drawn.layout.yaxis if narrow else drawn.layout.xaxis
    assert [t.replace("<br>", " ") for t in axis.ticktext][1] == "rounding &lt;b&gt;"
    low, high = (drawn.layout.xaxis if narrow else drawn.layout.yaxis).range
    assert low < 0.78 and high > 1


def test_the_picture_in_words() -> None:
    assert describe(STEPS).startswith("Waterfall of recall from 1 to 0.90: rounding <b> −0.20 [−0.21, −0.19],")
    assert heading(STEPS, 10) == "Where the 10 points of recall@10 go"
    assert heading(STEPS[:1], 10) == "No recall@10 is lost"
    assert "Most is lost by rounding <b>: −0.20" in finding(STEPS)
    assert "Most is won back by keep4 > int8: +0.10" in finding(STEPS)
    unsure = [STEPS[0], part("hnsw16 index", -0.001, 0.999)]
    assert "What hnsw16 index changes cannot be told from zero." in finding(unsure)
    assert finding([STEPS[0], STEPS[2]]) == "Every true neighbour is found for every query."


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (0.85, "Your target, 0.85, is met: the lower end of the interval is 0.89."),
        (0.895, "the lower end of its interval, 0.890, lies under it."),
        (0.905, "The mean, 0.900, lies under your target, 0.905; its interval reaches 0.910."),
        (0.95, "0.90 misses your target, 0.95."),
    ],
)
def test_a_target_is_met_by_the_interval_and_not_by_rounding(target: float, words: str) -> None:
    assert words in reached(Interval(0.9, 0.89, 0.91), target)


def drawn_panel() -> None:
    import streamlit as st

    from core.ui import losses_panel
    from core.ui.browser import Screen
    from core.ui.data import Data
    from core.ui.theme import LIGHT

    vectors = st.query_params["vectors"]
    source = Data(vectors, "small", None, vectors)
    losses_panel.panel(source, "klt > wpq4 | keep4 > int8", 10, 0.9, Screen(420), LIGHT)


def test_the_panel_measures_and_says_where_it_goes(small: Vectors) -> None:
    at = AppTest.from_function(drawn_panel, default_timeout=60)
    at.query_params["vectors"] = Store(home()).save_vectors(small)
    end = time.monotonic() + 120
    while not at.run().get("plotly_chart"):
        assert not at.exception and time.monotonic() < end
        time.sleep(0.3)
    said = " ".join(str(e.proto.body) for e in at.get("html"))
    assert "Where the" in said and "dimensions without bits" in said and "keep4 &gt; int8" in said
    assert "paired bootstrap over 24 held-out queries" in said and "your target" in said.casefold()
    st.cache_resource.clear()
