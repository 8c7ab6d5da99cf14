"""What a chart needs to know about a measured plan: where it stands, how sure we are, and which line it belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core import words
from core.evaluate.peers import Standing
from core.plan import parse
from core.types import Interval, Result

SHOWS = {"recall": "Recall", "ndcg": "Judged nDCG", "speed": "Queries per second"}
EXACT = "f32"  # the yardstick: a line on the chart, no point


@dataclass(frozen=True)
class Point:
    """One measured plan. bytes: codes and side information per vector. value: what the y axis shows.

    library: a peer's, drawn hollow; broken: why it must not be believed, '' for a sound one, else drawn grey.
    """

    plan: str
    family: str
    bytes: float
    value: Interval
    note: str = ""
    library: bool = False
    broken: str = ""

    @property
    def series(self) -> str:
        """The plan without its size: points that differ in size alone make one line."""
        return series(self.plan)


def points_of(
    results: Sequence[Result], values: Mapping[str, Interval], broken: Mapping[str, str] | None = None
) -> list[Point]:
    """Measured plans as a chart wants them; those without a value are left out. broken: plan -> its failed test."""
    faults = broken or {}
    return [
        Point(
            r.plan, parse(r.plan).family, r.bytes_per_vector, values[r.plan], remark(r), broken=faults.get(r.plan, "")
        )
        for r in results
        if r.plan in values and r.plan != EXACT
    ]


def remark(r: Result) -> str:
    """The fourth line of a hover: what it costs to learn and how fast it answers."""
    pace = words.times(r.queries_per_second / r.float_queries_per_second)
    return f"learned in {words.seconds(r.fit_seconds)}, speed {pace} float32"


def peer_points(found: Sequence[Standing], values: Sequence[Interval]) -> list[Point]:
    """Libraries as hollow points, each with its value."""
    return [
        Point(f"faiss {s.peer}", s.peer.family, s.peer.nbytes, i, f"learned in {words.seconds(s.fit_seconds)}", True)
        for s, i in zip(found, values, strict=True)
    ]


def series(plan: str) -> str:
    """`klt > wpq48` -> `klt > wpq`, `pq48x8` -> `pq x8`, `mrl64 > int8` -> `mrl > int8`, `f16` -> `f`."""
    stages = re.split(r"( > | \+ | \| )", plan)
    sized = [i for i, s in enumerate(stages) if re.match(r"[a-z]+\d", s)]
    if not sized:
        return plan
    first = next((i for i in sized if re.match(r"(mrl|pca|wrq|wpq|wsq|pq|opq)\d", stages[i])), sized[0])
    stages[first] = re.sub(r"^([a-z]+)\d+", lambda m: m[1] + (" " if "x" in stages[first] else ""), stages[first])
    return "".join(stages)


def lines(points: Sequence[Point]) -> dict[str, list[Point]]:
    """Points by series, each from small to large; the flagship's first, then the longest."""
    found: dict[str, list[Point]] = {}
    for p in sorted(points, key=lambda p: (p.bytes, p.plan)):
        found.setdefault(p.series, []).append(p)
    order = sorted(found, key=lambda s: (found[s][0].family != "flagship", -len(found[s]), s))
    return {s: found[s] for s in order}


def front(points: Sequence[Point]) -> list[Point]:
    """The best so far at each size, from small to large: nothing smaller is better than any of these."""
    best: list[Point] = []
    for p in sorted(points, key=lambda p: (p.bytes, -p.value.mean)):
        if not best or p.value.mean > best[-1].value.mean:
            best.append(p)
    return best


def affordable(points: Sequence[Point], budget: float) -> list[Point]:
    """Points at or under the budget, the best first."""
    fits = [p for p in points if p.bytes <= budget + 1e-9]
    return sorted(fits, key=lambda p: (-p.value.mean, p.bytes, p.plan))


def rivals(points: Sequence[Point], plan: str) -> list[Point]:
    """The other plans that take no more bytes than this one, the best first."""
    own = next(p for p in points if p.plan == plan)
    return [p for p in affordable(points, own.bytes) if p.plan != plan]


def gaussian(limit: Mapping[str, float]) -> list[tuple[float, float]]:
    """The limit line as (bytes, recall), from small to large."""
    return sorted((float(b), r) for b, r in limit.items())
