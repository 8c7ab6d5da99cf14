"""What engines say they need: one engine per file, by the formula its own documentation or source gives.

These are estimates by others, printed with where they come from; only faiss can be checked here byte for byte. Each
setting has the three columns of our own ledger: memory while searching, disk, and all that must be kept.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil, log

from core.errors import DataError, PlanError
from core.evaluate.ledger import Ledger, Line
from core.stage import did_you_mean


@dataclass(frozen=True)
class Setting:
    """One way to set up an engine for vectors of width `dim`.

    name: as the engine spells it. codes: bytes of one vector as it is scored. formula: bytes, in words and symbols
    (N vectors, d dimensions). parts: the lines for a number of vectors.
    """

    name: str
    dim: int
    codes: float
    formula: str
    parts: Callable[[int], tuple[Line, ...]]

    def ledger(self, rows: int) -> Ledger:
        """Total bytes for `rows` vectors. DataError unless rows >= 1."""
        if rows < 1:
            raise DataError(f"A ledger is drawn up for at least 1 vector, got {rows}. Give the number of vectors.")
        lines = tuple(x for x in self.parts(rows) if x.memory or x.disk)
        return Ledger(self.name, self.dim, rows, lines)


@dataclass(frozen=True)
class Engine:
    """An engine, the version and the page that its formula is taken from, and what in it rests on less than that.

    settings: the usual ways to set it up at a width, every kind of code once.
    """

    name: str
    version: str
    source: str
    settings: Callable[[int], tuple[Setting, ...]]
    second_hand: str = ""

    def nearest(self, dim: int, nbytes: float) -> Setting:
        """The setting whose codes are nearest to this many bytes per vector, by ratio."""
        return min(self.settings(dim), key=lambda s: (abs(log(s.codes / nbytes)), s.codes))


@cache
def engines() -> dict[str, Engine]:
    """The folder is the list: every engine, by the name of its file."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}").ENGINE for name in names}


def engine(name: str) -> Engine:
    """The engine of this name, however it is capitalised. PlanError, with what there is, for any other."""
    found = engines().get(name.lower())
    if found is None:
        raise PlanError(f"no engine is called '{name}'{did_you_mean(name.lower(), engines())}")
    return found


def packed(dim: int, bits: int, step: int = 8) -> int:
    """Bytes of `dim` fields of `bits` bits, the fields filled up to a multiple of `step`."""
    return ceil(step * ceil(dim / step) * bits / 8)


def spelled(bits: float) -> str:
    """Bytes of d fields of so many bits, for formulas: 4 d, d, d / 8, 3 d / 16."""
    share = Fraction(bits) / 8
    top = "d" if share.numerator == 1 else f"{share.numerator} d"
    return top if share.denominator == 1 else f"{top} / {share.denominator}"


def pieces(dim: int, wanted: int) -> int:
    """The most pieces up to `wanted` that cut dim dimensions evenly, as product quantisers of engines need."""
    return next(m for m in range(max(1, min(wanted, dim)), 0, -1) if dim % m == 0)
