"""Recall against the number of documents: what was measured, what is forecast beyond it, and how unsure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core import words
from core.evaluate.scale import Sized
from core.plan import parse
from core.types import Interval
from core.ui.charts import figure, remark, stroke
from core.ui.theme import MARKS, Look

STEPS = 60  # points of a drawn line
HIGH = (420, 380)  # wide, narrow
LETTER = 7.3  # pixels
HOVER = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>"
ROW = 42  # pixels of a plan in the dot plot


@dataclass(frozen=True)
class Ink:
    """How a plan is drawn."""

    colour: str
    symbol: str
    size: float

    @classmethod
    def of(cls, plan: str, look: Look) -> Ink:
        family = parse(plan).family
        return cls(look.family[family], MARKS[family].symbol, MARKS[family].size)


def decline(plans: Sequence[Sized], rows: float, *, look: Look, narrow: bool = False) -> go.Figure:
    """Recall of unseen rows at each size, the fit through it, dashed beyond the largest size, and its band."""
    low = min(n for s in plans for n in s.measured)
    tested = max(s.largest for s in plans)
    right = max(rows, 2 * tested) * 1.15
    x = np.unique([*np.geomspace(low, tested, 16), *np.geomspace(2 * tested, right, STEPS)])
    told = [[s.decline.at(n) if n < s.documents else s.forecast(n) for n in x] for s in plans]
    bottom = min(min(i.low for i in band) for band in told)
    span = (max(0.0, floor((bottom - 0.02) * 10) / 10), 1.02)
    traces = [t for s, band in zip(plans, told, strict=True) for t in _traces(s, x, band, rows, look)]
    names = _names(plans, [band[-1].mean for band in told], span, look, narrow)
    wide = 12 + LETTER * max(len(s.plan) for s in plans)
    wash = stroke((tested, tested), (0, 1), look.muted, yref="paper", width=1, dash="2px,3px")
    mark = stroke((rows, rows), (0, 1), look.ink, yref="paper")
    edge = remark("tested", look, x=log10(tested), y=0, yref="paper", xanchor="right", xshift=-4, yanchor="bottom")
    foot = remark(
        f"{counted(rows)} rows", look, x=log10(rows), y=0, yref="paper", xanchor="right", xshift=-4, yanchor="bottom"
    )
    foot["font"] = {"size": 12.5, "color": look.ink}
    apart = log10(rows / tested) > (0.9 if narrow else 0.5)
    return figure(
        look,
        traces,
        HIGH[narrow],
        narrow,
        shapes=[wash, mark],
        annotations=[*names, foot, *([edge] if apart else [])],
        margin={} if narrow else {"r": min(200, wide)},
        xaxis={"type": "log", "range": [log10(low * 0.85), log10(right)], **_ticks(low, right, narrow, look)},
        yaxis={"range": span, "dtick": 0.1, "tickformat": ".1f"},
    )


def _traces(s: Sized, x: Any, band: Sequence[Interval], rows: float, look: Look) -> list[dict[str, Any]]:
    ink, here, beyond = Ink.of(s.plan, look), x <= s.largest, x >= s.documents
    y, low, high = (np.array([getattr(i, end) for i in band]) for end in ("mean", "low", "high"))
    fill = {"x": [*x[beyond], *x[beyond][::-1]], "y": [*high[beyond], *low[beyond][::-1]]}
    line: dict[str, Any] = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    at, sizes = s.forecast(rows), list(s.measured)
    return [
        line | fill | {"fill": "toself", "fillcolor": _pale(ink.colour), "line": {"width": 0}},
        line | {"x": x[here], "y": y[here], "line": {"color": ink.colour, "width": 1.75}},
        line | {"x": x[beyond], "y": y[beyond], "line": {"color": ink.colour, "width": 1.75, "dash": "6px,4px"}},
        _points(s, sizes, [s.measured[n] for n in sizes], ["measured on rows it has not seen"] * len(sizes), look),
        _points(s, [rows], [at], [s.outside(rows) or "within the tested range"], look, open_=True),
    ]


def _points(
    s: Sized, x: Sequence[float], values: Sequence[Interval], said: Sequence[str], look: Look, open_: bool = False
) -> dict[str, Any]:
    ink = Ink.of(s.plan, look)
    fill = {"color": look.page, "line": {"width": 1.75, "color": ink.colour}}
    full = {"color": ink.colour, "line": {"width": 1.5, "color": look.page}}
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(x),
        "y": [i.mean for i in values],
        "error_y": bars(values, ink.colour),
        "marker": {"symbol": ink.symbol, "size": ink.size, "opacity": 1, **(fill if open_ else full)},
        "cliponaxis": False,
        "customdata": [
            [escape(s.plan), f"{words.count(n)} rows: recall {words.estimate(i)}", escape(text)]
            for n, i, text in zip(x, values, said, strict=True)
        ],
        "hovertemplate": HOVER,
    }


def bars(values: Sequence[Interval], colour: str) -> dict[str, Any]:
    """Intervals as error bars."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [i.high - i.mean for i in values],
        "arrayminus": [i.mean - i.low for i in values],
        "width": 0,
        "thickness": 1.25,
        "color": colour,
    }


