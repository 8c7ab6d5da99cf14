"""Calibration drawn: recall against the sample that ranges are learned from, and ranges over a dimension's values."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from math import floor, log10
from typing import Any

import plotly.graph_objects as go

from core import words
from core.evaluate.calibrate import Calibration
from core.evaluate.clip_lines import Histogram
from core.ui.charts import figure, remark, stroke
from core.ui.theme import Look

HOVER = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>"
STYLES = (  # by rule: which colour, marker, dash
    ("ink", "circle", "solid"),
    ("scalar", "diamond", "solid"),
    ("scalar", "diamond-open", "8px,3px"),
    ("muted", "square", "solid"),
    ("muted", "square-open", "2px,3px"),
)
APART = 15  # pixels between two names


def style(i: int, look: Look) -> tuple[str, str, str]:
    """Colour, marker and dash of a rule."""
    name, symbol, dash = STYLES[i % len(STYLES)]
    colour = {"ink": look.ink, "muted": look.muted}.get(name) or look.family[name]
    return colour, symbol, dash


def by_sample(rows: Sequence[Calibration], sizes: Sequence[int], *, look: Look, narrow: bool = False) -> go.Figure:
    """Recall against the documents that ranges are learned from, a line per rule; sizes: to be tried."""
    rules = list(dict.fromkeys(r.rule for r in rows))
    low = min(r.recall.low for r in rows)
    step = 0.1 if low < 0.7 else 0.05 if low < 0.9 else 0.02
    span = (max(0.0, (floor(low / step) - 0.2) * step), 1 + step / 5)
    height = 380 if narrow else 400
    traces, ends = [], []
    for i, rule in enumerate(rules):
        line = sorted((r for r in rows if r.rule == rule), key=lambda r: r.sample)
        traces.append(_line(line, i, look))
        ends.append((line[-1].recall.mean, rule, style(i, look)[0]))
    unit = (height - 54) / (span[1] - span[0])
    names = [] if narrow else _names(ends, sizes[-1], unit, look)
    return figure(
        look,
        traces,
        height,
        narrow,
        margin={"r": 22} if narrow else {"l": 42, "r": 206},
        annotations=names,
        xaxis={
            "type": "log",
            "range": [log10(sizes[0]) - 0.08, log10(max(sizes[-1], 2 * sizes[0])) + 0.06],
            "tickvals": _ticks(sizes),
            "ticktext": [words.count(s) for s in _ticks(sizes)],
            "title": {"text": "documents that ranges are learned from", "font": {"size": 13, "color": look.muted}},
        },
        yaxis={"range": list(span), "dtick": step, "tickformat": ".2f" if step < 0.1 else ".1f"},
    )


def _ticks(sizes: Sequence[int]) -> list[int]:
    """Sizes that can be written beside each other; the last one, all documents, always."""
    kept = [sizes[-1]]
    for s in reversed(sizes[:-1]):
        if log10(kept[-1] / s) > 0.35:
            kept.append(s)
    return kept[::-1]


def _line(line: Sequence[Calibration], i: int, look: Look) -> dict[str, Any]:
    colour, symbol, dash = style(i, look)
    told = [
        f"{r.lowest:.3f} to {r.highest:.3f} over {r.samples} samples" if r.samples > 1 else "one sample" for r in line
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [r.sample for r in line],
        "y": [r.recall.mean for r in line],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [r.recall.high - r.recall.mean for r in line],
            "arrayminus": [r.recall.mean - r.recall.low for r in line],
            "width": 0,
            "thickness": 1.25,
            "color": colour,
        },
        "line": {"color": colour, "width": 1.75, "dash": dash},
        "marker": {"symbol": symbol, "size": 9, "color": colour, "opacity": 1},
        "cliponaxis": False,
        "customdata": [
            [escape(r.plan), f"{words.count(r.sample)} documents: recall {words.estimate(r.recall)}", text]
            for r, text in zip(line, told, strict=True)
        ],
        "hovertemplate": HOVER,
    }


def _names(ends: list[tuple[float, str, str]], last: int, unit: float, look: Look) -> list[dict[str, Any]]:
    """Names at the ends of lines, moved apart where they would touch."""
    ends.sort(key=lambda end: -end[0])
    y = [unit * value for value, _, _ in ends]
    for i in range(1, len(y)):
        y[i] = min(y[i], y[i - 1] - APART)
    out = []
    for (value, rule, colour), place in zip(ends, y, strict=True):
        text = remark(escape(rule), look, x=log10(last), y=value, xanchor="left", xshift=12)
        out.append(text | {"yshift": place - unit * value, "font": {"size": 13, "color": colour}})
    return out


def values(found: Histogram, *, look: Look, rules: Sequence[str], narrow: bool = False) -> go.Figure:
    """The values of one dimension, with the ends of the ranges that rules learned."""
    edges, counts = found.edges.tolist(), found.counts.tolist()
    bars = {
        "type": "bar",
        "x": [(a + b) / 2 for a, b in pairwise(edges)],
        "y": counts,
        "width": [0.94 * (b - a) for a, b in pairwise(edges)],
        "marker": {"color": look.line if look.name == "light" else "#3A4450", "line": {"width": 0}},
        "customdata": [f"{a:+.3f} to {b:+.3f}" for a, b in pairwise(edges)],
        "hovertemplate": "%{customdata}: %{y:,} documents<extra></extra>",
    }
    shapes, marks, far = [], [], [edges[0], edges[-1]]
    for i, rule in enumerate(found.lines):
        if rule not in rules:
            continue
        colour, symbol, dash = style(i, look)
        ends = found.lines[rule]
        far += ends
        shapes += [stroke((end, end), (0, 1.0), colour, yref="paper", dash=dash, width=1.5) for end in ends]
        level = 1.02 * max(counts) * (1.06 + 0.11 * list(rules).index(rule))
        marks.append(_range(ends, level, rule, colour, symbol))
    room = 0.03 * (max(far) - min(far))
    return figure(
        look,
        [bars, *marks],
        260,
        narrow,
        margin={"l": 52},
        shapes=shapes,
        xaxis={
            "range": [min(far) - room, max(far) + room],
            "title": {"text": f"value of dimension {found.dimension}", "font": {"size": 13, "color": look.muted}},
        },
        yaxis={"range": [0, max(counts) * (1.15 + 0.12 * len(rules))], "tickformat": ",d", "nticks": 4},
    )


def _range(ends: tuple[float, float], level: float, rule: str, colour: str, symbol: str) -> dict[str, Any]:
    """The range as a bar between its ends, to be read and pointed at."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(ends),
        "y": [level, level],
        "line": {"color": colour, "width": 1.25},
        "marker": {"symbol": symbol, "size": 8, "color": colour},
        "cliponaxis": False,
        "hovertemplate": f"{escape(rule)}: %{{x:+.4f}}<extra></extra>",
    }


def describe(rows: Sequence[Calibration]) -> str:
    """The first chart in words."""
    best = max(rows, key=lambda r: r.recall.mean)
    return (
        f"Recall against the documents that ranges are learned from, {len({r.rule for r in rows})} rules. "
        f"Best: {best.rule} on {words.count(best.sample)} documents, {words.share(best.recall)}."
    )
