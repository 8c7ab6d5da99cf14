"""The byte ledger on screen: lengths are bytes, nothing is clipped, and every figure is that of the core."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import cli, words
from core.evaluate.at_rest import AtRest, at_rest
from core.evaluate.engines import engine
from core.evaluate.ledger import COLUMNS, ledger, ledger_of
from core.evaluate.measure import Shared, measure
from core.evaluate.results import Results
from core.reporter import Reporter
from core.search.built import Built
from core.store import Store, home, write_json
from core.types import Result, Trial, Vectors
from core.ui import ledger_panel
from core.ui.ledger_charts import between, describe_bars, ledger_bars, pieces
from core.ui.ledger_growth import Limit, describe_growth, growth, many
from core.ui.theme import DARK, LIGHT
from core.vectorfile import save
from core.work import work
from tests.screen import services

__all__ = ["services"]  # a fixture

TWO = "bin | keep4 > f32"
PLANS = (TWO, "klt > wpq5", "int8 | ivf16(probe=4)")


@pytest.fixture(scope="module")
def fitted(small: Vectors) -> dict[str, tuple[Result, Built]]:
    found: dict[str, tuple[Result, Built]] = {}
    for plan in PLANS:
        kept: list[Built] = []
        result = measure(small, Trial(small.fingerprint, plan), Shared(small), kept.append)
        found[plan] = result, kept[0]
    return found


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
@pytest.mark.parametrize("width", [744, 388])
def test_lengths_are_bytes(plan: str, look: Any, width: int, fitted: dict[str, Any]) -> None:
    bill = ledger(fitted[plan][0], 1_000_000, rerank_on_disk=True)
    figure = ledger_bars(bill, look=look, width=width, narrow=width < 640)
    scale = (width - 4) / max(bill.total(c) for c in COLUMNS)
    for trace, column in zip(figure.data, COLUMNS, strict=True):
        sizes = [getattr(x, column) for x in bill.lines if getattr(x, column)]
        assert np.allclose(trace.x, np.maximum(1, np.array(sizes) * scale))
        assert np.allclose(trace.base, np.concatenate([[0], np.cumsum(sizes)[:-1]]) * scale)
    said = " ".join(a.text for a in figure.layout.annotations)
    for column in COLUMNS:
        assert words.size(bill.total(column)) in said
    assert all(a.x < width for a in figure.layout.annotations)
    assert words.size(bill.disk) in describe_bars(bill)


def test_labels_never_meet(fitted: dict[str, Any]) -> None:
    bill = ledger(fitted["klt > wpq5"][0], 1_000_000)
    for width in (340.0, 740.0):
        found = pieces(bill, "disk", dict.fromkeys((x.part for x in bill.lines), "#000000"), width)
        for a, b in pairwise(found):
            assert b.line == a.line + 1 or b.at > a.at + 6 * len(a.label)
            assert b.at + 6 * len(b.label) < width


def test_growth_is_the_ledger(fitted: dict[str, Any]) -> None:
    result = fitted["int8 | ivf16(probe=4)"][0]
    figure = growth(lambda n: ledger(result, n), 10**7, look=LIGHT, family="scalar", limit=Limit(total=2.0**30))
    floats, plan, limit, dot = figure.data
    assert list(plan.y) == [ledger(result, n).memory for n in plan.x]
    assert list(floats.y) == [4 * 32 * n for n in floats.x]
    assert set(limit.y) == {2.0**30}
    assert (dot.x, dot.y) == ((10**7,), (ledger(result, 10**7).memory,))
    assert (plan.x[0], plan.x[-1]) == (10**4, 10**9)
    names = {a.text: a.yshift for a in figure.layout.annotations}
    assert set(names) == {"float32", "this plan", "budget 1.0 GiB"}
    assert words.size(ledger(result, 10**7).memory) in describe_growth(ledger(result, 10**7))
    bytes_each = growth(lambda n: ledger(result, n), 500, look=DARK, family="scalar", limit=Limit(per_vector=32))
    assert bytes_each.data[2].y[0] == 32 * bytes_each.data[2].x[0] == 3_200


def test_names_of_close_lines_are_pushed_apart(fitted: dict[str, Any]) -> None:
    result = fitted["int8 | ivf16(probe=4)"][0]
    near = growth(lambda n: ledger(result, n), 10**6, look=LIGHT, family="scalar", limit=Limit(per_vector=36))
    assert max(a.yshift for a in near.layout.annotations) >= 12


def test_the_room_of_a_budget(fitted: dict[str, Any]) -> None:
    result = fitted[TWO][0]
    said = ledger_panel.room(result, True, Limit(total=4e9))
    assert said == "3.7 GiB holds 1,000,000,000 vectors of this plan, 31,000,000 in float32."
    assert ledger_panel.limit_of({"ratio": 32.0}, 384) == Limit(per_vector=48)
    assert ledger_panel.limit_of({"bytes": 48.0}, 384) == Limit(per_vector=48)
    assert ledger_panel.limit_of({"recall": 0.9}, 384) is None


def test_what_is_read_from_disk_is_said(fitted: dict[str, Any]) -> None:
    result = fitted[TWO][0]
    assert "It also reads candidates from 122 MiB on disk" in ledger_panel.finding(ledger(result, 10**6, True))
    assert "disk" not in ledger_panel.finding(ledger(result, 10**6))
    assert "Adding documents takes" in ledger_panel.finding(ledger(fitted["klt > wpq5"][0]))


def test_explained_escapes_and_sources() -> None:
    said = ledger_panel.explained(engine("faiss"), 384, 48, 10**6)
    assert "PQ48x8" in said
    assert "393,216 codebooks" in said
    assert "github.com/facebookresearch/faiss" in said


def app(fingerprint: str, plan: str, rows: int) -> None:
    from core.types import Trial
    from core.ui import browser, ledger_panel, services
    from core.ui.theme import LIGHT

    result = services.result(Trial(fingerprint, plan))
    assert result is not None
    ledger_panel.panel(result, rows, LIGHT, browser.Screen(), {"memory": float(1 << 30)})


def test_the_panel(small: Vectors, fitted: dict[str, Any]) -> None:
    store = Store(home())
    store.save_vectors(small)
    Results(store).save(fitted[TWO][0])
    at = AppTest.from_function(app, default_timeout=60, args=(small.fingerprint, TWO, 10**6))
    at.query_params["ledger_engine"] = "qdrant"
    at.run()
    assert not at.exception
    body = " ".join(str(e.proto.body) for e in at.get("html"))
    within, away = (ledger(fitted[TWO][0], 10**6, d) for d in (False, True))
    assert f"A search reads {words.size(within.memory)}" in body
    assert "id_tracker" not in body
    assert "binary, m=16" in body
    assert len(at.get("plotly_chart")) == 2
    at.toggle[0].set_value(True).run()
    body = " ".join(str(e.proto.body) for e in at.get("html"))
    assert f"A search reads {words.size(away.memory)}" in body
    assert words.size(away.memory) != words.size(within.memory)


def test_the_job_writes_what_the_core_counts(small: Vectors, fitted: dict[str, Any], tmp_path: Path) -> None:
    store, folder = Store(home()), tmp_path / "run"
    store.save_vectors(small)
    write_json(folder / "status.json", {"state": "queued", "result": {}})
    report = Reporter(folder)
    work("at_rest")(store, {"vectors": small.fingerprint, "plan": TWO, "seed": 0}, report)
    codes = at_rest(fitted[TWO][1].codes)
    assert AtRest(**report.status["result"]["codes"]) == codes
    assert AtRest(**report.status["result"]["rerank"]).held == small.docs.nbytes
    assert words.size(codes.scaled(10**6).total) in ledger_panel.at_rest_line("Codes", codes, 10**6)


def test_the_command_line(small: Vectors, fitted: dict[str, Any], tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "v.npz"
    save(file, small, [""] * len(small.docs))
    assert cli.main(["ledger", str(file), TWO, "--rows", "1000", "--rerank-on-disk", "--json", "--engine", "all"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    bill = ledger_of(fitted[TWO][1], 1000, rerank_on_disk=True)
    own = [x for x in lines if x.get("plan") == TWO]
    assert [x["part"] for x in own] == [*(x.part for x in bill.lines), "all", "per vector"]
    assert (own[-2]["memory"], own[-2]["disk"], own[-2]["pipeline"]) == (bill.memory, bill.disk, bill.pipeline)
    assert own[-1]["disk"] == bill.per_vector("disk")
    assert [x["part"] for x in lines if "tables" in x] == ["codes at rest", "rerank codes at rest"]
    assert len({x["engine"] for x in lines if "formula" in x}) == 9
    assert cli.main(["ledger", str(file), TWO, "--engine", "qdrant"]) == 0
    said = capsys.readouterr().out
    assert "in powers of 1,000" in said
    assert "Qdrant 1.19" in said
    assert cli.main(["ledger", str(file), TWO, "--engine", "quadrant"]) == 2
    assert "did you mean 'qdrant'" in capsys.readouterr().err


def test_small_words() -> None:
    assert [many(n) for n in (10**4, 10**8, 10**9, 10)] == ["10 thousand", "100 million", "1 billion", "10"]
    assert between("#000000", "#FFFFFF") == "#7F7F7F"
    assert str(Limit(per_vector=48)) == "budget 48 B"
