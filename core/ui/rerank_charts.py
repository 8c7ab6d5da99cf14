"""What looking again brings, and below it what it reads: two pictures over the same depths, each step twice as deep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2, log10
from typing import Any

import plotly.graph_objects as go

from core import words
from core.types import Interval
from core.ui.charts import figure, remark, stroke
from core.ui.losses_charts import goal
from core.ui.theme import Look

NAMES = {"recall": "recall", "ndcg": "nDCG@10"}


@dataclass(frozen=True)
class Level:
    """One depth as the charts want it; bytes_first: of the first codes and the index, bytes_again: of the second."""

    keep: int
    candidates: int
    recall: Interval
    ndcg: Interval | None
    looked: float
    bytes_first: float
    bytes_again: float

    @classmethod
    def of(cls, facts: Mapping[str, Any], again: int) -> Level:
        """From the record that a run leaves; again: bytes of the second code."""
        judged = Interval(*facts["ndcg"]) if facts["ndcg"] else None
        second = facts["again"] * again
        first = facts["bytes_read"] - second
        recall = Interval(*facts["recall"])
        return cls(facts["keep"], facts["candidates"], recall, judged, facts["looked"], first, second)

    @property
    def bytes_read(self) -> float:
        return self.bytes_first + self.bytes_again

    def value(self, show: str) -> Interval:
        """Recall, or judged quality."""
        return self.ndcg if show == "ndcg" and self.ndcg else self.recall


@dataclass(frozen=True)
class Marks:
    """Depths that are named: at the knee, enough for the target, and that of the plan; None where there is none."""

    knee: int | None = None
    enough: int | None = None
    plan: int | None = None

    def names(self) -> dict[int, str]:
        """Depth -> what it is called."""
        found: dict[int, list[str]] = {}
        for keep, name in ((self.plan, "this plan"), (self.knee, "knee"), (self.enough, "reaches the target")):
            if keep is not None:
                found.setdefault(keep, []).append(name)
        return {keep: ", ".join(names) for keep, names in sorted(found.items())}


def quality(
    levels: Sequence[Level], marks: Marks, *, look: Look, show: str, target: float | None, narrow: bool
) -> go.Figure:
    """Quality against depth, with intervals; the named depths are ringed."""
    shown = [level.value(show) for level in levels]
    values = [v for i in shown for v in (i.low, i.high)] + ([target] if target is not None else [])
    room = max(0.02, max(values) - min(values))
    low, high = max(0.0, min(values) - 0.14 * room), max(values) + 0.08 * room
    named = marks.names()
    ringed = [(level, value) for level, value in zip(levels, shown, strict=True) if level.keep in named]
    goal = [stroke((0, 1), (target, target), look.ink, dash="6px,4px", xref="paper")] if target is not None else []
    said = [_target(target, look)] if target is not None else []
    return figure(
        look,
        [_line(levels, shown, look, show), _rings(ringed, look)],
        250 if narrow else 290,
        narrow,
        margin={"l": 64, "r": 12, "t": 10, "b": 26},
        shapes=goal,
        annotations=[*said, *_named(ringed, named, look)],
        xaxis=_depths(levels, narrow),
        yaxis={"range": [low, high], "dtick": _step(high - low), "tick0": 0, "tickformat": ".2f"},
    )


def _line(levels: Sequence[Level], shown: Sequence[Interval], look: Look, show: str) -> dict[str, Any]:
    doubt = {
        "type": "data",
        "symmetric": False,
        "array": [i.high - i.mean for i in shown],
        "arrayminus": [i.mean - i.low for i in shown],
        "width": 0,
        "thickness": 1.25,
        "color": look.ink,
    }
    told = [
        [
            f"keep{level.keep}, {words.plural(level.candidates, 'candidate')}",
            f"{NAMES[show]} {words.estimate(i)}",
            f"reads {words.size(level.bytes_read)} per query",
        ]
        for level, i in zip(levels, shown, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [level.keep for level in levels],
        "y": [i.mean for i in shown],
        "error_y": doubt,
        "line": {"color": look.ink, "width": 1.5},
        "marker": {"size": 8, "color": look.ink, "line": {"width": 1.5, "color": look.page}},
        "cliponaxis": False,
        "customdata": told,
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
    }


def _rings(at: Sequence[tuple[Level, Interval]], look: Look) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [level.keep for level, _ in at],
        "y": [value.mean for _, value in at],
        "hoverinfo": "skip",
        "cliponaxis": False,
        "marker": {"symbol": "circle-open", "size": 17, "color": look.gained, "line": {"width": 1.75}},
    }


def _named(at: Sequence[tuple[Level, Interval]], names: Mapping[int, str], look: Look) -> list[dict[str, Any]]:
    """The names of the ringed depths, right below them and each lower than the one before, so that none touch."""
    font = {"size": 12.5, "color": look.gained}
    place = {"showarrow": False, "font": font, "xanchor": "left", "yanchor": "top", "xshift": 3}
    return [
        {"text": f"keep{x.keep}: {names[x.keep]}", "x": log10(x.keep), "y": value.mean, "yshift": -10 - 16 * i, **place}
        for i, (x, value) in enumerate(reversed(at))
    ]


def _target(target: float, look: Look) -> dict[str, Any]:
    return remark(f"your target, {goal(target)}", look, x=0, y=target, xref="paper", xanchor="left", yanchor="top")


def bytes_read(levels: Sequence[Level], *, look: Look, narrow: bool) -> go.Figure:
    """Bytes read per query at each depth: the first codes in grey, those of the candidates on top."""
    top = max(level.bytes_read for level in levels)
    step = _bytes_step(top)
    ticks = [step * i for i in range(int(top / step) + 1)]
    x = [level.keep for level in levels]
    bar: dict[str, Any] = {"type": "bar", "x": x, "width": [0.22 * level.keep for level in levels]}
    first = bar | {"y": [level.bytes_first for level in levels], "marker": {"color": look.pooled}}
    again = bar | {"y": [level.bytes_again for level in levels], "marker": {"color": look.ink}}
    told = [[words.size(level.bytes_first), words.size(level.bytes_again)] for level in levels]
    hover = "<b>keep%{x}</b><br>first codes %{customdata[0]}<br>candidates %{customdata[1]}<extra></extra>"
    axis = _depths(levels, narrow)
    title = {"text": "keep: candidates ÷ k" + ("" if narrow else ", each step twice as deep"), "standoff": 6}
    return figure(
        look,
        [trace | {"customdata": told, "hovertemplate": hover} for trace in (first, again)],
        168,
        narrow,
        margin={"l": 64, "r": 12, "t": 8, "b": 44},
        barmode="stack",
        xaxis=axis | {"title": title | {"font": {"size": 13, "color": look.muted}}},
        yaxis={"range": [0, top * 1.08], "tickvals": ticks, "ticktext": _sizes(ticks)},
    )


def _depths(levels: Sequence[Level], narrow: bool) -> dict[str, Any]:
    ticks = [level.keep for level in levels if log2(level.keep).is_integer()]
    first, last = log10(levels[0].keep), log10(levels[-1].keep)
    edge = 0.06 * max(last - first, 0.3)
    return {
        "type": "log",
        "range": [first - edge, last + edge],
        "tickvals": ticks,
        "ticktext": [f"{t}" for t in ticks],
        "minor": {"ticks": ""},
    }


def _step(width: float) -> float:
    return next((s for s in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if width / s <= 6), 0.5)


def _bytes_step(top: float) -> float:
    """A round number of bytes that divides the axis in two to four."""
    step = 1024.0
    while top / step > 4:
        step *= 2
    while top / step < 2 and step > 16:
        step /= 2
    return step


def _sizes(ticks: Sequence[float]) -> list[str]:
    """All in the unit of the largest: 0, 0.25 MiB, 0.50 MiB."""
    unit = words.size(ticks[-1]).split()[1]
    each = 1024.0 ** ("B", "KiB", "MiB", "GiB", "TiB").index(unit)
    places = 0 if ticks[1] % each == 0 else 1 if 10 * ticks[1] % each == 0 else 2
    return [f"{t / each:,.{places}f} {unit}" if t else "0" for t in ticks]


def describe(levels: Sequence[Level], marks: Marks, show: str) -> str:
    """The figure in words, for those who do not see it."""
    first, last = levels[0], levels[-1]
    named = "".join(f" keep{keep}: {name}." for keep, name in marks.names().items())
    return (
        f"{NAMES[show]} against depth (log scale): {words.share(first.value(show))} at keep{first.keep}, "
        f"{words.share(last.value(show))} at keep{last.keep}.{named}"
    )
