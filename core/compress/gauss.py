"""Project on random Gaussian directions: fewer dimensions without looking at the data.

z = (x − μ) G / √m, with independent normal entries in G. The usual estimate, Gᵀ for queries too, is unbiased but adds
noise of its own; here queries go through the pseudo-inverse of G, slightly ridged, so that scores are those of the
document's projection on the m directions. m may exceed d: more sign bits than dimensions.

Paper: Johnson, Lindenstrauss (1984), Extensions of Lipschitz mappings into a Hilbert space.
Bytes: none of its own; the codec behind it codes m dimensions instead of d. The maps, 8 d m bytes, are shared.
Claim: distances are kept up to an error that falls as 1/√m, whatever the data. Small demo corpus (6,782 x 384), int8,
recall@10: 0.17 at 32 dimensions, 0.56 at 128, 0.77 at 256; with Gᵀ for queries 0.15, 0.47, 0.61. Principal axes, which
look at the data, reach 0.39 and 0.84 at 32 and 128: the price of not looking is high.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.compress.affine import Affine, inverse_map
from core.stage import arg
from core.types import State, Train


@dataclass(frozen=True)
class Gauss(Affine):
    """Documents by G / √m, queries by its pseudo-inverse, which is also how rows are put back."""

    name: ClassVar[str] = "gauss"
    family: ClassVar[str] = "cut"
    examples: ClassVar[tuple[str, ...]] = ("gauss16",)

    dims: int = arg(64, 1, 65536, "random directions")

    def dim(self, d: int) -> int:
        return self.dims

    def fit(self, train: Train) -> State:
        random = train.rng().standard_normal((train.rows.shape[1], self.dims)) / np.sqrt(self.dims)
        return {
            "mean": train.rows.mean(0, dtype=np.float64).astype(np.float32),
            "document_map": random.astype(np.float32),
            "query_map": inverse_map(random),
        }
