"""Every page, without a browser: it says what was measured, keeps its state in the address, explains what is wrong."""

from __future__ import annotations

import io

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.catalogue import GROUPS, catalogue
from core.store import Store, home
from core.types import Corpus, Vectors
from tests.doctored import doctored
from tests.others import other
from tests.screen import MAIN, opened, services, until, words

__all__ = ["services"]  # a fixture


@pytest.fixture(scope="module", autouse=True)
def tested() -> None:
    """All is well but opq."""
    failed = ("opq5x8, bytes and scores", False, "gap <b>0.5</b>")
    doctored(Store(home()), [("pq5x8, bytes and scores", True, "5 B"), failed])


@pytest.fixture(scope="module")
def data(small: Vectors) -> str:
    return Store(home()).save_vectors(other(small, 1))


def test_frontier_measures_by_itself_and_says_what_it_found(data: str) -> None:
    at = opened(data=data)
    said = until(at, lambda w: "In memory while searching" in w and "Bars: 95 %" in w)
    assert not at.exception
    assert "of your 10 nearest neighbours; float32 takes 128." in said
    assert "24 held-out queries" in said
    assert "learned from 60 others" in said
    assert "judged nDCG@10" in said
    assert "Plan, at most 48 B" in said
    assert at.get("plotly_chart")


def test_a_smaller_budget_selects_another_plan(data: str) -> None:
    at = opened(data=data)
    until(at, lambda w: "Bars: 95 %" in w)
    at.select_slider(key="bytes").set_value(8).run()
    assert "8 bytes keep" in words(at)
    assert "Plan, at most 8 B" in words(at)


def test_an_address_selects_a_plan(data: str) -> None:
    at = opened(data=data, plan="int4", bytes="8")
    assert '<p class="tv-big">int4</p>' in until(at, lambda w: "tv-big" in w)


def test_a_wrong_plan_is_answered_with_a_caret(data: str) -> None:
    at = opened(data=data)
    at.text_input(key="plans").set_value("klt > wqp48").run()
    assert 'role="alert"' in words(at)
    assert "^" in words(at)
    assert "did you mean" in words(at)
    assert not at.exception


def test_own_plans_are_measured_with_the_others(data: str) -> None:
    at = opened(data=data)
    at.text_input(key="plans").set_value("int3; <b>").run()
    assert "<b>" not in words(at).split('role="alert"')[1][:200]
    at.text_input(key="plans").set_value("int3").run()
    at.select_slider(key="bytes").set_value(12).run()
    assert 'data-plan="int3"' in until(at, lambda w: 'data-plan="int3"' in w)


def test_families_are_switched_off_and_on(data: str) -> None:
    at = opened(data=data)
    until(at, lambda w: "Bars: 95 %" in w)
    at.select_slider(key="bytes").set_value(64).run()
    chips = at.pills(key="families")
    chips.set_value([family for family in chips.value if family != "scalar"]).run()
    assert 'data-plan="int4"' not in words(at)
    assert 'data-plan="bin"' in words(at)
    at.pills(key="families").set_value(["scalar"]).run()
    assert 'data-plan="int4"' in words(at)
    assert "klt" not in words(at).split("<table>")[1]
    at.pills(key="families").set_value([]).run()
    assert not at.exception


def test_families_come_from_the_address(data: str) -> None:
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    at.query_params.update({"data": data, "families": ["Binary", "Floats"], "bytes": "64"})
    at.run()
    until(at, lambda w: "Bars: 95 %" in w)
    assert 'data-plan="bin"' in words(at)
    assert 'data-plan="int4"' not in words(at)


def test_a_plan_that_fails_a_self_test_is_greyed_out_with_the_reason(data: str) -> None:
    at = opened(data=data, bytes="16", plan="opq4x8")
    at.text_input(key="plans").set_value("opq4x8").run()
    said = until(at, lambda w: "fails a self-test" in w)
    assert "opq5x8, bytes and scores: gap &lt;b&gt;0.5" in said
    assert 'data-plan="opq4x8"' not in said
    assert "Grey crosses fail a self-test." in until(at, lambda w: "Bars: 95 %" in w)


def test_everything_is_swept_on_request_and_can_be_stopped(data: str) -> None:
    at = opened(data=data, bytes="8")
    until(at, lambda w: "Bars: 95 %" in w)
    assert not any(p.key == "budgets" for p in at.pills), "closed, it costs nothing"
    at.session_state["every"] = True
    at.run()
    at.pills(key="budgets").set_value([8]).run()
    assert "plans of every stage in the catalogue" in words(at)
    at.button(key="everything").click().run()
    assert "8" in at.query_params["sweep"]
    until(at, lambda w: w.count("data-plan=") >= 10)  # the usual sweep has fewer plans of 8 B
    if any(b.key == "cancel" for b in at.button):
        at.button(key="cancel").click().run()
    again = opened(data=data, sweep="8", bytes="8")
    assert words(again).count("data-plan=") >= 10
    again.button(key="usual").click().run()
    assert "sweep" not in again.query_params
    assert not again.exception


def test_libraries_stand_among_our_plans_on_request(data: str) -> None:
    at = opened(data=data, bytes="32")
    until(at, lambda w: "Bars: 95 %" in w)
    assert "faiss</span>" not in words(at)
    at.toggle(key="faiss").set_value(True).run()
    said = until(at, lambda w: "faiss</span>" in w and "Hollow: a library’s." in w)
    assert "over <span" in said
    if any(b.key == "stop peers" for b in at.button):
        at.button(key="stop peers").click().run()
    assert not at.exception


