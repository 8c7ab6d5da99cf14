"""Names on the frontier chart: each line's beside its end in its own colour, the budget's at its foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from typing import Any

from core.ui.labels import Box, Canvas, Line, Spot, place
from core.ui.points import Point, front
from core.ui.theme import Look

LIMIT = "Gaussian line"
PEERS = "best of faiss"


class Scale:
    """Data to pixels and back, for a plot of a known size; y is linear, or log10 for speeds."""

    def __init__(
        self, width: float, height: float, x: tuple[float, float], y: tuple[float, float], log_y: bool
    ) -> None:
        self.width, self.height, self.log_y = width, height, log_y
        self.x0, self.x1 = log10(x[0] * 0.92), log10(x[1] * 1.06)
        self.y0, self.y1 = (log10(y[0]), log10(y[1])) if log_y else y

    def spot(self, x: float, y: float) -> Spot:
        v = log10(max(y, 1e-9)) if self.log_y else y
        return (
            (log10(x) - self.x0) / (self.x1 - self.x0) * self.width,
            (1 - (v - self.y0) / (self.y1 - self.y0)) * self.height,
        )

    def back(self, px: float, py: float) -> tuple[float, float]:
        """Paper coordinates in [0, 1]: where an annotation goes, whatever the axis."""
        return px / self.width, 1 - py / self.height


@dataclass(frozen=True)
class Pen:
    """Writes at a pixel of the plot."""

    scale: Scale
    look: Look
    narrow: bool

    @property
    def letter(self) -> float:
        """Mean advance of a letter in pixels."""
        return 6.9 if self.narrow else 7.4

    def write(self, text: str, x: float, y: float, anchor: str, colour: str) -> dict[str, Any]:
        """An annotation; `anchor` is the side of the text that sits at x."""
        px, py = self.scale.back(x, y)
        font = {"size": 12 if self.narrow else 13, "color": colour}
        place = {"x": px, "y": py, "xref": "paper", "yref": "paper", "xanchor": anchor, "yanchor": "middle"}
        return {**place, "text": text, "showarrow": False, "font": font}


def names(
    pen: Pen,
    found: dict[str, list[Point]],
    limit: Sequence[tuple[float, float]],
    budget: float | None,
    exact: float | None,
    peers: Sequence[Point] = (),
    pale: Sequence[Point] = (),
) -> list[dict[str, Any]]:
    """Direct labels in their line's colour, where they touch nothing; the budget's and float32's come first."""
    scale, look = pen.scale, pen.look
    canvas, fixed = Canvas(Box(0, 0, scale.width, scale.height - 2), pen.letter), []
    if budget is not None:
        x, _ = scale.spot(budget, 1)
        foot, box = at_foot(pen, f"budget {budget:,.0f} B", x)
        canvas.taken.append(box)
        canvas.walls.append(((x, 0.0), (x, scale.height)))
        fixed.append(foot)
    if exact is not None:
        level = scale.spot(1, exact)[1]
        canvas.walls.append(((0.0, level), (scale.width, level)))
        canvas.taken.append(Box(0, level - 18, 8 * pen.letter, level))
        fixed.append(pen.write("float32", 3, level - 9, "left", look.muted))
    canvas.taken += [around(*scale.spot(p.bytes, p.value.mean)) for p in (*peers, *pale)]
    for p in (p for ps in found.values() for p in ps if p.value.high > p.value.low):
        canvas.walls.append((scale.spot(p.bytes, p.value.low), scale.spot(p.bytes, p.value.high)))
    flow = {name_of(ps): ps for ps in found.values()}
    lines = [
        Line(name, tuple(scale.spot(p.bytes, p.value.mean) for p in ps), ps[0].family == "flagship")
        for name, ps in flow.items()
    ]
    if best := front(peers):
        lines.insert(1, Line(PEERS, tuple(scale.spot(p.bytes, p.value.mean) for p in best), marked=False))
    if len(limit) > 1:
        lines.insert(1, Line(LIMIT, tuple(scale.spot(*xy) for xy in limit), marked=False))
    placed = []
    for label in place(canvas, lines):
        family = flow[label.name][0].family if label.name in flow else ""
        text = f"<b>{escape(label.name)}</b>" if family == "flagship" else escape(label.name)
        colour = look.pooled if label.name == PEERS else look.family.get(family, look.ink)
        placed.append(pen.write(text, label.x, label.y, label.anchor, colour))
    return [*placed, *fixed]


def around(x: float, y: float) -> Box:
    """The place that a marker takes."""
    return Box(x - 6, y - 6, x + 6, y + 6)


def name_of(points: Sequence[Point]) -> str:
    """A line is named after what its plans have in common, a single point after its plan."""
    return points[0].series if len(points) > 1 else points[0].plan


def at_foot(pen: Pen, text: str, x: float) -> tuple[dict[str, Any], Box]:
    """A name at the foot of a vertical line, on the side where there is room, and the box it takes."""
    width, bottom = len(text) * pen.letter, pen.scale.height
    if x + 8 + width < pen.scale.width:
        return pen.write(text, x + 8, bottom - 12, "left", pen.look.ink), Box(x + 5, bottom - 22, x + 8 + width, bottom)
    return pen.write(text, x - 8, bottom - 12, "right", pen.look.ink), Box(x - 8 - width, bottom - 22, x - 5, bottom)
