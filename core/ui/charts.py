"""One template for every figure, light or dark, so that pages, pictures and reports look alike."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from core.ui.theme import FONT, Look

CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}
BYTES = (8, 16, 32, 64, 128, 256, 512, 1024, 1536, 3072, 6144, 12288)


def axis(look: Look, **extra: Any) -> dict[str, Any]:
    """An axis without box, spikes, zero line or zoom."""
    return {
        "fixedrange": True,
        "zeroline": False,
        "showspikes": False,
        "tickfont": {"size": 12.5, "color": look.muted},
        "showgrid": False,
        "automargin": False,
        **extra,
    }


def figure(look: Look, traces: list[Any], height: int, narrow: bool = False, **layout: Any) -> go.Figure:
    """A figure in our clothes. traces: plotly trace dicts; layout: anything to add or replace."""
    margin = {"l": 32, "r": 8, "t": 8, "b": 42} if narrow else {"l": 36, "r": 14, "t": 8, "b": 46}
    base: dict[str, Any] = {
        "template": None,
        "height": height,
        "margin": margin,
        "paper_bgcolor": look.page,
        "plot_bgcolor": look.page,
        "font": {"family": FONT, "size": 13, "color": look.ink},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {
            "align": "left",
            "bgcolor": look.page,
            "bordercolor": look.line,
            "font": {"family": FONT, "size": 13, "color": look.ink},
        },
        "xaxis": axis(look, showline=True, linecolor=look.muted, linewidth=1, ticks="outside", ticklen=5),
        "yaxis": axis(look, showgrid=True, gridcolor=look.line, gridwidth=1),
    }
    for key, value in layout.items():
        base[key] = {**base[key], **value} if key in ("xaxis", "yaxis", "margin") else value
    return go.Figure({"data": traces, "layout": base})


def stroke(x: tuple[float, float], y: tuple[float, float], colour: str, **more: Any) -> dict[str, Any]:
    """A straight line as a shape. x, y: from and to; more: anything else of plotly's shapes, `width` and `dash` too."""
    line = {"color": colour, "width": more.pop("width", 1.25), "dash": more.pop("dash", "solid")}
    refs = {"xref": "x", "yref": "y"}
    return {"type": "line", "x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1], **refs, "line": line, **more}


def remark(text: str, look: Look, **place: Any) -> dict[str, Any]:
    """A muted annotation without an arrow."""
    return {"text": text, "showarrow": False, "font": {"size": 12.5, "color": look.muted}, **place}


def reach(top: float) -> float:
    """The smallest tick of the bytes axis that holds `top`."""
    return float(next((b for b in BYTES if b >= top), BYTES[-1]))


def bytes_axis(look: Look, low: float, high: float, narrow: bool = False) -> dict[str, Any]:
    """log2 bytes per vector: each step twice the size."""
    from math import log10

    ticks = [b for b in BYTES if low <= b <= high * 1.001 and not (narrow and b in (8, 1024))]
    if 1536 in ticks and 1024 in ticks:
        ticks.remove(1024)
    return {
        "type": "log",
        "range": [log10(low * 0.92), log10(high * 1.06)],
        "tickvals": ticks,
        "ticktext": [f"{t:,}" for t in ticks],
        "title": {
            "text": "bytes per vector" + ("" if narrow else ", each step twice the size"),
            "font": {"size": 13, "color": look.muted},
            "standoff": 8,
        },
        "minor": {"ticks": ""},
    }
