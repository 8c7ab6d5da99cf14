"""A fitted plan on disk: written whole, read back whole, and a damaged file is one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import StoreError
from core.plan import parse
from core.search.built import Built, build, train_for
from core.types import Vectors


@pytest.fixture
def saved(small: Vectors, tmp_path: Path) -> Path:
    build(parse("klt > wpq4 | keep4 > int8"), train_for(small), small.docs).save(tmp_path / "built.npz")
    return tmp_path / "built.npz"


def test_nothing_else_is_left_in_the_folder(saved: Path) -> None:
    assert [p.name for p in saved.parent.iterdir()] == ["built.npz"]


def test_two_writers_do_not_meet(saved: Path) -> None:
    again = Built.load(saved)
    saved.with_suffix(".part.npz").mkdir()  # where another process once wrote
    again.save(saved)
    assert Built.load(saved).state_bytes == again.state_bytes


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.5, 0.999])
def test_a_damaged_file_is_explained(saved: Path, kept: float) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(StoreError, match="damaged"):
        Built.load(saved)


@pytest.mark.parametrize("text", ["klt > wpq4", "klt > wsq6", "opq4x8", "pca8 > int8", "bin | keep4 > klt > wsq8"])
def test_nothing_is_learned_from_held_out_queries(text: str, small: Vectors) -> None:
    others = replace(small, queries=-small.queries[::-1])
    for with_training in (True, False):
        one, two = (v if with_training else replace(v, train_queries=None) for v in (small, others))
        a, b = (build(parse(text), train_for(v), v.docs) for v in (one, two))
        assert all((a.codebook.state[name] == b.codebook.state[name]).all() for name in a.codebook.state)
        assert (a.codes == b.codes).all() and a.state_bytes == b.state_bytes


def test_training_queries_are_learned_from(small: Vectors) -> None:
    bare = replace(small, train_queries=None)
    one, two = (build(parse("klt > wpq4"), train_for(v), v.docs).codebook.state["0.query_map"] for v in (small, bare))
    assert one.shape != two.shape or np.abs(one - two).max() > 1e-3
