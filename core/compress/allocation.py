"""Where the bits go: the variance of each dimension that a fitted codec sees, and the bits that it deserves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compress.chain import Chain, Wrapped, part
from core.compress.codebook import Codebook
from core.compress.filled import Filled
from core.compress.water import rates
from core.compress.wrq import Wrq
from core.types import Floats


@dataclass(frozen=True)
class Allocation:
    """variance (d,) falling; rates (d,) ideal bits of each; level: the water level, under which none is given."""

    variance: Floats
    rates: Floats
    level: float


def allocation(codebook: Codebook) -> Allocation | None:
    """The allocation of a water-filled codec behind a transform that knows its variances; None for all others."""
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
    return Allocation(lam, spent, level)
