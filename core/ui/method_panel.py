"""How everything is measured: every figure's definition, which way is better, the protocol, versions and seeds."""

from __future__ import annotations

import platform
import sys
from html import escape
from importlib.metadata import PackageNotFoundError, version

import core
from core.evaluate.intervals import LEVEL, RESAMPLES
from core.evaluate.metrics import EPS, METRICS, Metric
from core.evaluate.speed import PROTOCOL
from core.ui.browser import Screen, columns
from core.ui.data import Data
from core.ui.parts import draw, head, line, small
from core.ui.theme import Look

PACKAGES = ("numpy", "numba", "faiss-cpu", "torch", "sentence-transformers", "streamlit")
RULES = (
    ("Truth", "Exact float32 inner products over all documents; one oracle judges ids. No codec scores itself."),
    ("Ties", f"An answer counts when its exact score is within {EPS:g} of the true k-th neighbour’s."),
    ("Queries", "Held out: nothing is learned on them. The grey line of each page says where they came from."),
    ("Intervals", f"{LEVEL:.0%}, paired bootstrap over queries, {RESAMPLES:,} resamples, shared by all plans."),
    ("Choice", "A plan is chosen on the even half of the queries and reported on the odd half."),
    ("Bytes", "Codes and side information of one vector; codebooks and maps are shared out and shown beside."),
    ("Seed", "0 for everything that is drawn; the same data and seed give the same codes and the same figures."),
)  # fmt: skip


def panel(source: Data, screen: Screen, look: Look, k: int) -> None:
    """Definitions on the left, rules and versions on the right."""
    left, right = columns(screen)
    with left:
        draw(head("Figures", "what they are and which way is better"), definitions(k))
    with right:
        draw(head("Rules"), *(f"<p><b>{escape(name)}</b></p>{small(text)}" for name, text in RULES))
        draw("<hr>", head("Speed"), small(PROTOCOL), "<hr>", head("Versions"), *versions())


def definitions(k: int) -> str:
    """Every metric: its name, direction, ends and definition."""
    rows = "".join(
        f"<dt>{escape(m.title(k))} <span>{escape(ends(m))}</span></dt><dd>{escape(m.explained(k))}</dd>"
        for m in METRICS.values()
    )
    return f'<dl class="tv-defs">{rows}</dl>'


def ends(m: Metric) -> str:
    """Higher is better, 0 to 1."""
    better = f"{m.better} is better" if m.better else "neither way is better"
    top = f", {m.low:g} to {m.high:g}" if m.high < float("inf") else ""
    return better + top + (f", {m.over}" if m.over else "")


def versions() -> list[str]:
    """What these figures were made with."""
    found = [line("Thinvec", core.__version__), line("Python", platform.python_version())]
    for name in PACKAGES:
        try:
            found.append(line(name, version(name)))
        except PackageNotFoundError:
            found.append(line(name, "not installed"))
    return [*found, line("Machine", f"{platform.machine()}, {sys.platform}")]
