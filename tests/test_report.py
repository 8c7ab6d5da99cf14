"""A report says what was measured and nothing that anybody slipped in; it is one file, and asks no network."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ThinvecError
from core.evaluate.answer import limit_line, measured
from core.evaluate.losses import told
from core.evaluate.measure import Shared
from core.evaluate.results import Results
from core.report import Facts, Subject, card, gather, page, slug, table
from core.report.document import POLICY, data
from core.report.pictures import change, changed, pictures
from core.report.rows import HEADS, safe
from core.report.subject import one_line
from core.store import Store
from core.types import Budget, Corpus, Vectors

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)> **bold** 🧭 שלום \u202eright to left\u202c"
SECRET = "a text that nobody else may read"
PLANS = ("klt > wpq4", "klt > wpq8", "int4", "bin", "f32")
MOST = 6_000_000  # bytes of a page
VOID = {"meta", "rect", "hr", "br", "img", "link", "input"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def vectors(store: Store, small: Vectors) -> Vectors:
    """A few plans, measured on a corpus with a name that nobody would want to see run."""
    v = replace(small, name=HOSTILE, encoder="none</main>")
    corpus = Corpus(HOSTILE, tuple(f"{SECRET} {i}" for i in range(600)), (SECRET,) * 24)
    store.save_vectors(v, store.save_corpus(corpus))
    shared = Shared(v)
    assert len([*measured(store, shared, PLANS)]) == len(PLANS)
    limit_line(store, shared, [8, 16])
    return v


@pytest.fixture(scope="module")
def facts(store: Store, vectors: Vectors) -> Facts:
    subject = Subject(vectors.fingerprint, budget=Budget(bytes_per_vector=12))
    return gather(store, subject, levels=lambda plan: [*told(store, Shared(vectors), plan)])


@pytest.fixture(scope="module")
def html(facts: Facts) -> str:
    return page(facts)


class Reader(HTMLParser):
    """Elements that are opened and closed in turn, their attributes, and the text outside of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, text: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text += text

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


def test_a_page_is_whole_and_alone(html: str, facts: Facts) -> None:
    read = Reader(html)
    assert len(html.encode()) < MOST
    assert read.found[3][1] == {"http-equiv": "Content-Security-Policy", "content": POLICY}
    assert POLICY.startswith("default-src 'none';") and "http" not in POLICY
    assert not [a for _, a in read.found if {"src", "href", "srcset", "action"} & a.keys()]
    assert not [a for _, a in read.found if any(name.startswith("on") for name in a)]
    assert [a.get("data-figure") for a in read.all("div") if "data-figure" in a] == [
        "recall", "ndcg", "bytes", "losses",
    ]  # fmt: skip
    for said in ("8 bytes keep", "Print or save as PDF", "Judged nDCG@10", "Every byte", "Where the", *PLANS):
        assert said in read.text
    for said in (
        facts.subject.vectors,
        "24 held-out queries (from the file)",
        "10,000 resamples",
        "numpy",
        "One thread.",
    ):
        assert said in read.text


def test_a_hostile_name_is_plain_text_and_no_text_of_the_corpus_is_shown(html: str, facts: Facts) -> None:
    read = Reader(html)
    shown = one_line(HOSTILE)
    assert "\u202e" not in shown and "🧭 שלום right to left" in shown
    assert read.text.count(shown) == 3  # the title, under the headline, and among the data
    assert len(read.all("script")) == 3 and not read.all("img") and len(read.all("title")) == 1
    assert "none</main>" in read.text
    assert SECRET not in html + card(facts) + table(facts)


def test_nothing_in_the_data_can_end_its_script() -> None:
    text = data({"name": "</script><!--", "and": "a & b"})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"name": "</script><!--", "and": "a & b"}


def test_names_on_one_line() -> None:
    assert one_line("a\tb\nc\0d\x1b[31m \u2067e") == "a b c d [31m e"
    assert one_line("\ud800") == ""
    assert len(one_line("long " * 20_000)) == 200
    assert slug("Ünïcode / ../../etc", "0123456789abcdef", 10) == "n-code-etc-01234567-k10"
    assert slug("🧭", "0123456789abcdef", 1) == "vectors-01234567-k1"


