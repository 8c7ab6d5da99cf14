"""The benchmark's table: peers say what they cost, rows are kept and found again, the best meet at equal bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.store import Store
from core.types import Train, Vectors
from tests.bench import peers
from tests.bench.one import Task, learned_apart, measured, true, work
from tests.bench.plot import page
from tests.bench.report import best_table, duel, line, table
from tests.bench.table import is_known, key, outcome, part

FAISS = peers.found()["faiss"]


@pytest.fixture(scope="module")
def store(small: Vectors, tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = Store(tmp_path_factory.mktemp("bench"))
    made.save_vectors(small)
    return made


@pytest.mark.parametrize("plan", ["SQ8", "PCA16,SQ8", "RR32,EDEN2", "PCAR24,PQ12x4fs", "ITQ16,LSH", "MinMax,SQ8"])
def test_faiss_counts_its_bytes_and_finds_neighbours(small: Vectors, plan: str) -> None:
    index = FAISS.made(plan, Train(small.docs), small.docs)
    expected = {"SQ8": 32, "PCA16,SQ8": 16, "RR32,EDEN2": 16, "PCAR24,PQ12x4fs": 6, "ITQ16,LSH": 2, "MinMax,SQ8": 40}
    assert index.nbytes == expected[plan]
    assert index.shared >= 0
    exact = np.argsort(-(small.queries @ small.docs.T), axis=1)[:, :10]
    kept = np.mean([len({*a} & {*b}) / 10 for a, b in zip(index.search(small.queries, 10), exact, strict=True)])
    assert kept > (0.98 if plan == "SQ8" else 0.15)


def test_faiss_maps_leave_queries_uncentred(small: Vectors) -> None:
    """Every axis kept, one byte each: what faiss' own PCA, which centres queries, would rank differently."""
    index = FAISS.made("PCA32,SQ8", Train(small.docs), small.docs)
    exact = np.argsort(-(small.queries @ small.docs.T), axis=1)[:, :10]
    assert np.mean([len({*a} & {*b}) for a, b in zip(index.search(small.queries, 10), exact, strict=True)]) > 9.5


def test_plans_are_offered_at_or_under_the_budget() -> None:
    for name, plan in {"scann": "AH 4 per block", "turbovec": "2 bits", "rabitqlib": "IVF 1 bits"}.items():
        assert plan in peers.plans(peers.found()[name], (48, 64, 128), 384)
    offered = peers.plans(FAISS, (48,), 384)
    assert {"PQ48x8np", "PQ96x4fs", "OPQ48_192,PQ48x8np", "PCA96,SQ4", "PCAR320,EDEN"} <= {*offered}
    assert peers.is_slow(FAISS, "OPQ48_192,PQ48x8np") and not peers.is_slow(FAISS, "PQ96x4fs")


def test_a_row_says_everything(small: Vectors, store: Store) -> None:
    row = measured(Task(small.fingerprint, "faiss", "SQ8", 0.01), store)
    assert row["bytes"] == 32 and row["family"] == "faiss" and row["recall"][0] > 0.98
    assert len(row["hits"]) == len(small.queries) and row["queries_per_second"] > 0
    assert row["apart"][0] > 0.95 and 0 < row["mrr"] <= 1


def test_ours_stands_in_the_same_table(small: Vectors, store: Store) -> None:
    row = measured(Task(small.fingerprint, "thinvec", "int8", 0.01), store)
    assert row["bytes"] == 32 and row["family"] == "scalar" and row["recall"][0] > 0.95


def test_learned_apart_searches_the_other_half(small: Vectors, store: Store) -> None:
    task = Task(small.fingerprint, "faiss", "Flat", 0.01)
    assert learned_apart(task, store, small, small.docs)[0] == 1.0
    assert true(store, small, small.docs[:300], "half").ids.max() < 300


def test_what_was_measured_is_not_measured_again(small: Vectors) -> None:
    task = Task("v", "faiss", "SQ8")
    assert key(small, task) == key(small, Task("v", "faiss", "SQ8", seconds=9)) != key(small, Task("v", "faiss", "SQ4"))
    assert is_known({"recall": [1, 1, 1]}, 5) and not is_known(None, 5)
    assert is_known({"error": "stopped", "limit": 5}, 5) and not is_known({"error": "stopped", "limit": 4}, 5)
    assert not is_known({"error": "ended with code -11"}, 5)


def test_a_failure_is_a_row(small: Vectors, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.dup2", lambda *_: None)
    monkeypatch.setattr("os.sched_setaffinity", lambda *_: None, raising=False)
    work(Task(small.fingerprint, "faiss", "PQ7x8", 0.01), str(store.root), str(tmp_path / "row"), 0)
    row = outcome(tmp_path / "row", 0, 0)
    assert "PQ7x8" in line({"who": "faiss", "plan": "PQ7x8"} | row) and row["error"].startswith("RuntimeError")
    assert outcome(tmp_path / "none", -9, 7)["error"] == "stopped after 7 s"


def test_a_part_keeps_the_judgements_of_what_is_left(small: Vectors) -> None:
    assert len(part(small).docs) == len(small.docs) and len(part(small).qrels) == len(small.qrels)


def rows(small: Vectors) -> dict[str, dict[str, object]]:
    base = {"set": small.fingerprint, "overhead": 1.0, "fit_seconds": 1.0, "encode_rows_per_second": None, "at": 1.0}
    mine = {"who": "thinvec", "plan": "pq4x8", "family": "vector", "bytes": 4, "recall": [0.5, 0.4, 0.6], "hits": "5a0"}
    other = {
        "who": "faiss",
        "plan": "PQ4x8np",
        "family": "faiss",
        "bytes": 4.0,
        "recall": [0.4, 0.3, 0.5],
        "hits": "480",
    }
    return {"a": base | mine, "b": base | other, "c": base | {"who": "faiss", "plan": "X", "error": "broken"}}


def test_the_table_and_the_plot_name_every_row(small: Vectors) -> None:
    about = {"name": "small", "n": 600, "dim": 32, "limit": {"4": 0.45, "8": 0.6}}
    book = {"rows": rows(small), "sets": {small.fingerprint: about}}
    text = table(book)
    assert text.index("pq4x8") < text.index("faiss: PQ4x8np") < text.index("broken")
    assert "+0.100" in best_table(book, [4]) and duel(list(rows(small).values())[:1], 4, "recall", {}) == ""
    html = page(book)
    assert "pq4x8" in html and "Gaussian line" in html and "src=" not in html.split("<body>")[0]


@pytest.mark.parametrize("name", sorted({*peers.found()} - {"thinvec", "faiss"}))
def test_a_peer_that_is_not_installed_says_so(name: str) -> None:
    why = peers.missing(peers.found()[name])
    assert why == "" or why.startswith("not installed here")
