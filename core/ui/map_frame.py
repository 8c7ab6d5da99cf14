"""The frame of the map in pixels: the same length for both axes, everything inside, and dashes of a known size."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np

from core.types import Rows
from core.ui.labels import Spot

PAD = 18.0  # pixels between the outermost point and the edge

Segment = tuple[list[float | None], list[float | None]]  # x and y, None where the pen is lifted


@dataclass(frozen=True)
class Frame:
    """width, height: of the plot in pixels; unit: data per pixel; left, top: data at the upper left corner."""

    width: float
    height: float
    unit: float
    left: float
    top: float

    @classmethod
    def around(cls, places: Rows, width: float, height: float) -> Frame:
        """Of places (n, 2), NaN where there is none."""
        low, high = np.nanmin(places, 0).astype(float), np.nanmax(places, 0).astype(float)
        spread = np.maximum(high - low, 1e-9)
        unit = float(max(spread[0] / (width - 2 * PAD), spread[1] / (height - 2 * PAD)))
        middle = (low + high) / 2
        return cls(width, height, unit, float(middle[0] - unit * width / 2), float(middle[1] + unit * height / 2))

    @property
    def x(self) -> list[float]:
        return [self.left, self.left + self.unit * self.width]

    @property
    def y(self) -> list[float]:
        return [self.top - self.unit * self.height, self.top]

    def spot(self, place: tuple[float, float]) -> Spot:
        """A place in pixels, y downwards."""
        return (place[0] - self.left) / self.unit, (self.top - place[1]) / self.unit

    def back(self, spot: Spot) -> tuple[float, float]:
        """Pixels as a place."""
        return self.left + spot[0] * self.unit, self.top - spot[1] * self.unit

    def dashes(self, start: tuple[float, float], end: tuple[float, float], on: float, off: float) -> Segment:
        """A line from place to place as dashes of `on` pixels with gaps of `off`; off 0 is a solid line."""
        a, b = self.spot(start), self.spot(end)
        length = hypot(b[0] - a[0], b[1] - a[1])
        if off <= 0 or length <= on:
            return [start[0], end[0], None], [start[1], end[1], None]
        xs: list[float | None] = []
        ys: list[float | None] = []
        at = 0.0
        while at < length:
            for t in (at, min(at + on, length)):
                x, y = self.back((a[0] + (b[0] - a[0]) * t / length, a[1] + (b[1] - a[1]) * t / length))
                xs.append(x)
                ys.append(y)
            xs.append(None)
            ys.append(None)
            at += on + off
        return xs, ys
