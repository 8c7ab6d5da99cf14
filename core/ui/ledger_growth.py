"""Memory while searching as the corpus grows: the plan, float32, and what may be spent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from typing import Any

import plotly.graph_objects as go

from core import words
from core.evaluate.ledger import Ledger
from core.ui.charts import figure, remark
from core.ui.theme import Look

PLAN, STEPS = "this plan", 40
TOP, FOOT, SIDE, NAME = 10, 44, 104, 16  # pixels: margins, and the height of a name
FROM, TO = 1e4, 1e9  # rows of the growth chart
TICKS = tuple(1 << 15 + 5 * i for i in range(7))  # 32 KiB, 1 MiB, 32 MiB, 1 GiB, … equally far apart


@dataclass(frozen=True)
class Limit:
    """What may be spent: total bytes, or bytes per vector."""

    total: float = 0.0
    per_vector: float = 0.0

    def at(self, rows: float) -> float:
        """Total bytes for so many vectors."""
        return self.total or self.per_vector * rows

    def __str__(self) -> str:
        return f"budget {words.size(self.total)}" if self.total else f"budget {words.per_vector(self.per_vector)}"


def growth(
    at: Callable[[int], Ledger], rows: int, *, look: Look, family: str, limit: Limit | None = None, narrow: bool = False
) -> go.Figure:
    """Memory while searching against the number of vectors, both axes by factors; at: the ledger of that many."""
    low, high = min(FROM, 10 ** int(log10(rows))), max(TO, rows)
    grid = [round(10 ** (log10(low) + i / STEPS * (log10(high) - log10(low)))) for i in range(STEPS + 1)]
    bills = [at(n) for n in grid]
    here = at(rows)
    lines = [
        ("float32", [b.floats for b in bills], look.family["floats"], "solid", 1.25),
        (PLAN, [b.memory for b in bills], look.family[family], "solid", 2.75),
    ]
    lines += [(str(limit), [limit.at(n) for n in grid], look.ink, "6px,4px", 1.25)] if limit else []
    traces = [_line(grid, *line) for line in lines]
    traces.append(_dot(rows, here, look, family))
    values = [v for _, ys, *_ in lines for v in ys]
    height = 300 if narrow else 320
    bottom, top = log10(min(values) * 0.8), log10(max(values) * 1.25)
    ticks = [t for t in TICKS if bottom <= log10(t) <= top]
    decades = range(int(log10(low)), int(log10(high)) + 1)
    shown = [d for d in decades if not narrow or d % 2 == 1]
    return figure(
        look,
        traces,
        height,
        narrow,
        margin={"l": 58, "r": SIDE, "t": TOP, "b": FOOT},
        annotations=_names(lines, look, high, (top - bottom) / (height - TOP - FOOT), narrow),
        xaxis={
            "type": "log",
            "range": [log10(low), log10(high)],
            "tickvals": [10.0**d for d in shown],
            "ticktext": [many(10**d) for d in shown],
            "title": {"text": "vectors", "font": {"size": 13, "color": look.muted}, "standoff": 6},
        },
        yaxis={
            "type": "log",
            "range": [bottom, top],
            "tickvals": ticks,
            "ticktext": [words.size(t).replace(".0 ", " ") for t in ticks],
        },
    )


def many(n: int) -> str:
    """10 thousand, 100 million, 1 billion."""
    for unit, name in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if n >= unit:
            return f"{words.count(n // unit)} {name}"
    return words.count(n)


def _line(x: Sequence[int], name: str, y: Sequence[float], colour: str, dash: str, width: float) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(x),
        "y": list(y),
        "line": {"color": colour, "dash": dash, "width": width},
        "customdata": [[escape(name), words.count(n), words.size(v)] for n, v in zip(x, y, strict=True)],
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]} vectors: %{customdata[2]}<extra></extra>",
    }


def _dot(rows: int, here: Ledger, look: Look, family: str) -> dict[str, Any]:
    """Where the asked number of vectors lies."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [rows],
        "y": [here.memory],
        "marker": {"color": look.family[family], "size": 10, "line": {"color": look.page, "width": 1.5}},
        "customdata": [[escape(here.plan), words.count(rows), words.size(here.memory)]],
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]} vectors: %{customdata[2]}<extra></extra>",
    }


def _names(lines: Sequence[Any], look: Look, high: float, pixel: float, narrow: bool) -> list[dict[str, Any]]:
    """The name of each line right of its end, in its colour, pushed up where two would meet. pixel: its log10."""
    out, last = [], -1e9
    for name, ys, colour, *_ in sorted(lines, key=lambda line: line[1][-1]):
        y = log10(ys[-1]) / pixel
        at = max(y, last + NAME)
        font = {"size": 12 if narrow else 13, "color": colour}
        place = {"x": log10(high), "y": log10(ys[-1]), "xanchor": "left", "yanchor": "middle", "xshift": 6}
        out.append(remark(escape(name), look, **place, yshift=round(at - y), font=font))
        last = at
    return out


def describe_growth(bill: Ledger) -> str:
    """The lines in words."""
    return (
        f"Memory while searching against the number of vectors, both by factors of ten: {bill.plan} takes "
        f"{words.size(bill.memory)} at {words.count(bill.rows)} vectors, float32 {words.size(bill.floats)}."
    )
