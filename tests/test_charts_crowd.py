"""Many points, libraries and plans that fail a self-test: the frontier chart keeps them apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.types import Interval
from core.ui.chart_names import PEERS
from core.ui.frontier_chart import frontier
from core.ui.points import Point
from core.ui.theme import DARK, LIGHT, Look


def point(plan: str, size: float, mean: float, family: str = "vector", wide: float = 0.01) -> Point:
    return Point(plan, family, size, Interval(mean, mean - wide, mean + wide), "learned in 2 s")


POINTS = [
    *(point(f"klt > wpq{b}", b, r, "flagship") for b, r in ((16, 0.50), (48, 0.81), (96, 0.91))),
    *(point(f"pq{b}x8", b, r) for b, r in ((16, 0.34), (48, 0.66), (96, 0.80))),
    point("bin", 48, 0.54, "binary"),
    point("f16", 768, 0.999, "floats"),
]


def crowd() -> list[Point]:
    """More points than can be told apart, and the few that lead."""
    many = [point(f"pca{m} > int{b}", m * b / 8, 0.2 + m / 1000, "cut") for m in range(16, 72, 8) for b in range(1, 9)]
    return [*POINTS, *many]


def test_a_crowd_steps_back_behind_what_leads() -> None:
    figure = frontier(crowd(), look=LIGHT, budget=48, top=768, selected="pca16 > int2")
    drawn = {c[3]: t for t in figure.data if t.customdata is not None for c in t.customdata}
    assert drawn["klt > wpq48"].mode == "lines+markers" and drawn["klt > wpq48"].error_y.visible
    assert drawn["pca40 > int8"].mode == "markers" and drawn["pca40 > int8"].marker.opacity < 1
    assert drawn["pca16 > int2"].marker.opacity == 1, "the selected one is never pale"
    assert len(drawn) == len(crowd())
    texts = [a.text for a in figure.layout.annotations]
    assert "<b>klt &gt; wpq</b>" in texts and not any("int8" in t for t in texts)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_libraries_are_hollow_and_never_lead_the_band(theme: Look) -> None:
    peers = [replace(point(f"faiss PQ{b}x8np", b, r), library=True) for b, r in ((16, 0.4), (48, 0.99))]
    figure = frontier([*POINTS, *peers], look=theme, budget=48, top=768)
    hollow = next(t for t in figure.data if t.customdata is not None and t.customdata[0][0].startswith("faiss"))
    assert hollow.marker.color == theme.page
    assert hollow.marker.line.color == theme.family["vector"]
    assert hollow.error_y.visible
    assert {c[3] for c in hollow.customdata} == {""}, "a library's plan cannot be opened"
    assert max(figure.data[0].y) == 0.999 and 0.99 not in figure.data[0].y
    assert PEERS in [a.text for a in figure.layout.annotations]


def test_a_plan_that_fails_a_self_test_is_a_grey_cross_with_its_reason() -> None:
    bad = replace(point("pq64x8", 64, 0.999), broken="pq5x8: gap <b>")
    figure = frontier([*POINTS, bad], look=LIGHT, budget=48, top=768)
    cross = next(t for t in figure.data if t.customdata is not None and t.customdata[0][3] == "pq64x8")
    assert (cross.marker.symbol, cross.marker.color) == ("x-thin-open", LIGHT.muted)
    assert cross.customdata[0][2] == "pq5x8: gap &lt;b&gt;"
    assert 64 not in figure.data[0].x
