"""The public demo: strangers may look and measure a little, on the corpus that comes with it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.store import Store, home
from core.types import Vectors
from core.ui.public import MOST_PLANS, MOST_WAITING, public, refusal
from tests.others import other

ROOT = Path(__file__).parents[1]


def test_it_is_off_unless_asked_for(monkeypatch) -> None:
    monkeypatch.delenv("THINVEC_DEMO", raising=False)
    assert not public()
    monkeypatch.setenv("THINVEC_DEMO", "1")
    assert public()


@pytest.mark.parametrize(
    ("kind", "params", "waiting", "shipped", "why"),
    [
        ("encode", {}, 0, True, "runs of this kind"),
        ("frontier", {}, 0, False, "its own corpus"),
        ("frontier", {"plans": ["f32"] * (MOST_PLANS + 1)}, 0, True, "at most"),
        ("losses", {}, MOST_WAITING, True, "Try again"),
        ("losses", {}, 0, True, ""),
        ("frontier", {"plans": ["f32"]}, 0, True, ""),
        ("doctor", {}, 0, False, ""),
    ],
)
def test_what_a_stranger_may_start(kind, params, waiting, shipped, why) -> None:
    said = refusal(kind, params, waiting, shipped)
    assert why in said
    assert bool(said) == bool(why)


def test_other_data_is_shown_and_never_measured(monkeypatch, small: Vectors) -> None:
    """Somebody's vectors may be in the store of a server that was made public: a link shows them, a run is refused."""
    monkeypatch.setenv("THINVEC_DEMO", "1")
    data = Store(home()).save_vectors(other(small, 2))
    at = AppTest.from_file(str(ROOT / "core/ui/main.py"), default_timeout=120)
    at.query_params["data"] = data
    at.run()
    at.run()
    said = " ".join(str(e.proto.body) for e in at.get("html"))
    assert "This public demo works on its own corpus only." in said
    assert not at.exception
    st.cache_resource.clear()


def test_no_files_are_taken(monkeypatch) -> None:
    monkeypatch.setenv("THINVEC_DEMO", "1")
    at = AppTest.from_file(str(ROOT / "core/ui/main.py"), default_timeout=120)
    at.query_params["data"] = "0123456789abcdef"
    at.run()
    at.switch_page("../../pages/corpus.py").run()
    assert not at.get("file_uploader")
    assert not at.exception
    st.cache_resource.clear()
