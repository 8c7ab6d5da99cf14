"""Self-tests of the codecs of one number at a time: known errors of known quantisers, and scores without a slope."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.compress.check import Check, within
from core.compress.codebook import Codebook
from core.compress.lattice import nearest_points, points
from core.compress.parse import codec as parse_codec
from core.compress.water import gaussian_distortion
from core.types import Rows, Train

N, WIDTH = 20_000, 16
PAIRS, D = 2000, 128
UNIFORM = {2: 0.11885, 3: 0.03744, 4: 0.01154}  # best equal cells on N(0, 1) (Max 1960)


def checks_scalar() -> Iterator[Check]:
    """(name, passed, what was found) for each self-test, seconds in all."""
    rng = np.random.default_rng(11)
    yield from white_errors(rng.standard_normal((N, WIDTH)).astype(np.float32))
    yield from rotated(unit(rng, PAIRS), unit(rng, PAIRS))


def unit(rng: np.random.Generator, n: int) -> Rows:
    x = rng.standard_normal((n, D))
    out: Rows = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    return out


def lost(text: str, x: Rows) -> float:
    """Mean squared error of a codec fitted to these rows."""
    book = Codebook.fit(parse_codec(text), Train(x))
    return float(np.square(x - book.decode(book.encode(x))).mean())


def white_errors(x: Rows) -> Iterator[Check]:
    """Mean squared error on a white Gaussian beside the optimum of each family."""
    for bits in (1, 2, 3, 4):
        best = gaussian_distortion(bits)
        yield within(f"nuq{bits}, error on a white Gaussian", lost(f"nuq{bits}", x), 0.97 * best, 1.02 * best)
    for bits, best in UNIFORM.items():
        text = f"int{bits}(dual=1)"
        yield within(f"{text}, error on a white Gaussian", lost(text, x), 0.97 * best, 1.03 * best)
    y = x[:4000] / np.float32(0.97)
    near = points()[nearest_points(y).view("<u2")].reshape(y.shape) / np.float32(4)
    yield within("e8, error on a white Gaussian", 0.97**2 * float(np.square(y - near).mean()), 0.0902, 0.0935)


def slope(text: str, x: Rows, q: Rows) -> tuple[float, float]:
    """Slope of estimated on true inner products of pairs, near and far, and the variance of far ones times d."""
    book = Codebook.fit(parse_codec(text), Train(x))
    decoded = book.decode(book.encode(x))
    near = (q + x) / np.linalg.norm(q + x, axis=1, keepdims=True)
    truth = np.concatenate([np.einsum("ij,ij->i", a, x) for a in (near, q)])
    found = np.concatenate([np.einsum("ij,ij->i", a, decoded) for a in (near, q)])
    return float(truth @ found / (truth @ truth)), float(np.var((found - truth)[len(x) :]) * D)


def rotated(x: Rows, q: Rows) -> Iterator[Check]:
    """Inner products of random unit vectors: D shrinks them by 1 - D, the unbiased scale and the sketch do not."""
    for bits in (1, 2, 4):
        best = gaussian_distortion(bits)
        plain, _ = slope(f"tq{bits}", x, q)
        yield within(f"tq{bits}, slope of scores", plain, 1 - best - 0.02, 1 - best + 0.02)
        even, noise = slope(f"tq{bits}(scale=1)", x, q)
        yield within(f"tq{bits}(scale=1), slope of scores", even, 0.98, 1.02)
        right = best / (1 - best)
        yield within(f"tq{bits}(scale=1), variance times d", noise, 0.9 * right, 1.1 * right)
    for bits in (1, 2, 4):
        even, noise = slope(f"tq{bits}(prod=1)", x, q)
        right = np.pi / 2 * (gaussian_distortion(bits - 1) if bits > 1 else 1.0)
        yield within(f"tq{bits}(prod=1), slope of scores", even, 0.97, 1.03)
        yield within(f"tq{bits}(prod=1), variance times d", noise, 0.88 * right, 1.12 * right)
