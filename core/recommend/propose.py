"""Which plans are worth measuring for a budget: sizes are known before anything is, so only what can fit is tried.

Plans come in order of expected worth, cheap ones first among equals. Worth is a prior: how many bytes `klt > wpq` needs
to keep as much, `EFFICIENCY` of a family times the bytes of the plan. The efficiencies are ours, from the sweeps of the
small demo corpus (384 dimensions, 8 to 192 bytes); they decide what is tried first, never what is taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.errors import ThinvecError
from core.evaluate import lines
from core.evaluate.lines import Line
from core.plan import Plan, parse
from core.recommend.budget import LISTED, ceiling, checked, fits, room
from core.types import Budget

SIZES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 768, 1536)
BELOW = 2  # sizes under the ceiling that are tried with the best families
STEP = 1  # steps per doubling of expected worth: nearer than that, plans count as equal
KEEP = 10  # candidates that are looked at again from disk, in k
SHARES = (0.9, 0.6)  # of a ceiling on rows looked at, that lists are set to use: those near queries are longer
LINKS, BEAM, GRAPH = 16, 10, 20  # of a graph; places in a walk's beam at least; rows that it looks at per place, about
START = 96  # bytes of `klt > wpq` at which the search for an aim starts
SPARSE = (24, 96, 384)  # sizes at which an aim is looked for with families that are no favourites

# (family, bytes of `klt > wpq` that keep as much per byte of its own, whether it takes more than seconds to learn)
EFFICIENCY: tuple[tuple[Line, float, int], ...] = (
    (lines.residual, 1.15, 1),
    (lines.quick, 1.0, 0),
    (lines.scalar, 0.97, 0),
    (lines.opq, 0.82, 1),
    (lines.rounded, 0.64, 0),
    (lines.floats, 0.6, 0),
    (lines.scalars, 0.55, 0),
    (lines.pq, 0.51, 0),
    (lines.unbiased, 0.51, 0),
    (lines.signs, 0.44, 0),
    (lines.pairs, 0.4, 1),
    (lines.two_stages, 0.3, 0),
    (lines.cuts, 0.25, 0),
)
BEST = (lines.residual, lines.quick, lines.scalar, lines.scalars, lines.floats)  # tried at many sizes


@dataclass(frozen=True)
class Proposal:
    """A plan that can fit. size: bytes per vector; worth: those that `klt > wpq` is expected to need for as much."""

    plan: str
    size: int
    worth: float
    line: Line
    slow: int

    @property
    def rank(self) -> tuple[int, int, float, str]:
        """What it is sorted by: as much as possible for a limit."""
        return -round(STEP * math.log2(max(self.worth, 1))), self.slow, -self.worth, self.plan

    @property
    def middling(self) -> tuple[int, int, float, str]:
        """What it is sorted by for an aim: from the middle of what may be needed outwards."""
        return abs(round(STEP * math.log2(max(self.worth, 1) / START))), self.slow, -self.worth, self.plan


def propose(dim: int, n: int, budget: Budget) -> tuple[str, ...]:
    """Plans that can fit a budget for n vectors of width dim, most promising first.

    ThinvecError when the budget says nothing, or when no plan is small enough.
    """
    return tuple(p.plan for p in proposals(dim, n, budget))


def proposals(dim: int, n: int, budget: Budget) -> list[Proposal]:
    """The same, with what they were sized by. Indexes are added later, by `indexed`, to plans that turn out well."""
    checked(budget)
    most = ceiling(budget, dim, n)
    found: dict[str, Proposal] = {}
    for line, efficiency, slow in EFFICIENCY:
        for size in _sizes(most, dim, budget, line in BEST):
            for text in line(size, dim):
                _add(found, text, dim, n, budget, (line, efficiency, slow))
    for text in _on_disk(most, room(budget, dim, n), dim):
        _add(found, text, dim, n, budget, (lines.pairs, 1.0, 1))
    if not found:
        raise ThinvecError(f"No plan is as small as {most:,.1f} B per vector; allow 1 B or more.")
    aimed = budget.recall is not None or budget.ndcg is not None
    return sorted(found.values(), key=lambda p: p.middling if aimed else p.rank)


def _add(
    found: dict[str, Proposal], text: str, dim: int, n: int, budget: Budget, family: tuple[Line, float, int]
) -> None:
    """Keep a plan if it can be read, sized and paid for."""
    line, efficiency, slow = family
    try:
        plan = parse(text)
        size = plan.nbytes(dim)
    except ThinvecError:
        return  # this family has nothing of this size
    if size >= 1 and fits(plan, budget, dim, n):
        found.setdefault(str(plan), Proposal(str(plan), size, efficiency * size, line, slow))


def _sizes(most: float, dim: int, budget: Budget, best: bool) -> list[int]:
    """Bytes to try a family at: the ceiling, and below it as many as the budget has use for.

    An aim wants sizes all the way down. Memory leaves room for codebooks, whose bytes are not known yet. A limit alone
    wants the sizes just below, in case they cannot be told apart.
    """
    whole = math.floor(min(most, 4 * dim))
    below = [s for s in SIZES if s < whole]
    if budget.recall is not None or budget.ndcg is not None:
        return [*below, whole] if best else [s for s in SPARSE if s < whole] + [whole] * (whole < 4 * dim)
    spare = [math.floor(0.9 * whole)] if budget.memory is not None and whole >= 10 else []
    count = (len(below) if budget.memory is not None and not budget.rows else BELOW) if best else 0
    return [whole, *spare, *reversed(below[len(below) - count :])]


def _on_disk(most: float, whole: float, dim: int) -> Iterator[str]:
    """Codes in memory and better ones on disk, to look again at the candidates."""
    first = math.floor(min(most, dim))
    for size in sorted({first, math.floor(0.9 * first), math.floor(0.5 * first)} - {0}, reverse=True):
        for again in ("int8", "f16", "int4"):
            if size + parse(again).nbytes(dim) <= whole:
                yield from (f"{p} | keep{KEEP} > {again}" for p in lines.best(size, dim))
                break


def indexed(text: str, dim: int, n: int, budget: Budget) -> tuple[str, ...]:
    """The plan behind indexes that look at few enough of n rows: lists, and a graph where there are bytes for it."""
    plan, looked = parse(text), budget.looked
    if looked is None or looked >= n:
        return (text,)
    lists = min(n, 1 << max(2, round(math.log2(4 * math.sqrt(n)))))
    probes = [max(1, math.floor(share * looked * lists / n)) for share in SHARES]
    stages = [f"ivf{lists}(probe={probe})" for probe in probes]
    most, beam = ceiling(budget, dim, n) + LISTED, math.floor(looked / GRAPH)
    if beam >= BEAM and plan.nbytes(dim) + 8 * LINKS + LISTED <= most:
        stages.append(f"hnsw{LINKS}(search={beam})")
    made = [Plan(plan.codec, parse(f"bin | {stage}").index, plan.keep, plan.rerank) for stage in stages]
    return tuple(dict.fromkeys(map(str, made)))


def resized(like: Proposal, size: int, dim: int) -> tuple[Proposal, ...]:
    """Plans of the same family at another size; () where it has none."""
    made = []
    for text in like.line(size, dim):
        try:
            plan = parse(text)
        except ThinvecError:
            continue
        made.append(replace(like, plan=str(plan), size=plan.nbytes(dim), worth=like.worth * size / like.size))
    return tuple(made)
