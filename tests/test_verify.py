"""A plan measured again: the same figures where nothing changed, and what differs where something did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.cli import main
from core.errors import ThinvecError
from core.evaluate.answer import measured
from core.evaluate.apart import apart
from core.evaluate.measure import Shared
from core.evaluate.results import Results
from core.evaluate.verify import again
from core.store import Store, home
from core.types import Vectors
from tests.others import other
from tests.screen import opened, until

PLAN = "klt > wpq8"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


def test_the_same_question_has_the_same_answer(store: Store, small: Vectors) -> None:
    next(measured(store, Shared(small), [PLAN]))
    found = again(store, Shared(small), PLAN)
    assert found.same
    assert (found.queries, found.differ, found.found) == (24, 0, found.filed)
    assert found.said == "The same figures for each of 24 queries, in as many bytes."


def test_what_was_touched_is_found(store: Store, small: Vectors) -> None:
    r = next(measured(store, Shared(small), [PLAN]))
    flattered = np.minimum(1.0, r.recall + np.where(np.arange(24) < 5, 0.3, 0.0))
    Results(store).save(replace(r, recall=flattered, bytes_per_vector=7.0))
    found = again(store, Shared(small), PLAN)
    changed = int((flattered != r.recall).sum())
    assert changed
    assert (found.differ, found.bytes_differ, found.same) == (changed, True, False)
    assert found.found == pytest.approx(r.recall.mean())
    assert found.gap.mean == pytest.approx((r.recall - flattered).mean())
    assert f"{changed} of 24 queries differ, and it takes other bytes" in found.said
    assert (Results(store).load(r.trial).recall == flattered).all(), "what is on file stays"


def test_halves_are_verified_as_halves(store: Store, small: Vectors) -> None:
    next(measured(store, apart(small), [PLAN]))
    assert again(store, apart(small), PLAN).same
    with pytest.raises(ThinvecError, match="not measured on these vectors yet"):
        again(store, Shared(small), PLAN)


def test_the_verb_tells_by_its_exit_code(small: Vectors, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = other(small, 41)
    path = tmp_path / "V.npz"
    np.savez(path, docs=mine.docs, queries=mine.queries)
    assert main(["verify", str(path), "int4"]) == 2
    assert "Measure it." in capsys.readouterr().err
    assert main(["frontier", str(path), "--plans", "int4"]) == 0
    assert main(["verify", str(path), "int4"]) == 0
    assert "int4: The same figures" in capsys.readouterr().out


def test_the_page_measures_again_on_request(small: Vectors) -> None:
    data = Store(home()).save_vectors(other(small, 42))
    at = opened(data=data, bytes="8", plan="int2")
    until(at, lambda w: "Bars: 95 %" in w)
    at.button(key="verify").click().run()
    assert "Measured again. The same figures for each of 24 queries" in until(at, lambda w: "Measured again" in w)
    runs = Store(home()).root / "runs"
    before = {p: p.stat().st_mtime_ns for p in runs.glob("*/status.json")}
    at.button(key="verify").click().run()
    until(at, lambda w: "Measured again" in w)
    assert [p for p in before if p.stat().st_mtime_ns > before[p]], "asked once more it is measured once more"
