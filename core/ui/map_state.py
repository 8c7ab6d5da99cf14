"""What the map is asked to show: the line of plans, the bytes, the projection, what is picked; all in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.errors import StoreError
from core.project.budgets import line, lines
from core.project.kept import Kept, Near, asked_of
from core.project.picture import METHODS, Picture, at_once, key, picture
from core.types import Corpus, Vectors
from core.ui import services, state, work
from core.ui.data import Data

K = 10
FIRST = 48  # bytes, where the line has a plan of that size


@dataclass(frozen=True)
class Ladder:
    """A line of plans, bytes -> plan, rising; and the step that is shown."""

    name: str
    plans: Mapping[int, str]
    size: int

    @property
    def plan(self) -> str:
        return self.plans[self.size]


@dataclass(frozen=True)
class Known:
    """What has been worked out: exact neighbours, and what each plan keeps of them; None and {} before that."""

    near: Near | None
    kept: Mapping[str, Kept]
    refused: Mapping[str, str]


def ladder(dim: int) -> Ladder:
    """The line and the step that the reader chose. PlanError for a line that cannot be read."""
    options = list(lines(dim)) or ["int8"]
    own = (st.query_params.get("map_line"), st.session_state.get("map_line"))
    options += [str(text) for text in dict.fromkeys(own) if text and text not in options]
    name = st.selectbox(
        "Plan",
        options,
        key="map_line",
        bind="query-params",
        accept_new_options=True,
        width=176,
        help="A method at several budgets. Write a plan of your own, or several between semicolons: "
        "pca96 > int4; pca48 > int4",
    )
    plans = line(name or options[0], dim)
    return Ladder(name or options[0], plans, _step(list(plans)))


def _step(sizes: list[int]) -> int:
    """The slider over bytes; a line of one plan has none."""
    first = FIRST if FIRST in sizes else sizes[len(sizes) // 2]
    if len(sizes) < 2:
        st.text_input("Bytes per vector", f"{sizes[0]:,}", key=f"map_only {sizes[0]}", disabled=True, width=140)
        return sizes[0]
    if (chosen := st.session_state.get("map_bytes")) is not None and chosen not in sizes:
        st.session_state["map_bytes"] = min(sizes, key=lambda s: abs(s - int(chosen)))
    return int(st.select_slider("Bytes per vector", sizes, first, key="map_bytes", bind="query-params"))


def method() -> str:
    """The projection that the reader wants to see."""
    names = list(METHODS.values())
    chosen = st.segmented_control(
        "Projection",
        names,
        default=names[-1],
        required=True,
        key="map_by",
        bind="query-params",
        label_visibility="collapsed",
    )
    return next(k for k, name in METHODS.items() if name == chosen)


def projection(source: Data, v: Vectors, wanted: str) -> tuple[str, Picture | None]:
    """The map there is, by the method that was wanted or by PCA while that is not ready; asked for where it is not."""
    assert source.vectors
    ready = [m for m in (wanted, "pca") if services.store().path("arrays", f"{key(source.vectors, m)}.npz").exists()]
    if ready:
        return ready[0], placed(source.vectors, ready[0])
    return "pca", placed(source.vectors, "pca") if at_once(*v.docs.shape) else None


@st.cache_resource(show_spinner=False, max_entries=8)
def placed(vectors: str, method: str) -> Picture:
    """A map that is in the store, or one by PCA of so few numbers that it is there in a moment."""
    return picture(services.store(), services.vectors(vectors), method)


def asked(vectors: str, plans: Mapping[int, str]) -> dict[str, Any]:
    """The run that finds out which neighbours these plans keep."""
    return {"vectors": vectors, "plans": list(plans.values()), "k": K, "seed": 0}


def known(source: Data, v: Vectors, plans: Mapping[int, str], result: Mapping[str, Any] | None) -> Known:
    """What its result names, read from the store."""
    if not result or "near" not in result:
        return Known(None, {}, {})
    near = _near(result["near"], len(v.docs))
    names = {plan: place for plan, place in result.get("kept", {}).items() if plan in plans.values()}
    return Known(near, {plan: _kept(place, plan) for plan, place in names.items()}, result.get("refused", {}))


@st.cache_resource(show_spinner=False, max_entries=8)
def _near(place: str, n: int) -> Near:
    found = services.store().remember(place, _gone)
    return Near(asked_of(n), found["ids"].astype(np.int64), found["scores"])


@st.cache_resource(show_spinner=False, max_entries=40)
def _kept(place: str, plan: str) -> Kept:
    found = services.store().remember(place, _gone)
    return Kept(plan, found["ids"].astype(np.int64), found["good"])


def _gone() -> Mapping[str, NDArray[Any]]:
    raise StoreError("What this map was drawn from is no longer in the store. Choose another plan, or measure again.")


@dataclass(frozen=True)
class Pick:
    """A query or a document by number. row: of `Near`, None for a document whose neighbours were not looked for."""

    query: bool
    number: int
    row: int | None

    @property
    def code(self) -> str:
        return f"{'q' if self.query else 'd'}{self.number}"

    @property
    def word(self) -> str:
        return "query" if self.query else "document"


def pick(v: Vectors) -> Pick | None:
    """What the address names, or else a query; numbers that are not here are passed over."""
    asked = asked_of(len(v.docs))
    code = state.get("map_pick")
    digits = code[1:]
    if code[:1] in ("q", "d") and digits.isascii() and digits.isdigit() and len(digits) < 10:
        number = int(digits)
        if code[0] == "q" and number < len(v.queries):
            return Pick(True, number, len(asked) + number)
        if code[0] == "d" and number < len(v.docs):
            at = int(np.searchsorted(asked, number))
            return Pick(False, number, at if at < len(asked) and asked[at] == number else None)
    if not len(v.queries):
        return None
    return Pick(True, len(v.queries) // 6, len(asked) + len(v.queries) // 6)


def choose(code: str) -> None:
    """Pick what was clicked: q3, d12, or another step of the line, b48."""
    if code[:1] == "b":
        st.session_state["map_bytes"] = int(code[1:])
    elif code:
        state.put("map_pick", code)


def clicked() -> None:
    """A click on a point picks it; a second click on it, which unselects in the chart, changes nothing."""
    points = st.session_state["map_chart"].selection.points
    if points and points[0].get("customdata"):
        choose(str(points[0]["customdata"][0]))


def queries(corpus: Corpus | None, v: Vectors) -> None:
    """All held-out queries, for those who would rather search than click."""

    def changed() -> None:
        if (number := st.session_state["map_query"]) is not None:
            state.put("map_pick", f"q{number}")

    st.session_state["map_query"] = None  # a choice is read once: what is picked stands in the card's heading
    names = corpus.queries if corpus and len(corpus.queries) == len(v.queries) else ()
    st.selectbox(
        "Pick a query",
        range(len(v.queries)),
        format_func=lambda i: " ".join(names[i].split())[:120] if names else f"Query {i + 1:,}",
        key="map_query",
        index=None,
        on_change=changed,
        placeholder="Search the queries, or click a point",
        label_visibility="collapsed",
    )


Run = tuple[str, dict[str, Any], str]  # kind, parameters, what it does, for people


def arranging(source: Data, method: str) -> Run:
    """The run that makes this map and says how far it can be trusted."""
    assert source.vectors
    kind, params = ("umap" if method == "umap" else "project"), {"vectors": source.vectors, "seed": 0}
    return kind, params, f"Arranging the map by {METHODS[method]}"


def trust(source: Data, method: str) -> Mapping[str, Any]:
    """Figures of the map by this method, as far as they are known."""
    kind, params, _ = arranging(source, method)
    return work.known(kind, params) or {}


def together(runs: Sequence[Run]) -> list[Mapping[str, Any] | None]:
    """What is known of each run. All are asked for at once; one line tells of the first that goes on."""
    found: list[Mapping[str, Any] | None] = []
    busy = False
    for kind, params, what in runs:
        if busy:
            if services.jobs().get(services.jobs().identify(kind, params)) is None:
                work.start(kind, params)
            found.append(work.known(kind, params))
        else:
            found.append(work.asked(kind, params, what))
            busy = work.active(kind, params)
    return found
