"""Many plans on the same vectors: what they share is learned once, and each result is handed over when it is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields

from core.errors import Cancelled, ThinvecError
from core.evaluate.measure import Keep, Shared, measure
from core.plan import parse
from core.types import Progress, Result, Trial, Vectors, silent

Refused = Callable[[str, ThinvecError], None]  # (plan, why it could not be measured)

PASSES = ("epochs", "turns")  # settings of stages that learn in many passes: those come last
MIDDLE = 48  # bytes per vector: where a frontier is most worth seeing first
COST = (
    "floats",
    "binary",
    "scalar",
    "cut",
    "sparse",
    "flagship",
    "vector",
    "sum",
)  # families, cheap and telling ones first


def sweep(
    vectors: Vectors,
    plans: Sequence[str],
    k: int = 10,
    seed: int = 0,
    progress: Progress = silent,
    refused: Refused | None = None,
    shared: Shared | None = None,
    keep: Keep | None = None,
) -> Iterator[Result]:
    """Yield the Result of each plan, cheap and telling ones first.

    A plan that cannot be read or fitted to these rows does not end the sweep: `refused(plan, error)` is told at once;
    without it, the first such error is raised after every other plan has been measured. `keep` is as in `measure`.
    """
    shared = shared or Shared(vectors, seed)
    vectors = shared.vectors
    failed: list[ThinvecError] = []
    tell = refused or (lambda _plan, error: failed.append(error))
    ready = ordered(plans, vectors.dim, tell)
    for i, plan in enumerate(ready):
        progress(i / len(ready), f"Measuring {i + 1} of {len(ready)} plans")
        try:
            result = measure(vectors, Trial(shared.label, plan, k, seed), shared, keep)
        except Cancelled:
            raise
        except ThinvecError as error:
            tell(plan, error)
        except Exception as error:  # a fault of ours in one codec must not cost the others their figures
            what = f"{type(error).__name__}: {error}"
            tell(plan, ThinvecError(f"{plan} broke inside Thinvec ({what}); leave it out and report it."))
        else:
            yield result
    progress(1.0, f"Measured {len(ready)} of {len(plans)} plans" if len(ready) < len(plans) else "Measured all plans")
    if failed:
        raise failed[0]


def ordered(plans: Sequence[str], dim: int, refused: Refused) -> list[str]:
    """The plans that can be read, each once: families from cheap to dear, in each from the middle of the axis out."""
    keys: dict[str, tuple[bool, int, float]] = {}
    for text in plans:
        try:
            plan = parse(text)
            size = plan.nbytes(dim)
        except ThinvecError as error:
            refused(text, error)
            continue
        family = COST.index(plan.family) if plan.family in COST else len(COST)
        slow = any(f.name in PASSES for s in plan.stages for f in fields(s))
        keys[str(plan)] = (slow, family, abs(math.log2(max(size, 1) / MIDDLE)))
    return sorted(keys, key=lambda plan: keys[plan])
