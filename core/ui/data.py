"""Which data a page is about: the demo, an upload's texts or vectors, found by the id in the address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import DataError
from core.store import read_json
from core.ui import browser, gone, public, services, state
from core.ui.parts import problem

DEMOS = {"demo-small": "Demo, small", "demo-large": "Demo, large"}
FIRST = "demo-small"
ENCODER = "minilm"


@dataclass(frozen=True)
class Data:
    """id: in the address. corpus, vectors: fingerprints, None when there are no texts, or no vectors yet."""

    id: str
    title: str
    corpus: str | None
    vectors: str | None

    @property
    def meta(self) -> dict[str, Any]:
        """Sizes, encoder and query source, as the store noted them."""
        return services.store().vectors_meta(self.vectors) if self.vectors else {}

    @property
    def demo(self) -> bool:
        return self.id in DEMOS


def metas() -> dict[str, dict[str, Any]]:
    """Notes of all vectors in the store, by fingerprint, newest first."""
    found = (services.store().root / "vectors").glob("*/meta.json")
    files = sorted(found, key=lambda p: -p.stat().st_mtime)
    return {p.parent.name: read_json(p) for p in files if not p.parent.name.startswith(".")}


def choices(current: str) -> dict[str, str]:
    """What can be chosen, id -> title: the demos, then what this browser has opened, and what the address names."""
    titles = {name: f"{m['name']}, {m['n']:,} × {m['dim']}" for fp, m in metas().items() for name in (m["corpus"], fp)}
    found = {name: titles[name] for name in browser.mine() if name in titles}
    demos = {FIRST: DEMOS[FIRST]} if public.public() else DEMOS
    if current in DEMOS | found:
        return demos | found
    return demos | found | {current: titles.get(current) or resolve(current).title}  # a name must not change later


def resolve(name: str) -> Data:
    """The data of this id; DataError when it is not here."""
    store = services.store()
    if name in DEMOS:
        corpus = services.demo_corpus(cast(Literal["small", "large"], name.removeprefix("demo-")))
        return Data(name, DEMOS[name], corpus, encoded(corpus) or services.demo_vectors(corpus))
    if re.fullmatch("[0-9a-f]{16}", name):
        if store.has_vectors(name):
            meta = store.vectors_meta(name)
            return Data(name, meta["name"], meta["corpus"], name)
        if store.path("corpora", f"{name}.jsonl").exists():
            return Data(name, services.corpus(name).name, name, encoded(name))
    raise DataError("This link names data that is not here. Open the demo, or upload it again.")


def encoded(corpus: str) -> str | None:
    """The newest vectors made of these texts."""
    return next((fp for fp, m in metas().items() if m["corpus"] == corpus), None)


def choose(top: DeltaGenerator) -> Data:
    """The data of this page, and the box to choose it from. The id is kept in the address.

    What it takes to open the data is said in `top`, where the finding will stand.
    """
    current = state.get("data", FIRST)
    try:
        options = choices(current)
        with top:
            found = resolve(current)
    except DataError as e:
        with top:
            if not gone.panel(current):
                problem(e)
            st.button("Open the demo", key="demo", on_click=state.put, args=("data", FIRST))
        st.stop()
    ids = list(options)

    def changed() -> None:
        state.put("data", st.session_state["corpus"])
        state.put("plan", "")

    st.session_state["corpus"] = current
    st.selectbox("Corpus", ids, format_func=options.__getitem__, key="corpus", on_change=changed, width=210)
    return found
