"""A stage at work on this corpus: a plan that shows it, what that does to one vector, a thumbnail for the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from core.catalogue import Entry, catalogue
from core.compress import codecs, transforms, wrappers
from core.errors import PlanError
from core.evaluate.lines import plans_at, two_stages
from core.plan import parse
from core.types import Result
from core.ui import codec_pictures, portrait_panel
from core.ui.builder_parts import example
from core.ui.data import Data
from core.ui.parts import draw, head, small
from core.ui.theme import Look

K = 10
HERE = (16, 32, 48, 96, 192)  # bytes per vector that a stage is measured at


def stages(plan: str) -> frozenset[str]:
    """The entries of the catalogue that a plan uses."""
    try:
        found = parse(plan)
    except PlanError:
        return frozenset()
    more = {"keep"} if found.rerank else {"+"} if " + " in plan else set()
    return frozenset({s.name for s in found.stages} | more)


def picture(e: Entry, source: Data, own: Sequence[Result], budget: float, look: Look) -> None:
    """What it does to one vector of this corpus, under its best measured plan in the budget or else a usual one.

    An index and a second look change no vector: of those it is drawn how many vectors a query touches.
    """
    fits = [r for r in own if r.bytes_per_vector <= budget]
    best = max(fits, key=lambda r: float(r.recall.mean()), default=None)
    if e.kind == "index" or e.name == "keep":
        touched(e, source, best or next(iter(own), None), look)
        if e.kind == "index":
            return
    plan = best.plan if best else shown(e, source.meta["dim"], budget)
    if plan:
        draw(head("One vector"), f'<p class="tv-small">under <span class="tv-plan">{escape(plan)}</span></p>')
        portrait_panel.life(source, plan, e.name, look, best)


def touched(e: Entry, source: Data, measured: Result | None, look: Look) -> None:
    """How many vectors a query touches: as measured for an index, as the plan says for a second look."""
    n, colour = source.meta["n"], look.family["sum" if e.name == "keep" else "floats"]
    if measured is None and e.name != "flat":
        draw(head("What a query touches"), small("Known once a plan with it is measured here."))
        return
    seen = {"codes scored": measured.looked if measured else float(n)}
    if e.name == "keep" and measured:
        seen["of them scored again"] = float(min(n, parse(measured.plan).keep * K))
    draw(codec_pictures.looked(n, K, seen, colour, measured.plan if measured else ""))


def shown(e: Entry, dim: int, budget: float) -> str:
    """A plan that shows this stage, of about the budget's size or the next larger that it can make; '' for none."""
    sizes = [int(budget), *(size for size in (*HERE, 384, 768) if size > budget)]
    plans = (plan for size in sizes for plan in _at(e, size, dim))
    return next(plans, next((example(e, text) for text in e.examples), ""))


def thumbnails(source: Data, look: Look) -> Mapping[str, str]:
    """A picture for every stage that changes vectors, by name; those that are drawn so far."""
    found = {e.name: e for e in catalogue().values() if e.kind != "index" and e.examples}
    minis = portrait_panel.minis(source, {name: example(e, e.examples[0]) for name, e in found.items()})
    return {
        name: codec_pictures.thumbnail(m, look, look.family.get(found[name].family, look.ink))
        for name, m in minis.items()
    }


def proposed(e: Entry, dim: int) -> list[str]:
    """Plans that show this stage at sensible budgets."""
    return list(dict.fromkeys(plan for size in HERE if size < 4 * dim for plan in _at(e, size, dim)))


def _at(e: Entry, size: int, dim: int) -> Iterator[str]:
    if kind := {**codecs(), **transforms(), **wrappers()}.get(e.name):
        yield from plans_at(kind, size, dim)
    elif e.name == "keep":
        yield from two_stages(size, dim)
    elif e.name == "+" and 2 * size <= dim:
        yield f"klt > wpq{size // 2} + wpq{size - size // 2}"
