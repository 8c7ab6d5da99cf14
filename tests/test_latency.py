"""The protocol of latency: who is timed when, on what, and what is said about it."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from threadpoolctl import threadpool_info

from core.cli import main
from core.errors import DataError
from core.evaluate import latency as timing
from core.evaluate.latency import FLOAT, Latency, bytes_read, latency, processor, ratio
from core.evaluate.measure import Shared
from core.evaluate.speed import Search
from core.plan import parse
from core.reporter import Reporter
from core.search.built import build
from core.store import Store, home, write_json
from core.types import Hits, Rows, Vectors
from core.ui import latency_charts, work
from core.ui.theme import DARK
from core.work.latency import run


class Clock:
    """Time that passes only while a search of so many seconds per query runs; remembers who was asked what."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.calls = 0.0, []
        for module in ("speed", "latency"):
            monkeypatch.setattr(f"core.evaluate.{module}.perf_counter", lambda: self.now)

    def search(self, name: str, seconds: float) -> Search:
        def run(queries: Rows, k: int) -> Hits:
            self.calls.append((name, queries[:, 0].astype(int).tolist()))
            if len(self.calls) % 500 == 0:
                assert {lib["num_threads"] for lib in threadpool_info()} <= {1}
            assert not gc.isenabled()
            self.now += seconds * len(queries) * (1 + (queries[0, 0] == 50))
            return Hits(np.zeros((len(queries), k), np.int64), np.zeros((len(queries), k), np.float32), 1.0)

        return run


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Latency], Clock]:
    clock, queries = Clock(monkeypatch), np.arange(300, dtype=np.float32)[:, None]
    searches = {"slow": clock.search("slow", 0.5), "fast": clock.search("fast", 0.25)}
    return latency(searches, queries, 3, seconds=0), clock


def test_a_thousand_queries_each_in_turns_on_queries_that_did_not_warm_up(timed) -> None:
    found, clock = timed
    assert {name: (len(t.single), len(t.batch)) for name, t in found.items()} == dict.fromkeys(found, (1000, 10))
    single = [(name, asked[0]) for name, asked in clock.calls if len(asked) == 1][100:]
    turns = [single[at : at + 21] for at in range(0, len(single), 21)]
    assert len(turns) == 2 * 50
    for turn in turns:
        assert len({name for name, _ in turn}) == 1
        assert turn[0][1] < 30 <= min(asked for _, asked in turn[1:])  # the first is not timed, and warms
    for first, second in zip(turns[::2], turns[1::2], strict=True):
        assert {first[0][0], second[0][0]} == {"slow", "fast"}
        assert [a for _, a in first] == [a for _, a in second]  # the same queries
    assert {turn[0][0] for turn in turns[::2]} == {"slow", "fast"}  # neither always goes first
    batches = [asked for _, asked in clock.calls if len(asked) == 100][2:]
    assert len(batches) == 20
    assert min(map(min, batches)) == 30


def test_percentiles_and_ratios_are_those_of_the_same_run(timed) -> None:
    found, _ = timed
    slow, fast = found["slow"], found["fast"]
    assert slow.at(50) == pytest.approx(0.5)
    assert slow.at(100) == pytest.approx(1.0)  # query 50 takes twice as long
    assert (slow.single == np.sort(slow.single)).all()
    assert ratio(fast, slow) == ratio(fast, slow, 99) == pytest.approx(2)
    assert fast.at(50, batch=True) == pytest.approx(0.25)
    one = Latency(np.arange(1.0, 101), np.ones(10))
    assert [one.at(p) for p in (50, 95, 99, 100)] == [51, 96, 100, 100]  # never below what was seen


def test_batches_go_on_while_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    found = latency({"one": clock.search("one", 0.01)}, np.arange(100, 400, dtype=np.float32)[:, None], seconds=30.5)
    assert len(found["one"].batch) == 31
    clock.now = 0
    assert len(latency({"one": clock.search("one", 1e-6)}, np.ones((3, 1), np.float32))["one"].batch) == 100
    with pytest.raises(DataError, match="got none"):
        latency({}, np.ones((0, 1), np.float32))
    assert gc.isenabled()


def test_what_is_read_for_a_query(small: Vectors) -> None:
    train = Shared(small).train
    plain = build(parse("klt > wpq6"), train, small.docs)
    assert bytes_read(plain, 600.0, 10) == 6 * 600
    twice = build(parse("bin | keep4 > int8"), train, small.docs)
    assert bytes_read(twice, 600.0, 10) == 4 * 600 + 40 * twice.rerank[1].shape[1]
    assert bytes_read(twice, 600.0, 200) == 4 * 600 + 600 * twice.rerank[1].shape[1]  # no more than there are


