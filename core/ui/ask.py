"""A query on the Search page, typed or one of the held-out ones, asked of float32 and of two plans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core import words
from core.errors import PlanError
from core.evaluate.truth import truth
from core.plan import parse
from core.recommend import default_plans
from core.types import Corpus, Rows, Trial, Vectors
from core.ui import hits, sentences, services
from core.ui.data import Data
from core.ui.fitted import fitted
from core.ui.parts import draw, problem

K = 10
EXACT = "float32"


@dataclass(frozen=True)
class Query:
    """row (1, d); number: of the held-out query it is, or -1; text: '' where the corpus has none."""

    row: Rows
    number: int = -1
    text: str = ""


def query(source: Data, v: Vectors, texts: Corpus | None) -> Query | None:
    """What the reader asks. A held-out query needs no encoder, so the page answers before any model is loaded."""
    if texts is None:
        number = st.number_input(
            f"Held-out query, 1 to {len(v.queries):,}", 1, len(v.queries), key="n", bind="query-params"
        )
        return Query(v.queries[int(number) - 1 : int(number)], int(number) - 1)
    known = list(texts.queries[: len(v.queries)])
    text = st.text_input(
        "Query",
        known[len(known) // 6] if known else "",
        key="q",
        bind="query-params",
        type="search",
        placeholder="Type what you look for",
    )
    if not text or not text.strip():
        return None
    if text in known:
        i = known.index(text)
        return Query(v.queries[i : i + 1], i, text)
    return Query(typed(text, v.encoder), -1, text)


@st.cache_resource(show_spinner="Encoding your query", max_entries=200)
def typed(text: str, encoder: str) -> Rows:
    """A text as a unit row (1, d)."""
    return services.query_encoder(encoder).encode(text)


def plans(v: Vectors, fp: str) -> tuple[str, str]:
    """The two plans beside float32, from the address or the usual two, as people spell them."""
    offered = [p for p in default_plans(v.dim) if p != "f32"]
    first, second = defaults(fp, offered)
    chosen = []
    for key, start in (("a", first), ("b", second)):
        options = list(dict.fromkeys([*offered, *([start] if start else [])]))
        extra = st.query_params.get(key) or st.session_state.get(key)
        if extra and extra not in options:
            options.append(extra)
        plan = st.selectbox(
            f"Plan {key.upper()}",
            options,
            options.index(start),
            key=key,
            bind="query-params",
            accept_new_options=True,
            width="stretch",
        )
        chosen.append(plan or start)
    return chosen[0], chosen[1]


def defaults(fp: str, offered: list[str]) -> tuple[str, str]:
    """The plans advised for 48 bytes and for 16, or the middle of the list before anything is measured."""
    found = services.measured(fp, offered, K)
    large, small = (services.advised(found, b) for b in (48, 16))
    return large.plan if large else "klt > wpq48", small.plan if small else "klt > wpq16"


@dataclass(frozen=True)
class Answer:
    """What one column shows. ids: rows found, best first; None while the plan is being learned or cannot be read."""

    plan: str
    lines: tuple[str, str]
    ids: list[int] | None


def exact(v: Vectors, asked: Query) -> Answer:
    """The order the others are compared with."""
    ids = [i for i in truth(v.docs, asked.row, K).ids[0].tolist() if i >= 0]
    return Answer(EXACT, (f"{words.per_vector(4 * v.dim)}, exact", "the order the others are compared with"), ids)


def answer(source: Data, v: Vectors, asked: Query, plan: str, best: list[int]) -> Answer:
    """What a plan finds; it is learned first where that has not been done. PlanError when it cannot be read."""
    recipe = parse(plan)
    assert source.vectors
    built = fitted(source.vectors, str(recipe))
    size = words.per_vector(recipe.nbytes(v.dim))
    if built is None:
        return Answer(str(recipe), (size, ""), None)
    ids = [i for i in built.search(asked.row, K).ids[0].tolist() if i >= 0]
    kept = f"{len(best) - len(sentences.moved(best, ids)[0])} of {len(best)} kept"
    return Answer(str(recipe), (f"{size}, {kept}", known_recall(source.vectors, str(recipe))), ids)


def columns(
    source: Data, v: Vectors, texts: Corpus | None, asked: Query, pair: tuple[str, str], narrow: bool
) -> list[Answer]:
    """float32 and the two plans; on a phone one of them, chosen by segments."""
    best = exact(v, asked)
    assert best.ids is not None
    judged = np.unique(v.qrels[(v.qrels[:, 0] == asked.number) & (v.qrels[:, 2] > 0), 1]).tolist()
    lists = [EXACT, *dict.fromkeys(pair)]
    shown = st.segmented_control("Show", lists, default=lists[1], required=True, key="list") if narrow else None
    found = []
    words_of = (texts.texts, texts.ids) if texts else ((), ())
    places = [st.container() for _ in lists] if narrow else st.columns(len(lists), gap="medium")
    for place, plan in zip(places, lists, strict=True):
        with place:
            try:
                a = best if plan == EXACT else answer(source, v, asked, plan, best.ids)
            except PlanError as e:
                problem(e)
                continue
            found.append(a)
            if a.ids is not None and shown in (None, plan):
                draw(hits.column(a.plan, a.lines, a.ids, best.ids, *words_of, judged))
    return found


def finding(found: list[Answer]) -> str:
    """klt > wpq48 keeps 9 of these 10; pq16x8 keeps 6."""
    best = next((a.ids for a in found if a.plan == EXACT), None)
    kept = [
        (a.plan, len(best) - len(sentences.moved(best, a.ids)[0])) for a in found if best and a.ids and a.plan != EXACT
    ]
    if best is None or not kept:
        return "The same query, asked of codes."
    first = f"{kept[0][0]} keeps {kept[0][1]} of these {len(best)}"
    return "; ".join([first, *(f"{plan} keeps {n}" for plan, n in kept[1:])]) + "."


def known_recall(fp: str, plan: str) -> str:
    """What it keeps over all held-out queries, where that was measured: one query is an anecdote."""
    r = services.result(Trial(fp, plan, K))
    return f"recall@{K} {words.estimate(services.estimates([r], 'recall')[plan])} over all queries" if r else ""
