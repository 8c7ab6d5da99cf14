"""What is measured at equal bytes: ours, and libraries set up as their documentation advises; one file each.

The folder is the list. A file declares LIBRARY (the module that must be there), APART (whether it can learn on other
rows than it holds), `plans(budget, dim)` and `made(plan, learn, docs)`; perhaps `slow(plan)` and `version(plan)`.
All look at every row: what is compared is codes, not graphs or partitions.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from time import perf_counter
from types import ModuleType

import numpy as np

from core.types import Ids, Rows


@dataclass(frozen=True)
class Index:
    """Documents in a library's code. search: queries (q, d), k -> ids (q, ≤ k), best first.

    nbytes: per vector, codes and side information, without ids. shared: bytes of everything else that a search reads:
    codebooks, maps, centroids, stored ids. encode_seconds is None where learning and coding are one step.
    """

    search: Callable[[Rows, int], Ids]
    nbytes: float
    shared: int
    fit_seconds: float
    encode_seconds: float | None
    timed: bool = True  # False where the library codes but does not search


class Clock:
    """Seconds since the last look."""

    def __init__(self) -> None:
        self.last = perf_counter()

    def __call__(self) -> float:
        was, self.last = self.last, perf_counter()
        return self.last - was


def found() -> dict[str, ModuleType]:
    """Every file of this folder by name, ours first."""
    names = sorted((m.name for m in pkgutil.iter_modules(__path__)), key=lambda name: (name != "thinvec", name))
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}


def missing(peer: ModuleType) -> str:
    """'' or why this library cannot be measured here."""
    absent = [name for name in peer.LIBRARY.split() if find_spec(name) is None]
    return f"not installed here: no module named {', '.join(absent)}" if absent else ""


def plans(peer: ModuleType, budgets: Iterable[int], dim: int) -> list[str]:
    """Everything it offers at these budgets, each plan once."""
    return list(dict.fromkeys(plan for size in budgets for plan in peer.plans(size, dim)))


def fits(size: float, budget: int, least: float = 0.6) -> bool:
    """Whether a code that has only this size stands for a budget."""
    return least * budget < size <= budget


def is_slow(peer: ModuleType, plan: str) -> bool:
    """Whether this takes minutes to learn."""
    return bool(peer.slow(plan)) if hasattr(peer, "slow") else False


def version_of(peer: ModuleType, plan: str) -> str:
    """What a kept figure depends on besides the vectors."""
    if hasattr(peer, "version"):
        return str(peer.version(plan))
    try:
        return " ".join(f"{name} {version(getattr(peer, 'PACKAGE', name))}" for name in peer.LIBRARY.split())
    except PackageNotFoundError:
        return peer.LIBRARY


def best(scores: Rows, k: int) -> Ids:
    """Columns of the k largest scores in each row, falling."""
    k = min(k, scores.shape[1])
    part = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(scores, part, 1), axis=1, kind="stable")
    return np.take_along_axis(part, order, 1).astype(np.int64)
