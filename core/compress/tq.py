"""Turn every vector at random, then round each coordinate to the levels that are best for a bell curve.

After a random rotation all coordinates of a unit vector look alike and nearly Gaussian, so one known table (Lloyd–Max)
serves them all and nothing is learned. A half float per vector is kept beside the fields: its length (scale=0), the
factor that makes scores unbiased (scale=1, EDEN), or the one of least squared error (scale=2, DRIVE). With prod=1 one
bit of each field goes to the signs of a Gaussian sketch of what is left, whose length is kept too: unbiased as well.
Scored by tables of query value times level.

Paper: Zandieh et al. (2025), TurboQuant; Vargaftik et al. (2021, 2022), DRIVE and EDEN.
Bytes: d · bits / 8, rounded up, and 2; with prod=1: d (bits - 1) / 8 and d / 8, each rounded up, and 4.
Claim: prod is the better code for inner products (variance · d .56 at 2 bits, ours .57); here, recall@10 on the small
demo corpus (6,782 x 384): tq4 .939, prod .887; tq2 .828, prod .693. The variance is right, the ordering does not hold.
EDEN's, scale=1 beats both, does: .950 and .845; behind center .956 and .857.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.compress.levels import between, cells, field_shape, field_tables
from core.compress.rot import Rot
from core.compress.water import gaussian_levels
from core.errors import PlanError
from core.scan_bits import Asked, Plane, from_half, pack_bits, scan_planes, to_half, unpack_bits
from core.stage import Codec, arg, check_rows
from core.types import Codes, Hits, Rows, Scanner, State, Train

SIGNS = np.array([[-1.0, 1.0]], np.float32)


@dataclass(frozen=True)
class Tq(Codec):
    """Fields, sign bits of the sketch, then as half floats what multiplies each of the two sums."""

    name: ClassVar[str] = "tq"
    family: ClassVar[str] = "scalar"
    examples: ClassVar[tuple[str, ...]] = ("tq4", "tq2(scale=1)", "tq3(prod=1)")

    bits: int = arg(4, 1, 8, "bits per dimension")
    scale: int = arg(0, 0, 2, "scale per vector: 0 its length, 1 unbiased scores, 2 least squared error", keyword=True)
    prod: int = arg(0, 0, 1, "one of the bits for a sign sketch of the rest", keyword=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prod and self.scale:
            raise PlanError(f"{self.name}: prod and scale both make scores unbiased; keep one.")

    @property
    def levels(self) -> Rows:
        """Lloyd–Max levels of the fields, (1, 2^bits); a single zero where the sketch takes the only bit."""
        return gaussian_levels(self.bits - self.prod)[0].astype(np.float32)[None]

    def parts(self, d: int) -> tuple[int, int]:
        """Bytes of the fields and of the sketch."""
        return -(-d * (self.bits - self.prod) // 8), self.prod * -(-d // 8)

    def nbytes(self, d: int) -> int:
        return sum(self.parts(d)) + 2 + 2 * self.prod

    def ledger(self, d: int) -> dict[str, float]:
        fields, sketch = map(float, self.parts(d))
        more = {"sketch": sketch} if self.prod else {}
        return {"codes": fields} | more | {"scale": 2.0} | ({"sketch length": 2.0} if self.prod else {})

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        rotation = Rot().fit(train)["rotation"]
        if not self.prod:
            return {"rotation": rotation}
        sketch = np.random.default_rng([train.seed, 1]).standard_normal(rotation.shape).astype(np.float32)
        return {"rotation": rotation, "sketch": sketch}

    def encode(self, s: State, x: Rows) -> Codes:
        d = x.shape[1]
        length = np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-30)
        r = (x / length) @ s["rotation"] * np.float32(np.sqrt(d))
        fields = cells(r, between(self.levels))
        y = self.levels[0][fields]
        ends = to_half(length / np.sqrt(d) * self.factor(r, y))
        codes = [pack_bits(fields, self.bits - self.prod), ends]
        if self.prod:
            rest = r * np.float32(1 / np.sqrt(d)) * length - from_half(ends) * y
            signs = (rest @ s["sketch"] > 0).astype(np.uint8)
            noise = np.sqrt(np.pi / 2) / d * np.linalg.norm(rest, axis=1, keepdims=True)
            codes = [codes[0], pack_bits(signs, 1), ends, to_half(noise)]
        return np.concatenate(codes, axis=1)

    def factor(self, r: Rows, y: Rows) -> NDArray[np.float32]:
        """What multiplies the levels y that stand for r (n, d), √d times a unit vector: (n, 1)."""
        inner = np.einsum("ij,ij->i", r, y)[:, None]
        if self.scale == 0:
            return np.ones_like(inner)
        if self.scale == 1:
            inner = np.float32(r.shape[1]) / np.maximum(inner, np.float32(1e-3 * r.shape[1]))
        else:
            inner = inner / np.einsum("ij,ij->i", y, y)[:, None]
        out: NDArray[np.float32] = inner
        return out

    def decode(self, s: State, c: Codes) -> Rows:
        d = len(s["rotation"])
        halves = from_half(c[:, sum(self.parts(d)) :])
        r = halves[:, :1] * self.levels[0][unpack_bits(c, self.bits - self.prod, d)]
        if self.prod:
            r = r + halves[:, 1:] * SIGNS[0][unpack_bits(c, 1, d, self.parts(d)[0])] @ s["sketch"].T
        x: Rows = r @ s["rotation"].T
        return x

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        d, levels, bits = len(s["rotation"]), self.levels, self.bits - self.prod
        fields, end = self.parts(d)[0], sum(self.parts(d))
        planes = [Plane(0, *field_shape(d, bits), end)] if bits else []
        if self.prod:
            planes.append(Plane(fields, *field_shape(d, 1), end + 2))

        def ask(q: Rows) -> Asked:
            q = q @ s["rotation"]
            tables = [field_tables(q, levels, bits)] if bits else []
            if self.prod:
                tables.append(field_tables(q @ s["sketch"], SIGNS, 1))
            return Asked(np.concatenate(tables, axis=1), np.zeros((len(q), len(planes)), np.float32), q)

        def run(q: Rows, k: int) -> Hits:
            return scan_planes(c, planes, ask, q, k, linear=False)

        return run
