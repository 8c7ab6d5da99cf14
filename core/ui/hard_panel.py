"""Which queries pay for the bytes saved: the spread behind the mean, groups that fare worse, and the worst queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import words
from core.errors import PlanError
from core.evaluate.hard import Found, Neighbours, found, neighbours
from core.evaluate.measure import Shared
from core.evaluate.slices import FEW, Slice, groupings, slices, unseen
from core.plan import parse
from core.types import Corpus
from core.ui import hard_charts, services, state, work
from core.ui.browser import Screen, columns
from core.ui.charts import CONFIG
from core.ui.data import Data
from core.ui.hits import entry
from core.ui.parts import draw, head, note, problem, small
from core.ui.theme import Look

WORST = 30  # queries to choose from
SHOW = 10  # neighbours of the open query
FIRST = "klt > wpq48"


def panel(source: Data, screen: Screen, look: Look, k: int) -> None:
    """Spread and groups on the left, the worst queries on the right."""
    assert source.vectors
    plans = asked(source.meta["dim"])
    if not plans:
        return
    params: dict[str, Any] = {"vectors": source.vectors, "plans": plans, "k": k, "seed": 0}
    told = work.asked("hard", params, "Asking every held-out query") or {}
    for plan, why in told.get("refused", {}).items():
        problem(f"{plan} was not measured: {why}")
    done = [plan for plan in plans if plan in told.get("done", ())]
    if not done:
        return
    near, answers = _near(source.vectors, k), [_found(source.vectors, plan, k) for plan in done]
    every = [_slices(source.vectors, source.corpus, plan, k) for plan in done]
    draw(f'<p class="tv-fact">{words.plain(summed(answers[0], every[0]), 600)}</p>')
    left, right = columns(screen)
    with left:
        pictures(answers, every, near, look, screen)
    with right:
        worst(source, answers, near)


def asked(dim: int) -> list[str]:
    """The plan of the address, and perhaps a second one."""
    first = state.get("plan") or FIRST
    with st.container(horizontal=True, vertical_alignment="bottom", key="hard-controls"):
        texts = [
            st.text_input("Plan", first, key="hard_plan", bind="query-params"),
            st.text_input(
                "Beside it", "", key="hard_beside", bind="query-params", placeholder="bin | keep4 > int8",
                help="A second plan; leave it empty to look at one alone.",
            ),
        ]  # fmt: skip
    try:
        return list(dict.fromkeys(str(parse(text)) for text in texts if text and text.strip()))
    except PlanError as e:
        problem(e)
        return []


def pictures(
    answers: Sequence[Found], every: Sequence[Sequence[Slice]], near: Neighbours, look: Look, screen: Screen
) -> None:
    """The histogram and the groups."""
    plans = [f.plan for f in answers]
    draw(head("Spread over queries", "share of the queries; dashed: the mean"))
    st.plotly_chart(
        hard_charts.spread(answers, near.k, look=look, narrow=screen.narrow),
        key="hard-spread",
        theme=None,
        config=CONFIG,
        alt=" ".join(spread_words(f) for f in answers),
    )
    second = f" Outlined: {plans[1]}." if len(plans) > 1 else ""
    draw(note(" ".join(spread_words(f) for f in answers) + second))
    if not every[0]:
        return
    draw(head("Groups", "share of true neighbours found; dashed: all"))
    st.plotly_chart(
        hard_charts.groups(every, plans, look=look, narrow=screen.narrow),
        key="hard-groups",
        theme=None,
        config=CONFIG,
        alt=hard_charts.describe(every[0], plans[0]),
    )
    draw(note(reading(near)))


def spread_words(f: Found) -> str:
    """The spread in a sentence."""
    return (
        f"{f.plan}: {100 * f.below:.1f} % of the queries lose more than half; the worst tenth "
        f"keeps {f.worst_tenth:.2f}, the mean is {f.recall.mean():.2f}."
    )


def reading(near: Neighbours) -> str:
    """How to read the groups, and what they cannot tell."""
    nobody, n = unseen(near), len(near.lists)
    return (
        "Filled: differs from all other neighbours, with every group of this picture considered (Holm, 5 %). Open: "
        f"cannot be told apart. Grey: fewer than {FEW} queries. Neighbours count by number here, near ties do not. "
        f"{words.count(nobody)} of {words.count(n)} documents are no query’s neighbour: nothing is known of them."
    )


def summed(f: Found, every: Sequence[Slice]) -> str:
    """The finding in a sentence or two."""
    lost = f.below
    said = f"{f.plan} keeps {words.kept(float(f.recall.mean()), f.ids.shape[1])} of {f.ids.shape[1]} on average, and "
    said += "at least half for every query." if lost == 0 else f"less than half for {100 * lost:.1f} % of the queries."
    sure = [s for s in every if s.differs and s.rest and s.rest.mean < 0]
    if sure:
        s = min(sure, key=lambda s: s.recall.mean)
        said += f" Hardest group: {s.by[0].lower()}{s.by[1:]}, {s.name}, where it keeps {words.estimate(s.recall)}."
    return said


def worst(source: Data, answers: Sequence[Found], near: Neighbours) -> None:
    """The worst queries, and one of them opened: its true neighbours, kept or lost, and what came instead."""
    corpus = services.corpus(source.corpus) if source.corpus else None
    f = answers[0]
    numbers = f.worst(min(WORST, len(f.recall)))
    draw(head("Worst queries", f"of {words.count(len(f.recall))}"))

    def said(i: int) -> str:
        text = " ".join(corpus.queries[i].split()) if corpus else f"query {words.count(i)}"
        return f"{f.recall[i]:.2f}  {text if len(text) <= 90 else text[:89] + '…'}"

    chosen = st.selectbox(
        "Query", numbers, format_func=said, key="hard_query", bind="query-params", label_visibility="collapsed"
    )
    i = numbers[0] if chosen is None else int(chosen)
    if corpus:
        draw(f'<p class="tv-fact">{words.plain(corpus.queries[i], 400)}</p>')
    draw(small("; ".join(f"{a.plan} finds {a.recall[i]:.2f}" for a in answers)))
    draw(listed(f, near, corpus, i))


def listed(f: Found, near: Neighbours, corpus: Corpus | None, i: int) -> str:
    """The true neighbours of a query, each kept or lost, then the answers that are none."""
    texts, names = (corpus.texts, corpus.ids) if corpus else ((), ())
    kept = f.kept(near)[i]
    marks = ("kept", '<em class="lost">× lost</em>')
    rows = [
        entry(str(rank), int(doc), texts, names, False, marks[0 if stays else 1])
        for rank, (doc, stays) in enumerate(zip(near.true[i][:SHOW], kept[:SHOW], strict=True), 1)
    ]
    others = [int(doc) for doc in f.ids[i] if doc >= 0 and doc not in near.true[i]][:SHOW]
    gained = [entry("–", doc, texts, names, False, '<em class="gained">+ instead</em>') for doc in others]
    more = small(f"The first {SHOW} of {near.k}.") if near.k > SHOW else ""
    return "".join([*rows, more, small("Found instead") if gained else "", *gained])


@st.cache_resource(show_spinner=False, max_entries=16)
def _near(vectors: str, k: int) -> Neighbours:
    return neighbours(services.store(), Shared(services.vectors(vectors)), k)


@st.cache_resource(show_spinner=False, max_entries=64)
def _found(vectors: str, plan: str, k: int) -> Found:
    return found(services.store(), Shared(services.vectors(vectors)), plan, k)


@st.cache_resource(show_spinner="Comparing groups", max_entries=64)
def _slices(vectors: str, corpus: str | None, plan: str, k: int) -> list[Slice]:
    texts = services.corpus(corpus) if corpus else None
    near = _near(vectors, k)
    asked = [len(t.split()) for t in texts.queries] if texts else []
    documents = [len(t.split()) for t in texts.texts] if texts else []
    ways = groupings(near, asked, documents, texts.columns if texts else {})
    return slices(_found(vectors, plan, k), near, ways)
