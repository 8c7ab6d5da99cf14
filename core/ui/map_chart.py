"""The map as a figure: documents, queries over them, and the neighbours of whatever is picked over those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.types import Rows
from core.ui.charts import figure
from core.ui.labels import Box, Canvas, Line, place
from core.ui.map_colours import Paint
from core.ui.map_frame import Frame
from core.ui.theme import Look

HEIGHT, LOW = 548, 420  # pixels: wide and phone
QUIET: dict[str, Any] = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}
LINES = {"kept": (1.5, 0.0, 0.0), "level": (1.5, 0.0, 0.0), "lost": (1.75, 7.0, 4.0), "gained": (1.75, 2.0, 3.0)}
SYMBOLS = {
    "kept": ("circle", 8.0),
    "level": ("circle-open", 8.0),
    "lost": ("x-thin", 9.0),
    "gained": ("cross-thin", 12.0),
}


@dataclass(frozen=True)
class Star:
    """What is picked: where it stands, its name, and its neighbours by fate: name -> [(place, label)]."""

    at: tuple[float, float]
    name: str
    around: Mapping[str, Sequence[tuple[tuple[float, float], str]]]


@dataclass(frozen=True)
class Layers:
    """behind (r, 2): documents without a colour; docs (m, 2), about: [pick, words] of each; queries (q, 2), asked.

    moved: decoded places (j, 2) from (j, 2), or None; star: what is picked.
    """

    behind: Rows
    docs: Rows
    about: Sequence[Sequence[str]]
    queries: Rows
    asked: Sequence[Sequence[str]]
    paint: Paint
    moved: tuple[Rows, Rows] | None = None
    star: Star | None = None


def chart(layers: Layers, look: Look, width: int, narrow: bool = False) -> go.Figure:
    """The figure; positions depend on the projection alone, so nothing moves when bytes do."""
    height = LOW if narrow else HEIGHT
    frame = Frame.around(np.concatenate([layers.behind, layers.docs, layers.queries]), width, height)
    traces = [
        *_documents(layers, look, layers.moved is not None, 3.2 if narrow else 4.2),
        *_moved(layers, look),
        _queries(layers, look),
    ]
    notes: list[dict[str, Any]] = []
    if layers.star:
        traces += _star(layers.star, frame, look)
        notes = _labels(layers.star, frame, look, narrow)
    bare = {"visible": False, "showline": False, "showgrid": False, "ticks": ""}
    return figure(
        look,
        traces,
        height,
        narrow,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis={**bare, "range": frame.x},
        yaxis={**bare, "range": frame.y},
        annotations=notes,
        hoverdistance=12,
    )


def _points(places: Rows, opacity: float, **marker: Any) -> dict[str, Any]:
    """Points that look the same whether or not one of them was clicked."""
    at, same = np.asarray(places, np.float32), {"marker": {"opacity": opacity}}
    return {
        "type": "scattergl",
        "mode": "markers",
        "x": np.ascontiguousarray(at[:, 0]),
        "y": np.ascontiguousarray(at[:, 1]),
        "marker": {"line": {"width": 0}, "opacity": opacity, **marker},
        "hoverinfo": "skip",
        "selected": same,
        "unselected": same,
    }


def _documents(layers: Layers, look: Look, faint: bool, size: float) -> list[dict[str, Any]]:
    paint, last = layers.paint, max(1, len(layers.paint.colours) - 1)
    stops = [[i / last, c] for i, c in enumerate(paint.colours)]
    colours: dict[str, Any] = {"color": paint.codes, "colorscale": stops, "cmin": 0, "cmax": last, "showscale": False}
    if len(paint.colours) == 1:
        colours = {"color": paint.colours[0]}
    if paint.symbols:
        colours["symbol"] = [paint.symbols[c] for c in paint.codes]
    opacity = 0.25 if faint else 0.75 if paint.symbols else 0.9 if len(paint.colours) > 1 else 0.35
    docs = _points(layers.docs, opacity, size=size, **colours)
    hover = {
        "customdata": [[*a, s] for a, s in zip(layers.about, paint.said, strict=True)] if paint.said else layers.about,
        "hovertemplate": "%{customdata[1]}" + ("<br>%{customdata[2]}" if paint.said else "") + "<extra></extra>",
        "hoverinfo": None,
    }
    return [_points(layers.behind, 0.25, size=2.5, color=look.muted), docs | hover]


def _queries(layers: Layers, look: Look) -> dict[str, Any]:
    """Small open diamonds, over the documents, and pale: what is dark on light is loss."""
    drawn = _points(layers.queries, 0.5, symbol="diamond-open", size=4.5, color=look.muted)
    drawn["marker"]["line"] = {"width": 1}
    return drawn | {
        "customdata": layers.asked,
        "hovertemplate": "query: %{customdata[1]}<extra></extra>",
        "hoverinfo": None,
    }


def _moved(layers: Layers, look: Look) -> list[dict[str, Any]]:
    """From where a document stands to where its decoded vector lands: a short line, and a dot at its end."""
    if layers.moved is None:
        return []
    start, end = layers.moved
    gap = np.full(len(start), np.nan, np.float32)
    x, y = (np.stack([start[:, i], end[:, i], gap], 1).ravel() for i in (0, 1))
    line = {"width": 1, "color": look.lost}
    lines = {"type": "scattergl", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip", "opacity": 0.7}
    return [lines, _points(end, 0.9, size=3.2, color=look.lost)]


def _star(star: Star, frame: Frame, look: Look) -> list[dict[str, Any]]:
    """Lines to the neighbours by fate, each with a halo of the page; markers over lines; what is picked on top."""
    colours = {"kept": look.ink, "level": look.ink, "lost": look.lost, "gained": look.gained}
    traces: list[dict[str, Any]] = []
    quiet: dict[str, Any] = {"type": "scattergl", "hoverinfo": "skip", **QUIET}
    for fate, (width, on, off) in LINES.items():
        ends = [at for at, _ in star.around.get(fate, ())]
        plain = [frame.dashes(star.at, at, 1, 0) for at in ends]
        dashed = [frame.dashes(star.at, at, on, off) for at in ends]
        for parts, line in (
            (plain, {"width": 5, "color": look.page}),
            (dashed, {"width": width, "color": colours[fate]}),
        ):
            x, y = ([v for part in parts for v in part[i]] for i in (0, 1))
            traces.append({**quiet, "mode": "lines", "x": x, "y": y, "line": line})
    for fate, (symbol, size) in SYMBOLS.items():
        ends = [at for at, _ in star.around.get(fate, ())]
        x, y = [a for a, _ in ends], [b for _, b in ends]
        halo = {"symbol": "circle", "size": size + 5, "color": look.page, "opacity": 1, "line": {"width": 0}}
        colour = colours[fate]
        own = {"symbol": symbol, "size": size, "color": colour, "opacity": 1, "line": {"width": 2.25, "color": colour}}
        own["line"] = {"width": 0} if fate == "kept" else own["line"]
        traces += [{**quiet, "mode": "markers", "x": x, "y": y, "marker": m} for m in (halo, own)]
    for size, colour in ((24, look.page), (19, look.ink), (12, look.page)):
        mark = {"symbol": "star-diamond", "size": size, "color": colour, "opacity": 1, "line": {"width": 0}}
        traces.append({**quiet, "mode": "markers", "x": [star.at[0]], "y": [star.at[1]], "marker": mark})
    return traces


def _labels(star: Star, frame: Frame, look: Look, narrow: bool) -> list[dict[str, Any]]:
    """Names beside what is picked and its neighbours, where they touch nothing."""
    colours = {star.name: look.ink}
    centre = frame.spot(star.at)
    lines = [Line(star.name, (centre,), bold=True)]
    for fate, shade in (("lost", look.lost), ("kept", look.ink), ("level", look.ink), ("gained", look.gained)):
        for label in dict.fromkeys(label for _, label in star.around.get(fate, ()) if label):
            spots = tuple(frame.spot(at) for at, name in star.around[fate] if name == label)
            far = sorted(spots, key=lambda s: -((s[0] - centre[0]) ** 2 + (s[1] - centre[1]) ** 2))
            lines.append(Line(label, (far[0],)))
            colours[label] = shade
    marks = [Box(x - 7, y - 7, x + 7, y + 7) for x, y in _spots(star, frame)]
    canvas = Canvas(Box(4, 4, frame.width - 4, frame.height - 4), 6.6 if narrow else 7.0, taken=marks)
    return [
        {
            "text": f"<b>{found.name}</b>" if found.name == star.name else found.name,
            "x": found.x / frame.width,
            "y": 1 - found.y / frame.height,
            "xref": "paper",
            "yref": "paper",
            "xanchor": found.anchor,
            "yanchor": "middle",
            "showarrow": False,
            "bgcolor": look.page,
            "opacity": 0.92,
            "borderpad": 1,
            "font": {"size": 12 if narrow else 13, "color": colours[found.name]},
        }
        for found in place(canvas, lines)
    ]


def _spots(star: Star, frame: Frame) -> list[tuple[float, float]]:
    return [frame.spot(at) for some in star.around.values() for at, _ in some]


def describe(layers: Layers, method: str, headline: str, held: Mapping[str, int]) -> str:
    """The figure for those who do not see it."""
    picked = ""
    if layers.star:
        counts = ", ".join(f"{n} {fate}" for fate, n in held.items() if n)
        picked = f" Picked: a {layers.star.name}; of its neighbours {counts or 'none are known yet'}."
    return (
        f"{headline} Map by {method} of {len(layers.docs) + len(layers.behind):,} documents and "
        f"{len(layers.queries):,} queries, coloured by {layers.paint.heading.lower()}; axes have no unit.{picked}"
    )


def codes_of(ids: NDArray[np.int64], kind: str) -> list[str]:
    """How a click names a point: d12 for document 12, q3 for query 3."""
    return [f"{kind}{i}" for i in ids.tolist()]
