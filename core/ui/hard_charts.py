"""How recall is spread over queries, and how groups of queries and documents fare beside the rest."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core import words
from core.evaluate.hard import Found
from core.evaluate.slices import Slice
from core.plan import parse
from core.ui.charts import figure, remark, stroke
from core.ui.theme import Look

BARS = 20  # of a histogram, at most
ROW, HEAD = 22, 30  # pixels of a group and of the line that names a way of grouping
HOVER = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>"


def spread(found: Sequence[Found], k: int, *, look: Look, narrow: bool = False) -> go.Figure:
    """Share of the queries by recall: bars from zero, the first plan filled, a second one as an outline."""
    edges, names = bins(k)
    width = 1.0 / len(names)
    traces: list[dict[str, Any]] = []
    for i, f in enumerate(found):
        share = np.histogram(f.recall, edges)[0] / len(f.recall)
        colour = look.family[parse(f.plan).family]
        part = width * 0.84 / len(found)
        shift = (i - (len(found) - 1) / 2) * part
        rim = {"width": 1.5, "color": colour}
        traces.append(
            {
                "type": "bar",
                "x": [(j + 0.5) * width + shift for j in range(len(names))],
                "y": 100 * share,
                "width": part * 0.92,
                "marker": {"color": colour if i == 0 else look.page, "line": rim},
                "customdata": [
                    [escape(f.plan), f"{name} found", f"{100 * v:.1f} % of queries"]
                    for name, v in zip(names, share, strict=True)
                ],
                "hovertemplate": HOVER,
            }
        )
    means = [float(f.recall.mean()) * (1 - width) + width / 2 for f in found]
    inks = [look.ink, *(look.family[parse(f.plan).family] for f in found[1:])]  # the first stands before its own bars
    lines = [stroke((x, x), (0, 1), ink, yref="paper", dash="4px,3px") for x, ink in zip(means, inks, strict=True)]
    step = max(1, len(names) // 5)
    title = {"font": {"size": 13, "color": look.muted}, "standoff": 8}
    return figure(
        look,
        traces,
        260,
        narrow,
        barmode="overlay",
        shapes=lines,
        xaxis={
            "range": [0, 1],
            "tickvals": [(j + 0.5) * width for j in range(0, len(names), step)],
            "ticktext": names[::step],
            "title": title | {"text": f"of the {k} true neighbours, found"},
        },
        yaxis={"rangemode": "tozero", "ticksuffix": " %", "nticks": 5},
        margin={"l": 46},
    )


def bins(k: int) -> tuple[Any, list[str]]:
    """Edges and names of the bars: one for each number of neighbours, or `BARS` even ones where k is large."""
    if k <= BARS:
        return (np.arange(k + 2) - 0.5) / k, [str(i) for i in range(k + 1)]
    edges = np.round(np.linspace(0, k, BARS + 1)).astype(int)
    names = [f"{a} to {b - 1}" for a, b in pairwise(edges)]
    return np.array([*edges[:-1] / k - 0.5 / k, 1.01]), [*names[:-1], f"{edges[-2]} to {k}"]


def groups(every: Sequence[Sequence[Slice]], plans: Sequence[str], *, look: Look, narrow: bool = False) -> go.Figure:
    """Recall of each group with its interval: filled where it differs from the rest, open where nobody can tell.

    every: the groups of each plan, in the same order. A second plan's marks are smaller and stand below the first's.
    """
    first = every[0]
    places, heads, bottom = _rows(first)
    traces = [
        _dots(slices, [y - 5 * j for y in places], plan, look, small=j > 0)
        for j, (slices, plan) in enumerate(zip(every, plans, strict=True))
    ]
    means = [(_whole(slices), look.family[parse(plan).family]) for slices, plan in zip(every, plans, strict=True)]
    beside = {"x": 0, "xref": "x domain", "xanchor": "right", "xshift": 1}
    letters = max(len(text) for text in [*(_name(s, narrow) for s in first), *heads])
    low = min([0.5, *(s.recall.low for slices in every for s in slices)])
    title = {"text": "share of true neighbours found", "font": {"size": 13, "color": look.muted}, "standoff": 6}
    grid = {"showgrid": True, "gridcolor": look.line}
    span = [max(0.0, np.floor(10 * low - 0.2) / 10), 1.02]
    return figure(
        look,
        traces,
        round(-bottom) + 54,
        narrow,
        shapes=[stroke((m, m), (0, bottom), colour, dash="4px,3px", layer="below") for m, colour in means],
        annotations=[remark(f"<b>{escape(by)}</b>", look, y=y, **beside) for by, y in heads.items()],
        margin={"l": min(150 if narrow else 210, 20 + round(6.8 * letters)), "t": 4},
        xaxis={"range": span, "dtick": 0.1, "tickformat": ".1f", "title": title, **grid},
        yaxis={
            "range": [bottom - 6, 0],
            "tickvals": places,
            "ticktext": [escape(_name(s, narrow)) for s in first],
            "showgrid": False,
        },
    )


def _rows(groups: Sequence[Slice]) -> tuple[list[float], dict[str, float], float]:
    """The height of each group and of each line that names a way of grouping, from 0 down, and where they end."""
    places: list[float] = []
    heads: dict[str, float] = {}
    at = 0.0
    for s in groups:
        if s.by not in heads:
            heads[s.by] = at - HEAD / 2
            at -= HEAD
        places.append(at - ROW / 2)
        at -= ROW
    return places, heads, at


def _dots(slices: Sequence[Slice], places: Sequence[float], plan: str, look: Look, small: bool) -> dict[str, Any]:
    colour = look.family[parse(plan).family]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [s.recall.mean for s in slices],
        "y": list(places),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [s.recall.high - s.recall.mean for s in slices],
            "arrayminus": [s.recall.mean - s.recall.low for s in slices],
            "width": 0,
            "thickness": 1.25,
            "color": colour,
        },
        "marker": {
            "symbol": "circle",
            "size": 7 if small else 9,
            "opacity": 1,
            "color": [colour if s.differs else look.page for s in slices],
            "line": {"width": 1.75, "color": [look.muted if s.few else colour for s in slices]},
        },
        "customdata": [
            [escape(f"{plan}: {s.by}, {s.name}"), f"{words.estimate(s.recall)} of {counted(s)}", escape(against(s))]
            for s in slices
        ],
        "hovertemplate": HOVER,
        "cliponaxis": False,
    }


def counted(s: Slice) -> str:
    """How many speak for a group."""
    return f"{words.plural(s.pairs, 'neighbour')} of {words.plural(s.queries, 'query', 'queries')}"


def against(s: Slice) -> str:
    """A group beside the rest, in words."""
    if s.rest is None:
        return "there is no rest"
    if s.few:
        return "too few queries to tell"
    if s.differs:
        return f"{words.difference(s.rest)} to the rest"
    return f"cannot be told apart from the rest: {words.difference(s.rest)}"


def describe(slices: Sequence[Slice], plan: str) -> str:
    """Alt text: the group that fares worst and the one that fares best."""
    worst, best = (pick(slices, key=lambda s: s.recall.mean) for pick in (min, max))
    said = "; ".join(f"{s.by}, {s.name}: {words.estimate(s.recall)}" for s in (worst, best))
    return f"Share of true neighbours that {plan} finds, by group. Worst and best: {said}."


def _name(s: Slice, narrow: bool) -> str:
    longest = 20 if narrow else 30
    flat = " ".join(s.name.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def _whole(slices: Sequence[Slice]) -> float:
    """The share found of all pairs: groups of the first way cover them."""
    ways = [s for s in slices if s.by == slices[0].by]
    return sum(s.recall.mean * s.pairs for s in ways) / sum(s.pairs for s in ways)