def test_codecs_lists_the_whole_catalogue_with_its_lights(data: str) -> None:
    at = opened("codecs", data=data)
    said = words(at)
    assert not at.exception
    assert "fails a self-test." in said
    for name in catalogue():
        assert f'data-plan="{name}"' in said
    for group in {e.group for e in catalogue().values()}:
        assert GROUPS[group] in said
    assert '<tr class="broken"><td><span class="light failed"' in said
    assert '<p class="tv-big">wpq</p>' in said


def test_codecs_explains_the_chosen_one_and_finds_others(data: str) -> None:
    at = opened("codecs", data=data, codec="opq")
    said = words(at)
    assert '<p class="tv-big">opq</p>' in said
    assert "Ge, He, Ke, Sun (2013)" in said
    assert "turns of the rotation" in said
    assert "gap &lt;b&gt;0.5" in said and 'role="alert"' in said
    at.text_input(key="find").set_value("residual quantiser").run()
    assert 'data-plan="bin"' not in words(at)
    at.text_input(key="find").set_value("<b>nothing").run()
    assert "Nothing in the catalogue speaks of “&lt;b&gt;nothing”." in words(at)
    assert not at.exception


def test_a_codec_is_measured_on_the_corpus_of_the_page(small: Vectors) -> None:
    data = Store(home()).save_vectors(other(small, 44))
    at = opened("codecs", data=data, codec="center", bytes="16")
    assert "0 plans with it" in words(at)
    at.button(key="measure").click().run()
    said = until(at, lambda w: "1 plan with it" in w)
    assert 'title="center &gt; pq16x8"' in said
    assert at.get("plotly_chart")
    assert not at.exception


@pytest.mark.parametrize("name", ["0123456789abcdef", "../../etc", "demo-huge"])
def test_an_unknown_address_is_friendly(name: str) -> None:
    at = opened(data=name)
    assert "This link names data that is not here. Open the demo" in words(at)
    at.run()
    assert at.button(key="demo"), "the message must survive a rerun"
    assert not at.exception


def test_search_answers_a_held_out_query_by_number(data: str) -> None:
    at = opened("search", data=data, a="int4", b="bin")
    said = until(at, lambda w: "int4 keeps" in w and "bin keeps" in w)
    assert "the order the others are compared with" in said
    assert not at.exception
    at.number_input(key="n").set_value(3).run()
    assert "of these 10" in words(at)


def test_search_explains_a_wrong_plan(data: str) -> None:
    at = opened("search", data=data, a="nonsense8", b="bin")
    said = until(at, lambda w: "bin keeps" in w)
    assert 'role="alert"' in said
    assert "nonsense8" in said
    at.selectbox(key="a").set_value("int4").run()
    assert 'role="alert"' not in until(at, lambda w: "int4 keeps" in w)
    assert not at.exception


def test_corpus_shows_what_the_vectors_look_like(data: str) -> None:
    at = opened("corpus", data=data)
    said = words(at)
    assert "600 documents as 32 numbers each" in said
    assert "Effective rank" in said
    assert len(at.get("plotly_chart")) == 1
    assert not at.exception


def test_texts_are_shown_as_text_and_wait_for_an_encoder() -> None:
    texts = tuple(f"<script>alert({i})</script> **bold** number {i}" for i in range(40))
    key = Store(home()).save_corpus(Corpus("nasty <i>", texts[:30], texts[30:35], texts[35:], query_source="given"))
    at = opened("corpus", data=key)
    said = words(at)
    assert "<script>" not in said
    assert "&lt;script&gt;alert(0)" in said
    assert "These texts have no vectors yet." in said
    assert at.button(key="encode")
    assert not at.exception


def test_an_upload_becomes_the_corpus_of_the_page(small: Vectors) -> None:
    raw = io.BytesIO()
    np.save(raw, small.docs[:200])
    at = opened("corpus")
    at.file_uploader(key="file 0").upload("rows.npy", raw.getvalue(), "application/octet-stream").run()
    at.button(key="use").click().run()
    assert "numbers each" in words(at)
    assert not at.exception


def test_the_column_of_an_upload_is_chosen_from_those_it_has() -> None:
    rows = "".join(f"{i},heading {i},A body that is longer than its heading {i}\n" for i in range(30))
    at = opened("corpus")
    at.file_uploader(key="file 0").upload("notes.csv", f"id,<i>,body\n{rows}".encode(), "text/csv").run()
    column = at.selectbox(key="column file 0")
    assert (column.options, column.value) == (["id", "<i>", "body"], "body")
    assert "A body that is longer than its heading 2" in words(at)
    column.set_value("<i>").run()
    assert "First values of &lt;i&gt;" in words(at)
    at.segmented_control(key="how").set_value("First sentences").run()
    at.button(key="use").click().run()
    assert "<td>heading 0</td>" in words(at)
    assert "first sentences" in words(at)
    assert not at.exception


def test_vectors_without_queries_offer_no_sentences(small: Vectors) -> None:
    raw = io.BytesIO()
    np.save(raw, small.docs)
    at = opened("corpus")
    at.file_uploader(key="file 0").upload("rows.npy", raw.getvalue(), "application/octet-stream").run()
    assert not any(c.key == "how" for c in at.segmented_control)


def test_an_upload_that_cannot_be_read_says_why() -> None:
    at = opened("corpus")
    at.file_uploader(key="file 0").upload("rows.npy", b"id,title\n1,a\n", "application/octet-stream").run()
    at.button(key="use").click().run()
    assert "rows.npy" in words(at)
    assert 'role="alert"' in words(at)
    assert not at.exception
