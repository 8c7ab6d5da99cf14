"""Numbers are said as the house says them; points, labels and figures show what was measured and nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import words
from core.types import Interval
from core.ui import part_charts, sentences, style
from core.ui.browser import Screen
from core.ui.chart_names import LIMIT
from core.ui.frontier_chart import describe, frontier
from core.ui.labels import Box, Canvas, Line, place
from core.ui.points import Point, affordable, front, lines, rivals, series
from core.ui.theme import DARK, LIGHT, MARKS, Look, look

ROOT = Path(__file__).parents[1]


def point(plan: str, size: float, mean: float, family: str = "vector", wide: float = 0.01) -> Point:
    return Point(plan, family, size, Interval(mean, mean - wide, mean + wide), "learned in 2 s")


POINTS = [
    *(point(f"klt > wpq{b}", b, r, "flagship") for b, r in ((16, 0.50), (48, 0.81), (96, 0.91))),
    *(point(f"pq{b}x8", b, r) for b, r in ((16, 0.34), (48, 0.66), (96, 0.80))),
    point("bin", 48, 0.54, "binary"),
    point("f16", 768, 0.999, "floats"),
]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.per_vector(48.0), "48 B"),
        (words.per_vector(60.24), "60.2 B"),
        (words.size(2.5 * 2**20), "2.5 MiB"),
        (words.size(43_634 * 1536), "63.9 MiB"),
        (words.size(0.89 * 2**30), "0.89 GiB"),
        (words.estimate(Interval(0.80, 0.79, 0.81)), "0.80 [0.79, 0.81]"),
        (words.estimate(Interval(0.992, 0.990, 0.994)), "0.992 [0.990, 0.994]"),
        (words.difference(Interval(0.06, 0.05, 0.07)), "+0.06 [+0.05, +0.07]"),
        (words.difference(Interval(-0.005, -0.014, 0.004)), "−0.005 [−0.014, +0.004]"),
        (words.signed(-0.0001, 3), "0.000"),
        (words.seconds(0.0019), "1.9 ms"),
        (words.seconds(8.4), "8.4 s"),
        (words.seconds(9.97), "10 s"),
        (words.seconds(115), "115 s"),
        (words.seconds(125), "2 min 05 s"),
        (words.count(43634), "43,634"),
        (words.about(3187), "3,200"),
        (words.times(6.12), "6.1 ×"),
        (words.times(0.432), "0.43 ×"),
        (words.of_float(48, 384), "1/32 of float32"),
        (words.wait(23), "about 25 s left"),
        (words.plural(1, "point"), "1 point"),
        (words.plain("<b>a</b>\n b"), "&lt;b&gt;a&lt;/b&gt; b"),
    ],
)
def test_formats(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize(
    ("recall", "k", "said"),
    [
        (0.81, 10, "8"),
        (0.83, 10, "8.3"),
        (0.96, 10, "9.6"),
        (0.9998, 10, "nearly 10"),
        (1.0, 10, "10"),
        (0.81, 100, "81"),
    ],
)
def test_kept_is_never_rounded_up_to_all(recall: float, k: int, said: str) -> None:
    assert words.kept(recall, k) == said


def test_headline_is_computed() -> None:
    assert sentences.headline(0.80, 48, 10, 384, 48) == (
        "48 bytes keep 8 of your 10 nearest neighbours; float32 takes 1,536."
    )
    assert "62 times in 100" in sentences.headline(0.62, 48, 1, 384, 48)
    assert sentences.headline(None, 8, 10, 384, 8).startswith("Nothing measured fits 8 bytes")


def test_a_difference_that_holds_zero_is_no_win() -> None:
    assert sentences.compared(Interval(0.01, -0.002, 0.02), 3187) == (
        "cannot be told apart; about 3,200 queries would settle it"
    )
    assert sentences.compared(Interval(0.06, 0.05, 0.07), 10) == "+0.06 [+0.05, +0.07]"
    assert "did not move" in sentences.judged(0.91, Interval(-0.001, -0.004, 0.002))
    assert "nDCG@10 fell: −0.020" in sentences.judged(0.89, Interval(-0.02, -0.03, -0.01))
    assert "no judgements" in sentences.judged(0.89, None)


WON, LOST, OPEN = Interval(0.03, 0.02, 0.04), Interval(-0.02, -0.03, -0.01), Interval(0.001, -0.01, 0.012)


@pytest.mark.parametrize(
    ("gaps", "start"),
    [
        ((WON, LOST, OPEN), "It wins neighbours but loses judged answers to pq16x8: nDCG@10 −0.02"),
        ((WON, OPEN, LOST), "It wins neighbours but loses judged answers to pq16x8: nDCG@10 +0.001"),
        ((WON, WON, LOST), "It wins neighbours but loses judged answers to"),
        ((OPEN, LOST, LOST), "It loses judged answers to pq16x8"),
        (
            (WON, OPEN, OPEN),
            "The neighbours it wins do not show in judged answers: it cannot be told apart",
        ),
        ((OPEN, OPEN, OPEN), "By judged answers it cannot be told apart from pq16x8"),
        ((LOST, WON, OPEN), "Judged answers are better than those of pq16x8"),
    ],
)
def test_neighbours_won_and_judged_answers_lost_are_said_together(gaps: tuple[Interval, ...], start: str) -> None:
    said = sentences.trade("pq16x8", *gaps)
    assert said.startswith(start)
    assert "MRR@10" in said


@pytest.mark.parametrize(("width", "chart"), [(420, 388), (900, 820), (1080, 662), (1280, 744), (1600, 744)])
def test_charts_fit_their_column(width: int, chart: int) -> None:
    screen = Screen(width)
    assert screen.chart == chart
    assert screen.stacked is (width < 1080)
    assert screen.narrow is (width < 640)


def test_states_have_words() -> None:
    assert sentences.progress("running", 12, 30, 25.0) == (
        "Measuring 12 of 30 plans, about 25 s left. You can leave this page."
    )
    assert sentences.progress("queued", 0, 30, 120.0, 2) == "Second in the queue, about 2 min left."
    assert sentences.ended("cancelled", 12, 30) == "Cancelled after 12 of 30 plans. What was measured is kept."
    assert sentences.ended("done", 30, 30) == ""


def test_moves() -> None:
    assert sentences.moved([1, 2, 3], [3, 4, 1]) == ([2], [4])


@pytest.mark.parametrize(
    ("plan", "name"),
    [
        ("klt > wpq48", "klt > wpq"),
        ("pq48x8", "pq x8"),
        ("mrl64 > int8", "mrl > int8"),
        ("int4", "int"),
        ("bin", "bin"),
    ],
)
def test_series_drop_the_size(plan: str, name: str) -> None:
    assert series(plan) == name


def test_points_are_ordered_and_compared_at_equal_bytes() -> None:
    assert next(iter(lines(POINTS))) == "klt > wpq"
    assert [p.plan for p in front(POINTS)] == ["klt > wpq16", "klt > wpq48", "klt > wpq96", "f16"]
    assert affordable(POINTS, 48)[0].plan == "klt > wpq48"
    assert rivals(POINTS, "pq48x8")[0].plan == "klt > wpq48"
    assert all(p.bytes <= 16 for p in rivals(POINTS, "pq16x8"))


@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 700), st.floats(0, 380)), min_size=1, max_size=6),
        min_size=1,
        max_size=9,
    )
)
def test_labels_touch_neither_markers_nor_each_other(spots: list[list[tuple[float, float]]]) -> None:
    flow = [Line(f"series {i}", tuple(sorted(s))) for i, s in enumerate(spots)]
    canvas = Canvas(Box(0, 0, 700, 380))
    boxes = []
    for label in place(canvas, flow):
        width = len(label.name) * canvas.letter
        left = {"left": label.x, "right": label.x - width, "center": label.x - width / 2}[label.anchor]
        boxes.append(Box(left, label.y - 8, left + width, label.y + 8))
    marks = [Box(x - 4, y - 4, x + 4, y + 4) for line in flow for x, y in line.spots]
    for i, box in enumerate(boxes):
        assert box.left >= -1e-6
        assert box.right <= 700 + 1e-6
        assert not any(box.touches(m) for m in marks)
        assert not any(box.touches(other) for other in boxes[:i])


def test_a_segment_crosses_a_box() -> None:
    box = Box(10, 10, 20, 20)
    assert box.crossed((0, 15), (30, 15))
    assert box.crossed((15, 0), (15, 30))
    assert not box.crossed((0, 0), (30, 5))
    assert not box.crossed((0, 15), (9, 15))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_chart_draws_every_point_with_its_interval(theme: Look) -> None:
    figure = frontier(POINTS, look=theme, budget=48, top=768, limit=[(16, 0.49), (48, 0.8)], selected="bin")
    drawn = {c[3]: (x, y, e) for t in figure.data if t.customdata is not None
             for c, x, y, e in zip(t.customdata, t.x, t.y, t.error_y.array, strict=True)}  # fmt: skip
    assert {p.plan: (p.bytes, p.value.mean) for p in POINTS} == {k: v[:2] for k, v in drawn.items()}
    assert all(e == pytest.approx(0.01) for *_, e in drawn.values())
    ring = figure.data[-1]
    assert (list(ring.x), ring.marker.symbol, ring.marker.size) == ([48], "circle-open", 19)
    assert figure.layout.xaxis.type == "log"
    texts = [a.text for a in figure.layout.annotations]
    assert {"budget 48 B", LIMIT, "<b>klt &gt; wpq</b>", "pq x8"} <= set(texts)


def test_the_chart_escapes_plans_and_says_what_it_shows() -> None:
    bad = point("<img src=x>", 16, 0.5)
    figure = frontier([bad], look=LIGHT, budget=48, top=768)
    shown = [c[0] for t in figure.data if t.customdata is not None for c in t.customdata]
    assert shown == ["&lt;img src=x&gt;"]
    assert not any("<img" in (a.text or "") for a in figure.layout.annotations)
    assert "Best: f16, 0.999 at 768 B" in describe(POINTS, "recall")


def test_axes_stand_still_while_points_arrive() -> None:
    few = frontier(POINTS[:1], look=LIGHT, budget=48, top=768, full=True)
    many = frontier(POINTS, look=LIGHT, budget=48, top=768, full=True)
    assert few.layout.xaxis.range == many.layout.xaxis.range
    assert few.layout.yaxis.range == many.layout.yaxis.range


def test_the_same_figure_has_the_same_bytes() -> None:
    one, two = (frontier(POINTS, look=LIGHT, budget=48, top=768).to_json() for _ in range(2))
    assert one == two


@pytest.mark.parametrize("show", ["ndcg", "speed"])
def test_other_measures_show_float32_as_a_line(show: str) -> None:
    figure = frontier(POINTS, look=LIGHT, budget=48, top=768, show=show, exact=0.9)
    assert [s for s in figure.layout.shapes if s.y0 == s.y1 == 0.9]
    assert "float32" in [a.text for a in figure.layout.annotations]


def test_the_bit_picture_fills_what_lies_above_the_level() -> None:
    variance = np.exp(-np.arange(64) / 8.0)
    figure = part_charts.bits(variance, variance[24], look=LIGHT, colour="#D42E06", slices=(1, 5, 12))
    x, y = np.array(figure.data[0].x), np.array(figure.data[0].y)
    area = np.sum((y[1:] + y[:-1]) / 2 * np.diff(x))
    assert area == pytest.approx(sum(0.5 * np.log2(variance[:24] / variance[24])), rel=0.15)
    assert y.min() == 0


def test_the_ledger_bar_is_as_long_as_its_bytes() -> None:
    bar = part_charts.ledger_bar({"codes": 48.0, "learned": 16.0}, ["#000", "#fff"])
    assert "width:75.00%" in bar
    assert "width:25.00%" in bar


def test_lengths_start_at_zero_and_count_every_document() -> None:
    figure = part_charts.lengths(np.array([1, 5, 5, 80, 3000.0]), look=DARK)
    assert sum(figure.data[0].y) == 5
    assert figure.layout.yaxis.rangemode == "tozero"


def test_spectrum_marks_half_of_the_variance() -> None:
    figure = part_charts.spectrum(np.array([5.0, 3, 1, 1]), look=LIGHT)
    assert "in 1 direction" in figure.layout.annotations[0].text
    assert sum(figure.data[0].y) == pytest.approx(1)


def test_colours_of_the_charts_are_those_of_the_theme() -> None:
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]
    for theme in (LIGHT, DARK):
        settings = config[theme.name]
        assert list(theme.family.values()) == settings["chartCategoricalColors"]
        assert (theme.page, theme.ink, theme.muted) == (
            settings["backgroundColor"],
            settings["textColor"],
            settings["grayTextColor"],
        )
        assert (theme.lost, theme.gained, theme.line) == (
            settings["orangeColor"],
            settings["blueColor"],
            settings["borderColor"],
        )
    assert len({(m.symbol, m.dash) for m in MARKS.values()}) == len(MARKS)


def test_themes_by_name() -> None:
    assert look("dark") is DARK
    assert look(None) is LIGHT
    assert f"--tv-ink:{DARK.ink}" in style.css(DARK)
