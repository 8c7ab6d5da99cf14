"""Which plans to try: each family is a line across the frontier, a function from bytes to plans of that size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from core.plan import parse

BUDGETS = (8, 16, 32, 48, 64, 96, 128, 192, 384)

Line = Callable[[int, int], Iterator[str]]  # (bytes, dim) -> plans of one family that take at most so many bytes


def flagship(size: int, dim: int) -> Iterator[str]:
    """Vector codes while the groups hold several dimensions each, scalar codes where dimensions stand alone."""
    if 3 * size <= dim:
        yield f"klt > wpq{size}"
    if dim <= 4 * size <= 4 * dim:
        yield f"klt > wsq{size}"


def pq(size: int, dim: int) -> Iterator[str]:
    if 2 * size <= dim:
        yield f"pq{size}x8"


def opq(size: int, dim: int) -> Iterator[str]:
    if 4 * size <= dim:
        yield f"opq{size}x8"


def cuts(size: int, dim: int) -> Iterator[str]:
    """Fewer dimensions, one byte each: the leading principal axes, or simply the first coordinates."""
    if size < dim:
        yield f"pca{size} > int8"
        yield f"mrl{size} > int8"


def scalars(size: int, dim: int) -> Iterator[str]:
    bits = min(8, 8 * size // dim)
    while bits >= 2 and parse(f"int{bits}").nbytes(dim) > size:
        bits -= 1
    if bits >= 2:
        yield f"int{bits}"


def signs(size: int, dim: int) -> Iterator[str]:
    if 8 * size >= dim:
        yield from ("bin", "bin(mean=1)", "rot > bin")
    else:
        yield f"pca{8 * size} > bin"


def two_stages(size: int, dim: int) -> Iterator[str]:
    """Signs to find candidates, whole numbers to order them."""
    for second in scalars(size - math.ceil(dim / 8), dim):
        yield f"bin(mean=1) | keep4 > {second}"


def floats(size: int, dim: int) -> Iterator[str]:
    if size >= 2 * dim:
        yield "f16"


LINES: tuple[Line, ...] = (flagship, pq, opq, cuts, scalars, signs, two_stages, floats)


def frontier_plans(budgets: Sequence[int], dim: int) -> tuple[str, ...]:
    """Every family at each budget, or as near below it as it can get; float32 last, whose recall must read 1.000."""
    plans = [plan for size in budgets for line in LINES for plan in line(size, dim)]
    return tuple(dict.fromkeys([*plans, "f32"]))


def default_plans(dim: int, budgets: Sequence[int] = BUDGETS) -> tuple[str, ...]:
    """About 30 plans for the first look: our line at each budget, the others at every second one, the usual presets."""
    odd, even = budgets[1::2], budgets[2::2]
    plans = [plan for size in budgets if size < dim for plan in flagship(size, dim)]
    plans += [plan for size in odd for plan in pq(size, dim)]
    plans += [plan for size in odd[:2] for plan in opq(size, dim)]
    plans += [plan for size in even for plan in cuts(size, dim)]
    plans += ["int8", "int4", "int2", "bin", "bin(mean=1)", "rot > bin", "bin(mean=1) | keep4 > int4", "f16", "f32"]
    return tuple(dict.fromkeys(plans))
