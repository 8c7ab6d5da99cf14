"""Self-tests of vector quantisers: what theory and their own construction promise on Gaussian and clustered rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.compress.check import Check
from core.compress.codebook import Codebook
from core.compress.parse import codec
from core.types import Rows, Train

N, D = 4000, 24


ADDITIVE = ("lsq6x4(turns=4)", "prq2x3x8(turns=1)", "lsq3x8(turns=4)", "book3x8(turns=4)")


def gaussian(seed: int) -> Rows:
    """White rows: no codec can lose less than 4^−R of their variance."""
    return np.random.default_rng(seed).standard_normal((N, D)).astype(np.float32)


def clustered(seed: int) -> Rows:
    """Rows around 64 centres, which are the same for every seed."""
    rng, centres = np.random.default_rng(seed), np.random.default_rng(99).standard_normal((64, D))
    return (centres[rng.integers(0, 64, N)] + 0.3 * rng.standard_normal((N, D))).astype(np.float32)


def lost(text: str, learned: Rows, coded: Rows) -> float:
    """Share of the variance of `coded` that the codec, learned on other rows, does not keep."""
    book = Codebook.fit(codec(text), Train(learned))
    left = coded - book.decode(book.encode(coded))
    return float((left**2).sum() / ((coded - coded.mean(0)) ** 2).sum())


def checks() -> Iterator[Check]:
    """(name, passed, what was found) for each self-test."""
    for kind, make in (("Gaussian", gaussian), ("clustered", clustered)):
        learned, coded = make(1), make(2)
        plain = {size: lost(f"pq{size}x8", learned, coded) for size in (3, 6)}
        for text in ADDITIVE:
            size = codec(text).nbytes(D)
            got, bound = lost(text, learned, coded), 1.2 * plain[size]
            yield f"{text}, error below 1.2 × pq{size}x8, {kind}", got < bound, f"{got:.4f}, expected below {bound:.4f}"
            if kind == "Gaussian":
                limit = 4.0 ** (-8 * size / D)
                yield f"{text}, error above the Gaussian limit", got > limit, f"{got:.4f}, limit {limit:.4f}"
    yield from used()


def used() -> Iterator[Check]:
    """Codes are used evenly where training asks for it, and no codeword falls out of use."""
    x = clustered(1)
    even, plain = (entropy(text, x) for text in ("cpq4x8(turns=4)", "pq4x8"))
    yield "cpq, entropy of its codes above pq's", even > plain, f"{even:.3f} bits of 8, pq {plain:.3f}"
    share = used_share("simvq4x8", gaussian(1))
    yield "simvq, share of its codewords in use", share > 0.99, f"{share:.3f}, expected above 0.99"


def entropy(text: str, x: Rows) -> float:
    """Mean entropy of the bytes of the codes of x, in bits."""
    book = Codebook.fit(codec(text), Train(x))
    counts = [np.bincount(column, minlength=256) / len(x) for column in book.encode(x).T]
    return float(np.mean([-(p[p > 0] * np.log2(p[p > 0])).sum() for p in counts]))


def used_share(text: str, x: Rows) -> float:
    """Share of the 256 values that occur in a byte of the codes of x, on average."""
    book = Codebook.fit(codec(text), Train(x))
    return float(np.mean([len(np.unique(column)) / 256 for column in book.encode(x).T]))
