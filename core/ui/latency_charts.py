"""How long queries take, as percentiles: each line says which time so many of the queries do not exceed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10
from typing import Any

import plotly.graph_objects as go

from core import words
from core.evaluate.latency import FLOAT
from core.plan import parse
from core.ui.charts import figure
from core.ui.theme import MARKS, Look

HEIGHT = 380
LETTER, LINE = 7.2, 17  # of a name, in pixels
FACTORS = (1, 2, 5)


def percentiles(timed: Sequence[Mapping[str, Any]], batch: bool, *, look: Look, narrow: bool = False) -> go.Figure:
    """Milliseconds per query, log scale, against the share of queries that take no longer; float32 flat in grey."""
    name = "batch" if batch else "single"
    lines = {t["plan"]: [1e3 * s for s in t[f"{name}_steps"]] for t in timed}
    low, high = min(min(v) for v in lines.values()), max(v[99] for v in lines.values())
    bottom, top = log10(low) - 0.05, log10(max(high, 2 * low)) + 0.05
    edge = 120 if narrow else min(240, 20 + int(LETTER * max(map(len, lines))))
    return figure(
        look,
        [_line(plan, ms, look) for plan, ms in lines.items()],
        HEIGHT,
        narrow,
        annotations=_names(lines, look, (bottom, top), narrow),
        xaxis={
            "range": [0, 99],
            "tickvals": [0, 50, 95] if narrow else [0, 25, 50, 75, 95],
            "ticktext": ["0", "50", "95 %"] if narrow else ["0", "25", "50", "75", "95 %"],
            "tickangle": 0,
            "title": {
                "text": f"share of {'batches' if batch else 'queries'} that take no longer",
                "font": {"size": 13, "color": look.muted},
                "standoff": 8,
            },
        },
        yaxis={"type": "log", "range": [bottom, top], **_ticks(bottom, top)},
        margin={"l": 62, "r": edge},
    )


def describe(timed: Sequence[Mapping[str, Any]], batch: bool) -> str:
    """The picture in words."""
    name = "batch" if batch else "single"
    said = [f"{t['plan']} {words.times(t[f'{name}_p50_ratio'])} as fast as float32 flat" for t in timed[1:]]
    return f"Time per query by percentile. At the median {', '.join(said)}."


def colour(plan: str, look: Look) -> str:
    """That of the plan's family; float32 flat is muted."""
    return look.muted if plan == FLOAT else look.family[parse(plan).family]


def _line(plan: str, ms: list[float], look: Look) -> dict[str, Any]:
    mark = None if plan == FLOAT else MARKS[parse(plan).family]
    line = {"color": colour(plan, look), "width": mark.width if mark else 1.5, "dash": mark.dash if mark else "solid"}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(range(100)),
        "y": ms[:100],
        "line": line,
        "name": plan,
        "hovertemplate": "%{x} % within %{y:.3g} ms<extra></extra>",
    }


def _names(
    lines: Mapping[str, list[float]], look: Look, ends: tuple[float, float], narrow: bool
) -> list[dict[str, Any]]:
    """Each line's name beside its end, pushed apart where they would touch."""
    room = HEIGHT - 50
    spots = {p: (log10(v[99]) - ends[0]) / (ends[1] - ends[0]) * room for p, v in lines.items()}
    out = []
    for plan, height in apart(spots, room).items():
        text = plan if not narrow or len(plan) <= 16 else plan[:15] + "…"
        place = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": 8, "yref": "paper", "y": height / room}
        font = {"size": 12 if narrow else 13, "color": colour(plan, look)}
        out.append({**place, "yanchor": "middle", "text": escape(text), "showarrow": False, "font": font})
    return out


def apart(spots: Mapping[str, float], room: float) -> dict[str, float]:
    """Heights in pixels of names that touch neither each other nor the top, in the order of their lines."""
    rising = sorted(spots, key=lambda name: spots[name])
    above, heights = room + LINE, {}
    for name in reversed(rising):
        above = heights[name] = min(spots[name], above - LINE)
    below = -float(LINE)
    for name in rising:
        below = heights[name] = max(heights[name], below + LINE)
    return heights


def _ticks(bottom: float, top: float) -> dict[str, Any]:
    """1, 2 and 5 of every decade that is shown."""
    ticks = [f * 10.0**e for e in range(floor(bottom), floor(top) + 1) for f in FACTORS]
    shown = [t for t in ticks if bottom <= log10(t) <= top]
    return {"tickvals": shown, "ticktext": [f"{t:g} ms" for t in shown]}
