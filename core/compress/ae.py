"""A small network squeezes each vector into fewer numbers and is trained to give it back.

The encoder is linear, or has one hidden layer; the decoder is linear, fitted by least squares after the training, so
that queries can be mapped once and compared with the short vectors directly. Queries are never squeezed themselves.
Learns from 16,384 rows at most.

Paper: Hinton and Salakhutdinov (2006), Reducing the dimensionality of data with neural networks.
Bytes: none of its own; a codec stores the `dims` numbers.
Claim: better than PCA in the paper, which decodes by a network too; here, small demo corpus, 6,782 x 384, recall@10 at
64 dimensions: pca .633, linear .632, 256 hidden units .631. Does not hold: for a linear decoder PCA is the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.compress.decoded import Decoded
from core.compress.product import sample
from core.compress.train_torch import (
    FRAME,
    LEARN,
    block,
    descend,
    frame,
    framed,
    linear_decoder,
    names,
    new_block,
    tensor,
)
from core.stage import arg, check_dims, check_rows
from core.types import State, Train


@dataclass(frozen=True)
class Ae(Decoded):
    """z = encoder(x), x̂ = z D + b."""

    name: ClassVar[str] = "ae"
    network: ClassVar[str] = "encoder"
    examples: ClassVar[tuple[str, ...]] = ("ae16(epochs=20)", "ae16(hidden=32,epochs=10)")
    encoding_only: ClassVar[tuple[str, ...]] = (*FRAME, "offset", *names("encoder"))

    dims: int = arg(64, 1, 65536, "dimensions kept")
    hidden: int = arg(0, 0, 8192, "units of the encoder's hidden layer, 0 for a linear encoder", keyword=True)
    epochs: int = arg(30, 1, 1000, "rounds over the training rows", keyword=True)

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        d = train.rows.shape[1]
        check_dims(str(self), self.dims, d)
        x, rng = sample(train.rows, train.rng(), LEARN), train.rng()
        s = frame(x)
        start = np.linalg.qr(rng.standard_normal((d, self.dims)))[0]
        w = new_block(rng, "encoder", start, self.hidden) | {"decoder": start.T}
        z = tensor(framed(s, x))
        w = descend(
            train,
            self.name,
            w,
            len(x),
            lambda w, pick: (z[pick] - block(w, "encoder", z[pick]) @ w["decoder"]).square().mean(),
            self.epochs,
            rate=5e-3,
        )
        decoder, offset = linear_decoder(block(w, "encoder", framed(s, x)), x)
        return s | w | {"decoder": decoder, "offset": offset}