def test_the_job_and_the_verb_tell_everything(
    small: Vectors, tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "MOST", 10)
    monkeypatch.setattr(timing, "SINGLES", 40)
    write_json(tmp_path / "status.json", {})
    report, store = Reporter(tmp_path), Store(home())
    run(store, {"vectors": store.save_vectors(small), "plans": ["klt > wpq6", "bin"], "k": 10}, report)
    told = report.status["result"]
    assert [t["plan"] for t in told["timed"]] == [FLOAT, "klt > wpq6", "bin"]
    assert told["processor"] == processor() != ""
    floats, ours, _ = told["timed"]
    assert floats["single_p50_ratio"] == floats["batch_p99_ratio"] == 1
    assert ours["single_p50"] <= ours["single_p95"] <= ours["single_p99"]
    assert ours["single_p50_ratio"] == pytest.approx(floats["single_p50"] / ours["single_p50"])
    assert (floats["bytes_read"], ours["bytes_read"], ours["looked"]) == (4 * 32 * 600, 6 * 600, 600)
    assert len(ours["single_steps"]) == len(ours["batch_steps"]) == 101
    path = tmp_path / "v.npz"
    np.savez(path, docs=small.docs, queries=small.queries, train_queries=small.train_queries)
    assert main(["latency", str(path), "bin; int4", "--json"]) == 0
    assert [json.loads(line)["plan"] for line in capsys.readouterr().out.splitlines()] == [FLOAT, "bin", "int4"]
    assert main(["latency", str(path), "bin"]) == 0
    said = capsys.readouterr().out
    assert "not your engine’s latency" in said
    assert processor() in said
    assert main(["latency", str(path), " ; "]) == 2
    assert "no plan to time" in capsys.readouterr().err


def told(plan: str, ms: float) -> dict[str, object]:
    steps = [ms * 1e-3 * (1 + p / 100) for p in range(101)]
    at = {f"{kind}_p{p}{end}": 1.0 for kind in ("single", "batch") for p in (50, 95, 99) for end in ("", "_ratio")}
    more = {"single_timed": 1000, "batch_timed": 10, "looked": 600.0, "bytes_read": 4800.0}
    return {"plan": plan, "single_steps": steps, "batch_steps": steps, **at, **more}


def test_the_picture_names_every_line_once() -> None:
    timed = [told(FLOAT, 1.0), told("bin", 1.01), told("klt > wpq6", 0.2)]
    figure = latency_charts.percentiles(timed, False, look=DARK)
    assert [line.name for line in figure.data] == [FLOAT, "bin", "klt > wpq6"]
    assert {note.text for note in figure.layout.annotations} == {FLOAT, "bin", "klt &gt; wpq6"}
    heights = latency_charts.apart({"a": 100.0, "b": 99.0, "c": 5.0}, 100.0)
    assert heights["a"] <= 100
    assert heights["a"] - heights["b"] >= latency_charts.LINE
    assert heights["c"] == 5
    assert "bin 1.0 × as fast" in latency_charts.describe(timed, False)


def test_the_page_times_when_it_is_asked_to(small: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    at = AppTest.from_file(str(Path(__file__).parents[1] / "core/ui/main.py"), default_timeout=60)
    at.query_params |= {"data": Store(home()).save_vectors(small), "about": "Latency", "latency_plans": "bin"}
    at.run().switch_page("../../pages/evidence.py").run()
    assert not at.exception
    assert at.multiselect(key="latency_plans").value == ["bin"]
    assert "Nothing is timed yet" in " ".join(str(e.proto.body) for e in at.get("html"))
    known = {"timed": [told(FLOAT, 1.0), told("bin", 0.3)], "processor": "A <b>processor</b>", "busy": 2.0}
    monkeypatch.setattr(work, "known", lambda kind, params: known)
    monkeypatch.setattr(work, "asked", lambda kind, params, what: known)
    said = " ".join(str(e.proto.body) for e in at.run().get("html"))
    st.cache_resource.clear()
    assert not at.exception
    assert "A &lt;b&gt;processor" in said
    assert "Other work was going on" in said
    assert "not your engine’s latency" in said
    assert "1,000 queries" in said
