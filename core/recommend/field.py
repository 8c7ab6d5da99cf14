"""Who runs: every measured plan with its bill and the recall that counts, and which of them was taken."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from core.evaluate.intervals import halves
from core.recommend.bill import Bill
from core.types import Budget, Floats, Result


def even(values: Floats) -> Floats:
    """The half of the queries that chooses."""
    return halves(values)[0]


def odd(values: Floats) -> Floats:
    """The half that reports."""
    return halves(values)[1]


@dataclass(frozen=True, eq=False)
class Candidate:
    """merit (q,): the recall that counts. unseen: its result on rows not learned from. refused: why it is out, or ''.

    reached: whether it does what the budget asks for.
    """

    result: Result
    bill: Bill
    merit: Floats
    unseen: Result | None
    refused: str
    reached: bool

    @property
    def plan(self) -> str:
        return self.result.plan

    @cached_property
    def mean(self) -> float:
        """By the queries that choose."""
        return float(even(self.merit).mean())

    @property
    def stages(self) -> int:
        """How many steps the plan is written in."""
        return 1 + sum(map(self.plan.count, ">+|"))


@dataclass(frozen=True, eq=False)
class Choice:
    """The plan taken among all; `grows`: by rows not learned from; `aimed`: there was something to reach."""

    taken: Candidate
    table: tuple[Candidate, ...]
    budget: Budget
    grows: bool
    aimed: bool

    @property
    def met(self) -> bool:
        """Whether everything asked for is reached."""
        return not self.aimed or self.taken.reached

    @cached_property
    def others(self) -> list[Candidate]:
        """The plans that fit and were not taken, those that came nearest first."""
        fits = [c for c in self.table if not c.refused and c is not self.taken]
        if self.aimed and self.met:
            return sorted(fits, key=lambda c: (not c.reached, c.bill.spent if c.reached else -c.mean, -c.mean, c.plan))
        return sorted(fits, key=lambda c: (-c.mean, c.plan))

    @property
    def rows(self) -> int:
        """Vectors that share codebooks."""
        return self.budget.rows or self.taken.result.n
