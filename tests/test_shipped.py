"""Figures that come with the demo are those that the running code would measure, or they are not shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evaluate import shipped
from core.evaluate.answer import limit_key, limit_line, measured
from core.evaluate.measure import Shared
from core.evaluate.results import Results
from core.jobs import Jobs
from core.store import Store
from core.types import Vectors

PLANS = ("int4", "bin", "f32")


@pytest.fixture
def packed(tmp_path, small: Vectors):
    store = Store(tmp_path / "here")
    shared = Shared(small)
    results = list(measured(store, shared, PLANS))
    limit_line(store, shared, [8])
    run = {"kind": "frontier", "params": {"vectors": small.fingerprint, "plans": list(PLANS)}, "result": {"a": 1}}
    shipped.ship(store, results, [limit_key(small.fingerprint, 8, 10)], [run], tmp_path / "pack.npz")
    return tmp_path / "pack.npz", results, run


def test_what_was_shipped_is_what_was_measured(tmp_path, small, packed) -> None:
    path, results, run = packed
    store = Store(tmp_path / "there")
    assert shipped.install(store, path) == [run]
    for r in results:
        again = Results(store).load(r.trial)
        assert np.allclose(again.recall, r.recall)
        assert (again.ledger, again.state_bytes) == (dict(r.ledger), dict(r.state_bytes))
        assert replace(again, recall=r.recall).fit_seconds == r.fit_seconds
    assert store.remember(limit_key(small.fingerprint, 8, 10), dict)["recall"] > 0
    assert set(shipped.told(store)) == {"machine", "date"}
    jobs = Jobs(store)
    jobs.settle(**run)
    job = jobs.get(jobs.identify(run["kind"], run["params"]))
    jobs.close()
    assert (job.state, job.result) == ("done", {"a": 1})


def test_code_that_has_changed_believes_nothing(tmp_path, packed, monkeypatch) -> None:
    path, results, _ = packed
    monkeypatch.setattr("core.evaluate.results.MEASURE", 10**6)
    store = Store(tmp_path / "there")
    assert shipped.install(store, path) == []
    assert all(Results(store).load(r.trial) is None for r in results)


def test_what_was_forgotten_is_measured_here(tmp_path, small, packed) -> None:
    path, results, _ = packed
    store = Store(tmp_path / "there")
    shipped.install(store, path)
    shipped.forget(store, [r.trial for r in results])
    assert Results(store).load(results[0].trial) is None
    assert shipped.install(store, path) == []
    assert Results(store).load(results[0].trial) is None
    assert shipped.told(store) == {}
