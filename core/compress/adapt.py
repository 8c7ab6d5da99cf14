"""Turns any model's vectors so that their first numbers matter most, then lets a small network correct what that loses.

Matryoshka models are trained so that prefixes work; this makes prefixes of any vectors work. Principal coordinates c
get a correction f(c), one hidden layer, trained so that pairs keep their similarity in the first m numbers, and in the
first m/2 and m/4: between training queries and all documents of a batch, and with their own neighbours again. A linear
map fitted by least squares leads back, and takes queries along. Learns from 16,384 rows and 4,096 queries at most.

Paper: Yoon et al. (2024), Matryoshka-Adaptor: unsupervised and supervised tuning for smaller embedding dimensions.
Bytes: none of its own; a codec stores the `dims` numbers.
Claim: at 64 dimensions nDCG@10 .433 -> .485; here recall@10 on the small demo corpus, 6,782 x 384: mrl .407, pca .633,
klt > pca .651, adapt .661; at 128: .595, .837, .850, .844; scifact at 64: .402, .650, -, .662. Holds against prefixes;
over PCA the gain is small, and klt has most of it without training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.compress.decoded import Decoded
from core.compress.pca import moments, ordered_eigh
from core.compress.product import sample
from core.compress.train_torch import (
    FRAME,
    LEARN,
    Weights,
    block,
    descend,
    frame,
    framed,
    linear_decoder,
    names,
    new_block,
    tensor,
)
from core.kernels import nearest_rows
from core.stage import arg, check_dims, check_rows
from core.types import Rows, State, Train

ANCHORS = 4096  # queries (or rows in their place) whose neighbours are looked at, at most
NEAR = 8  # neighbours of each, at most
NESTED = 3  # prefixes that are trained: all dimensions kept, half and a quarter of them


@dataclass(frozen=True)
class Adapt(Decoded):
    """z = (c + f(c))[:m] for principal coordinates c; x̂ = z D + b, a query q Dᵀ."""

    name: ClassVar[str] = "adapt"
    network: ClassVar[str] = "adaptor"
    examples: ClassVar[tuple[str, ...]] = ("adapt16(epochs=3)",)
    encoding_only: ClassVar[tuple[str, ...]] = (*FRAME, "offset", *names("adaptor"))

    dims: int = arg(64, 1, 65536, "dimensions kept")
    hidden: int = arg(256, 1, 8192, "units of the adaptor's hidden layer", keyword=True)
    epochs: int = arg(10, 1, 1000, "rounds over the training queries", keyword=True)

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        check_dims(str(self), self.dims, train.rows.shape[1])
        x, rng = sample(train.rows, train.rng(), LEARN), train.rng()
        s = frame(x)
        z = framed(s, x)
        axes = ordered_eigh(moments(z)[1])[1][:, : self.dims]
        first = new_block(rng, "adaptor", axes, self.hidden) | {"decoder": axes.T.astype(np.float32)}
        w = self._learn(train, first, z, asked(train, x, rng))
        decoder, offset = linear_decoder(block(w, "adaptor", z), x)
        return s | w | {"decoder": decoder, "offset": offset}

    def _learn(self, train: Train, w: Weights, z: Rows, q: Rows) -> Weights:
        near = tensor(nearest_rows(z, q, NEAR))
        rows, anchors = tensor(z), tensor(q / np.linalg.norm(q, axis=1).mean())
        widths = sorted({max(1, self.dims >> i) for i in range(NESTED)})

        def loss(w: dict[str, Any], pick: Any) -> Any:
            seen, asks = rows[near[pick].reshape(-1)], anchors[pick]
            true, code, total = asks @ seen.T, block(w, "adaptor", seen), 0.0
            back = asks @ w["decoder"].T
            for m in widths:
                gap = (true - back[:, :m] @ code[:, :m].T).abs()
                own = gap.reshape(len(pick), len(pick), -1).diagonal()  # with each query's own neighbours
                total = total + gap.mean() + own.mean()
            return total

        return descend(train, self.name, w, len(q), loss, self.epochs, batch=128)


def asked(train: Train, x: Rows, rng: np.random.Generator) -> Rows:
    """What neighbours are looked for: training queries, or rows in their place."""
    have = x if train.queries is None or len(train.queries) < 2 else train.queries
    return sample(have, rng, ANCHORS)
