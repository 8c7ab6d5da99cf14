"""Ask the same question again: does this machine, now, find the figures that are on file?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import words
from core.errors import ThinvecError
from core.evaluate.intervals import difference
from core.evaluate.measure import Shared, measure
from core.evaluate.results import PER_QUERY, Results
from core.store import Store
from core.types import Floats, Interval, Trial


@dataclass(frozen=True)
class Again:
    """A plan measured a second time. filed, found: recall@k on file and now; gap: now less then, paired.

    differ: queries of which any figure is another now; queries: all of them. bytes_differ: codes or learned arrays take
    other bytes now.
    """

    plan: str
    k: int
    queries: int
    filed: float
    found: float
    gap: Interval
    differ: int
    bytes_differ: bool

    @property
    def same(self) -> bool:
        """Whether nothing differs but what a clock measures."""
        return not (self.differ or self.bytes_differ)

    @property
    def said(self) -> str:
        """The outcome in a sentence."""
        asked = words.plural(self.queries, "query", "queries")
        if self.same:
            return f"The same figures for each of {asked}, in as many bytes."
        size = ", and it takes other bytes" if self.bytes_differ else ""
        return (
            f"Recall@{self.k} is {self.found:.3f} now and {self.filed:.3f} on file ({words.difference(self.gap)}): "
            f"{words.count(self.differ)} of {asked} differ{size}. Another processor, or other versions of the "
            "libraries below, round differently."
        )


def again(store: Store, shared: Shared, plan: str, k: int = 10) -> Again:
    """Learn, encode and search once more from the vectors alone; nothing kept is read, what is on file stays.

    ThinvecError when nothing is on file.
    """
    trial = Trial(shared.label, plan, k, shared.seed)
    old = Results(store).load(trial)
    if old is None:
        raise ThinvecError(f"{plan} was not measured on these vectors yet, so there is nothing to verify. Measure it.")
    new = measure(shared.vectors, trial, shared)
    other = [_other(getattr(old, name), getattr(new, name)) for name in PER_QUERY]
    sizes = [(r.bytes_per_vector, dict(r.state_bytes)) for r in (old, new)]
    return Again(
        plan=plan,
        k=k,
        queries=len(old.recall),
        filed=float(old.recall.mean()),
        found=float(new.recall.mean()),
        gap=difference(new.recall, old.recall),
        differ=int(np.logical_or.reduce([o for o in other if len(o) == len(old.recall)]).sum()),
        bytes_differ=sizes[0] != sizes[1],
    )


def _other(old: Floats | None, new: Floats | None) -> NDArray[np.bool_]:
    """Where a per-query figure is not what it was; () where there is none."""
    if old is None or new is None:
        return np.zeros(0, bool)
    return ~np.isclose(old, new, rtol=0, atol=1e-6, equal_nan=True)
