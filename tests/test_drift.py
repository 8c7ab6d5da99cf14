"""Drift: rows of the same kind leave the codebooks in peace, rows of another kind do not, and the words say which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import DataError, PlanError
from core.evaluate.drift import ALONE, FITS, OPEN, TOGETHER, drift, judge, later
from core.evaluate.usage import entropy
from core.types import Floats, Interval, Rows, Vectors

D = 32


def unit(x: Floats) -> Rows:
    return np.ascontiguousarray(x / np.linalg.norm(x, axis=1, keepdims=True), np.float32)


def kind(n: int, axes: slice, seed: int) -> Rows:
    """Rows whose variance falls along these axes and is small along all others."""
    rng = np.random.default_rng(seed)
    scale = np.full(D, 0.1)
    scale[axes] = 1.0
    return unit(rng.standard_normal((n, D)) * scale)


OLD, NEW = slice(0, 8), slice(16, 24)


@pytest.fixture(scope="module")
def old() -> Vectors:
    rng = np.random.default_rng(9)
    docs = kind(2000, OLD, 0)
    asked = unit(rng.standard_normal((300, D)))
    return Vectors(docs, asked, unit(rng.standard_normal((100, D))))


@pytest.mark.parametrize("plan", ["pca8 > int8", "klt > wpq8", "int4(clip=10)", "bin | keep4 > int8"])
def test_more_of_the_same_fits(old: Vectors, plan: str) -> None:
    found = drift(old, kind(800, OLD, 1), plan)
    assert found.verdict == FITS, found.said
    assert found.said.startswith("The codebooks still fit")
    assert abs(found.change.mean) < 0.05
    assert found.now.error.mean == pytest.approx(found.then.error.mean, rel=0.1, abs=1e-3)
    assert found.now.entropy.mean() == pytest.approx(found.then.entropy.mean(), abs=0.1)
    assert (found.old, found.new, found.rows) == (2000, 800, 400)


@pytest.mark.parametrize(
    ("plan", "verdict", "said"),
    [
        ("pca8 > int8", ALONE, "The new rows want codebooks of their own: recall over them would rise by +"),
        ("klt > wpq8", TOGETHER, "Learn again, on old and new rows together: recall over the new rows would rise by +"),
    ],
)
def test_rows_of_another_kind_want_to_be_learned(old: Vectors, plan: str, verdict: str, said: str) -> None:
    found = drift(old, kind(800, NEW, 1), plan)
    assert found.verdict == verdict
    assert found.said.startswith(said)
    assert found.alone
    assert found.alone.low > 0
    assert found.now.error.mean > 2 * found.then.error.mean
    assert found.error_change.low > 0
    assert found.change.high < 0


def test_values_beyond_the_old_ranges_are_counted(old: Vectors) -> None:
    same, other = (drift(old, kind(400, axes, 1), "int4") for axes in (OLD, NEW))
    assert same.then.clipped < 0.002
    assert same.now.clipped < 0.002
    assert other.now.clipped > 0.1


def test_codes_that_fewer_rows_use_say_less(old: Vectors) -> None:
    found = drift(old, kind(800, NEW, 1), "pq4x8")
    assert found.now.entropy.mean() < found.then.entropy.mean() - 0.5
    assert found.now.entropy.shape == (4,)


def test_recall_may_fall_without_the_codebooks_being_to_blame(old: Vectors) -> None:
    """Half precision has nothing to learn: whatever the rows, learning again changes nothing."""
    near = unit(np.ones(D) + 0.02 * np.random.default_rng(0).standard_normal((800, D)))
    found = drift(old, near, "rot > bin")
    assert found.verdict in (FITS, OPEN, ALONE)
    exact = drift(old, near, "f16")
    assert exact.verdict == FITS
    assert exact.together.mean == 0


def test_then_is_measured_on_rows_that_did_not_teach(old: Vectors) -> None:
    """A codebook as large as the corpus keeps what it learned by heart; were it asked of that, all would be drift."""
    rng = np.random.default_rng(3)
    flat = Vectors(unit(rng.standard_normal((400, D))), old.queries)
    found = drift(flat, unit(rng.standard_normal((400, D))), "pq4x8")
    assert found.then.error.mean > 0.2
    assert found.verdict == FITS or found.verdict == OPEN


def test_judgement() -> None:
    better, same, unsure = Interval(0.05, 0.03, 0.07), Interval(0.0, -0.01, 0.01), Interval(0.02, -0.03, 0.07)
    assert judge(better, same) == TOGETHER
    assert judge(same, better) == ALONE
    assert judge(same, None) == FITS
    assert judge(unsure, None) == OPEN
    assert judge(Interval(0.004, 0.001, 0.007), None) == FITS, "too little to be worth it"


def test_entropy_of_bytes() -> None:
    codes = np.stack([np.zeros(256), np.arange(256), np.arange(256) % 2], 1).astype(np.uint8)
    np.testing.assert_allclose(entropy(codes), [0, 8, 1])


def test_the_same_seed_gives_the_same_drift(old: Vectors) -> None:
    batch = kind(200, OLD, 5)
    a, b = (drift(old, batch, "int4", seed=2) for _ in range(2))
    assert (a.said, a.together, a.then.recall) == (b.said, b.together, b.then.recall)


def test_an_index_is_left_out_and_said_plans_stay_as_they_are(old: Vectors) -> None:
    assert drift(old, kind(100, OLD, 5), "int8").plan == "int8"


def test_a_plan_that_half_a_batch_cannot_teach_has_no_such_figure(old: Vectors) -> None:
    found = drift(old, kind(60, OLD, 5), "pca31 > int8")
    assert found.alone is None or found.alone.low <= found.alone.high


def test_every_row_of_a_later_file_is_a_row(tmp_path: Path) -> None:
    rows = kind(50, OLD, 1)
    np.save(tmp_path / "later.npy", 2 * rows)
    found = later("later.npy", tmp_path / "later.npy")
    assert found.shape == (50, D)
    assert {row.round(4).tobytes() for row in found} == {row.round(4).tobytes() for row in rows}
    np.savez(tmp_path / "both.npz", docs=rows, queries=rows[:5])
    assert len(later("both.npz", tmp_path / "both.npz")) == 50
    with pytest.raises(DataError, match="holds texts, not vectors"):
        later("later.txt", b"one\ntwo\nthree\n")


def test_what_cannot_be_compared_is_said(old: Vectors) -> None:
    with pytest.raises(DataError, match=r"shape \(50, 8\), the documents have 32"):
        drift(old, np.ones((50, 8), np.float32), "int8")
    with pytest.raises(DataError, match="batch has 10 rows"):
        drift(old, old.docs[:10], "int8")
    with pytest.raises(DataError, match="2 held-out queries"):
        drift(replace(old, queries=old.queries[:1]), old.docs[:50], "int8")
    with pytest.raises(PlanError, match="did you mean"):
        drift(old, old.docs[:50], "itn8")
