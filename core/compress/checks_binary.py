"""Self-tests of binary codes: the angle law of random signs, and RaBitQ's angle, unbiasedness, variance and bound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.compress.check import Check, within
from core.compress.codebook import Codebook
from core.compress.parse import codec as parse_codec
from core.compress.rabitq import Rabitq, error_bound
from core.types import Floats, Rows, Train

D, N, M = 256, 4000, 200


# d times the variance of an unbiased score of unit vectors: 1/cos² − 1 of the best grid point. 1 bit: π/2 − 1. A fixed
# uniform code of N(0, 1) has .1349, .0389 and .0117 for 2 to 4 bits; one that fits each vector its scale has less.
VARIANCE = {1: 0.5708, 2: 0.1330, 3: 0.0374, 4: 0.0107}


def binary() -> Iterator[Check]:
    """(name, passed, what was found), on random directions, where theory is exact."""
    rng = np.random.default_rng(11)
    x, q = unit(rng.standard_normal((N, D))), unit(rng.standard_normal((M, D)))
    yield from angles(x, rng)
    for bits, known in VARIANCE.items():
        yield from rabitq(bits, known, x, q)


def angles(x: Rows, rng: np.random.Generator) -> Iterator[Check]:
    """Two vectors at angle θ differ in a share θ/π of their signs."""
    book = Codebook.fit(parse_codec(f"lsh{D}"), Train(x))
    other = rng.standard_normal(x.shape)
    side = unit(other - np.einsum("ij,ij->i", other, x)[:, None] * x)
    for theta in (np.pi / 8, np.pi / 3, np.pi / 2):
        turned = np.asarray(np.cos(theta) * x + np.sin(theta) * side, np.float32)
        share = float(np.bitwise_count(book.encode(x) ^ book.encode(turned)).sum() / (N * D))
        name = f"signs that differ at an angle of {np.degrees(theta):.1f}°"
        yield within(name, share, theta / np.pi - 0.003, theta / np.pi + 0.003)


def rabitq(bits: int, known: float, x: Rows, q: Rows) -> Iterator[Check]:
    book, name = Codebook.fit(parse_codec(f"rabitq{bits}"), Train(x)), f"rabitq{bits}"
    assert isinstance(book.codec, Rabitq)
    codes, exact = book.encode(x), q @ x.T
    off = book.scorer(q)(codes) - exact
    if bits == 1:
        yield within("rabitq1, ⟨ō, o⟩", float(np.sqrt(1 - book.state["missed"][0] ** 2)), 0.795, 0.802)
    yield within(f"{name}, slope of scores", float((off * exact).mean() / (exact * exact).mean() + 1), 0.995, 1.005)
    yield within(f"{name}, d × variance of scores", float(off.var() * D), known * 0.97, known * 1.03)
    inside = float((np.abs(off) <= error_bound(book.codec, book.state, codes, q)).mean())
    yield within(f"{name}, scores within ±1.9 deviations", inside, 0.935, 0.95)


def unit(x: Floats) -> Rows:
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True), np.float32)
