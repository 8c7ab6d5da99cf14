"""How everything is measured, in words: the rules behind every figure, and the versions that made it."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

import core
from core import words
from core.evaluate.intervals import LEVEL, RESAMPLES
from core.evaluate.metrics import EPS, Metric

PACKAGES = ("numpy", "numba", "faiss-cpu", "torch", "sentence-transformers", "streamlit")


def rules(seed: int = 0) -> dict[str, str]:
    """What holds for every figure, by subject."""
    drawn = "for everything that is drawn; the same data and seed give the same codes and the same figures."
    return {
        "Truth": "Exact float32 inner products over all documents; one oracle judges ids. No codec scores itself.",
        "Ties": f"An answer counts when its exact score is within {EPS:g} of the true k-th neighbour’s.",
        "Queries": "Held out: nothing is learned on them. The grey line at the top says where they came from.",
        "Intervals": f"{100 * LEVEL:.0f} %, paired bootstrap over queries; all plans share {RESAMPLES:,} resamples.",
        "Choice": "A plan is chosen on the even half of the queries and reported on the odd half.",
        "Bytes": "Codes and side information of one vector; codebooks and maps are shared out and shown beside.",
        "Seed": f"{seed} {drawn}",
    }


def ends(m: Metric) -> str:
    """Higher is better, 0 to 1."""
    better = f"{m.better} is better" if m.better else "neither way is better"
    top = f", {m.low:g} to {m.high:g}".replace("-", words.MINUS) if m.high < float("inf") else ""
    return better + top + (f", {m.over}" if m.over else "")


def versions() -> dict[str, str]:
    """What figures are made with, by name."""
    found = {"Thinvec": core.__version__, "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found | {"Machine": f"{platform.machine()}, {sys.platform}"}