def test_the_card_matches_the_results(store: Store, facts: Facts) -> None:
    found = json.loads(card(facts), parse_constant=pytest.fail)
    assert found["schema"] == "thinvec.report/1"
    assert (found["corpus"]["n"], found["corpus"]["vectors"]) == (600, facts.subject.vectors)
    results = {r.plan: r for r in Results(store).all(facts.subject.vectors)}
    assert {p["plan"] for p in found["plans"]} == set(PLANS) == set(results)
    for p in found["plans"]:
        r = results[p["plan"]]
        assert p["recall"]["mean"] == pytest.approx(r.recall.mean())
        assert p["recall"]["low"] <= p["recall"]["mean"] <= p["recall"]["high"]
        assert p["ndcg"]["mean"] == pytest.approx(r.ndcg.mean())
        assert p["bytes_per_vector"] == r.bytes_per_vector == sum(p["ledger"].values())
    assert found["recommendation"]["plan"] == facts.chosen.plan
    assert found["recommendation"]["bytes_per_vector"] <= 12
    assert found["ledger"]["total"]["memory"] == pytest.approx(sum(x["memory"] for x in found["ledger"]["lines"]))
    assert found["losses"][-1]["recall"][0] == pytest.approx(results[facts.chosen.plan].recall.mean())
    assert set(found["gaussian_line"]) == {"8", "16"}
    assert found["budget"] == {"bytes": 12}


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@sum(a)", "\t=1", "\r=1", "\n=1", "\0=1", " =1", "＝1", "＠x"])
def test_no_cell_is_a_formula(facts: Facts, start: str) -> None:
    assert safe(start) == f"'{start}"
    named = replace(facts, meta={**facts.meta, "name": f'{start}|cmd,"quoted"', "encoder": start})
    rows = [*csv.DictReader(io.StringIO(table(named), newline=""))]
    assert rows[0]["corpus"] == f'\'{start}|cmd,"quoted"'
    assert len(rows) == len(PLANS)


def test_the_table_matches_the_results(store: Store, facts: Facts) -> None:
    assert safe("klt > wpq8") == "klt > wpq8" and safe(-1.5) == -1.5
    rows = {row["plan"]: row for row in csv.DictReader(io.StringIO(table(facts), newline=""))}
    assert list(rows["int4"]) == list(HEADS)
    for r in Results(store).all(facts.subject.vectors):
        assert float(rows[r.plan]["recall"]) == pytest.approx(r.recall.mean())
        assert float(rows[r.plan]["bytes_per_vector"]) == r.bytes_per_vector


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, JSON)
def test_a_change_turns_one_figure_into_another(old: Any, new: Any) -> None:
    by = change(old, new)
    assert new == (changed(old, by) if by else old)
    assert changed(old, json.loads(json.dumps(by))) == new


def test_figures_are_kept_once(facts: Facts) -> None:
    from core.ui.theme import DARK

    specs = pictures(facts)["recall"].specs
    assert {*specs} == {"light", "dark", "light narrow", "dark narrow"}
    dark = changed(specs["light"], specs["dark"])
    assert dark["layout"]["paper_bgcolor"] == DARK.page
    assert changed(specs["light"], specs["dark narrow"])["layout"]["height"] == 380
    assert len(json.dumps(specs["dark"])) < len(json.dumps(specs["light"])) / 2


def test_many_plans_stay_within_the_size(facts: Facts) -> None:
    first = facts.results[0]
    named = [f"pca{n} > rot > wpq{n % 9 + 1}(rounds=3) | keep4 > int8" for n in range(2, 522)]
    results = [replace(first, trial=replace(first.trial, plan=p), bytes_per_vector=9 + i) for i, p in enumerate(named)]
    found = {name: dict.fromkeys(named, i[first.plan]) for name, i in facts.estimates.items()}
    assert len(page(replace(facts, results=tuple(results), estimates=found)).encode()) < MOST


def test_what_was_not_measured_is_said_to_be_missing(store: Store, vectors: Vectors) -> None:
    bare = gather(store, Subject(vectors.fingerprint, budget=Budget(bytes_per_vector=1)))
    assert bare.card is None and bare.bill is None
    assert "Nothing fits 1 B per vector" in Reader(page(bare)).text
    assert json.loads(card(bare))["no_recommendation"].startswith("Nothing fits")
    unstepped = gather(store, Subject(vectors.fingerprint, budget=Budget(bytes_per_vector=40)), levels=lambda plan: [])
    assert "It was not measured step by step" in Reader(page(unstepped)).text
    with pytest.raises(ThinvecError, match="Nothing is measured on vectors"):
        gather(store, Subject(vectors.fingerprint, k=3))


def test_a_plan_that_fails_a_self_test_says_so(store: Store, vectors: Vectors) -> None:
    failing = gather(store, Subject(vectors.fingerprint), broken=lambda plans: {"int4": "bytes: <b>gap</b>"})
    text = Reader(page(failing)).text
    assert "Fails a self-test: bytes: <b>gap</b>" in text and "Grey crosses fail a self-test." in text


def test_results_outlive_their_vectors(store: Store, small: Vectors) -> None:
    v = replace(small, docs=small.docs[:500].copy(), qrels=np.empty((0, 3), np.int64))
    assert [*measured(store, Shared(v), ["int8", "int4"])]
    text = Reader(page(gather(store, Subject(v.fingerprint, budget=Budget(ratio=8))))).text
    assert f"vectors {v.fingerprint}" in text and "the vectors are gone" in text
    assert "Judged nDCG@10" not in text