def _names(
    plans: Sequence[Sized], ends: Sequence[float], span: tuple[float, float], look: Look, narrow: bool
) -> list[dict[str, Any]]:
    """Each plan's name beside the end of its line, moved up or down where two would touch."""
    unit = (span[1] - span[0]) * 17 / (HIGH[narrow] - 54)
    order = sorted(range(len(plans)), key=lambda i: ends[i])
    heights = [ends[i] for i in order]
    for _ in range(50):
        for a in range(len(heights) - 1):
            if (short := unit - (heights[a + 1] - heights[a])) > 1e-9:
                heights[a], heights[a + 1] = heights[a] - short / 2, heights[a + 1] + short / 2
    side = {"xanchor": "right", "xshift": -6, "yshift": 10} if narrow else {"xanchor": "left", "xshift": 8}
    return [
        {
            "text": escape(plans[i].plan),
            "showarrow": False,
            "x": 1,
            "xref": "paper",
            "y": y,
            "font": {"size": 12 if narrow else 13, "color": Ink.of(plans[i].plan, look).colour},
            **({"bgcolor": look.page, "opacity": 0.85} if narrow else {}),
            **side,
        }
        for i, y in zip(order, heights, strict=True)
    ]


def _ticks(low: float, high: float, narrow: bool, look: Look) -> dict[str, Any]:
    decades = range(ceil(log10(low)), floor(log10(high)) + 1)
    ticks = [10.0**e for e in decades] if len(decades) > 1 else [low, high]
    title = "documents searched" + ("" if narrow else ", log scale")
    return {
        "tickvals": ticks,
        "ticktext": [short(t) for t in ticks],
        "title": {"text": title, "font": {"size": 13, "color": look.muted}, "standoff": 8},
        "minor": {"ticks": ""},
    }


def heart(plans: Sequence[Sized], *, look: Look, narrow: bool = False) -> go.Figure:
    """Recall of rows that taught the codebooks (open) beside that of rows that did not (filled), a plan per row."""
    place = {s.plan: -i for i, s in enumerate(plans)}
    traces: list[dict[str, Any]] = []
    for s in plans:
        ink, y = Ink.of(s.plan, look), place[s.plan]
        seen, unseen = float(s.seen.mean()), s.measured[s.largest]
        ring = {"symbol": ink.symbol, "size": ink.size, "opacity": 1}
        pair = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "x": [unseen.mean, seen], "y": [y, y]}
        traces.append(pair | {"line": {"color": ink.colour, "width": 1.75}})
        for value, said, fill in (
            (seen, "rows it has learned from", look.page),
            (unseen.mean, "unseen rows", ink.colour),
        ):
            rim = {"width": 1.75, "color": ink.colour}
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": [value],
                    "y": [y],
                    "marker": {**ring, "color": fill, "line": rim},
                    "customdata": [[escape(s.plan), f"{said}: recall {value:.3f}", words.difference(s.by_heart)]],
                    "hovertemplate": HOVER,
                    "cliponaxis": False,
                }
            )
    values = [v for s in plans for v in (float(s.seen.mean()), float(s.at_largest.mean()))]
    span = (max(0.0, floor((min(values) - 0.02) * 10) / 10), 1.02)
    names = [remark(escape(s.plan), look, x=0, xref="paper", y=place[s.plan], xanchor="left", yshift=14) for s in plans]
    return figure(
        look,
        traces,
        ROW * len(plans) + 44,
        narrow,
        annotations=names,
        margin={"l": 8, "t": 18},
        xaxis={
            "range": span,
            "tickformat": ".1f",
            "nticks": 6,
            "title": {"text": "recall", "font": {"size": 13, "color": look.muted}, "standoff": 4},
        },
        yaxis={"range": [0.5 - len(plans), 0.9], "showgrid": False, "showticklabels": False},
    )


def describe(plans: Sequence[Sized], rows: float) -> str:
    """Alt text: what each plan keeps at the largest size measured, and what is forecast."""
    said = [
        f"{s.plan}: {words.estimate(s.measured[s.largest])} at {words.count(s.largest)}, forecast "
        f"{words.estimate(s.forecast(rows))}"
        for s in plans
    ]
    return f"Recall against documents searched, up to {words.count(rows)}. " + "; ".join(said) + "."


def counted(rows: float) -> str:
    """In prose: 10 million, 107,525."""
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if rows >= size and (rows / size * 10).is_integer():
            return f"{rows / size:g} {name}"
    return words.count(rows)


def short(rows: float) -> str:
    """On an axis: 1,000, 100 k, 10 M."""
    for size, name in ((1e9, "G"), (1e6, "M"), (1e5, "00 k")):
        if rows >= size:
            return f"{rows / size:g} {name}" if name != "00 k" else f"{rows / 1e3:g} k"
    return words.count(rows)


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.11)"
