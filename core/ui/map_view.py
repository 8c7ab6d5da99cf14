"""From what is known to what is drawn: layers of the map, the colours of its points, the neighbours of its star."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.project.aligned import ids_of
from core.project.crowding import Crowding
from core.project.kept import Moves, asked_of
from core.project.picture import Picture
from core.types import Corpus, Interval, Rows, Vectors
from core.ui import facts, map_card, services
from core.ui.map_chart import Layers, Star, codes_of
from core.ui.map_colours import LENGTH, SHARE, Paint, by_column, by_length, by_share
from core.ui.map_state import K, Known, Pick
from core.ui.theme import Look

NAME = 80  # characters of a text in the hover


def coloured(v: Vectors) -> NDArray[np.int64]:
    """Numbers of the documents that were asked, and so have a colour."""
    return asked_of(len(v.docs))


def paint(choice: str, corpus: Corpus | None, v: Vectors, known: Known, plan: str, look: Look) -> Paint:
    """The colours of those documents."""
    asked = coloured(v)
    if choice == LENGTH and corpus:
        return by_length(facts.lengths(corpus.fingerprint)[asked], look)
    if choice != SHARE and corpus and choice in corpus.columns:
        values = corpus.columns[choice]
        return by_column(choice, [values[i] for i in asked], look)
    found = known.kept.get(plan)
    return by_share(found.hits[: len(asked)] if found else None, len(asked), K, look)


def layers(
    drawn: Picture,
    corpus: Corpus | None,
    v: Vectors,
    painted: Paint,
    star: Star | None,
    moved: tuple[Rows, Rows] | None,
) -> Layers:
    """Everything that is drawn, back to front."""
    asked = coloured(v)
    rest = np.isin(drawn.drawn, asked, assume_unique=True, invert=True)
    about, questions = _names(v.fingerprint, corpus.fingerprint if corpus else "")
    return Layers(drawn.docs[rest], drawn.of(asked), about, drawn.queries, questions, painted, moved, star)


@st.cache_resource(show_spinner=False, max_entries=4)
def _names(vectors: str, corpus: str) -> tuple[list[list[str]], list[list[str]]]:
    """Of every coloured document and every query: the code that a click sends, and words for the hover, escaped."""
    v, texts = services.vectors(vectors), services.corpus(corpus) if corpus else None
    asked = coloured(v)
    about = [
        [code, map_card.name(texts, i, NAME)] for code, i in zip(codes_of(asked, "d"), asked.tolist(), strict=True)
    ]
    codes = codes_of(np.arange(len(v.queries)), "q")
    picks = (Pick(True, i, None) for i in range(len(v.queries)))
    return about, [[c, map_card.title(texts, v, p)[: 2 * NAME]] for c, p in zip(codes, picks, strict=True)]


def star(drawn: Picture, known: Known, picked: Pick | None, now: Moves | None) -> Star | None:
    """What is picked and its neighbours, as far as they stand on the map."""
    if picked is None:
        return None
    at = drawn.queries[picked.number] if picked.query else drawn.of(np.array([picked.number]))[0]
    if not np.isfinite(at).all():
        return None
    around: dict[str, list[tuple[tuple[float, float], str]]] = {f: [] for f in ("kept", "level", "lost", "gained")}
    if now is not None and known.near is not None and picked.row is not None:
        ids = [int(i) for i in known.near.ids[picked.row] if i >= 0]
        for i, fate, label in zip(ids, now.fate, map_card.labels(now.fate), strict=True):
            around[fate].append((_place(drawn, i), label))
        around["gained"] = [(_place(drawn, i), "gained") for i in now.gained]
    seen = {fate: [(p, label) for p, label in some if np.isfinite(p[0])] for fate, some in around.items()}
    return Star((float(at[0]), float(at[1])), picked.word, seen)


def _place(drawn: Picture, number: int) -> tuple[float, float]:
    x, y = drawn.of(np.array([number]))[0].tolist()
    return float(x), float(y)


def finding(result: Mapping[str, Any] | None, plan: str) -> Crowding | None:
    """Whether a plan loses more where documents crowd; None before that is known, or where there are too few."""
    told = (result or {}).get("where", {}).get(plan)
    if told is None:
        return None
    dense, sparse, gap, every = (Interval(**told[name]) for name in ("dense", "sparse", "gap", "every"))
    return Crowding(dense, sparse, gap, every, int(told["n"]), int(told["needed"]))


def displacement(
    drawn: Picture, result: Mapping[str, Any], plan: str, method: str
) -> tuple[tuple[Rows, Rows], float, float] | None:
    """From where documents stand to where their decoded vectors land; medians of both moves in widths of the map."""
    place = result.get("landed", {}).get(plan)
    if place is None:
        return None
    found = _landed(place)
    start = drawn.of(ids_of(drawn))
    width = float(np.ptp(drawn.docs[:, 0])) or 1.0
    return (start, found["places"]), _median(found["places"] - start) / width, _median(found["again"] - start) / width


@st.cache_resource(show_spinner=False, max_entries=40)
def _landed(place: str) -> Mapping[str, Rows]:
    from core.ui.map_state import _gone

    return services.store().remember(place, _gone)


def _median(moves: Rows) -> float:
    return float(np.nanmedian(np.linalg.norm(moves, axis=1)))


def counted(now: Moves | None) -> dict[str, int]:
    """How many neighbours met each fate, for the words under the figure."""
    if now is None:
        return {}
    fate: Sequence[str] = now.fate
    return {f: fate.count(f) for f in ("kept", "level", "lost")} | {"gained": len(now.gained)}
