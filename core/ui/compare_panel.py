"""Two plans asked the same queries: the paired table, the differences query by query, and the answers to one query."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from core import words
from core.errors import PlanError
from core.evaluate.compare import Paired, compared, extremes, figures, numbers, summed
from core.evaluate.judged import judged
from core.evaluate.lines import default_plans
from core.evaluate.metrics import EVERY, JUDGED, METRICS, PROBED
from core.plan import parse
from core.types import Corpus, Result, Trial
from core.ui import ask, compare_charts, services, state, work
from core.ui.browser import Screen, columns
from core.ui.charts import CONFIG
from core.ui.data import Data
from core.ui.parts import draw, head, note, problem, small
from core.ui.theme import Look

SIZE = 48  # bytes: where the two plans are looked for that a reader meets first
SHOWN = 30  # queries offered where the two differ most


def panel(source: Data, screen: Screen, look: Look, k: int) -> None:
    """Choose two plans; everything about them is paired."""
    assert source.vectors
    found = chosen(source.vectors, source.meta["dim"], k)
    if found is None:
        return
    a, b = found
    pairs = compared(a, b)
    draw(f'<p class="tv-fact">{escape(summed(pairs, b.plan))}</p>')
    left, right = columns(screen)
    with left:
        draw(table(pairs, figures(a, b), k), note(reading(pairs)))
    with right:
        shown = metric(pairs, k)
        pair = pairs[shown]
        draw(
            head(f"{METRICS[shown].title(k)}, query by query"),
            f'<p class="tv-small"><span class="tv-plan">{escape(a.plan)}</span> less '
            f'<span class="tv-plan">{escape(b.plan)}</span></p>',
        )
        figure = compare_charts.differences(pair, k, look=look, narrow=True)
        alt = compare_charts.describe(pair, a.plan, b.plan, k)
        st.plotly_chart(figure, key="compare-chart", theme=None, config=CONFIG, alt=alt)
    answers(source, screen, pair, (a, b), k)


def chosen(vectors: str, dim: int, k: int) -> tuple[Result, Result] | None:
    """The two plans of the address, measured if need be; None while that goes on or where one cannot be read."""
    offered = list(dict.fromkeys([r.plan for r in services.all_measured(vectors, k)] + list(default_plans(dim))))
    plans = []
    with st.container(horizontal=True, key="compare-plans"):
        for name, start in zip(("a", "b"), usual(vectors, k), strict=True):
            plans.append(box(name, start, offered))
    try:
        plans = [str(parse(plan)) for plan in plans]
    except PlanError as e:
        problem(e)
        return None
    missing = [plan for plan in dict.fromkeys(plans) if services.result(Trial(vectors, plan, k)) is None]
    if missing:
        params: dict[str, Any] = {"vectors": vectors, "plans": missing, "k": k, "seed": 0}
        known = work.asked("frontier", params, f"Measuring {' and '.join(missing)}") or {}
        for plan, why in known.get("refused", {}).items():
            problem(f"{plan} was not measured: {why}")
    a, b = (services.result(Trial(vectors, plan, k)) for plan in plans)
    return (a, b) if a and b else None


def box(name: str, start: str, offered: list[str]) -> str:
    """A plan from those measured, or any other in the spelling of plans."""
    key = f"compare_{name}"
    also = [p for p in (st.query_params.get(key), st.session_state.get(key), start) if p]
    options = list(dict.fromkeys([*offered, *also]))
    label = "Plan A" if name == "a" else "Plan B"
    said = st.selectbox(
        label, options, options.index(start), key=key, bind="query-params", accept_new_options=True, width=330
    )
    return said or start


def usual(vectors: str, k: int) -> tuple[str, str]:
    """The best measured plan of at most 48 bytes and the best of another family; known plans before any is measured."""
    fits = [r for r in services.all_measured(vectors, k) if r.bytes_per_vector <= SIZE]
    fits.sort(key=lambda r: -float(r.recall.mean()))
    first = fits[0].plan if fits else "klt > wpq48"
    family = parse(first).family
    return first, next((r.plan for r in fits if parse(r.plan).family != family), "f32")


def metric(pairs: Mapping[str, Paired], k: int) -> str:
    """The figure that is drawn query by query: those that are told of every query, or of every judged one."""
    options = [name for name in ("recall", "ndcg", "mrr") if name in pairs]
    return (
        st.segmented_control(
            "Figure", options, default="recall", format_func=lambda n: METRICS[n].title(k), required=True,
            key="compare_by", bind="query-params", label_visibility="collapsed",
        )
        or "recall"
    )  # fmt: skip


def table(pairs: Mapping[str, Paired], more: Mapping[str, tuple[float, float]], k: int) -> str:
    """Every figure: both plans, the paired difference with its interval and what that says, who wins how often."""
    heads = ("Figure", "A", "B", "A less B, 95 % interval", "Better", "Alike", "Worse")
    top = "".join(f"<th{_wide(i)}>{escape(h)}</th>" for i, h in enumerate(heads))
    rows = [_row(name, k, (words.share(p.a), words.share(p.b)), _gap(p), _counts(p)) for name, p in pairs.items()]
    for name, (a, b) in more.items():
        places = 0 if max(a, b) > 2 else 3
        means = f"{a:,.{places}f}", f"{b:,.{places}f}"
        gap = words.signed(a - b, places) if places else f"{a - b:+,.0f}".replace("-", words.MINUS)
        rows.append(_row(name, k, means, escape(gap if a != b else "0"), ("", "", "")))
    return f'<table class="tv-paired"><thead><tr>{top}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _gap(pair: Paired) -> str:
    """The difference, coloured where it is settled; else with what would settle it."""
    kind = {"ahead": "gained", "behind": "lost"}.get(pair.verdict, "")
    if kind:
        return f'<span class="{kind}">{escape(words.difference(pair.gap))}</span> {pair.verdict}'
    return f'{escape(words.difference(pair.gap))}<br><span class="tv-aside">{escape(pair.verdict)}</span>'


def _counts(pair: Paired) -> tuple[str, str, str]:
    return words.count(pair.better), words.count(pair.alike), words.count(pair.worse)


def _row(name: str, k: int, means: tuple[str, str], gap: str, counts: tuple[str, str, str]) -> str:
    m = METRICS[name]
    cells = [*(escape(c) for c in means), gap, *(escape(c) for c in counts)]
    body = "".join(f"<td{_wide(i)}>{c}</td>" for i, c in enumerate(cells, 1))
    return f'<tr><td title="{escape(m.explained(k))}">{escape(m.title(k))}</td>{body}</tr>'


def _wide(column: int) -> str:
    """On a phone a table keeps the figure and the difference."""
    return "" if column in (0, 3) else ' class="wide"'


def reading(pairs: Mapping[str, Paired]) -> str:
    """Of how many queries each figure is, and how its interval is made."""
    counts = {METRICS[name].over: len(p.values) for name, p in pairs.items()}
    over = " and ".join(f"{words.count(counts[o])} {o}" for o in (EVERY, JUDGED) if o in counts)
    more = f" Rank correlations: of {words.count(counts[PROBED])} of them." if PROBED in counts else ""
    return f"95 % intervals, paired bootstrap over {over}.{more} One interval in twenty misses by chance."


def answers(source: Data, screen: Screen, pair: Paired, both: tuple[Result, Result], k: int) -> None:
    """The queries that the two differ on most; a chosen one with what each plan kept and lost of its neighbours."""
    assert source.vectors
    v, texts = services.vectors(source.vectors), services.corpus(source.corpus) if source.corpus else None
    asked, apart = numbers(pair, judged(v.qrels)), extremes(pair, SHOWN)
    title = METRICS[pair.metric].title(k)
    draw(head("Where they differ most", f"by {title}"))
    if not len(apart):
        draw(small("They score alike on every query."))
        return
    values = {int(asked[i]): tuple(float(getattr(r, pair.metric)[i]) for r in both) for i in apart}

    def told(query: int) -> str:
        a, b = values[query]
        return f"{a:.2f} and {b:.2f}, query {query + 1:,}" + (f": {line[:90]}" if (line := _text(texts, query)) else "")

    if st.session_state.get("compare_q") not in values:
        st.session_state["compare_q"] = _wanted(values)
    query = st.selectbox(
        f"A held-out query, {title} of A and of B", list(values), index=None, format_func=told, key="compare_q",
        placeholder="Choose one to see what each plan kept and lost", on_change=_remember,
    )  # fmt: skip
    if query is None:
        return
    if text := _text(texts, query):
        draw(f'<p class="tv-fact"><b>Query</b>{words.plain(text)}</p>')
    one = ask.Query(v.queries[query : query + 1], query, text)
    ask.columns(source, v, texts, one, (both[0].plan, both[1].plan), screen.narrow)


def _text(texts: Corpus | None, query: int) -> str:
    """The query on one line, '' where the corpus has none."""
    return " ".join(texts.queries[query].split()) if texts and query < len(texts.queries) else ""


def _wanted(values: Mapping[int, object]) -> int | None:
    """The query of the address, where the two differ on it."""
    told = state.get("compare_query")
    return int(told) - 1 if told.isdecimal() and int(told) - 1 in values else None


def _remember() -> None:
    query = st.session_state["compare_q"]
    state.put("compare_query", "" if query is None else str(query + 1))
