"""Which plans to try: each family is a line across the frontier, a function from bytes to plans of that size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace

from core.compress import codecs, transforms
from core.compress.parse import codec as parse_codec
from core.errors import PlanError, ThinvecError
from core.plan import parse
from core.stage import Codec, Stage, Transform

BUDGETS = (8, 16, 32, 48, 64, 96, 128, 192, 384)

ENOUGH = 0.8  # a plan stands for a budget if it uses more than this share of it
VARIANTS = 2  # plans of one stage at one budget when everything is swept
PASSES = ("epochs", "steps", "turns", "rounds")  # of training: examples make few, so that tests are quick
EVERY = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256)  # budgets to sweep everything at

Refused = Callable[[str, ThinvecError], None]  # (plan, why there is none)
Line = Callable[[int, int], Iterator[str]]  # (bytes, dim) -> plans of one family that take at most so many bytes


def flagship(size: int, dim: int) -> Iterator[str]:
    """Sums of codewords while groups hold several dimensions each, scalar codes where dimensions stand alone."""
    yield from residual(size, dim)
    yield from scalar(size, dim)


def residual(size: int, dim: int) -> Iterator[str]:
    """The flagship for short codes."""
    if 4 * size <= dim:
        yield f"klt > wrq{size}"


def tuned(size: int, dim: int) -> Iterator[str]:
    """Its codewords fine-tuned on training queries, where codes are so short that it pays."""
    if 16 * size <= dim:
        yield f"klt > tune > wrq{size}"


def scalar(size: int, dim: int) -> Iterator[str]:
    """The flagship for long codes."""
    if dim <= 4 * size <= 4 * dim:
        yield f"klt > wsq{size}"


def quick(size: int, dim: int) -> Iterator[str]:
    """One codeword per group: learned in seconds."""
    if 3 * size <= dim:
        yield f"klt > wpq{size}"


def pq(size: int, dim: int) -> Iterator[str]:
    if 2 * size <= dim:
        yield f"pq{size}x8"


def opq(size: int, dim: int) -> Iterator[str]:
    if 4 * size <= dim:
        yield f"opq{size}x8"


def rounded(size: int, dim: int) -> Iterator[str]:
    """Levels that are best for a bell curve, unbiased: two bits for as many principal axes as fit, then more bits."""
    width = 4 * (size - 2)
    if 8 <= width <= dim:
        yield f"pca{width} > tq2(scale=1)"
    elif width > dim:
        yield f"center > tq{min(8, 8 * (size - 2) // dim)}(scale=1)"


def unbiased(size: int, dim: int) -> Iterator[str]:
    """Signs with two numbers per vector that undo their bias, along principal axes until all fit; then more bits."""
    bits = 8 * (size - 4)
    if 64 <= bits <= dim:
        yield f"pca{bits} > rabitq1"
    elif bits > dim:
        yield f"rabitq{min(8, bits // dim)}"


def best(size: int, dim: int) -> Iterator[str]:
    """One line from the shortest codes to the longest: quick to learn, and near the best."""
    yield from quick(size, dim) if 3 * size <= dim else scalar(size, dim)


def pairs(size: int, dim: int) -> Iterator[str]:
    """A third of the bytes to find candidates, the others to order them."""
    for first in best(size // 3, dim):
        for second in best(size - size // 3, dim):
            yield f"{first} | keep10 > {second}"


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


LINES: tuple[Line, ...] = (flagship, quick, pq, opq, cuts, scalars, signs, two_stages, floats)


def frontier_plans(budgets: Sequence[int], dim: int) -> tuple[str, ...]:
    """Every family at each budget, or as near below it as it can get; float32 last, whose recall must read 1.000."""
    plans = [plan for size in budgets for line in LINES for plan in line(size, dim)]
    return tuple(dict.fromkeys([*plans, "f32"]))


def default_plans(dim: int, budgets: Sequence[int] = BUDGETS) -> tuple[str, ...]:
    """About 35 plans for the first look: our quick line at each budget, the dear one at three, the others at every
    second budget, and the usual presets.
    """
    odd, even = budgets[1::2], budgets[2::2]
    plans = [plan for size in budgets if size < dim for plan in (*quick(size, dim), *scalar(size, dim))]
    plans += [plan for size in budgets[1:4] if size < dim for plan in flagship(size, dim)]
    plans += [plan for size in odd for plan in pq(size, dim)]
    plans += [plan for size in odd[:2] for plan in opq(size, dim)]
    plans += [plan for size in even for plan in cuts(size, dim)]
    plans += ["int8", "int4", "int2", "bin", "bin(mean=1)", "rot > bin", "bin(mean=1) | keep4 > int4", "f16", "f32"]
    return tuple(dict.fromkeys(plans))


def everything(dim: int, budgets: Sequence[int], refused: Refused | None = None) -> tuple[str, ...]:
    """The whole catalogue at each budget: every line, every stage in plans that suit it; float32 last.

    `refused` is told of plans that cannot be written or sized, with the reason.
    """
    stages: list[type[Stage]] = [*codecs().values(), *transforms().values()]
    plans = list(frontier_plans(budgets, dim))[:-1]
    plans += [plan for size in budgets for stage in stages for plan in plans_at(stage, size, dim, refused)[:VARIANTS]]
    return (*dict.fromkeys(plan for plan in plans if plan != "f32"), "f32")


def plans_at(stage: type[Stage], size: int, dim: int, refused: Refused | None = None) -> tuple[str, ...]:
    """Plans with this stage that take at most `size` bytes and more than four fifths of them."""
    found: dict[str, None] = {}
    own = stage.sized(size, dim)
    for text in scaled(stage, size, dim) if own is None else own:
        try:
            plan = parse(text)
            took = plan.nbytes(dim)
        except ThinvecError as error:
            if refused:
                refused(text, error)
            continue
        if ENOUGH * size < took <= size:
            found[str(plan)] = None
    return tuple(found)


def scaled(stage: type[Stage], size: int, dim: int) -> Iterator[str]:
    """Plans from a stage's examples: its size turned to fit, or else fewer dimensions before it."""
    if issubclass(stage, Transform):
        if stage.family == "cut":
            width, bits = (2 * size, 4) if 2 * size < dim else (size, 8)
            yield from (f"{stage.name}{width} > int{bits}" for _ in stage.examples[:1] if width < dim)
            return
        yield from (f"{example} > {partner}" for example in stage.examples for partner in pq(size, dim))
        return
    for example in stage.examples:
        codec = trained(parse_codec(example))
        if turned := turn(codec, size, dim):
            yield turned
        elif width := widest(codec, size, dim):
            yield f"pca{width} > {codec}"


def trained(codec: Codec) -> Codec:
    """The codec with as much training as it has by default."""
    return replace(codec, **{f.name: f.default for f in fields(codec) if f.name in PASSES})


def turn(codec: Codec, size: int, dim: int) -> str:
    """The codec with its first number turned until it fits, or '' where no value does."""
    first = next((f for f in fields(codec) if "low" in f.metadata and not f.metadata["keyword"]), None)
    if first is None:
        return str(codec) if ENOUGH * size < codec.nbytes(dim) <= size else ""
    best = ""
    for value in range(first.metadata["low"], min(first.metadata["high"], 8 * size) + 1):
        try:
            made = replace(codec, **{first.name: value})
        except PlanError:
            continue
        if ENOUGH * size < made.nbytes(dim) <= size:
            best = str(made)
    return best


def widest(codec: Codec, size: int, dim: int) -> int:
    """The most dimensions of which this codec makes at most `size` bytes; 0 where there are too few to be of use."""
    fits = [d for d in range(8, dim) if codec.nbytes(d) <= size]
    return max(fits, default=0)
