"""What vectors look like: variance along their dimensions, how hard neighbourhoods are, and who is near to many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from core import words
from core.ui.charts import figure, remark, stroke
from core.ui.theme import Look

QUARTERS = (0, 0.25, 0.5, 0.75, 1)
SMALL = 168  # pixels: one of several pictures below each other


def prefixes(curve: Mapping[str, Sequence[float]], *, look: Look, narrow: bool = False) -> go.Figure:
    """Share of the variance in the first dimensions: in the model's own order, and along the best axes."""
    at, own, best = curve["at"], curve["own"], curve["best"]
    d = at[-1]
    lines = [_line(at, best, look.ink, "solid", "best axes"), _line(at, own, look.muted, "6px,4px", "own order")]
    third = min(range(len(at)), key=lambda i: abs(at[i] - d / 3))
    close = best[third] - own[third] < 0.08
    names = [
        _name("best axes (PCA)", look.ink, look, x=at[third], y=best[third], xanchor="left", yanchor="top"),
        _name("own order", look.muted, look, x=at[third], y=own[third], xanchor="left", yanchor="top"),
    ]
    return figure(
        look,
        lines,
        240,
        narrow,
        margin={"l": 40},
        shapes=[stroke((0, d), (0, 1), look.line, layer="below")],
        annotations=names[1:] if close else names,
        xaxis={
            "range": [0, d * 1.02],
            "tickvals": [1, d // 4, d // 2, 3 * d // 4, d],
            "title": {"text": "first dimensions", "font": {"size": 13, "color": look.muted}},
        },
        yaxis={"range": [0, 1.03], "tickvals": QUARTERS, "ticktext": [f"{100 * q:.0f} %" for q in QUARTERS]},
    )


def _line(x: Sequence[float], y: Sequence[float], colour: str, dash: str, name: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(x),
        "y": list(y),
        "customdata": [100 * v for v in y],
        "line": {"color": colour, "width": 1.75, "dash": dash},
        "hovertemplate": f"{name}: %{{customdata:.1f}} % in the first %{{x:,}}<extra></extra>",
    }


def _name(text: str, colour: str, look: Look, **place: Any) -> dict[str, Any]:
    return remark(text, look, xshift=6, yshift=-2, **place) | {"font": {"size": 13, "color": colour}}


def bars(
    found: Mapping[str, Sequence[float]], title: str, *, look: Look, colour: str, top: float = 0.0, end: float = 0.0
) -> go.Figure:
    """A histogram: share of all in each bar, the last one with all that lie beyond. end, top: of axes to be shared."""
    edges, shares = found["edges"], found["shares"]
    wide = edges[1] - edges[0]
    heights = [100 * s for s in shares]
    last = f"{edges[-2]:,.0f} or more"
    said = [f"{a:,.1f} to {b:,.1f}".replace(".0", "") for a, b in pairwise(edges)]
    trace = {
        "type": "bar",
        "x": [e + wide / 2 for e in edges[:-1]],
        "y": heights,
        "width": 0.9 * wide,
        "marker": {"color": colour, "line": {"width": 0}},
        "customdata": [*said[:-1], last],
        "hovertemplate": "%{customdata}: %{y:.1f} %<extra></extra>",
    }
    return figure(
        look,
        [trace],
        SMALL,
        margin={"l": 40, "b": 40},
        xaxis={
            "range": [0, max(end, edges[-1])],
            "nticks": 6,
            "title": {"text": title, "font": {"size": 13, "color": look.muted}},
        },
        yaxis={"range": [0, 1.08 * max(100 * top, *heights)], "ticksuffix": " %", "nticks": 4},
    )


def describe_prefixes(curve: Mapping[str, Sequence[float]]) -> str:
    """The curves in words."""
    i = min(range(len(curve["at"])), key=lambda i: abs(curve["at"][i] - curve["at"][-1] / 4))
    return (
        f"Share of the variance against the number of first dimensions. With {words.count(curve['at'][i])}: "
        f"{curve['own'][i]:.0%} in the model’s order, {curve['best'][i]:.0%} along the best axes."
    )


def describe_bars(found: Mapping[str, Sequence[float]], what: str) -> str:
    """A histogram in words: its highest bar."""
    i = max(range(len(found["shares"])), key=lambda i: found["shares"][i])
    low, high = found["edges"][i], found["edges"][i + 1]
    return f"Histogram of {what}; most lie between {low:,.1f} and {high:,.1f} ({found['shares'][i]:.0%})."
