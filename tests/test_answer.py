"""Answers are given from the store, and what a sweep fits is kept where pages look for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.evaluate import answer
from core.evaluate.measure import Shared
from core.search.built import Built
from core.store import Store
from core.types import Vectors


def test_a_measured_flagship_can_be_looked_into_at_once(tmp_path: Path, small: Vectors) -> None:
    store, shared = Store(tmp_path), Shared(small)
    for result in answer.measured(store, shared, ["klt > wpq8", "pq4x8"]):
        path = answer.built_path(store, small.fingerprint, result.plan)
        assert path.exists() is result.plan.startswith("klt")
        if path.exists():
            kept, fresh = Built.load(path), answer.built(Store(tmp_path / "other"), shared, result.plan)
            assert np.array_equal(kept.search(small.queries, 5).ids, fresh.search(small.queries, 5).ids)


def test_large_codes_are_not_kept(tmp_path: Path, small: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "KEPT", 600 * 8 - 1)
    store = Store(tmp_path)
    assert [r.plan for r in answer.measured(store, Shared(small), ["klt > wpq8"])] == ["klt > wpq8"]
    assert not answer.built_path(store, small.fingerprint, "klt > wpq8").exists()
