"""The main picture: what each byte buys. Points with their doubt, the best so far, the Gaussian line and the budget."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10
from typing import Any

import plotly.graph_objects as go

from core import words
from core.ui.chart_marks import AXES, beside, leading, traces
from core.ui.chart_names import Pen, Scale, names
from core.ui.charts import bytes_axis, figure, reach, stroke
from core.ui.points import Point, front, lines
from core.ui.theme import Look


def span(
    points: Sequence[Point], limit: Sequence[tuple[float, float]], show: str, full: bool, also: float | None
) -> tuple[float, float]:
    """The y range: all intervals, the limit line and float32. Recall may start above zero because marks are points;
    while points arrive (`full`) it starts at zero, so that nothing moves.
    """
    values = [v for p in points for v in (p.value.low, p.value.high)] + [r for _, r in limit]
    values += [also] if also is not None else []
    if show == "recall" and (full or not values):
        return (0.0, 1.02)
    if not values:
        return (1.0, 10.0) if show == "speed" else (0.0, 1.0)
    if show == "speed":
        return (min(values) * 0.7, max(values) * 1.5)
    step = 0.1 if max(values) - min(values) > 0.25 else 0.05
    low = max(0.0, (floor(min(values) / step) - 0.3) * step)
    return (low, 1.02 if show == "recall" else max(values) + 0.25 * step)


def backdrop(look: Look, points: Sequence[Point], limit: Sequence[tuple[float, float]]) -> list[dict[str, Any]]:
    """The band of the best so far, and the limit line: behind everything that was measured."""
    best = front(points)
    quiet: dict[str, Any] = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    return [
        {
            **quiet,
            "x": [p.bytes for p in best],
            "y": [p.value.mean for p in best],
            "line": {"width": 14, "color": look.band},
        },
        {
            **quiet,
            "x": [x for x, _ in limit],
            "y": [y for _, y in limit],
            "line": {"width": 1.25, "color": look.ink, "dash": "6px,4px"},
        },
    ]


def ring(look: Look, points: Sequence[Point], selected: str | None) -> list[dict[str, Any]]:
    """The open circle around the selected plan."""
    at = [p for p in points if p.plan == selected]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [p.bytes for p in at],
            "y": [p.value.mean for p in at],
            "hoverinfo": "skip",
            "cliponaxis": False,
            "marker": {"symbol": "circle-open", "size": 19, "color": look.ink, "line": {"width": 1.75}},
        }
    ]


def frontier(
    points: Sequence[Point],
    *,
    look: Look,
    budget: float | None,
    top: float,
    show: str = "recall",
    limit: Sequence[tuple[float, float]] = (),
    selected: str | None = None,
    exact: float | None = None,
    full: bool = False,
    width: int = 744,
    narrow: bool = False,
    height: int = 0,
) -> go.Figure:
    """Quality against bytes per vector.

    budget: what may be spent, in bytes, None where that is not limited; top: the largest plan asked for, in bytes;
    exact: what float32 reaches, drawn as a hairline; full: keep the whole range of recall, because points are still
    arriving; width, height: of the figure in pixels.
    """
    height = height or (380 if narrow else 440)
    limit = list(limit) if show == "recall" else []
    exact = exact if show != "recall" else None
    low = min([8.0, *(p.bytes for p in points)])
    high = reach(max([64.0, budget or 0.0, top, *(p.bytes for p in points)]))
    y = span(points, limit, show, full, exact)
    left = 52 if show == "speed" else 32 if narrow else 36
    scale = Scale(
        width - left - (8 if narrow else 14), height - (50 if narrow else 54), (low, high), y, show == "speed"
    )
    ours = [p for p in points if not p.library and not p.broken]
    peers, broken = [p for p in points if p.library], [p for p in points if p.broken]
    found = lines(ours)
    bright = leading(ours, found, selected, narrow)
    named = {name: ps for name, ps in found.items() if name in bright}
    pale = [p for name, ps in found.items() if name not in bright for p in ps]
    behind = [*backdrop(look, [] if show == "speed" else ours, limit), *beside(look, show, peers, broken)]
    return figure(
        look,
        [*behind, *traces(look, show, found, bright), *ring(look, points, selected)],
        height,
        narrow,
        margin={"l": left},
        xaxis=bytes_axis(look, low, high, narrow),
        yaxis=value_axis(y, show),
        shapes=limits(look, budget, high * 1.06, exact),
        annotations=names(Pen(scale, look, narrow), named, limit, budget, exact, peers, pale),
    )


def limits(look: Look, budget: float | None, end: float, exact: float | None) -> list[dict[str, Any]]:
    """The wash over what the budget does not pay for, the budget's line, and a hairline at what float32 reaches."""
    out = []
    if budget is not None:
        beyond = {"type": "rect", "xref": "x", "yref": "paper", "x0": budget, "x1": end, "y0": 0, "y1": 1}
        wash = {**beyond, "fillcolor": look.card, "line": {"width": 0}, "layer": "below"}
        out += [wash, stroke((budget, budget), (0, 1), look.ink, yref="paper")]
    if exact is not None:
        out.append(stroke((0, 1), (exact, exact), look.muted, xref="paper", layer="below"))
    return out


def value_axis(y: tuple[float, float], show: str) -> dict[str, Any]:
    """Recall and nDCG by tenths or twentieths; speeds by powers of ten."""
    if show == "speed":
        return {"type": "log", "range": [log10(y[0]), log10(y[1])], "dtick": "D2", "tickformat": ",.0f"}
    return {
        "range": list(y),
        "dtick": 0.1 if y[1] - y[0] > 0.3 else 0.05,
        "tickformat": ".1f" if y[1] - y[0] > 0.3 else ".2f",
    }


def describe(points: Sequence[Point], show: str) -> str:
    """The figure in words, for those who do not see it."""
    if not points:
        return "Nothing is measured yet."
    best = max(points, key=lambda p: p.value.mean)
    value = words.count(best.value.mean) if show == "speed" else words.share(best.value)
    return (
        f"{AXES[show]} against bytes per vector (log scale), {words.plural(len(points), 'plan')}. "
        f"Best: {best.plan}, {value} at {words.per_vector(best.bytes)}."
    )
