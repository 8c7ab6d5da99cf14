"""What a race is asked, and what it tells of while it runs: a plan tried, a rung ended, what would be advised now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.evaluate.apart import LEAST
from core.recommend.choose import GROWTH
from core.store import Store
from core.types import Advice, Budget, Interval, Progress, Vectors, silent

Broken = Callable[[Sequence[str]], Mapping[str, str]]  # plans -> those that fail a self-test, and which


@dataclass(frozen=True)
class Question:
    """Which plan, for these vectors and this budget? `broken` says which plans are not to be believed."""

    store: Store
    vectors: Vectors
    budget: Budget
    k: int = 10
    seed: int = 0
    progress: Progress = silent
    broken: Broken = lambda _plans: {}

    @property
    def n(self) -> int:
        return len(self.vectors.docs)

    @property
    def grows(self) -> bool:
        """Whether most rows are still to come, and enough are here to hold some out."""
        return (self.budget.rows or 0) > GROWTH * self.n and self.n >= LEAST


@dataclass(frozen=True)
class Tried:
    """A plan and what it kept of `rows` rows, by so many queries; rung 0 of `rungs` is the smallest sample."""

    plan: str
    rung: int
    rungs: int
    rows: int
    queries: int
    bytes_per_vector: float
    recall: Interval

    def record(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class Cut:
    """The end of a rung. stays: most promising first; out: plan -> why it is tried no further."""

    rung: int
    stays: tuple[str, ...]
    out: Mapping[str, str]


@dataclass(frozen=True)
class Best:
    """What would be advised now. whole: measured on all rows and queries; last: the race is over."""

    advice: Advice
    whole: bool
    last: bool = False


Event = Tried | Cut | Best
