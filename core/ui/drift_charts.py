"""Drift drawn: recall then, now and after learning again; and how much each byte of the codes says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from core import words
from core.types import Interval
from core.ui.charts import figure, remark
from core.ui.theme import Look

ROW = 46  # pixels


@dataclass(frozen=True)
class Mark:
    """A row of the chart. filled: measured with the codebooks in use."""

    name: str
    recall: Interval
    filled: bool
    said: str


def marks(d: Mapping[str, Any]) -> list[Mark]:
    """Then, now, and what learning again would give, as recall over the same rows."""
    then, now = (Interval(**d[side]["recall"]) for side in ("then", "now"))
    out = [
        Mark("then", then, True, "old rows that were kept from learning"),
        Mark("now", now, True, "new rows, codebooks of the old ones"),
    ]
    for key, name in (("together", "learned again"), ("alone", "new rows alone")):
        if d[key]:
            gain = Interval(**d[key])
            recall = Interval(now.mean + gain.mean, now.mean + gain.low, now.mean + gain.high)
            out.append(Mark(name, recall, False, f"{words.difference(gain)} over now, paired"))
    return out


def recalls(rows: Sequence[Mark], *, look: Look, narrow: bool = False) -> go.Figure:
    """A dot with its interval per row, the first on top; yardsticks are hollow, with the interval of their gain."""
    ends = [v for m in rows for v in (m.recall.low, m.recall.high)]
    room = max(0.02, 0.08 * (max(ends) - min(ends)))
    span = (max(0.0, min(ends) - room), min(1.02, max(ends) + room))
    values = [
        remark(words.share(m.recall), look, x=m.recall.mean, y=i, yanchor="bottom", yshift=7) | {"font": {"size": 13}}
        for i, m in enumerate(rows)
    ]
    return figure(
        look,
        [_dots(rows, look)],
        ROW * len(rows) + 62,
        narrow,
        margin={"l": 118, "t": 20},
        annotations=values,
        xaxis={
            "range": list(span),
            "nticks": 6,
            "tickformat": ".2f",
            "showgrid": True,
            "gridcolor": look.line,
            "title": {"text": "recall", "font": {"size": 13, "color": look.muted}},
        },
        yaxis={
            "range": [len(rows) - 0.5, -0.6],
            "tickvals": list(range(len(rows))),
            "ticktext": [m.name for m in rows],
            "tickfont": {"size": 13, "color": look.ink},
            "showgrid": False,
        },
    )


def _dots(rows: Sequence[Mark], look: Look) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [m.recall.mean for m in rows],
        "y": list(range(len(rows))),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [m.recall.high - m.recall.mean for m in rows],
            "arrayminus": [m.recall.mean - m.recall.low for m in rows],
            "width": 0,
            "thickness": 1.25,
            "color": look.ink,
        },
        "marker": {
            "symbol": "circle",
            "size": 10,
            "opacity": 1,
            "color": [look.ink if m.filled else look.page for m in rows],
            "line": {"width": 1.75, "color": look.ink},
        },
        "cliponaxis": False,
        "customdata": [[m.name, words.estimate(m.recall), m.said] for m in rows],
        "hovertemplate": "<b>%{customdata[0]}</b><br>recall %{customdata[1]}<br>%{customdata[2]}<extra></extra>",
    }


def entropies(then: Sequence[float], now: Sequence[float], *, look: Look) -> go.Figure:
    """Bits that each byte says, then as a grey line and now as dots."""
    at = list(range(1, len(then) + 1))
    base: dict[str, Any] = {"type": "scatter", "x": at}
    return figure(
        look,
        [
            base
            | {
                "mode": "lines",
                "y": list(then),
                "line": {"color": look.muted, "width": 1.5, "shape": "hvh"},
                "hovertemplate": "byte %{x}, then: %{y:.2f} bits<extra></extra>",
            },
            base
            | {
                "mode": "markers",
                "y": list(now),
                "marker": {"color": look.ink, "size": 6 if len(at) < 100 else 4, "opacity": 1},
                "hovertemplate": "byte %{x}, now: %{y:.2f} bits<extra></extra>",
            },
        ],
        210,
        narrow=True,
        margin={"l": 30},
        xaxis={
            "range": [0, len(at) + 1],
            "nticks": 6,
            "title": {"text": "byte of the code", "font": {"size": 13, "color": look.muted}},
        },
        yaxis={"range": [0, 8.4], "dtick": 2},
    )


def describe(rows: Sequence[Mark]) -> str:
    """The recalls in words."""
    return "Recall: " + "; ".join(f"{m.name} {words.estimate(m.recall)}" for m in rows) + "."
