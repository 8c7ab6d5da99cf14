"""Every byte as a length: three stacked bars, one per column of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import plotly.graph_objects as go

from core import words
from core.evaluate.ledger import AGAIN, Column, Ledger
from core.plan import Plan, parse
from core.ui.charts import figure
from core.ui.theme import Look

NAMES: dict[Column, str] = {
    "memory": "Memory while searching",
    "disk": "Disk",
    "pipeline": "Pipeline",
}
LETTER, GAP = 6.9, 12  # pixels of a character of a label, and between two
LINE, BAR, HEAD, FOOT = 19, 18, 24, 16  # pixels: a line of labels, a bar, the words above it, the space below


@dataclass(frozen=True)
class Piece:
    """A part of a bar: where it lies in bytes, its colour, and the line and pixel where its label begins."""

    part: str
    start: float
    size: float
    colour: str
    line: int = 0
    at: float = 0.0

    @property
    def label(self) -> str:
        return f"{self.part} {words.size(self.size)}"


def colours(bill: Ledger, look: Look) -> dict[str, str]:
    """Codes in the colours of their families; everything beside them in greys, no two alike side by side."""
    plan, pale = parse(bill.plan), between(look.muted, look.line)
    again = Plan(plan.rerank).family if plan.rerank else "floats"
    shared = {
        "ids": pale,
        "lists or graph": look.muted,
        "codebooks and maps": pale,
        AGAIN: look.family[again],
        "only to add documents": look.line,
        "file headers": look.muted,
    }
    own = [x.part for x in bill.lines if x.part not in shared]
    return {part: look.family[plan.family] if part in ("codes", own[0]) else look.ink for part in own} | shared


def between(a: str, b: str) -> str:
    """The colour half way, as hex."""
    return "#" + "".join(f"{(int(a[i : i + 2], 16) + int(b[i : i + 2], 16)) // 2:02X}" for i in (1, 3, 5))


def pieces(bill: Ledger, column: Column, shade: dict[str, str], width: float) -> list[Piece]:
    """The parts of one bar, left to right, their labels in the same order below it, in as many lines as they take."""
    out: list[Piece] = []
    start, at, line = 0.0, 0.0, 0
    for x in bill.lines:
        if not (size := float(getattr(x, column))):
            continue
        piece = Piece(x.part, start, size, shade[x.part])
        long = LETTER * (len(piece.label) + 2) + GAP
        if at and at + long - GAP > width:
            at, line = 0.0, line + 1
        out.append(replace(piece, line=line, at=at))
        start, at = start + size, at + long
    return out


def ledger_bars(bill: Ledger, *, look: Look, width: int, narrow: bool = False) -> go.Figure:
    """Three bars on one scale, zero at the left; each part labelled below it with its bytes. width: pixels."""
    most = max(bill.total(c) for c in NAMES)
    room = width - 4
    shade = colours(bill, look)
    found = {c: pieces(bill, c, shade, room) for c in NAMES}
    height, traces, notes = 0.0, [], []
    for column, name in NAMES.items():
        lines = 1 + max(p.line for p in found[column])
        top = height
        total = f"<b>{words.size(bill.total(column))}</b>, {words.per_vector(bill.per_vector(column))} per vector"
        notes.append(_said(f"{escape(name)}  {total}", look.ink, 0, -top - HEAD / 2, 13 if narrow else 13.5))
        traces.append(_bar(found[column], -top - HEAD - BAR / 2, most, room, look, name))
        for p in found[column]:
            y = -top - HEAD - BAR - LINE * (p.line + 0.62)
            glyph = f'<span style="color:{p.colour}">■</span> {escape(p.label)}'
            notes.append(_said(glyph, look.muted, p.at, y, 12 if narrow else 12.5))
        height += HEAD + BAR + LINE * lines + FOOT
    return figure(
        look,
        traces,
        round(height),
        narrow,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        annotations=notes,
        barmode="stack",
        bargap=0,
        xaxis={"range": [0, width], "showticklabels": False, "ticks": "", "showline": False},
        yaxis={"range": [-height, 0], "showticklabels": False, "showgrid": False},
    )


def _bar(parts: Sequence[Piece], y: float, most: float, room: float, look: Look, name: str) -> dict[str, Any]:
    """One bar; every part at least a pixel wide, a hair of the page between two."""
    scale = room / most
    return {
        "type": "bar",
        "orientation": "h",
        "y": [y] * len(parts),
        "x": [max(1.0, p.size * scale) for p in parts],
        "base": [p.start * scale for p in parts],
        "width": [BAR] * len(parts),
        "marker": {"color": [p.colour for p in parts], "line": {"color": look.page, "width": 0.75}},
        "customdata": [[escape(name), escape(p.part), words.size(p.size), words.count(p.size)] for p in parts],
        "hovertemplate": "<b>%{customdata[1]}</b><br>%{customdata[0]}<br>%{customdata[2]}, %{customdata[3]} bytes"
        "<extra></extra>",
    }


def _said(text: str, colour: str, x: float, y: float, size: float) -> dict[str, Any]:
    """A label that begins at this pixel."""
    font = {"size": size, "color": colour}
    return {"text": text, "x": x, "y": y, "showarrow": False, "xanchor": "left", "yanchor": "middle", "font": font}


def describe_bars(bill: Ledger) -> str:
    """The bars in words."""
    said = [f"{NAMES[c]} {words.size(bill.total(c))}" for c in NAMES]
    return f"Bytes of {bill.plan} at {words.count(bill.rows)} vectors: {', '.join(said)}."
