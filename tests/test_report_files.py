"""Reports are found by the id of a run, written by the command line and by a button, and listed in a gallery."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import cli
from core.errors import StoreError
from core.evaluate.answer import measured
from core.evaluate.measure import Shared
from core.jobs import Jobs
from core.report import Facts, gather, of_run
from core.report.document import document
from core.report.gallery import index, put
from core.report.subject import one_line
from core.store import Store, home, write_json
from core.types import Budget, Vectors
from core.vectorfile import save
from tests.test_report import HOSTILE, PLANS, Reader, facts, store, vectors

__all__ = ["facts", "store", "vectors"]  # fixtures


def finished(store: Store, kind: str, params: dict[str, Any], result: dict[str, Any], state: str = "done") -> str:
    run = Jobs(store).identify(kind, params)
    write_json(store.path("runs", run) / "spec.json", {"kind": kind, "params": params})
    status = {"state": state, "result": result, "owner": "1:1", "time": time.time()}
    write_json(store.path("runs", run) / "status.json", status)
    return run


def test_a_run_is_found_by_its_id_alone(store: Store, vectors: Vectors) -> None:
    fp = vectors.fingerprint
    sweep = finished(store, "frontier", {"vectors": fp, "plans": list(PLANS), "k": 10}, {"limit": {"8": 0.9}})
    subject = of_run(store, sweep, Budget(bytes_per_vector=12))
    assert (subject.vectors, subject.k, subject.run, subject.note) == (fp, 10, sweep, "")
    assert gather(store, subject).limit == {8: 0.9}
    stopped = finished(store, "frontier", {"vectors": fp, "plans": ["bin"]}, {}, "cancelled")
    assert "was cancelled" in of_run(store, stopped).note
    asked = finished(store, "advise", {"vectors": fp, "budget": {"bytes": 40}}, {"card": None, "whole": False})
    assert of_run(store, asked).budget == Budget(bytes_per_vector=40)
    assert "sample" in of_run(store, asked).note
    other = finished(store, "doctor", {"source": "x"}, {})
    for run, said in [
        ("../../etc/passwd", "an id of 16 digits"),
        ("0123456789ABCDEF", "an id of 16 digits"),
        ("0123456789abcdef\n", "an id of 16 digits"),
        ("0123456789abcdef", "No run 0123456789abcdef is in the store"),
        (other, "of the kind doctor"),
    ]:
        with pytest.raises(StoreError, match=said):
            of_run(store, run)


class Say:
    """Runs a command in a store; its exit code, lines and complaints."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *argv: str) -> tuple[int, list[str], str]:
        code = cli.main(["report", *argv])
        out, err = self.capsys.readouterr()
        return code, out.splitlines(), err


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, store: Store) -> Say:
    monkeypatch.setenv("THINVEC_HOME", str(store.root))
    return Say(capsys)


def test_the_command_line_writes_the_same(say: Say, store: Store, vectors: Vectors, tmp_path: Path) -> None:
    run = finished(store, "frontier", {"vectors": vectors.fingerprint, "plans": list(PLANS)}, {})
    files = [tmp_path / name for name in ("r.html", "c.json", "p.csv")]
    code, lines, err = say(
        run, "--bytes", "12", "--out", str(files[0]), "--card", str(files[1]), "--csv", str(files[2]), "--json"
    )
    assert (code, err) == (0, "")
    assert [json.loads(line)["bytes"] for line in lines] == [f.stat().st_size for f in files]
    assert json.loads(files[1].read_text())["run"] == run
    assert Reader(files[0].read_text()).all("main")
    assert any(line.startswith(run) for line in say()[1])
    code, _, err = say("../../etc/passwd")
    assert code == 2 and "neither the id of a run" in err and err.count("\n") == 1
    assert "Add --gallery" in say(run, run)[2]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.json", "p.csv", "r.html"]


def test_a_gallery_of_vectors(say: Say, small: Vectors, tmp_path: Path) -> None:
    save(tmp_path / "mine.npz", small, ["text"] * 600)
    code, lines, _ = say(str(tmp_path / "mine.npz"), "--plans", "int4; bin", "--gallery", str(tmp_path / "all"))
    assert code == 0 and "1 listed" in lines[-1]
    read = Reader((tmp_path / "all/index.html").read_text())
    links = [a["href"] for a in read.all("a")]
    assert len(links) == 3 and all((tmp_path / "all" / str(link)).exists() for link in links)
    assert "keep" in read.text and "mine.npz" in read.text and not read.all("script")


def test_an_index_shows_hostile_names_as_text(facts: Facts, tmp_path: Path) -> None:
    read = Reader(index([put(facts, tmp_path)]))
    assert one_line(HOSTILE) in read.text and not read.all("script") and not read.all("img")
    assert "script-src" not in str(read.found[3][1]["content"])
    assert Reader(document("<", "")).text.strip() == "<"


def drawn_button() -> None:
    import streamlit as st

    from core.ui import report_button
    from core.ui.data import Data

    name = st.query_params["vectors"]
    report_button.button(Data(name, "small", None, name), 10, 48)


@pytest.fixture
def cleared() -> Iterator[None]:
    yield
    import streamlit

    streamlit.cache_resource.clear()


def test_the_button_offers_what_was_measured(small: Vectors, cleared: None) -> None:
    v = replace(small, queries=small.queries[:20].copy(), qrels=small.qrels[:20])
    at = AppTest.from_function(drawn_button, default_timeout=60)
    at.query_params["vectors"] = Store(home()).save_vectors(v)
    assert not at.run().get("download_button")
    assert [*measured(Store(home()), Shared(v), ["int8"])]
    at.run()
    assert not at.exception
    assert [b.proto.label for b in at.get("download_button")] == [
        "Report (HTML)", "Facts, for programs (JSON)", "All plans, for spreadsheets (CSV)",
    ]  # fmt: skip
