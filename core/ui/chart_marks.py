"""The marks of the frontier chart: our points with their lines and intervals, libraries hollow, failed ones in grey."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from core import words
from core.ui.points import Point, front
from core.ui.theme import MARKS, Look

MANY = (48, 34)  # points of ours that are all drawn in full, on a wide screen and on a phone
PALE = 0.45
HOVER = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>"
AXES = {"recall": "recall", "ndcg": "nDCG", "speed": "queries/s"}


def leading(points: Sequence[Point], found: dict[str, list[Point]], selected: str | None, narrow: bool) -> set[str]:
    """The lines that are drawn in full: all of a few; of many those that reach the best so far, and the selected."""
    if len(points) <= (MANY[1] if narrow else MANY[0]):
        return set(found)
    best = {p.plan for p in front(points)} | {selected}
    return {name for name, ps in found.items() if any(p.plan in best for p in ps)}


def traces(look: Look, show: str, found: dict[str, list[Point]], bright: set[str]) -> list[dict[str, Any]]:
    """One trace per line: its points, its dash, its intervals. What is not bright is small and pale, without lines."""
    out = []
    for name in [*(n for n in reversed(found) if n not in bright), *(n for n in reversed(found) if n in bright)]:
        ps, full = found[name], name in bright
        mark, colour = MARKS[ps[0].family], look.family[ps[0].family]
        out.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if full else "markers",
                "x": [p.bytes for p in ps],
                "y": [p.value.mean for p in ps],
                "error_y": bars(ps, colour, full and show != "speed"),
                "line": {"color": colour, "width": mark.width, "dash": mark.dash},
                "marker": {
                    "symbol": mark.symbol,
                    "size": mark.size * (1 if full else 0.75),
                    "color": colour,
                    "opacity": 1 if full else PALE,
                    "line": {"width": 1.5 if full else 0.75, "color": look.page},
                },
                "selected": {"marker": {"opacity": 1}},
                "unselected": {"marker": {"opacity": 1 if full else PALE}},
                "cliponaxis": False,
                "customdata": [[escape(p.plan), hover(p, show), escape(p.note), p.plan] for p in ps],
                "hovertemplate": HOVER,
            }
        )
    return out


def bars(points: Sequence[Point], colour: str, visible: bool) -> dict[str, Any]:
    """Their intervals."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [p.value.high - p.value.mean for p in points],
        "arrayminus": [p.value.mean - p.value.low for p in points],
        "width": 0,
        "thickness": 1.25,
        "color": colour,
        "visible": visible,
    }


def beside(look: Look, show: str, points: Sequence[Point], broken: Sequence[Point]) -> list[dict[str, Any]]:
    """What is not to be mixed up with our plans: libraries hollow, and plans that fail a self-test in grey."""
    best = front(points)
    line = {"width": 1.25, "color": look.pooled, "dash": "2px,3px"}
    out: list[dict[str, Any]] = []
    if len(best) > 1:
        xy = {"x": [p.bytes for p in best], "y": [p.value.mean for p in best]}
        out.append({"type": "scatter", "mode": "lines", "hoverinfo": "skip", "line": line, **xy})
    for family in sorted({p.family for p in points}):
        ps = [p for p in points if p.family == family]
        ring = {"color": look.page, "line": {"width": 1.75, "color": look.family[family]}}
        drawn = scatter(ps, show, {"symbol": MARKS[family].symbol, "size": MARKS[family].size * 0.9, **ring})
        out.append(drawn | {"error_y": bars(ps, look.family[family], show != "speed")})
    grey = {"symbol": "x-thin-open", "size": 8, "color": look.muted, "line": {"width": 1.5, "color": look.muted}}
    return [*out, scatter(broken, show, grey)] if broken else out


def scatter(points: Sequence[Point], show: str, marker: dict[str, Any]) -> dict[str, Any]:
    """Markers without lines; their fourth datum is the plan that a click opens, if it can be opened."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [p.bytes for p in points],
        "y": [p.value.mean for p in points],
        "marker": {**marker, "opacity": 1},
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "cliponaxis": False,
        "customdata": [
            [escape(p.plan), hover(p, show), escape(p.broken or p.note), "" if p.library else p.plan] for p in points
        ],
        "hovertemplate": HOVER,
    }


def hover(p: Point, show: str) -> str:
    """48 B, recall 0.80 [0.79, 0.81]."""
    value = words.count(p.value.mean) if show == "speed" else words.estimate(p.value)
    return f"{words.per_vector(p.bytes)}, {AXES[show]} {value}"
