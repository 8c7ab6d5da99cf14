"""Composing a plan click by click: every click gives another whole plan, or one sentence that says why it cannot.

A plan is its own grammar: stages are put together as the plan's own parts, printed by `str` and read back by `parse`,
so what can be clicked and what can be written are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, fields, replace
from typing import Any, Literal, TypeVar

from core.catalogue import Entry, catalogue
from core.compress import codecs, transforms, wrappers
from core.compress.chain import Chain, Sum, Wrapped
from core.compress.parse import codec as parse_codec
from core.errors import PlanError, ThinvecError
from core.plan import Plan, parse
from core.search import Flat, Index, indexes
from core.stage import Codec, Stage, Transform, Wrapper

T = TypeVar("T")
Where = Literal["first", "index", "keep", "again"]

KEEP, AGAIN = 4, "int8"  # a second look, as it begins
ALL = 32  # a range of so many values is offered whole
STOPS = sorted({0, *(f << i for f in (1, 3) for i in range(17)), *(n * 10**e for n in (1, 5) for e in range(1, 5))})
PARTNER = {"transform": " > int8", "wrapper": " > wpq6"}  # what makes an example of these a whole plan


@dataclass(frozen=True)
class Side:
    """Transforms, perhaps a wrapper, then codecs that add up: one of the two codecs that a plan can have."""

    transforms: tuple[Transform, ...]
    wrapper: Wrapper | None
    codecs: tuple[Codec, ...]

    @classmethod
    def of(cls, codec: Codec) -> Side:
        before: tuple[Transform, ...] = ()
        around: Wrapper | None = None
        if isinstance(codec, Chain):
            before, codec = codec.transforms, codec.codec
        if isinstance(codec, Wrapped):
            around, codec = codec.wrapper, codec.codec
        return cls(before, around, codec.parts if isinstance(codec, Sum) else (codec,))

    @property
    def codec(self) -> Codec:
        last: Codec = self.codecs[0] if len(self.codecs) == 1 else Sum(self.codecs)
        last = Wrapped(self.wrapper, last) if self.wrapper else last
        return Chain(self.transforms, last) if self.transforms else last

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (*self.transforms, *([self.wrapper] if self.wrapper else []), *self.codecs)

    @classmethod
    def made(cls, stages: Sequence[Stage]) -> Side:
        """From stages in any order of kinds. PlanError without a codec."""
        found = tuple(s for s in stages if isinstance(s, Codec))
        if not found:
            raise PlanError("A plan needs a codec, which makes the bytes; put another in its place instead.")
        around = [s for s in stages if isinstance(s, Wrapper)]
        return cls(tuple(s for s in stages if isinstance(s, Transform)), around[-1] if around else None, found)


@dataclass(frozen=True)
class Slot:
    """A place of a plan: which part of it, and the how-manieth stage there."""

    where: Where
    at: int = 0


def slots(plan: Plan) -> dict[Slot, Stage | None]:
    """Every place of a plan in the order in which it is written, and its stage; None is the number after keep."""
    found: dict[Slot, Stage | None] = {Slot("first", i): s for i, s in enumerate(Side.of(plan.codec).stages)}
    if plan.index != Flat():
        found[Slot("index")] = plan.index
    if plan.rerank is not None:
        found[Slot("keep")] = None
        found |= {Slot("again", i): s for i, s in enumerate(Side.of(plan.rerank).stages)}
    return found


def sign(plan: Plan, slot: Slot) -> str:
    """What stands before a stage: > after what it is sent through, + beside another codec, | before what follows."""
    if slot.where in ("index", "keep"):
        return "|"
    stages = _side(plan, slot.where).stages
    if slot.at and all(isinstance(s, Codec) for s in stages[slot.at - 1 : slot.at + 1]):
        return "+"
    return ">" if slot.at or slot.where == "again" else ""


def put(plan: Plan, name: str, where: Where = "first", add: bool = False) -> Plan:
    """The plan with a stage of the catalogue as it comes. A codec takes the place of those there are, or, with `add`,
    codes what they missed; a transform stands last before the codec; `keep` begins a second look.
    """
    if name == "keep":
        return whole(replace(plan, keep=plan.keep or KEEP, rerank=plan.rerank or parse_codec(AGAIN)))
    kinds: dict[str, type[Stage]] = {**transforms(), **wrappers(), **codecs(), **indexes()}
    if name not in kinds:
        raise PlanError(f"nothing in the catalogue is called '{name}'; choose a stage from the list.")
    stage = kinds[name]()
    if isinstance(stage, Index):
        return whole(replace(plan, index=stage))
    stages = list(_side(plan, where).stages)
    if isinstance(stage, Wrapper) or (isinstance(stage, Codec) and not add):
        kind = Wrapper if isinstance(stage, Wrapper) else Codec
        stages = [s for s in stages if not isinstance(s, kind)]
    return _with(plan, where, [*stages, stage])


def remove(plan: Plan, slot: Slot) -> Plan:
    """The plan without this stage. PlanError for the last codec."""
    if slot.where == "keep":
        return whole(replace(plan, keep=0, rerank=None))
    if slot.where == "index":
        return whole(replace(plan, index=Flat()))
    stages = list(_side(plan, slot.where).stages)
    _there(stages, slot.at)
    return _with(plan, slot.where, stages[: slot.at] + stages[slot.at + 1 :])


def move(plan: Plan, slot: Slot, by: int) -> Plan:
    """The plan with this stage one place to the left (-1) or right (1), among its own kind."""
    if slot.where in ("index", "keep"):
        raise PlanError("What follows | has one place only; it stays where it is.")
    stages = list(_side(plan, slot.where).stages)
    _there(stages, slot.at)
    if not movable(plan, slot, by):
        raise PlanError(f"'{stages[slot.at]}' has nowhere to go: transforms stand before the codec they serve.")
    stages.insert(slot.at + by, stages.pop(slot.at))
    return _with(plan, slot.where, stages)


def movable(plan: Plan, slot: Slot, by: int) -> bool:
    """Whether a neighbour of its own kind is there to change places with."""
    if slot.where in ("index", "keep"):
        return False
    stages, to = _side(plan, slot.where).stages, slot.at + by
    kind = Transform if isinstance(stages[slot.at], Transform) else Codec
    return 0 <= to < len(stages) and isinstance(stages[slot.at], kind) and isinstance(stages[to], kind)


def slide(plan: Plan, slot: Slot, name: str, value: int) -> Plan:
    """The plan with another number in this place. PlanError when it lies outside what the stage declares."""
    if slot.where == "keep":
        return whole(replace(plan, keep=value))
    if slot.where == "index":
        return whole(replace(plan, index=_turned(plan.index, name, value)))
    stages = list(_side(plan, slot.where).stages)
    _there(stages, slot.at)
    stages[slot.at] = _turned(stages[slot.at], name, value)
    return _with(plan, slot.where, stages)


def whole(plan: Plan) -> Plan:
    """The plan as its text is read. PlanError, in one sentence, when it is none."""
    return parse(str(plan))


def settings(stage: Stage, keyword: bool) -> list[Field[Any]]:
    """What can be set by place, or by name."""
    return [f for f in fields(stage) if "low" in f.metadata and f.metadata["keyword"] is keyword]


def stops(low: int, high: int, value: int, fits: Callable[[int], bool] = lambda _: True) -> list[int]:
    """What a slider offers from low to high: all of few values, else steps of about a half; the value is among them."""
    few = range(low, high + 1) if high - low <= ALL else (s for s in (low, *STOPS, high) if low <= s <= high)
    return sorted({value, *(s for s in few if fits(s))})


def offered(plan: Plan, slot: Slot, f: Field[Any], dim: int) -> list[int]:
    """What a slider for this setting offers: values at which the plan fits vectors of this width and beats float32."""
    stage = slots(plan)[slot]
    cut = isinstance(stage, Transform) and not f.metadata["keyword"]  # no more dimensions than there are
    most = _width(_side(plan, slot.where), slot.at, dim) if cut else f.metadata["high"]

    def fits(value: int) -> bool:
        if value > most:
            return False
        try:
            return 0 < slide(plan, slot, f.name, value).nbytes(dim) <= 4 * dim
        except ThinvecError:
            return False

    return stops(f.metadata["low"], min(f.metadata["high"], max(most, f.metadata["low"])), getattr(stage, f.name), fits)


def example(e: Entry, text: str) -> str:
    """An example of the catalogue as a whole plan: what makes no bytes of its own stands before or behind a codec."""
    return f"int8 | {text}" if e.kind == "index" else f"{text}{PARTNER.get(e.kind, '')}"


def examples() -> Mapping[str, str]:
    """Every example of the catalogue as a whole plan -> the stage that it shows."""
    return {example(e, text): e.name for e in catalogue().values() for text in e.examples}


def _side(plan: Plan, where: Where) -> Side:
    if where == "again":
        return Side.of(plan.rerank if plan.rerank is not None else parse_codec(AGAIN))
    return Side.of(plan.codec)


def _width(side: Side, at: int, dim: int) -> int:
    """How wide vectors of this width are when they come to the at-th transform."""
    for t in side.transforms[:at]:
        dim = t.dim(dim)
    return dim


def _with(plan: Plan, where: Where, stages: Sequence[Stage]) -> Plan:
    codec = Side.made(stages).codec
    if where == "again":
        return whole(replace(plan, keep=plan.keep or KEEP, rerank=codec))
    return whole(replace(plan, codec=codec))


def _turned(stage: T, name: str, value: int) -> T:
    if not isinstance(stage, Stage) or name not in {f.name for f in fields(stage)}:
        raise PlanError(f"{stage} has no setting '{name}'; choose one that it shows.")
    turned: T = replace(stage, **{name: value})
    return turned


def _there(stages: Sequence[Stage], at: int) -> None:
    if not 0 <= at < len(stages):
        raise PlanError(f"the plan has no stage number {at + 1} there; it has {len(stages)}.")
