"""Where the recall goes, as a waterfall: a bar floats between the recall before a step and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from core import words
from core.types import Interval
from core.ui.charts import figure, remark, stroke
from core.ui.theme import Look

HALF = 0.3  # of a bar's width, where the distance between two is 1
HOVER = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>"


@dataclass(frozen=True)
class Part:
    """A step as the chart wants it: its change and the recall after it, and how many queries it costs or helps."""

    name: str
    what: str
    change: Interval
    after: Interval
    worse: int
    better: int

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Part:
        """From the record that a run leaves."""
        change, after = (Interval(*facts[key]) for key in ("change", "recall"))
        return cls(facts["name"], facts["what"], change, after, facts["queries_worse"], facts["queries_better"])

    @property
    def moved(self) -> bool:
        """Whether it changed the answer to any query."""
        return bool(self.worse or self.better)


def waterfall(parts: Sequence[Part], *, look: Look, target: float | None = None, narrow: bool = False) -> go.Figure:
    """Recall step by step; on a phone the steps stand one below the other."""
    low, high = span(parts, target, 0.34 if narrow else 0.16)
    last = len(parts)
    value, place = ("xaxis", "yaxis") if narrow else ("yaxis", "xaxis")
    ends = [(0, parts[0].after), (last, parts[-1].after)]
    level = [_level(i, after.mean, look.ink, narrow) for i, after in ends]
    still = [_level(i, p.after.mean, look.ink, narrow) for i, p in enumerate(parts) if i and not p.moved]
    dots = [_stroke((i + HALF, i + 1 - HALF), p.after.mean, look.muted, narrow) for i, p in enumerate(parts)]
    goal = [_target(target, look, narrow)] if target is not None else []
    names = [*(p.name for p in parts), "kept"]
    return figure(
        look,
        [_bars(parts, look, narrow)],
        46 * (last + 1) + 48 if narrow else 380,
        narrow,
        margin={"l": 116, "r": 14, "t": 22, "b": 26} if narrow else {"l": 44, "r": 8, "t": 26, "b": 62},
        shapes=[*goal, *dots, *still, *level],
        annotations=[*_labels(parts, look, narrow), *_named(target, look, narrow, low)],
        **{
            value: _values(low, high, narrow) | {"showgrid": True, "gridcolor": look.line, "showline": False},
            place: {
                "range": [last + 0.5, -0.5] if narrow else [-0.5, last + 0.5],
                "tickvals": list(range(last + 1)),
                "ticktext": [_wrapped(name, 16 if narrow else 13) for name in names],
                "tickfont": {"size": 12 if narrow else 13, "color": look.ink},
                "ticks": "",
                "showgrid": False,
                "showline": False,
            },
        },
    )


def span(parts: Sequence[Part], target: float | None, below: float) -> tuple[float, float]:
    """The range of recall drawn: all levels with their doubt, and room below for a label; bars float between two
    levels, so it may start above zero.
    """
    values = [p.after.mean for p in parts] + [b.after.mean + b.change.low - b.change.mean for b in parts]
    values += [target] if target is not None else []
    room = max(0.02, 1 - min(values))
    return max(0.0, min(values) - below * room), 1 + 0.05 * room


def _values(low: float, high: float, narrow: bool) -> dict[str, Any]:
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if (high - low) / s <= (4 if narrow else 6) or s == 0.5)
    return {"range": [low, high], "dtick": step, "tick0": 0, "tickformat": ".2f", "ticks": ""}


def _bars(parts: Sequence[Part], look: Look, narrow: bool) -> dict[str, Any]:
    """One floating bar per step that moved, its moving end with its interval."""
    moved = [(i, a, b) for i, (a, b) in enumerate(pairwise(parts), 1) if b.moved]
    doubt = {
        "type": "data",
        "symmetric": False,
        "array": [b.change.high - b.change.mean for _, _, b in moved],
        "arrayminus": [b.change.mean - b.change.low for _, _, b in moved],
        "width": 0,
        "thickness": 1.25,
        "color": look.ink,
    }
    across, along = [i for i, _, _ in moved], [b.after.mean - a.after.mean for _, a, b in moved]
    return {
        "type": "bar",
        "orientation": "h" if narrow else "v",
        "x": along if narrow else across,
        "y": across if narrow else along,
        "base": [a.after.mean for _, a, _ in moved],
        "width": [2 * HALF] * len(moved),
        "error_x" if narrow else "error_y": doubt,
        "marker": {
            "color": [look.lost if b.change.mean < 0 else look.gained for _, _, b in moved],
            "line": {"width": 0},
        },
        "customdata": [[escape(b.name), words.difference(b.change), escape(said(b))] for _, _, b in moved],
        "hovertemplate": HOVER,
    }


def said(part: Part) -> str:
    """Worse for 812 queries, better for 31."""
    return f"worse for {words.plural(part.worse, 'query', 'queries')}, better for {words.count(part.better)}"


def _labels(parts: Sequence[Part], look: Look, narrow: bool) -> list[dict[str, Any]]:
    """The signed change at each bar's moving end, and the recall at both ends of the row."""
    ends = [(0, parts[0].after), (len(parts), parts[-1].after)]
    out = [_text(look, i, a.mean, f"<b>{words.share(a)}</b>", look.ink, not narrow, narrow, i == 0) for i, a in ends]
    for i, part in enumerate(parts[1:], 1):
        places = 3 if part.change.high - part.change.low < 0.01 or abs(part.change.mean) < 0.01 else 2
        text, mean = words.signed(part.change.mean, places), part.change.mean
        if not part.moved:
            edge = part.after.mean == parts[0].after.mean
            out.append(_text(look, i, part.after.mean, "0.000", look.muted, True, narrow, edge))
        elif mean < 0:
            out.append(_text(look, i, part.after.mean + part.change.low - mean, text, look.lost, False, narrow))
        else:
            out.append(_text(look, i, part.after.mean + part.change.high - mean, text, look.gained, True, narrow))
    return out


