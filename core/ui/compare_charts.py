"""Two plans query by query: the sorted differences. What lies above zero less what lies below is their mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core import words
from core.evaluate.compare import Paired
from core.evaluate.metrics import METRICS
from core.types import Floats
from core.ui.charts import figure, remark
from core.ui.theme import Look

MOST = 2_000  # steps drawn: of more queries every so many


def differences(pair: Paired, k: int, *, look: Look, narrow: bool = False) -> go.Figure:
    """a − b of every query, from the largest gain to the largest loss; the areas are what is gained and lost."""
    rising, share = _sorted(pair.values)
    top = float(max(np.abs(pair.values).max(initial=0.0), 0.05)) * 1.12
    text = [f"{s:.0f} % of the queries, a − b at least" for s in share]
    traces = [_area(share, np.maximum(rising, 0), look.gained), _area(share, np.minimum(rising, 0), look.lost)]
    line = {"color": look.ink, "width": 1.25, "shape": "hv"}
    hover = {"customdata": text, "hovertemplate": "%{customdata} %{y:+.2f}<extra></extra>"}
    traces.append({"type": "scatter", "mode": "lines", "x": share, "y": rising, "line": line, **hover})
    n = len(pair.values)
    notes = [
        remark(f"better, {words.count(pair.better)} of {words.count(n)}", look, **_corner(0, top, "left", "top")),
        remark(f"worse, {words.count(pair.worse)} of {words.count(n)}", look, **_corner(100, -top, "right", "bottom")),
    ]
    for mark, colour in zip(notes, (look.gained, look.lost), strict=True):
        mark["font"] = {"size": 13, "color": colour}
    title = {"text": "share of the queries, largest gain first", "font": _font(look), "standoff": 8}
    ticks = {"tickvals": [0, 25, 50, 75, 100], "ticktext": ["0", "25", "50", "75", "100 %"]}
    return figure(
        look,
        traces,
        280 if narrow else 300,
        narrow,
        annotations=notes,
        xaxis={"range": [0, 100], "title": title, **ticks},
        yaxis={"range": [-top, top], "zeroline": True, "zerolinecolor": look.muted, **_ticks(top)},
        margin={"l": 42, "r": 22},
    )


def describe(pair: Paired, a: str, b: str, k: int) -> str:
    """The picture in words, for those who do not see it."""
    title = METRICS[pair.metric].title(k)
    return (
        f"{title} of {a} less that of {b}, sorted by query: better on {words.count(pair.better)}, worse on "
        f"{words.count(pair.worse)}, alike on {words.count(pair.alike)}; mean {words.difference(pair.gap)}."
    )


def _sorted(values: Floats) -> tuple[Floats, Floats]:
    """Values falling, each where its step begins in per cent of the queries; the last once more at 100."""
    n = len(values)
    at: NDArray[np.int64] = np.unique(np.linspace(0, n - 1, min(n, MOST)).astype(np.int64))
    falling = np.sort(values)[::-1][at]
    return np.append(falling, falling[-1]), np.append(100.0 * at / n, 100.0)


def _area(x: Floats, y: Floats, colour: str) -> dict[str, Any]:
    line = {"width": 0, "shape": "hv", "color": colour}
    filled = {"fill": "tozeroy", "fillcolor": colour, "opacity": 1, "hoverinfo": "skip"}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, **filled}


def _corner(x: float, y: float, side: str, edge: str) -> dict[str, Any]:
    return {"x": x, "y": y, "xanchor": side, "yanchor": edge, "xshift": 6 if side == "left" else -6}


def _ticks(top: float) -> dict[str, Any]:
    """Signed, two or three on either side of zero."""
    step = next(s for s in (0.02, 0.05, 0.1, 0.2, 0.5) if 3 * s >= top * 0.88 or s == 0.5)
    values = [i * step for i in range(-int(top / step), int(top / step) + 1)]
    return {"tickvals": values, "ticktext": [words.signed(v, 2 if step < 0.1 else 1) if v else "0" for v in values]}


def _font(look: Look) -> dict[str, Any]:
    return {"size": 13, "color": look.muted}
