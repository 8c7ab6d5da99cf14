"""Self-tests of the trained stages: where theory knows the answer, training must arrive at it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.compress.ae import Ae
from core.compress.check import Check, within
from core.compress.codebook import Codebook
from core.compress.parse import codec as parse_codec
from core.compress.pca import Pca
from core.compress.qlae import valued
from core.compress.rbe import Rbe, unit
from core.kernels import unpack
from core.types import Rows, Train

D, N = 16, 2000


def neural() -> Iterator[Check]:
    """(name, passed, what was found), seconds in all."""
    x = np.random.default_rng(13).standard_normal((N, D)).astype(np.float32)
    yield principal(x * np.arange(1, D + 1, dtype=np.float32) ** -0.5)
    # One number per dimension of a white Gaussian: the optimal scalar quantiser (Max 1960), or a little better, as
    # the numbers may be correlated; never under the Gaussian limit 4^−R.
    yield error(f"bpv{D}(scale=0,epochs=8)", x, 0.25, 0.3634 + 0.01)
    yield error(f"qlae{D}x2(scale=0,epochs=8)", x, 0.0625, 0.1175 + 0.008)
    yield error(f"qlae{D}x4(scale=0,epochs=8)", x, 4.0**-4, 0.0095 + 0.004)
    yield cosine(x)
    yield additive(x)


def lost(x: Rows, back: Rows) -> float:
    """Mean squared error over the variance."""
    return float(np.square(x - back).sum() / np.square(x - x.mean(0)).sum())


def principal(x: Rows) -> Check:
    """A linear autoencoder's best is the principal subspace (Baldi and Hornik 1989)."""
    shares = []
    for t in (Ae(8, epochs=60), Pca(8)):
        s = t.fit(Train(x))
        shares.append(lost(x, t.undo(s, t.apply(s, x))))
    return within("linear autoencoder, error over that of PCA", shares[0] / shares[1], 0.9999, 1.01)


def error(text: str, x: Rows, low: float, high: float) -> Check:
    """Mean squared error on a white Gaussian, beside the optimal scalar quantiser and the Gaussian limit."""
    book = Codebook.fit(parse_codec(text), Train(x))
    return within(f"{text}, error on a white Gaussian", lost(x, book.decode(book.encode(x))), low, high)


def cosine(x: Rows) -> Check:
    """Scores of coded queries are the cosines of codes, up to a number of the query's own."""
    rbe = Rbe(16, levels=1, hidden=8, epochs=1)
    s = rbe.fit(Train(x))
    codes, q = rbe.encode(s, x[:500]), x[:20]
    b = unit(valued(rbe.values(), unpack(codes, *rbe.layout())))
    gap = rbe.scorer(s, q)(codes) - rbe.asked(s, q) @ b.T
    gap -= gap.mean(1, keepdims=True)
    return within("rbe, scores beside cosines of codes", float(np.abs(gap).max()), 0, 1e-4)


def additive(x: Rows) -> Check:
    """An untrained qinco is a residual quantiser: its codes stand for sums of codewords."""
    book = Codebook.fit(parse_codec("qinco3x4(epochs=0)"), Train(x))
    codes, s = book.encode(x[:200]), book.state
    fields = unpack(codes, *book.codec.layout())  # type: ignore[attr-defined]
    sums = sum(s["words"][m][fields[:, m]] for m in range(3)) * s["spread"] + s["mean"]
    return within(
        "qinco without training, beside sums of codewords", float(np.abs(book.decode(codes) - sums).max()), 0, 1e-5
    )
