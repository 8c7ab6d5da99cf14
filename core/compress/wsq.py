"""Water-filled scalar quantisation: whole bits where the variance is, Lloyd–Max levels (transform coding).

Bits go one by one to the dimension that gains most; fields of 1 to 8 bits fill bytes without straddling them, so the
code is exactly B bytes and the compiled byte scan applies. Behind `klt` it is the flagship's form for long codes.

Paper: Huang, Schultheiss (1963), Block quantization of correlated Gaussian random variables.
Bytes: B; with the scale, its half byte is one of them. The levels are shared by all vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.compress.filled import Filled
from core.compress.product import learn, variances
from core.compress.water import allocate, gaussian_levels
from core.errors import PlanError
from core.kernels import Ints
from core.stage import arg, check_rows
from core.types import Floats, State, Train


@dataclass(frozen=True)
class Wsq(Filled):
    """B bytes dealt to dimensions in whole bits; levels start at Lloyd–Max and are refined on the rows."""

    name: ClassVar[str] = "wsq"
    examples: ClassVar[tuple[str, ...]] = ("wsq6", "wsq6(scale=0)")

    rounds: int = arg(10, 1, 100, "rounds of Lloyd's algorithm", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"klt > wsq{size}", f"klt > wsq{size}(scale=0)") if dim <= 4 * size <= 4 * dim else ()

    def fit(self, train: Train) -> State:
        x = train.rows
        check_rows(x, None, str(self), at_least=2)
        if self.size > x.shape[1]:
            raise PlanError(f"{self} gives more than 8 bits to each of {x.shape[1]} dimensions; use f16.")
        variance = variances(x)
        dims, bits = fill_bytes(variance, self.size, 4 if self.scale else 0)
        mean, spread = x.mean(0, dtype=np.float64)[dims], np.sqrt(variance)[dims]
        levels = [m + s * gaussian_levels(int(b))[0] for m, s, b in zip(mean, spread, bits, strict=True)]
        first = np.concatenate(levels).astype(np.float32)
        return self.scaled(learn(train, list(dims[:, None]), 1 << bits, self.rounds, first), train)


def fill_bytes(variance: Floats, size: int, kept: int) -> tuple[Ints, Ints]:
    """Dimensions and their bits in storage order, such that no field straddles a byte and none is left over.

    `kept` bits at the end of the last byte are not used. The greedy allocation is laid into bytes, largest field first;
    what does not fit is trimmed, and gaps go to the dimensions that gain most from them.
    """
    given = allocate(variance, 8 * size - kept)
    room = np.full(size, 8, np.int64)
    room[-1] -= kept
    held: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for j in sorted(np.flatnonzero(given), key=lambda j: (-given[j], j)):
        fits = np.flatnonzero(room >= given[j])
        byte = int(fits[room[fits].argmin()]) if len(fits) else int(room.argmax())
        bits = int(min(given[j], room[byte]))
        given[j] = bits
        if bits:
            held[byte].append((int(j), bits))
            room[byte] -= bits
    for gap in np.flatnonzero(room):
        grow(held[gap], int(room[gap]), given, variance)
    flat = [field for fields in held for field in fields]
    return np.array([j for j, _ in flat]), np.array([b for _, b in flat])


def grow(fields: list[tuple[int, int]], bits: int, given: Ints, variance: Floats) -> None:
    """Spend a byte's last bits, one by one, on its own fields or on a dimension without any, whichever gains most."""
    for _ in range(bits):
        rest = np.where(given == 0, variance, -1.0)
        fresh = int(rest.argmax())
        own = [variance[j] / 4.0**b if b < 8 else -1.0 for j, b in fields]
        if not own or rest[fresh] >= max(own):
            fields.append((fresh, 1))
            given[fresh] = 1
        else:
            at = int(np.argmax(own))
            fields[at] = (fields[at][0], fields[at][1] + 1)
            given[fields[at][0]] += 1
