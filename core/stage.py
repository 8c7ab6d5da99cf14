"""A stage is one step of a recipe: a frozen dataclass of ints that declares, checks, prints and parses itself.

Each field is declared once, by `arg`; the printer, the parser, the range check, forms and docs all read that.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, TypeVar

import numpy as np

from core.errors import FitError, PlanError
from core.scan import Tables, scan_queries
from core.scan_rows import Reader, by_tables
from core.types import Codes, Rows, Scanner, Scorer, Scores, State, Train

S = TypeVar("S", bound="Stage")


def arg(default: int, low: int, high: int, what: str, keyword: bool = False) -> Any:
    """Declare a field: its default, inclusive range and meaning. Positional ones are always printed."""
    return field(default=default, metadata={"low": low, "high": high, "what": what, "keyword": keyword})


@dataclass(frozen=True)
class Stage:
    """What transforms, codecs and indexes have in common."""

    name: ClassVar[str] = ""  # letters only; digits are arguments
    family: ClassVar[str] = "vector"  # floats, scalar, vector, binary, sparse, cut, sum, flagship
    examples: ClassVar[tuple[str, ...]] = ()  # presets in forms, cases in the laws
    version: ClassVar[int] = 1  # raise it when the same recipe gives other bytes

    def __post_init__(self) -> None:
        for f in fields(self):
            value, low, high = getattr(self, f.name), f.metadata.get("low"), f.metadata.get("high")
            if low is not None and high is not None and not low <= value <= high:
                raise PlanError(f"{self.name}: {f.metadata['what']} must lie in {low} to {high}, got {value}.")

    def __str__(self) -> str:
        place = "x".join(str(getattr(self, f.name)) for f in fields(self) if not f.metadata["keyword"])
        named = [f for f in fields(self) if f.metadata["keyword"] and getattr(self, f.name) != f.default]
        keys = ",".join(f"{f.name}={getattr(self, f.name)}" for f in named)
        return f"{self.name}{place}" + (f"({keys})" if keys else "")

    @classmethod
    def make(cls: type[S], place: list[int], named: Mapping[str, int]) -> S:
        """Build from parsed arguments; says which one is unknown, missing or too many."""
        known = {f.name: f for f in fields(cls)}
        slots = [n for n, f in known.items() if not f.metadata["keyword"]]
        if len(place) > len(slots):
            raise PlanError(f"{cls.name} takes {len(slots)} number(s), got {len(place)}.")
        for key in named:
            if key not in known:
                raise PlanError(f"{cls.name} has no setting '{key}'{did_you_mean(key, known)}")
            if key in slots[: len(place)]:
                raise PlanError(f"{cls.name}: '{key}' was given twice; keep one.")
        return cls(**dict(zip(slots, place, strict=False)), **named)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...] | None:
        """Plans that show this stage well at about `size` bytes per vector of width dim; None leaves it to examples."""
        return None


class Transform(Stage):
    """Vectors to vectors. Query law: query(q) @ z.T == score(q, undo(z)) + something that depends on q alone."""

    encoding_only: ClassVar[tuple[str, ...]] = ()  # arrays that only new documents need

    def fit(self, train: Train) -> State:
        """Learn from documents (and training queries); float32 arrays by name."""
        raise NotImplementedError

    def dim(self, d: int) -> int:
        """Width after this transform, for rows of width d."""
        return d

    def apply(self, s: State, x: Rows) -> Rows:
        """Documents (n, d) -> (n, dim(d))."""
        raise NotImplementedError

    def undo(self, s: State, z: Rows) -> Rows:
        """(n, dim(d)) -> the documents (n, d) that they stand for."""
        raise NotImplementedError

    def query(self, s: State, q: Rows) -> Rows:
        """Queries (m, d) -> (m, dim(d)), so that inner products keep their order."""
        raise NotImplementedError

    def score(self, q: Rows, x: Rows) -> Scores:
        """What is kept up to a constant per query: inner products, unless another measure is lifted into them."""
        scores: Scores = q @ x.T
        return scores

    def select(self, s: State, dims: np.ndarray[Any, Any]) -> State | None:
        """The state that yields only these output dimensions, or None if it cannot be cut."""
        return None


class Codec(Stage):
    """Vectors to bytes. A state array named `dims` says which input dimensions are read at all."""

    encoding_only: ClassVar[tuple[str, ...]] = ()

    def fit(self, train: Train) -> State:
        """Learn from documents (and training queries); arrays by name."""
        raise NotImplementedError

    def nbytes(self, d: int) -> int:
        """Bytes per vector of width d in closed form, side information included."""
        raise NotImplementedError

    def ledger(self, d: int) -> dict[str, float]:
        """Where the bytes of one vector go; the values add up to nbytes(d)."""
        return {"codes": float(self.nbytes(d))}

    def packed(self, d: int) -> list[tuple[str, int]]:
        """The bits of one code as they lie, least significant first: runs of (part of the ledger, bits)."""
        return [(name, round(8 * size)) for name, size in self.ledger(d).items()]

    def at_once(self) -> int:
        """How many rows are best encoded together; memory is bounded by it."""
        return 4096

    def encode(self, s: State, x: Rows) -> Codes:
        """(n, d) -> uint8 (n, nbytes(d))."""
        raise NotImplementedError

    def decode(self, s: State, c: Codes) -> Rows:
        """uint8 (n, nbytes(d)) -> (n, d)."""
        raise NotImplementedError

    def seen(self, s: State, q: Rows) -> Rows:
        """Queries (m, d) as the scores see them; other than q only where queries are coded too (symmetric scores)."""
        return q

    def scorer(self, s: State, q: Rows) -> Scorer:
        """Scores of codes for these queries (m, d); ranks as seen(q) @ decode(codes).T does."""
        seen = self.seen(s, q)
        return lambda codes: seen @ self.decode(s, codes).T

    def unread(self, s: State) -> tuple[str, ...]:
        """Names of the arrays that searching does not need."""
        return self.encoding_only

    def by_byte(self, s: State) -> Callable[[Rows], Tables] | None:
        """Where a score is a sum over bytes: what gives queries (m, d) their tables (m, nbytes, 256); else None."""
        return None

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        """A compiled exhaustive top-k over these codes that ranks as `scorer` does, where one exists."""
        tables = self.by_byte(s)
        return None if tables is None else lambda q, k: scan_queries(c, q, k, tables)

    def reader(self, s: State, c: Codes) -> Reader | None:
        """Compiled scores of single rows of these codes, for queries (m, d), that rank as `scorer` does; else None."""
        tables = self.by_byte(s)
        return None if tables is None else by_tables(c, tables)


class Wrapper(Stage):
    """Takes a codec as it was fitted and improves what it decodes to; how it encodes stays."""

    def refine(self, codec: Codec, s: State, train: Train) -> State:
        """The state to decode and score with, by what training queries (or documents in their place) are after."""
        raise NotImplementedError


def check_rows(x: Rows, d: int | None, who: str, at_least: int = 0) -> None:
    """One sentence for a wrong width, too few rows, NaN or infinity."""
    if x.ndim != 2 or (d is not None and x.shape[1] != d):
        raise FitError(f"{who} expects rows of width {d}, got an array of shape {x.shape}. Encode with the same model.")
    if len(x) < at_least:
        raise FitError(f"{who} needs at least {at_least} rows to learn from, got {len(x)}. Add documents.")
    if not np.isfinite(x).all():
        row = int(np.flatnonzero(~np.isfinite(x).all(1))[0])
        raise FitError(f"{who} cannot use row {row}: it holds NaN or infinity. Remove it or encode it again.")


def check_dims(who: str, dims: int, d: int) -> None:
    """One sentence for a cut that keeps more dimensions than there are."""
    if dims > d:
        raise FitError(f"{who} keeps more dimensions than the {d} there are; lower it.")


def did_you_mean(word: str, known: Mapping[str, Any]) -> str:
    """'; did you mean …?' or the list of what there is."""
    import difflib

    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean '{near[0]}'?" if near else f"; there is {', '.join(known) or 'none'}."


@cache
def found(package: str, base: type[S]) -> dict[str, type[S]]:
    """The folder is the list: every stage of this kind that a module of `package` defines, by name."""
    home = importlib.import_module(package)
    table: dict[str, type[S]] = {}
    for info in sorted(pkgutil.iter_modules(home.__path__), key=lambda m: m.name):
        module = importlib.import_module(f"{package}.{info.name}")
        for cls in vars(module).values():
            if isinstance(cls, type) and issubclass(cls, base) and cls.name and cls.__module__ == module.__name__:
                if cls.name in table:
                    raise RuntimeError(f"two stages are called {cls.name}: {table[cls.name]} and {cls}")
                table[cls.name] = cls
    return table
