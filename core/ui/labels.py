"""Names go beside their line where they touch nothing: try places, count what each would cover, drop the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Spot = tuple[float, float]  # pixels, y downwards


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def inside(self, other: Box) -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )

    def crossed(self, a: Spot, b: Spot) -> bool:
        """Whether the segment a-b passes through (Liang and Barsky)."""
        t0, t1 = 0.0, 1.0
        for start, step, low, high in (
            (a[0], b[0] - a[0], self.left, self.right),
            (a[1], b[1] - a[1], self.top, self.bottom),
        ):
            if step == 0:
                if not low < start < high:
                    return False
                continue
            near, far = sorted(((low - start) / step, (high - start) / step))
            t0, t1 = max(t0, near), min(t1, far)
        return t0 < t1


@dataclass(frozen=True)
class Line:
    """A line to be named. marked: whether its spots carry markers that no name may touch."""

    name: str
    spots: tuple[Spot, ...]
    bold: bool = False
    marked: bool = True


@dataclass(frozen=True)
class Label:
    """A placed name: its line, and where its text starts or ends, in pixels."""

    name: str
    x: float
    y: float
    anchor: str  # plotly's xanchor: the side of the text that sits at x


@dataclass
class Canvas:
    """The plot in pixels, and what is already on it."""

    frame: Box
    letter: float = 7.4  # mean advance of 13 px text
    height: float = 16.0
    taken: list[Box] = field(default_factory=list)
    walls: list[tuple[Spot, Spot]] = field(default_factory=list)


def places(spot: Spot, width: float, height: float, end: str) -> list[tuple[Box, str]]:
    """Boxes around a point with the anchor each needs: the open side first."""
    x, y = spot
    gap, half = 10.0, height / 2
    around = {
        "left": (Box(x - gap - width, y - half, x - gap, y + half), "right"),
        "right": (Box(x + gap, y - half, x + gap + width, y + half), "left"),
        "above": (Box(x - width / 2, y - gap - height, x + width / 2, y - gap), "center"),
        "below": (Box(x - width / 2, y + gap, x + width / 2, y + gap + height), "center"),
        "below right": (Box(x + 4, y + 7, x + 4 + width, y + 7 + height), "left"),
        "above left": (Box(x - 4 - width, y - 7 - height, x - 4, y - 7), "right"),
        "above right": (Box(x + 4, y - 7 - height, x + 4 + width, y - 7), "left"),
        "below left": (Box(x - 4 - width, y + 7, x - 4, y + 7 + height), "right"),
    }
    first = {"first": ("left",), "last": ("right",)}.get(end, ())
    return [around[k] for k in (*first, *(k for k in around if k not in first))]


def place(canvas: Canvas, lines: Sequence[Line]) -> list[Label]:
    """Names that touch no marker, no other name and no more than one line; the others are left out."""
    marks = [Box(x - 7, y - 7, x + 7, y + 7) for line in lines if line.marked for x, y in line.spots]
    segments = [s for line in lines for s in zip(line.spots, line.spots[1:], strict=False)] + 2 * canvas.walls
    taken = list(canvas.taken)
    found: list[Label] = []
    for line in lines:
        width = len(line.name) * canvas.letter * (1.07 if line.bold else 1.0)
        last = len(line.spots) - 1
        ends = {0: "first", last: "last"} if last else {0: "only"}
        order = [0, last, *range(1, last)] if last else [0]
        best: tuple[float, Box, str] | None = None
        for i in order:
            for rank, (box, anchor) in enumerate(places(line.spots[i], width, canvas.height, ends.get(i, "middle"))):
                if not box.inside(canvas.frame) or any(box.touches(b) for b in (*taken, *marks)):
                    continue
                crossings = sum(box.crossed(a, b) for a, b in segments)
                cost = 3.0 * crossings + 0.2 * rank + (0.0 if i in ends else 2.0) + 0.4 * (i == last and last > 0)
                if best is None or cost < best[0]:
                    best = cost, box, anchor
        if best is None or best[0] >= (5.9 if last else 3.0):
            continue
        _, box, anchor = best
        x = {"left": box.left, "right": box.right, "center": (box.left + box.right) / 2}[anchor]
        found.append(Label(line.name, x, (box.top + box.bottom) / 2, anchor))
        taken.append(box)
    return found
