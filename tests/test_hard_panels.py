"""Hard cases and scale on the Evidence page and on the command line; nobody's text becomes markup."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from core.cli import main
from core.evaluate.hard import Found
from core.evaluate.scale import Halves
from core.evaluate.slices import Slice
from core.store import Store, home
from core.types import Corpus, Interval, Vectors
from core.ui import hard_charts, scale_charts
from core.ui.theme import DARK, LIGHT
from core.vectorfile import save
from tests.screen import opened, until, words

ODD = "<b>text</b> &amp; more"


@pytest.fixture(scope="module")
def texts() -> Corpus:
    queries = tuple(f"query {i} {ODD} {'again ' * (i % 6)}" for i in range(24))
    kinds = {"kind": tuple("ab"[i % 2] for i in range(600))}
    return Corpus("odd", tuple(f"document {i} {ODD}" for i in range(600)), queries, columns=kinds)


@pytest.fixture(scope="module")
def data(small: Vectors, texts: Corpus) -> Iterator[str]:
    store = Store(home())
    yield store.save_vectors(replace(small, name="odd"), store.save_corpus(texts))
    from core.ui.services import close

    close()
    st.cache_data.clear()


def test_hard_cases_show_the_spread_the_groups_and_the_worst_queries(data: str) -> None:
    at = opened("evidence", data=data, about="Hard cases", hard_plan="bin", hard_beside="int4")
    said = until(at, lambda w: "Worst queries" in w and "Outlined" in w)
    assert not at.exception
    assert "of the queries lose more than half" in said
    assert "documents are no query’s neighbour" in said
    assert "document" in said
    assert "lost" in said
    assert "<b>text</b>" not in said
    assert "&lt;b&gt;text" in said
    assert len(at.get("plotly_chart")) == 2
    at.selectbox(key="hard_query").set_value(3).run()
    assert "query 3 &lt;b&gt;" in words(at)
    at.text_input(key="hard_plan").set_value("nonsense").run()
    assert "nonsense" in words(at)
    assert not at.exception


def test_scale_shows_what_is_measured_and_what_is_forecast(data: str) -> None:
    at = opened("evidence", data=data, about="Scale", scale_plans="bin; klt > wpq6", scale_rows="50000")
    said = until(at, lambda w: w.count("wpq6") > 2 and "Memory at" in w)
    assert not at.exception
    assert "far outside the tested range" in said
    assert "Memory at 50,000 rows" in said
    assert "cannot be told apart" in said
    assert len(at.get("plotly_chart")) == 2
    at.text_input(key="scale_plans").set_value(";".join(f"mrl{i} > int8" for i in range(2, 11))).run()
    assert "One picture holds 8 plans, got 9" in words(at)
    at.text_input(key="scale_plans").set_value("nonsense").run()
    assert "nonsense" in words(at)
    assert not at.exception


def test_charts_in_both_themes_and_widths(small: Vectors) -> None:
    plans = [Halves(small).measure(plan, 5) for plan in ("bin", "bin(mean=1) | keep4 > int4")]
    for look in (LIGHT, DARK):
        for narrow in (False, True):
            for rows in (200.0, 1e7):
                chart = scale_charts.decline(plans, rows, look=look, narrow=narrow)
                assert [a.text for a in chart.layout.annotations][:2]
                assert chart.layout.paper_bgcolor == look.page
            assert len(scale_charts.heart(plans, look=look, narrow=narrow).data) == 6
    assert "forecast" in scale_charts.describe(plans, 1e7)
    assert [scale_charts.counted(n) for n in (107_525, 1e7, 2.5e9)] == ["107,525", "10 million", "2.5 billion"]
    assert [scale_charts.short(n) for n in (1e3, 1e5, 1e7, 1e9)] == ["1,000", "100 k", "10 M", "1 G"]


@pytest.mark.parametrize("k", [1, 10, 100])
def test_bars_of_the_spread_hold_every_query(k: int) -> None:
    rng = np.random.default_rng(0)
    f = Found("bin", rng.integers(0, k + 1, 500) / k, np.zeros((500, k), np.int64))
    chart = hard_charts.spread([f, f], k, look=LIGHT)
    assert sum(chart.data[0].y) == pytest.approx(100)
    edges, names = hard_charts.bins(k)
    assert len(edges) == len(names) + 1


def test_groups_are_filled_only_where_they_differ() -> None:
    sure = Slice("topic", "<i>a</i>", 50, 100, Interval(0.5, 0.4, 0.6), Interval(-0.2, -0.3, -0.1), 0.001, False, True)
    open_ = replace(sure, name="b", differs=False, p=0.5)
    few = replace(open_, name="c", few=True, queries=3)
    chart = hard_charts.groups([[sure, open_, few]], ["bin"], look=LIGHT)
    colour = LIGHT.family["binary"]
    assert list(chart.data[0].marker.color) == [colour, LIGHT.page, LIGHT.page]
    assert list(chart.data[0].marker.line.color) == [colour, colour, LIGHT.muted]
    assert chart.layout.yaxis.ticktext[0] == "&lt;i&gt;a&lt;/i&gt;"
    assert hard_charts.against(few) == "too few queries to tell"
    assert "cannot be told apart" in hard_charts.against(open_)


def test_the_command_line_says_the_same(small: Vectors, texts: Corpus, tmp_path: Path, capsys) -> None:
    path = tmp_path / "v.npz"
    save(path, small, texts.texts, texts.queries, texts.columns)
    assert main(["hard", str(path), "bin", "--k", "5", "--beside", "int4", "--worst", "2", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [r["plan"] for r in rows if r["what"] == "spread"] == ["bin", "int4"]
    assert {"kind", "Words in query"} <= {r["by"] for r in rows if r["what"] == "group"}
    assert [len(r["lost"]) > 0 for r in rows if r["what"] == "query"] == [True, True]
    assert main(["hard", str(path), "bin", "--k", "5"]) == 0
    assert "worst tenth" in capsys.readouterr().out
    assert main(["scale", str(path), "--plans", "bin; int4", "--k", "5", "--rows", "1000,1000000", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    told = [r for r in rows if r["what"] == "forecast"]
    assert [r["rows"] for r in told] == [1000, 1_000_000] * 2
    assert told[1]["memory_bytes"] > 4_000_000
    assert told[1]["outside"]
    assert main(["scale", str(path), "--plans", "bin; int4", "--k", "500"]) == 2
    assert "neighbours need at least" in capsys.readouterr().err
