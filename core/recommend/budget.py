"""A budget read, checked and said, and what it allows a plan before anything is measured."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from core import words
from core.errors import ThinvecError
from core.plan import Plan
from core.stage import did_you_mean
from core.types import Budget

NAMES = {f.name.removesuffix("_per_vector"): f.name for f in fields(Budget)}  # what people write -> the field
UNITS = {"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12} | {
    f"{letter}IB": 1024.0**power for power, letter in enumerate("KMGT", 1)
}
SHARES = ("recall", "ndcg")
LISTED = 4  # bytes per vector that lists take


def checked(budget: Budget) -> Budget:
    """The budget itself; ThinvecError, one sentence, when it limits nothing or cannot be meant."""
    given = {name: value for name, value in asdict(budget).items() if value is not None}
    if not given.keys() - {"rows"}:
        raise ThinvecError("A budget needs a limit or an aim; give bytes, a ratio, memory, a recall or rows looked at.")
    for name, value in given.items():
        if not (math.isfinite(value) and value > 0):
            raise ThinvecError(f"A budget of {_plain(name)} must be more than 0, got {value:g}; give a larger one.")
        if name in SHARES and value > 1:
            raise ThinvecError(f"A share to reach lies between 0 and 1, got {_plain(name)} {value:g}; 0.95 is usual.")
        if name == "rows" and value < 1:
            raise ThinvecError(
                f"Codebooks are shared by at least 1 vector, got {value:g}; give the size of your corpus."
            )
    return budget


def read(params: Mapping[str, Any]) -> Budget:
    """From JSON or a link: bytes, ratio, rows, memory and disk ("1GiB", "500 MB"), recall, ndcg, looked.

    ThinvecError, one sentence, for anything else.
    """
    asked: dict[str, float] = {}
    for key, value in params.items():
        if key not in NAMES:
            raise ThinvecError(f"A budget has no '{key}'{did_you_mean(key, NAMES)}")
        if value is not None and value != "":
            asked[NAMES[key]] = number(value, key)
    if "rows" in asked:
        asked["rows"] = int(asked["rows"])
    return checked(Budget(**asked))  # type: ignore[arg-type]


def written(budget: Budget) -> dict[str, float | int]:
    """What `read` reads: only what is set."""
    return {name: value for name, field in NAMES.items() if (value := getattr(budget, field)) is not None}


def number(value: Any, what: str) -> float:
    """A number, or text such as 10,000,000, 1.5GiB or 500 MB, in bytes; ThinvecError for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    match = re.fullmatch(r"([0-9][0-9_,]*(?:\.[0-9]+)?|\.[0-9]+)\s*([a-zA-Z]*)", str(value).strip())
    unit = match[2].upper() if match else "?"
    if match is None or unit not in UNITS or (unit and what not in ("memory", "disk", "bytes")):
        raise ThinvecError(f"{what} is a number, or a size such as 1GiB or 500MB, got '{value}'; write it so.")
    return float(match[1].replace(",", "").replace("_", "")) * UNITS[unit]


def said(budget: Budget) -> str:
    """48 B per vector; 10,000,000 rows in 1.0 GiB of memory; recall 0.95 or more at the fewest bytes."""
    b, parts = budget, []
    if b.bytes_per_vector is not None:
        parts.append(f"{exact(b.bytes_per_vector)} per vector")
    if b.ratio is not None:
        parts.append(f"1/{b.ratio:g} of float32")
    given = [(b.memory, "memory"), (b.disk, "disk")]
    if rooms := [f"{words.size(size)} of {what}" for size, what in given if size is not None]:
        parts.append(f"{words.plural(b.rows, 'row') if b.rows else 'these rows'} in {' and '.join(rooms)}")
    elif b.rows:
        parts.append(f"for {words.plural(b.rows, 'row')}")
    if b.looked is not None:
        parts.append(f"at most {words.plural(round(b.looked), 'row')} looked at")
    if asked := aim(b):
        parts.append(f"{asked} or more at the fewest bytes")
    return ", ".join(parts)


def aim(b: Budget) -> str:
    """What is to be reached: recall 0.95; 98 % of float32's nDCG@10; '' where nothing is."""
    aims = [] if b.recall is None else [f"recall {b.recall:g}"]
    aims += [] if b.ndcg is None else [f"{100 * b.ndcg:g} % of float32's nDCG@10"]
    return " and ".join(aims)


def ceiling(budget: Budget, dim: int, n: int) -> float:
    """Bytes per vector that no plan may exceed, known before anything is measured; infinite where nothing limits them.

    With room on disk for rerank codes this bounds the codes that are searched first; see `room`. Where not every row
    may be looked at, the number of each row in its list is taken off.
    """
    caps = [math.inf] if budget.bytes_per_vector is None else [budget.bytes_per_vector]
    caps += [] if budget.ratio is None else [4 * dim / budget.ratio]
    caps += [] if budget.memory is None else [budget.memory / (budget.rows or n)]
    return min(caps) - (LISTED if budget.looked is not None and budget.looked < n else 0)


def room(budget: Budget, dim: int, n: int) -> float:
    """Bytes per vector in all for plans whose rerank codes lie on disk; 0 where no disk is given for them."""
    if budget.memory is None or budget.disk is None:
        return 0.0
    return min(budget.disk / (budget.rows or n), ceiling(replace(budget, memory=None), dim, n))


def fits(plan: Plan, budget: Budget, dim: int, n: int) -> bool:
    """Whether a plan can be within the budget at all, by its bytes alone: what is learned comes on top."""
    size = plan.nbytes(dim)
    if size <= ceiling(budget, dim, n):
        return budget.disk is None or size <= budget.disk / (budget.rows or n)
    return (
        plan.rerank is not None and plan.codec.nbytes(dim) <= ceiling(budget, dim, n) and size <= room(budget, dim, n)
    )


def exact(b: float, decimals: int = 0) -> str:
    """48 B, 60.2 B, 0.03 B: whole if it is whole, else with the decimals that keep it from reading 0."""
    return f"{b:,.0f} B" if float(b).is_integer() and not decimals else f"{b:,.{decimals or places(b)}f} B"


def places(x: float) -> int:
    """Decimals that keep a small number from reading 0."""
    return 1 if x >= 0.05 else math.ceil(-math.log10(max(1e-9, x)))


def _plain(name: str) -> str:
    return {"bytes_per_vector": "bytes per vector", "ndcg": "nDCG", "looked": "rows looked at"}.get(name, name)
