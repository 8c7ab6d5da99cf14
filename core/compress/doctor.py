"""Self-tests of the codecs against values known from theory: a codec that fails here must not be believed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.compress import codecs, wrappers
from core.compress.check import Check, within
from core.compress.checks_binary import binary
from core.compress.checks_neural import neural
from core.compress.checks_scalar import checks_scalar
from core.compress.checks_transforms import transform_checks
from core.compress.checks_vector import checks as vector_checks
from core.compress.codebook import Codebook
from core.compress.parse import codec as parse_codec
from core.compress.water import allocate, gaussian_distortion, rates
from core.kernels import top
from core.stage import Codec
from core.types import Codes, Rows, Scores, Train

# Optimal quantisers of N(0, 1) with 2^b levels: mean squared error (Max 1960; Gersho and Gray 1992).
LLOYD_MAX = {1: 0.363380, 2: 0.117482, 3: 0.034548, 4: 0.009501, 5: 0.002505, 6: 0.000644}
D, N = 32, 20_000


def checks() -> Iterator[Check]:
    """(name, passed, what was found) for each self-test, seconds in all."""
    yield from theory()
    x = np.random.default_rng(7).standard_normal((N, D)).astype(np.float32)
    yield from distortions(x)
    yield from transform_checks()
    yield from checks_scalar()
    yield from binary()
    yield from neural()
    yield from vector_checks()
    for cls in (*codecs().values(), *wrappers().values()):
        for text in cls.examples:
            yield consistent(text if issubclass(cls, Codec) else f"{text} > wpq6", x[:2000])


def theory() -> Iterator[Check]:
    """The arithmetic that water-filled codecs stand on."""
    for bits, known in LLOYD_MAX.items():
        yield within(f"Lloyd–Max, {bits} bits", gaussian_distortion(bits), known - 2e-5, known + 2e-5)
    spread, level = rates(1 / np.arange(1.0, 769.0), 256)
    limit = float(np.minimum(1 / np.arange(1.0, 769.0), level).sum() / (1 / np.arange(1.0, 769.0)).sum())
    yield within("reverse water-filling spends its bits", float(spread.sum()), 255.999, 256.001)
    yield within("share lost at λ = 1/i, 768 dimensions, 32 B", limit, 0.2433, 0.2443)
    yield within("whole bits dealt", float(allocate(1 / np.arange(1.0, 65.0), 100).sum()), 100, 100)


def distortions(x: Rows) -> Iterator[Check]:
    """Mean squared error on a white Gaussian, beside the optimum at that rate and the Gaussian limit 4^−R."""
    cases = {
        "bin": (LLOYD_MAX[1] - 0.005, LLOYD_MAX[1] + 0.005),
        "wsq8(scale=0)": (LLOYD_MAX[2] - 0.004, LLOYD_MAX[2] + 0.004),
        "wsq16(scale=0)": (LLOYD_MAX[4] - 0.0008, LLOYD_MAX[4] + 0.0008),
        "pq16x8": (4.0**-4, LLOYD_MAX[4]),
        "pq16x4": (4.0**-2, LLOYD_MAX[2] + 0.001),
        "wpq8(scale=0)": (4.0**-2, LLOYD_MAX[2]),
        "opq16x4": (4.0**-2, LLOYD_MAX[2] + 0.001),
    }
    for text, (low, high) in cases.items():
        book = Codebook.fit(parse_codec(text), Train(x))
        lost = float(((x - book.decode(book.encode(x))) ** 2).mean())
        yield within(f"{text}, error on a white Gaussian", lost, low, high)
    book = Codebook.fit(parse_codec("int8"), Train(x))
    step = float((book.state["step"] ** 2).mean() / 12)
    lost = float(((x - book.decode(book.encode(x))) ** 2).mean())
    yield within("int8, error over Δ²/12", lost / step, 0.97, 1.03)


def consistent(text: str, x: Rows) -> Check:
    """Bytes as stated, scores as decoded, and the compiled scan in agreement with both."""
    try:
        right, found = agreement(Codebook.fit(parse_codec(text), Train(x, x[:200])), x)
    except Exception as e:
        right, found = False, f"it broke: {type(e).__name__}: {e}"
    return f"{text}, bytes and scores", right, found


def agreement(book: Codebook, x: Rows) -> tuple[bool, str]:
    """Codes are as many bytes as stated, scores, scanned or not, rank as those of the decoded rows, which keep more
    than the mean does, and rows a thousand times too long stay on their side.
    """
    codes, q = book.encode(x), x[:16]
    decoded = book.decode(codes)
    gap = disorder(book, codes, q, book.codec.seen(book.state, q) @ decoded.T)
    lost = float(((x - decoded) ** 2).sum() / ((x - x.mean(0)) ** 2).sum())
    far = book.decode(book.encode(x[:64] * np.float32(1000)))
    kept = float((np.einsum("ij,ij->i", far, x[:64]) > 0).mean()) if np.isfinite(far).all() else 0.0
    sized = codes.dtype == np.uint8 and codes.shape == (len(x), book.codec.nbytes(D))
    found = f"{codes.shape[1]} B, largest gap {gap:.1e}, error {lost:.3f}, {kept:.0%} of far rows on their side"
    return bool(sized and gap < 1e-4 and lost < 1 and kept > 0.9), found


def disorder(book: Codebook, codes: Codes, q: Rows, scores: Scores) -> float:
    """By how much the ten best that a codec finds fall short of the ten best `scores`, as a share of the largest."""
    found = [top(book.scorer(q)(codes), 10)[0]]
    if (scan := book.scanner(codes)) is not None:
        found.append(scan(q, 10).ids)
    best = top(scores, 10)[1]
    return max(float((best - np.take_along_axis(scores, ids, 1)).max() / np.abs(scores).max()) for ids in found)