def _text(
    look: Look, at: int, value: float, text: str, colour: str, up: bool, narrow: bool, inside: bool = False
) -> dict[str, Any]:
    """A label beyond the value: above or below; on a phone right or left of it."""
    font: dict[str, Any] = {"text": text, "showarrow": False, "font": {"size": 12.5 if narrow else 13, "color": colour}}
    font["bgcolor"] = look.page
    if narrow:
        right = up and not inside
        return font | {"x": value, "y": at, "xanchor": "left" if right else "right", "xshift": 6 if right else -6}
    return font | {"x": at, "y": value, "yanchor": "bottom" if up else "top", "yshift": 3 if up else -3}


def _level(at: int, value: float, colour: str, narrow: bool) -> dict[str, Any]:
    """A thick short line: a level that was not moved."""
    across, along = (at - HALF, at + HALF), (value, value)
    return stroke(along if narrow else across, across if narrow else along, colour, width=3)


def _stroke(across: tuple[float, float], value: float, colour: str, narrow: bool) -> dict[str, Any]:
    """The dots that carry a level on to the next step."""
    along = (value, value)
    return stroke(along if narrow else across, across if narrow else along, colour, width=1, dash="1px,3px")


def _target(target: float, look: Look, narrow: bool) -> dict[str, Any]:
    whole, at = (0.0, 1.0), (target, target)
    ref = {"yref": "paper"} if narrow else {"xref": "paper"}
    return stroke(at if narrow else whole, whole if narrow else at, look.ink, dash="6px,4px", **ref)


def _named(target: float | None, look: Look, narrow: bool, low: float) -> list[dict[str, Any]]:
    """The target's name, where its line begins."""
    if target is None:
        return []
    text = f"your target, {goal(target)}"
    if narrow:
        return [remark(text, look, x=target, y=1, yref="paper", yanchor="bottom", xanchor="right")]
    return [remark(text, look, x=0, y=target, xref="paper", xanchor="left", yanchor="top")]


def goal(target: float) -> str:
    """A target as it was set: 0.90, 0.995."""
    return f"{target:.{2 if abs(target - round(target, 2)) < 1e-9 else 3}f}"


def _wrapped(name: str, width: int) -> str:
    """A step's name on several lines."""
    return "<br>".join(escape(line) for line in wrap(name, width, break_long_words=True))


def describe(parts: Sequence[Part]) -> str:
    """The figure in words, for those who do not see it."""
    told = ", ".join(f"{p.name} {words.difference(p.change)}" for p in parts[1:])
    return f"Waterfall of recall from 1 to {words.share(parts[-1].after)}: {told}."
