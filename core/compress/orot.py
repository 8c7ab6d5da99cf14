"""Rotate small groups of dimensions, dealt so that every group holds the same energy.

A dense rotation spreads a few strong dimensions over all others; rotating groups is cheaper, but leaves groups unequal.
So dimensions are dealt first, the strongest one left to the group that holds least, and `had` rotates each group. For
codes with one range or the same bits everywhere.

Paper: Su et al. (2025), RotateKV: accurate and robust 2-bit KV cache quantization by outlier-aware adaptive rotations.
Bytes: none of its own; 11 d bytes of order and signs are shared by all vectors.
Claim: reordering makes rotated groups fit for 2 bits. Small demo corpus (6,782 x 384), groups of 16,
`int2(shared=1,clip=100)`, recall@10: on principal axes, whose energies differ most, 0.788 dealt, 0.689 in order, 0.830
by `had`: holds. On the model's own axes, which are even, dealing changes nothing: 0.827, 0.823 and 0.824.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.compress.had import random_signs, turn
from core.compress.product import variances
from core.compress.rot import even_rate
from core.kernels import Ints
from core.stage import Transform, arg
from core.types import Rows, State, Train


@dataclass(frozen=True)
class Orot(Transform):
    """Dimensions in an order of their own, then `had` within groups of about `group` of them."""

    name: ClassVar[str] = "orot"
    examples: ClassVar[tuple[str, ...]] = ("orot", "orot(group=8)")

    group: int = arg(128, 1, 65536, "dimensions rotated together", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return even_rate("orot", size, dim)

    def fit(self, train: Train) -> State:
        d = train.rows.shape[1]
        order, edges = deal_evenly(variances(train.rows), max(1, round(d / self.group)))
        return {"order": order, "edges": edges, "signs": random_signs(d, train.rng())}

    def apply(self, s: State, x: Rows) -> Rows:
        return turn(x[:, s["order"]], s["signs"], s["edges"])

    def undo(self, s: State, z: Rows) -> Rows:
        x = np.empty_like(z)
        x[:, s["order"]] = turn(z, s["signs"], s["edges"], back=True)
        return x

    def query(self, s: State, q: Rows) -> Rows:
        return self.apply(s, q)


def deal_evenly(energy: NDArray[np.float64], groups: int) -> tuple[Ints, Ints]:
    """Dimensions in group order and the edges of groups, of even size; the strongest left goes to the weakest group."""
    room = np.array([len(part) for part in np.array_split(energy, groups)])
    held: list[list[int]] = [[] for _ in room]
    load = np.zeros(groups)
    for j in np.argsort(-energy, kind="stable"):
        g = int(np.where([len(h) < r for h, r in zip(held, room, strict=True)], load, np.inf).argmin())
        held[g].append(int(j))
        load[g] += energy[j]
    return np.concatenate(held).astype(np.int64), np.concatenate([[0], np.cumsum(room)])
