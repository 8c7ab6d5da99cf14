"""The Codecs page, without a browser: what a stage does to a vector, bits per dimension, the plan builder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest
import streamlit as st

from core.catalogue import catalogue
from core.evaluate.portrait import Mini, mini, portraits, sitting
from core.plan import parse
from core.store import Store, home
from core.types import Vectors
from core.ui import codec_life, codec_pictures, part_charts, portrait_panel
from core.ui.builder_parts import example
from core.ui.theme import DARK, LIGHT
from core.work import work
from tests.doctored import doctored
from tests.screen import opened, until, words


@pytest.fixture(scope="module", autouse=True)
def services() -> Iterator[None]:
    doctored(Store(home()), [("pq5x8, bytes and scores", True, "5 B")])
    kept = portrait_panel.minis
    portrait_panel.minis = lambda source, plans: {}  # they have a run of their own, which others would wait for
    yield
    portrait_panel.minis = kept
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def data(small: Vectors) -> str:
    """Other vectors than those of other pages: nothing is measured on them yet."""
    return Store(home()).save_vectors(Vectors(small.docs[:500], small.queries, small.train_queries, name="small too"))


def pictures(html: str) -> list[ElementTree.Element]:
    """Every SVG inside an image, parsed."""
    found = re.findall(r'src="data:image/svg\+xml,([^"]*)"', html)
    return [ElementTree.fromstring(unquote(text)) for text in found]


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
@pytest.mark.parametrize("plan", ["klt > wpq6", "int8", "f32", "pca16 > bin + int4"])
def test_the_pictures_of_a_vector_are_sound_and_have_alt_text(small: Vectors, plan: str, look) -> None:
    (p, *_), _ = portraits(plan, sitting(small))
    html = codec_pictures.drawn(p, look, look.family["flagship"], "klt")
    found = pictures(html)
    assert len(found) == len(p.steps) + 3 + (len(p.steps) > 1)
    assert html.count("<img") == html.count('alt="')
    assert "<svg" not in html and "nan" not in html.lower()
    for name, size in p.spent.items():
        assert f"{name} {size:,} bit" in html


def test_a_picture_of_a_code_has_a_square_for_every_bit(small: Vectors) -> None:
    (p, *_), _ = portraits("klt > wpq6", sitting(small))
    svg = pictures(codec_pictures.code(p, LIGHT, "#D42E06"))[0]
    paths = [e.attrib["d"].count("z") for e in svg.iter() if e.tag.endswith("path")]
    assert paths == [44, int(p.bits[:44].sum()), 4, int(p.bits[44:].sum())]
    (p, *_), _ = portraits("lvq8x8", sitting(Vectors(np.tile(small.docs, 4), small.queries)))
    html = codec_pictures.code(p, LIGHT, "#007F50")
    assert "the first 960 and last 64 bits" in html
    paths = [e.attrib["d"].count("z") for e in pictures(html)[0].iter() if e.tag.endswith("path")]
    assert paths[0] == 960 + 32 and paths[2] == 32


def test_bars_are_as_high_as_their_numbers() -> None:
    svg = pictures(codec_pictures.bars(np.array([1.0, -0.5, 0.0]), "#000", LIGHT))[0]
    path = next(e.attrib["d"] for e in svg.iter() if e.tag.endswith("path"))
    ys = [float(y) for y in re.findall(r"V([\d.]+)H", path)]
    middle = codec_pictures.HIGH / 2
    assert [middle - y for y in ys] == pytest.approx([middle - 0.5, -(middle - 0.5) / 2, 0], abs=0.06)


def test_the_bit_picture_of_any_plan_is_as_large_as_its_bits(small: Vectors) -> None:
    _, share = portraits("pca16 > int4", sitting(small))
    figure = portrait_panel.figure(share, LIGHT, "#007F50")
    x, y = (np.array(figure.data[0][axis], float) for axis in "xy")
    assert np.sum((y[1:] + y[:-1]) / 2 * np.diff(x)) == pytest.approx(share.rates.sum(), rel=1e-6)
    assert figure.layout.xaxis.range[1] == 33
    assert any("16 cut" in a.text for a in figure.layout.annotations)
    assert "201 documents" in portrait_panel.said(share) and "16 of 32" in portrait_panel.described(share)
    _, deal = portraits("klt > wpq6", sitting(small))
    assert "Each slice is 4 bytes" in portrait_panel.said(deal)
    low = part_charts.effective(np.array([-3.0, -0.2]), np.array([1.0, 0.5]), look=DARK, colour="#fff")
    assert low.layout.yaxis.range[0] < 0


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_stage_is_shown_by_a_plan_that_uses_it(name: str) -> None:
    e = catalogue()[name]
    for text in e.examples:
        assert name in codec_life.stages(example(e, text)) or name == "flat"
    for dim, budget in ((384, 48), (384, 1536), (32, 8), (768, 96)):
        plan = codec_life.shown(e, dim, budget)
        assert name in codec_life.stages(plan) or name == "flat", plan
        assert parse(plan).nbytes(dim) > 0


def test_the_gallery_draws_what_it_can(small: Vectors, tmp_path) -> None:
    store, told = Store(tmp_path), {}

    class Told:
        def __call__(self, fraction: float, stage: str) -> None:
            assert 0 <= fraction <= 1

        def known(self, **result: object) -> None:
            told.update(result)

    shows = {"pq": "pq5x8", "klt": "klt > int8", "too many": "pca9000 > int8"}
    work("gallery")(store, {"vectors": store.save_vectors(small), "shows": shows, "seed": 0}, Told())
    assert set(told["minis"]) == {"pq", "klt"}
    assert len(told["minis"]["pq"]["bits"]) == 40


def test_a_thumbnail_says_what_it_shows(small: Vectors) -> None:
    of = sitting(small)
    code, turn = mini("pq5x8", of, "pq"), mini("klt > int8", of, "klt")
    assert 'alt="pq5x8: a vector, its bits, what comes back"' in codec_pictures.thumbnail(code, LIGHT, "#063C66")
    assert "what becomes of it" in codec_pictures.thumbnail(turn, LIGHT, "#D42E06")
    zero = Mini("<b>", (0.0, 0.0), (0, 1), (0.0, 0.0))
    assert "&lt;b&gt;" in codec_pictures.thumbnail(zero, LIGHT, "#000")


def test_the_card_draws_one_vector_and_where_the_bits_go(data: str) -> None:
    at = opened("codecs", data=data, codec="pq", bytes="16")
    said = until(at, lambda w: "the error, same scale" in w)
    assert "Where the 128 bits go" in said and "documents it has not seen" in said
    assert "Learned on 332 documents of this corpus; document" in said
    assert len(pictures(said)) >= 4
    assert not at.exception


def test_an_index_is_drawn_by_what_it_touches(data: str) -> None:
    at = opened("codecs", data=data, codec="flat")
    assert "What a query touches" in words(at) and "500" in words(at)
    second = words(opened("codecs", data=data, codec="keep"))
    assert "Known once a plan with it is measured here." in second or "of them scored again" in second


def test_trained_stages_wait_to_be_asked(data: str) -> None:
    at = opened("codecs", data=data, codec="rbe", bytes="16")
    assert "drawn on request" in words(at)
    assert any(b.label == "Draw it" for b in at.button)


def test_a_plan_is_composed_by_clicks_and_by_text(data: str) -> None:
    at = opened("codecs", data=data, build="klt.wpq8")
    assert at.text_input(key="build text").value == "klt > wpq8"
    at.select_slider(key="build first 1 size").set_value(6).run()
    assert at.text_input(key="build text").value == "klt > wpq6"
    assert at.query_params["build"] in ("klt.wpq6", ["klt.wpq6"])
    assert "6 B per vector" in words(at) and "1/21 of float32" in words(at)
    at.selectbox(key="build kind first").set_value("Scalar codes").run()
    at.button(key="build put first int").click().run()
    assert at.text_input(key="build text").value == "klt > int8"
    at.button(key="build remove first 1").click().run()
    assert "A plan needs a codec" in words(at)
    at.button(key="build remove first 0").click().run()
    assert at.text_input(key="build text").value == "int8"
    at.button(key="build undo").click().run()
    at.button(key="build undo").click().run()
    assert at.text_input(key="build text").value == "klt > wpq6"
    at.button(key="build redo").click().run()
    assert at.text_input(key="build text").value == "klt > int8"
    at.text_input(key="build text").set_value("klt > <b>").run()
    assert 'role="alert"' in words(at) and "^" in words(at) and "<b>" not in words(at).split('role="alert"')[1][:300]
    at.selectbox(key="build start").set_value("bin + int2(clip=500)").run()
    assert at.text_input(key="build text").value == "bin + int2(clip=500)"
    assert not at.exception


def test_a_composed_plan_is_measured_ranked_and_used(data: str) -> None:
    at = opened("codecs", data=data, build="int3_clip40")
    assert "Not measured on small too" in words(at)
    at.button(key="build measure").click().run()
    until(at, lambda w: "Rank</span>" in w)
    at.text_input(key="build text").set_value("int3(clip=70)").run()
    at.button(key="build measure").click().run()
    said = until(at, lambda w: "Rank</span>" in w)
    assert 'over <span class="tv-plan">' in said
    assert re.search(r"<span>\d+ of \d+ <i>measured at 12 B or less", said)
    at.button(key="build use").click().run()
    assert "int3(clip=70)" in str(at.query_params["plans"])
    assert not at.exception
