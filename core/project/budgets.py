"""A line of plans, small to large: the same method at five budgets, so that a slider over bytes has steps to take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain

from core.errors import PlanError
from core.evaluate.lines import Line, cuts, flagship, opq, pq, quick, scalar, signs, two_stages
from core.plan import parse

SIZES = (2, 4, 8, 16, 32, 48, 96, 192, 384)  # budgets that a line is looked at, as far as they fit
STEPS = 5

LINES: Mapping[str, tuple[Line, ...]] = {  # where the first cannot make so many bytes, the next one does
    "klt > wpq": (quick, scalar),
    "klt > wrq": (flagship,),
    "pq": (pq,),
    "opq": (opq,),
    "pca > int8": (lambda size, dim: (p for p in cuts(size, dim) if p.startswith("pca")),),
    "mrl > int8": (lambda size, dim: (p for p in cuts(size, dim) if p.startswith("mrl")),),
    "pca > bin": (signs,),
    "bin | int": (two_stages,),
}


def sizes(dim: int) -> tuple[int, ...]:
    """Five budgets for vectors of so many dimensions: the largest is about half a byte per dimension."""
    return tuple(s for s in SIZES if 2 * s <= max(dim, 4))[-STEPS:]


def line(text: str, dim: int) -> dict[int, str]:
    """Bytes per vector -> plan, rising. text: the name of a line, or plans between semicolons.

    PlanError for text that cannot be read, or a line that has nothing to offer at so few dimensions.
    """
    if text in LINES:
        plans: Sequence[str] = list(chain.from_iterable(_at(text, size, dim) for size in sizes(dim)))
    else:
        plans = [str(parse(part)) for part in text.split(";") if part.strip()]
    found = {math.ceil(parse(plan).nbytes(dim)): plan for plan in plans}
    if not found:
        raise PlanError(
            f"'{text}' makes no plan for vectors of {dim} dimensions. Choose another line, or write a plan."
        )
    return dict(sorted(found.items()))


def _at(name: str, size: int, dim: int) -> list[str]:
    """The first plan of a line at this budget, if it has any."""
    return list(chain.from_iterable(part(size, dim) for part in LINES[name]))[:1]


def lines(dim: int) -> tuple[str, ...]:
    """Names of the lines that have at least two steps at so many dimensions."""
    return tuple(name for name in LINES if sum(bool(_at(name, size, dim)) for size in sizes(dim)) > 1)
