"""How deep to look again: what each depth brings and reads, and what to tell the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core import words
from core.evaluate.knobs import KNOBS
from core.evaluate.rerank import KNEE
from core.plan import Plan, parse
from core.search import Flat
from core.types import Interval
from core.ui.browser import Screen
from core.ui.charts import CONFIG
from core.ui.data import Data
from core.ui.losses_charts import goal
from core.ui.parts import draw, head, note, small, table
from core.ui.rerank_charts import Level, Marks, bytes_read, describe, quality
from core.ui.theme import Look
from core.ui.work import asked

CODECS = ("f32", "f16", "int8", "int4")  # to rank candidates by, unless the plan has its own
FIRST = "f16"
SHOWN = {"recall": "Neighbours", "ndcg": "Judged nDCG"}


def panel(source: Data, plan: str, k: int, target: float | None, screen: Screen, look: Look) -> None:
    """The rerank curve of a plan's first stage on this data."""
    recipe = parse(plan)
    first = replace(recipe, keep=0, rerank=None)
    draw(head("How deep to look again", f"candidates of {first}, ranked by better codes"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        codec = _codec(recipe)
        slot = st.container(width="content")
    params = {"vectors": source.vectors, "plan": str(first), "codec": codec, "k": k, "seed": 0}
    found = asked("rerank", params, f"Ranking the candidates of {first} again by {codec}")
    if not found or "depths" not in found:
        return
    each = parse(codec).nbytes(source.meta["dim"])
    levels = [Level.of(depth, each) for depth in found["depths"]]
    own = recipe.keep if recipe.rerank is not None and str(recipe.rerank) == codec else None
    marks = Marks(found["knee"], enough(levels, target), own if own in {x.keep for x in levels} else None)
    with slot:
        show = _shown(levels)
    draw(note(finding(levels, marks, target, k, Interval(*found["alone"]), beyond(first, levels))))
    _pictures(levels, marks, show, target if show == "recall" else None, screen, look)
    draw(table(heads(k, levels, screen.narrow), rows(levels, marks, screen.narrow)))
    queries, judged = words.count(found["queries"]), " nDCG@10 on judged queries." if levels[0].ndcg else ""
    draw(small(f"95 % intervals, bootstrap over {queries} held-out queries.{judged} {KNEE}"))
    _engines(marks, k, screen.narrow)


def _codec(recipe: Plan) -> str:
    """The codec to rank by; the plan's own stands among the usual ones."""
    own = str(recipe.rerank) if recipe.rerank is not None else ""
    options = [*CODECS, *([own] if own and own not in CODECS else [])]
    if st.session_state.get("rerank_codec", FIRST) not in options:
        del st.session_state["rerank_codec"]
    chosen = st.segmented_control(
        "Rank again by", options, default=own or FIRST, required=True, key="rerank_codec", bind="query-params"
    )
    return str(chosen)


def _shown(levels: Sequence[Level]) -> str:
    if levels[0].ndcg is None:
        return "recall"
    shown = st.segmented_control(
        "Show",
        list(SHOWN),
        default="recall",
        required=True,
        key="rerank_show",
        bind="query-params",
        format_func=SHOWN.__getitem__,
    )
    return str(shown)


def enough(levels: Sequence[Level], target: float | None) -> int | None:
    """The smallest depth whose interval's lower end reaches the target."""
    return next((x.keep for x in levels if target is not None and x.recall.low >= target), None)


def _pictures(
    levels: Sequence[Level], marks: Marks, show: str, target: float | None, screen: Screen, look: Look
) -> None:
    st.plotly_chart(
        quality(levels, marks, look=look, show=show, target=target, narrow=screen.narrow),
        key="rerank chart",
        theme=None,
        config=CONFIG,
        alt=describe(levels, marks, show),
    )
    draw(head("Bytes read per query", "grey: first codes and index; on top of it: codes of the candidates"))
    st.plotly_chart(
        bytes_read(levels, look=look, narrow=screen.narrow),
        key="rerank bytes",
        theme=None,
        config=CONFIG,
        alt=f"Bytes read per query, from {words.size(levels[0].bytes_read)} to {words.size(levels[-1].bytes_read)}.",
    )


def beyond(first: Plan, levels: Sequence[Level]) -> str:
    """What no depth can win back: neighbours among the rows that an index does not look at."""
    if first.index == Flat() or levels[0].looked < levels[-1].looked or levels[-1].recall.high >= 1:
        return ""
    return f"What {first.index} does not look at, no depth wins back."


def finding(
    levels: Sequence[Level], marks: Marks, target: float | None, k: int, alone: Interval, limit: str = ""
) -> str:
    """What the depths bring, the one that reaches the target, and the one beyond which little more comes."""
    by = {x.keep: x for x in levels}
    said = [f"Without looking again recall@{k} is {words.estimate(alone)}."]
    if marks.knee:
        said.append(f"The knee is at keep{marks.knee}: {words.estimate(by[marks.knee].recall)}.")
    else:
        said.append("Looking deeper gains nothing that these queries can show.")
    if target is not None:
        said.append(_met(levels, marks, target))
    return " ".join([*said, *([limit] if limit else [])])


def _met(levels: Sequence[Level], marks: Marks, target: float) -> str:
    """The depth that reaches the target, surely or on average."""
    mean = next((x.keep for x in levels if x.recall.mean >= target), None)
    if marks.enough:
        more = f", keep{mean} on average" if mean != marks.enough else ""
        return f"keep{marks.enough} reaches {goal(target)} with the lower end of its interval{more}."
    if mean:
        return f"keep{mean} reaches {goal(target)} on average, none with the lower end of its interval."
    return f"No depth up to keep{levels[-1].keep} reaches {goal(target)}."


def heads(k: int, levels: Sequence[Level], narrow: bool) -> list[str]:
    """Over the table."""
    judged = ["nDCG@10"] if levels[0].ndcg else []
    wide = ["Depth", "Candidates", f"Recall@{k}", *judged, "Rows looked at", "Bytes read"]
    return ["Depth", f"Recall@{k}", "Read"] if narrow else wide


def rows(levels: Sequence[Level], marks: Marks, narrow: bool) -> list[list[str]]:
    """Powers of two and the named depths."""
    named = marks.names()
    kept = [x for x in levels if x.keep & (x.keep - 1) == 0 or x.keep in named]
    out = []
    for x in kept:
        name = f"keep{x.keep}" + (f", {named[x.keep]}" if x.keep in named else "")
        read, judged = words.size(x.bytes_read), [words.estimate(x.ndcg)] if x.ndcg else []
        looked = f"{words.count(x.looked)} + {words.count(x.candidates)}"
        wide = [name, words.count(x.candidates), words.estimate(x.recall), *judged, looked, read]
        out.append([name, words.estimate(x.recall), read] if narrow else wide)
    return out


def _engines(marks: Marks, k: int, narrow: bool) -> None:
    """The depth to take under each engine's name for it."""
    keep = marks.plan or marks.enough or marks.knee
    if keep is None:
        return
    why = marks.names()[keep]
    draw(head(f"keep{keep} in your engine", f"{why}; {keep} × k is {words.count(keep * k)} candidates at k = {k}"))
    if narrow:
        draw(table(["Engine and setting", "Value"], [[f"{a}: {b}", c] for a, b, c, *_ in _settings(keep, k)]))
    else:
        draw(table(["Engine", "Setting", "Value", "Counts", "Note"], _settings(keep, k), "tv-rows tv-engines"))
    draw(small("Engines usually rank again by the float originals they keep; measure that with f32."))


def _settings(keep: int, k: int) -> list[list[str]]:
    """Engine, setting, value, what it counts, and what to mind."""
    out: list[list[str]] = []
    for knob in KNOBS:
        value = f"{knob.value(keep, k):,}" + ("" if knob.allowed(keep, k) else f", but at most {knob.most}")
        out.append([knob.engine, knob.name, value, knob.means, knob.note])
    return out
