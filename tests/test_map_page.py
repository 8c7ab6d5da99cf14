"""The map's page, without a browser: its words, its colours, its figure, and what it does while it knows nothing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.evaluate.measure import Shared
from core.project.budgets import line
from core.project.crowding import crowding
from core.project.kept import kept, near
from core.store import Store, home
from core.types import Corpus, Interval, Vectors
from core.ui import map_chart, map_colours, map_words
from core.ui.map_card import ending, labels
from core.ui.map_chart import Layers, Star
from core.ui.map_frame import Frame
from core.ui.theme import DARK, LIGHT
from tests.screen import services, until, words

__all__ = ["services"]  # a fixture

PAGE = Path(__file__).parents[1] / "pages/map.py"
NASTY = "<script>alert(1)</script> **bold** \u202eright to left\u202c 🧭"


@pytest.fixture(scope="module")
def ready(small: Vectors) -> str:
    """Vectors with hostile texts and columns, all of the default line worked out."""
    store = Store(home())
    texts = tuple(f"{NASTY} number {i} " + "word " * (i % 40) for i in range(600))
    columns = {"package": tuple("numpy" if i % 3 else "<b>scipy" for i in range(600)), "one": ("same",) * 600}
    corpus = Corpus("nasty", texts, tuple(f"{NASTY} query {i}" for i in range(24)), columns=columns)
    vectors = store.save_vectors(small, store.save_corpus(corpus))
    shared = Shared(store.load_vectors(vectors))
    near(store, shared.vectors)
    for plan in line("klt > wpq", 32).values():
        kept(store, shared, plan)
    return vectors


def opened(**address: str) -> AppTest:
    at = AppTest.from_file(str(PAGE), default_timeout=60)
    at.query_params.update({"map_by": "PCA", **address})
    return at.run()


def measured(w: str) -> bool:
    return "The densest tenth" in w and "found at" in w and "0 of 10<" in w


def test_it_says_where_losses_gather_and_how_far_to_trust_it(ready: str) -> None:
    at = opened(data=ready)
    said = until(at, lambda w: measured(w) and "strangers" in w and "…</span>" not in w)
    assert re.search(r"<h1>At 8 bytes, (the few )?(losses gather where|crowded and lone) documents", said)
    assert "All 600 documents drawn. Diamonds: queries." in said
    assert "a sample of 600 of the 600 documents drawn" in said
    assert len(at.get("plotly_chart")) == 1
    assert not at.exception


def test_nothing_of_a_text_is_rendered(ready: str) -> None:
    at = opened(data=ready, map_colour="package")
    said = until(at, lambda w: "The densest tenth" in w)
    assert "<script>" not in said and "&lt;script&gt;" in said
    assert "<b>scipy" not in said and "&lt;b&gt;scipy" in said
    spec = at.get("plotly_chart")[0].proto.spec
    assert "<script>" not in spec and "<b>scipy" not in spec
    assert "one" not in at.selectbox(key="map_colour").options


def test_bytes_move_the_finding_and_not_the_points(ready: str) -> None:
    at = opened(data=ready)
    until(at, measured)
    spec = at.get("plotly_chart")[0].proto.spec
    at.select_slider(key="map_bytes").set_value(2).run()
    assert "<h1>At 2 bytes" in words(at)
    after = at.get("plotly_chart")[0].proto.spec
    assert after != spec
    assert re.findall('"[xy]":{"dtype":"f4","bdata":"[^"]+"', spec) == re.findall(
        '"[xy]":{"dtype":"f4","bdata":"[^"]+"', after
    )
    at.run()
    assert at.get("plotly_chart")[0].proto.spec == after, "the same view is the same bytes"


def test_the_address_picks_a_document_or_a_query(ready: str) -> None:
    at = opened(data=ready, map_pick="d17")
    said = until(at, measured)
    assert "Selected document" in said and "number 17" in said
    at.selectbox(key="map_query").set_value(3).run()
    assert "Selected query" in words(at) and "query 3" in words(at)
    for wrong in ("d999999", "q99", "x", "d-1", "q²", "d" * 5000):
        assert "Selected query" in until(opened(data=ready, map_pick=wrong), measured)


def test_a_plan_of_ones_own_and_one_that_cannot_be_read(ready: str) -> None:
    at = opened(data=ready, map_line="int4; int2")
    said = until(at, measured)
    assert 'title="int2"' in said and 'title="int4"' in said
    at = opened(data=ready, map_line="klt > wqp4")
    assert 'role="alert"' in words(at) and "did you mean" in words(at)
    assert not at.exception


def test_one_plan_needs_no_slider(ready: str) -> None:
    at = opened(data=ready, map_line="int3")
    assert "At 12 bytes" in until(at, measured) or "At 16 bytes" in words(at)
    assert not at.select_slider
    assert not at.exception


def test_where_decoded_vectors_land(ready: str) -> None:
    at = opened(data=ready)
    until(at, measured)
    at.toggle(key="map_moved").set_value(True).run()
    assert "where the decoded vectors of 600 documents" in until(at, lambda w: "Orange" in w)
    assert not at.exception


def test_colour_by_length_and_by_a_column(ready: str) -> None:
    at = opened(data=ready, map_colour="Words per document")
    assert "Words per document, in tenths" in until(at, lambda w: "The densest tenth" in w)
    at.selectbox(key="map_colour").set_value("package").run()
    assert "tv-ramp" in words(at) and "numpy" in words(at)
    assert not at.exception


def test_while_umap_is_arranged_the_map_is_by_pca(ready: str) -> None:
    at = opened(data=ready, map_by="UMAP")
    assert "By PCA until UMAP is ready." in words(at)
    assert at.get("plotly_chart")
    stop = [b for b in at.button if str(b.key).startswith("cancel")]
    if stop:
        stop[-1].click().run()
        until(at, lambda w: "Cancelled" in w or "By PCA until" not in w)
    assert not at.exception


def test_vectors_without_texts_or_judgements(small: Vectors) -> None:
    data = Store(home()).save_vectors(Vectors(small.docs[:300], small.queries, name="bare"))
    at = opened(data=data, map_line="int4; int2")
    said = until(at, measured)
    assert "Query 5" in said and "Document " in said
    assert at.selectbox(key="map_colour").options == ["Neighbours kept"]
    assert not at.exception


def test_texts_without_vectors_wait_for_an_encoder() -> None:
    key = Store(home()).save_corpus(Corpus("bare", tuple(f"text {i}" for i in range(30)), ("a", "b")))
    at = opened(data=key)
    assert "These texts have no vectors yet." in words(at)
    assert not at.exception


def share(dense: float, sparse: float, spread: float = 0.1):
    rng = np.random.default_rng(2)
    radius = np.arange(1000.0)
    return crowding(radius, np.clip(np.where(radius < 500, dense, sparse) + rng.normal(0, spread, 1000), 0, 1))


def test_the_headline_is_what_the_intervals_bear_out() -> None:
    assert map_words.headline(48, share(0.6, 0.9)) == "At 48 bytes, losses gather where documents crowd together."
    assert map_words.headline(48, share(0.9, 0.6)) == "At 48 bytes, losses gather where documents stand apart."
    assert "lose alike, as far as can be told" in map_words.headline(16, share(0.8, 0.8))
    assert map_words.headline(192, share(1, 1, 0)) == "At 192 bytes, no document loses a neighbour."
    assert "the few losses gather" in map_words.headline(192, share(0.98, 0.999, 0.001))
    assert map_words.headline(48, None) == "Which neighbours does each document keep?"
    assert "cannot be told apart; about" in map_words.evidence(share(0.8, 0.8), 10)
    assert map_words.evidence(share(0.6, 0.9), 10).startswith("The densest tenth of the documents keeps 0.60 [")


def test_ten_steps_the_first_for_none_and_one() -> None:
    paint = map_colours.by_share(np.arange(11), 11, 10, LIGHT)
    assert paint.codes.tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert paint.said[7] == "7 of 10 neighbours kept"
    for ramp in map_colours.SEQUENTIAL.values():
        light = [sum(int(c[i : i + 2], 16) * w for i, w in ((1, 0.21), (3, 0.72), (5, 0.07))) for c in ramp]
        assert light == sorted(light) or light == sorted(light, reverse=True)


def test_a_column_has_seven_colours_and_one_for_the_rest() -> None:
    values = [f"v{i * i // 40}" for i in range(40)]
    paint = map_colours.by_column("kind", values, DARK)
    assert len(paint.names) == 8 and paint.names[-1] == "other"
    assert len(set(paint.symbols[:7])) == 7, "colour is not the only cue"
    assert len(map_colours.by_column("kind", ["a", "b"], DARK).names) == 2


def figure(**more):
    rows = np.random.default_rng(0).standard_normal((50, 2)).astype(np.float32)
    paint = map_colours.by_share(np.full(40, 7), 40, 10, LIGHT)
    about = [[f"d{i}", "a"] for i in range(40)]
    asked = [[f"q{i}", "b"] for i in range(5)]
    layers = Layers(rows[:5], rows[5:45], about, rows[45:], asked, paint, **more)
    return layers, map_chart.chart(layers, LIGHT, 744)


def test_the_figure_lies_the_same_whatever_is_picked() -> None:
    star = Star(
        (0.0, 0.0), "query", {"kept": [((0.5, 0.5), "kept, 1")], "lost": [((-1.0, 0.2), "lost, rank 2")], "gained": []}
    )
    (_, bare), (layers, picked) = figure(), figure(star=star)
    assert bare.layout.xaxis.range == picked.layout.xaxis.range
    assert {t.type for t in picked.data} == {"scattergl"}
    assert [a.text for a in picked.layout.annotations] == ["<b>query</b>", "lost, rank 2", "kept, 1"]
    assert picked.to_json() == figure(star=star)[1].to_json()
    said = map_chart.describe(layers, "UMAP", "A finding.", {"kept": 1, "lost": 1, "level": 0})
    assert said == (
        "A finding. Map by UMAP of 45 documents and 5 queries, coloured by neighbours kept by each document; axes have "
        "no unit. Picked: a query; of its neighbours 1 kept, 1 lost."
    )


def test_dashes_are_of_the_size_that_was_asked() -> None:
    frame = Frame.around(np.array([[0, 0], [10, 5]], np.float32), 744, 548)
    assert frame.x[0] < 0 < 10 < frame.x[1] and frame.y[0] < 0 < 5 < frame.y[1]
    xs, ys = frame.dashes((0, 0), (10, 0), 7, 4)
    ends = [frame.spot((x, y)) for x, y in zip(xs, ys, strict=True) if x is not None]
    assert ends[1][0] - ends[0][0] == pytest.approx(7, abs=0.01)
    assert ends[2][0] - ends[1][0] == pytest.approx(4, abs=0.01)
    assert frame.dashes((0, 0), (10, 0), 1, 0) == ([0, 10, None], [0, 0, None])


def test_labels_and_long_names() -> None:
    assert labels(("kept", "lost", "level")) == ["kept, 1", "lost, rank 2", "as near"]
    assert set(labels(("lost",) * 6)) == {"lost, 6"}
    assert ending("numpy.percentile") == "numpy.percentile"
    assert ending("numpy._core.fromnumeric.round_") == "…romnumeric.round_"
    assert Interval(0.5, 0.4, 0.6).mean == 0.5
