"""Where the bits go: what each dimension that a codec sees varies by, and the bits that it gets.

Water-filled codecs deal bits out by reverse water-filling, so the deal itself is known. For all others it is measured:
½ log2(variance / mean squared error) of decoded documents, which is what a Gaussian of that variance would cost at that
error (Cover, Thomas, Elements of information theory, 10.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compress.chain import Chain, Wrapped, part
from core.compress.codebook import Codebook
from core.compress.filled import Filled
from core.compress.water import rates
from core.compress.wrq import Wrq
from core.types import Floats, Rows

MOST = 24.0  # bits of a dimension that comes back as it went in: float32 holds no more


@dataclass(frozen=True)
class Allocation:
    """Dimensions in the order of falling variance. variance, rates (d,): of each, and its bits; level: of the water.

    bits: of one code. rows: documents that rates are measured on, 0 where they are the deal of a water-filled codec.
    dropped: dimensions of the vectors that the codec never sees.
    """

    variance: Floats
    rates: Floats
    level: float
    bits: int
    rows: int = 0
    dropped: int = 0

    @property
    def active(self) -> int:
        """Dimensions that get any: of a deal all above the level, of a measurement at least a tenth of a bit."""
        return int((self.rates > (0.1 if self.rows else 0)).sum())

    @property
    def ideal(self) -> Floats:
        """½ log2(variance / level) (d,): what reverse water-filling of the same bits would give, where above zero."""
        return np.asarray(0.5 * np.log2(np.maximum(self.variance, 1e-300) / self.level))


def allocation(codebook: Codebook, rows: Rows | None = None) -> Allocation | None:
    """The deal of a water-filled codec behind a transform that knows its variances; of all others what `rows` (n, d)
    show, documents that the codebook has not learned from, or None without them.
    """
    return dealt(codebook) or (None if rows is None else measured(codebook, rows))


def dealt(codebook: Codebook) -> Allocation | None:
    """How a water-filled codec dealt its bits; None where bits are not dealt, or the variances not kept."""
    codec = codebook.codec
    if not isinstance(codec, Chain):
        return None
    last = codec.codec.codec if isinstance(codec.codec, Wrapped) else codec.codec
    if not isinstance(last, Filled | Wrq):
        return None
    variance = part(codebook.state, len(codec.transforms) - 1).get("variance")
    if variance is None:
        return None
    lam = np.sort(variance.astype(np.float64))[::-1]
    spent, level = rates(lam, 8 * last.size - 4 * last.scale)
    return Allocation(lam, spent, level, 8 * codebook.nbytes)


def measured(codebook: Codebook, rows: Rows) -> Allocation:
    """Effective bits of each dimension that the codec is given, by what decoding these rows (n, d) loses in it."""
    given, back = inside(codebook, rows)
    x = given.astype(np.float64)
    variance, error = x.var(0), np.square(x - back).mean(0)
    order = np.argsort(-variance, kind="stable")
    variance, error = variance[order], error[order]
    alive = variance > 1e-12 * max(float(variance[0]), 1e-300)
    found = 0.5 * np.log2(np.maximum(variance, 1e-300) / np.maximum(error, variance * 2.0 ** (-2 * MOST) + 1e-300))
    bits = 8 * codebook.nbytes
    level = rates(variance, bits)[1]
    dropped = max(0, codebook.dim - len(variance))
    return Allocation(variance, np.where(alive, found, 0.0), level, bits, len(rows), dropped)


def inside(codebook: Codebook, rows: Rows) -> tuple[Rows, Rows]:
    """What the codec behind the transforms is given for these rows (n, d), and what it gives back: both (n, width)."""
    codes, codec, state = codebook.encode(rows), codebook.codec, codebook.state
    if not isinstance(codec, Chain):
        return rows, codec.decode(state, codes)
    for i, t in enumerate(codec.transforms):
        rows = t.apply(part(state, i), rows)
    return rows, codec.codec.decode(part(state, len(codec.transforms)), codes)
