"""Small pictures whose drawn area means a quantity: bits per dimension, bytes of the ledger, a spectrum, lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.types import Floats
from core.ui.charts import figure, remark, stroke
from core.ui.theme import Look


def bits(variance: Floats, level: float, *, look: Look, colour: str, slices: Sequence[int] = ()) -> go.Figure:
    """Where the bits go: y = ½ log2(variance / level), filled above zero; slices: dimensions that start a new group."""
    lam = np.maximum(np.sort(np.asarray(variance, float))[::-1], 1e-12)
    y = 0.5 * np.log2(lam / level)
    x = np.arange(1, len(y) + 1)
    active = int((y > 0).sum())
    edge = float(x[active - 1]) if active else 1.0
    above = [*zip(x[:active], y[:active], strict=True), (edge, 0.0)]
    area = {"x": [1, *(a for a, _ in above)], "y": [0, *(b for _, b in above)]}
    cuts = [s for s in slices if 1 < s <= active]
    hair = [stroke((s, s), (0, float(y[s - 1])), look.page, width=1) for s in cuts]
    text = remark("below the level: no bits", look, x=1, y=0, xref="paper", yref="y", yshift=10, xanchor="right")
    return _bits(area, y, look, colour, len(y), hair, [text] if active < 0.62 * len(y) else [])


def effective(rates: Floats, ideal: Floats, *, look: Look, colour: str, dropped: int = 0) -> go.Figure:
    """Measured bits of each dimension (d,), filled; `ideal` as a line; `dropped`: dimensions that were cut before."""
    width = len(rates) + dropped
    x = np.repeat(np.arange(len(rates) + 1), 2)[1:-1] + 0.5
    area = {"x": [0.5, *x, len(rates) + 0.5], "y": [0, *np.repeat(rates, 2), 0]}
    where = {"x": (len(rates) + width) / 2, "y": 0, "xref": "x", "yref": "y", "yshift": 10}
    cut = [remark(f"{dropped:,} cut: no bits", look, **where)] if dropped > 0.38 * width else []
    return _bits(area, ideal, look, colour, width, [], cut, float(rates.max()))


def _bits(
    area: dict[str, Any],
    line: Floats,
    look: Look,
    colour: str,
    width: int,
    hair: list[Any],
    remarks: list[Any],
    top: float = 0.0,
) -> go.Figure:
    """Bits as a filled area above zero, and a line that goes on a little below it."""
    x, top = np.arange(1, len(line) + 1), max(top, float(line.max()), 0.5)
    floor = max(float(line.min()), -0.28 * top - 0.1, -4.0)
    floor = min(floor, max(float(min(area["y"])), -0.5 * top), 0.0)
    shown, active = line >= floor, int((line > 0).sum())
    traces: list[dict[str, Any]] = [
        {"type": "scatter", "mode": "lines", **area, "fill": "toself", "fillcolor": colour, "line": {"width": 0}},
        {
            "type": "scatter",
            "mode": "lines",
            "x": x[shown],
            "y": line[shown],
            "line": {"width": 1.25, "color": look.muted},
            "hovertemplate": "dimension %{x}: %{y:.1f} bits<extra></extra>",
        },
    ]
    traces[0]["hoverinfo"] = "skip"
    last = active if width - active > width // 8 else 0
    ticks = sorted({1, last, width} - {0})
    return figure(
        look,
        traces,
        138,
        margin={"l": 28, "r": 14, "t": 6, "b": 22},
        shapes=[*hair, stroke((1, width), (0, 0), look.ink, width=1, dash="4px,3px")],
        annotations=remarks,
        xaxis={
            "range": [0, width + 1],
            "tickvals": ticks,
            "ticktext": [f"{t:,}" for t in ticks],
            "showline": False,
            "ticks": "",
        },
        yaxis={"range": [floor, top * 1.06 + 0.05], "showgrid": False, "tickvals": _ticks(top)},
    )


def _ticks(top: float) -> list[int]:
    step = 1 if top < 3 else 2 if top < 7 else 4 if top < 13 else 8
    return list(range(0, int(top) + 1, step))


def ledger_bar(parts: Mapping[str, float], colours: Sequence[str]) -> str:
    """A bar as HTML whose lengths are the bytes."""
    total = sum(parts.values()) or 1.0
    cells = "".join(
        f'<i style="width:{100 * v / total:.2f}%;background:{c}"></i>'
        for v, c in zip(parts.values(), colours, strict=True)
    )
    return f'<div class="ledger" role="img" aria-label="share of each part">{cells}</div>'


def spectrum(eigenvalues: Floats, *, look: Look, narrow: bool = False) -> go.Figure:
    """Share of the variance per principal direction, log scale, from the largest on."""
    lam = np.maximum(np.sort(np.asarray(eigenvalues, float))[::-1], 1e-12)
    y = lam / lam.sum()
    x = np.arange(1, len(y) + 1)
    half = int(np.searchsorted(np.cumsum(y), 0.5)) + 1
    trace = {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"width": 1.75, "color": look.ink},
        "hovertemplate": "direction %{x}: %{y:.2%} of the variance<extra></extra>",
    }
    mark = stroke((half, half), (0, 1), look.muted, yref="paper", width=1, dash="2px,3px")
    said = f"half of the variance<br>in {half} direction{'s' if half > 1 else ''}"
    text = remark(said, look, x=half, y=1, yref="paper", xanchor="left", xshift=6, yanchor="top", align="left")
    top = float(np.ceil(np.log10(y[0]) * 2) / 2)
    bottom = max(float(np.floor(np.log10(np.quantile(y, 0.02)))), -5.0)
    decades = range(int(np.ceil(bottom)), int(np.floor(top)) + 1)
    return figure(
        look,
        [trace],
        260,
        narrow,
        shapes=[mark],
        annotations=[text],
        xaxis={
            "title": {"text": "principal direction", "font": {"size": 13, "color": look.muted}},
            "range": [0, len(y) + 1],
        },
        yaxis={
            "type": "log",
            "range": [bottom, top],
            "tickvals": [10.0**e for e in decades],
            "ticktext": [f"{10.0 ** (e + 2):g} %" for e in decades],
        },
        margin={"l": 62},
    )


def lengths(words_per_text: Floats, *, look: Look, narrow: bool = False) -> go.Figure:
    """How long the documents are, in words; bars of equal width on a log scale, from zero."""
    n = np.maximum(np.asarray(words_per_text, float), 1)
    edges = np.unique(np.round(np.logspace(0, np.log10(n.max() + 1), 25)).astype(int))
    if len(edges) < 2:
        edges = np.array([1, 2])
    counts, _ = np.histogram(n, edges)
    trace = {
        "type": "bar",
        "x": np.sqrt(edges[:-1] * edges[1:]),
        "y": counts,
        "width": 0.92 * np.diff(edges),
        "marker": {"color": look.muted, "line": {"width": 0}},
        "customdata": [f"{a:,} to {b - 1:,} words" if b - a > 1 else f"{a:,} words" for a, b in pairwise(edges)],
        "hovertemplate": "%{customdata}: %{y:,} documents<extra></extra>",
    }
    ticks = [t for t in (1, 3, 10, 30, 100, 300, 1000, 3000, 10000) if t <= n.max()]
    return figure(
        look,
        [trace],
        260,
        narrow,
        xaxis={
            "type": "log",
            "tickvals": ticks,
            "ticktext": [f"{t:,}" for t in ticks],
            "title": {"text": "words per document", "font": {"size": 13, "color": look.muted}},
        },
        yaxis={"rangemode": "tozero", "tickformat": ",d", "nticks": 5},
        margin={"l": 52},
    )
