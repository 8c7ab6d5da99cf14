"""A binary bottleneck: a network whose middle layer is bits, trained with noise so that the bits are robust.

The encoder (linear, or with one hidden layer) makes `bits` numbers; noise is added to them in training only, so that
numbers near zero are unreliable and the network moves them away; their signs are stored. The decoder is linear: float
queries are scored by look-ups over the stored bytes. Learns from 16,384 rows at most.

Paper: Grzegorczyk and Kurdziel (2016), Binary paragraph vectors; noise as in Salakhutdinov and Hinton (2009).
Bytes: bits / 8, rounded up; with the scale (default) half a byte more.
Claim: better codes than other autoencoders' with fewer bits, learned from words; here from vectors, recall@10 at 48 B,
small demo corpus, 6,782 x 384 (scifact): bin .696 (.703), bpv .742 (.739), with 256 hidden units .753 (.746); on
43,634 x 384 both .680. Holds on small corpora, thanks to the scale: without it .662, at half the squared error of bin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.compress.product import sample
from core.compress.qlae import Fields, Latent, signs
from core.compress.train_torch import (
    LEARN,
    Weights,
    block,
    descend,
    frame,
    framed,
    linear_decoder,
    new_block,
    sign,
    spun_axes,
    tensor,
)
from core.stage import arg, check_rows
from core.types import Rows, State, Train


@dataclass(frozen=True)
class Bpv(Latent):
    """Bit j is whether output j of the encoder is positive."""

    name: ClassVar[str] = "bpv"
    family: ClassVar[str] = "binary"
    examples: ClassVar[tuple[str, ...]] = ("bpv44(epochs=4)", "bpv20(scale=0,hidden=32,epochs=4)")
    bits: int = arg(380, 1, 16384, "bits per vector")
    hidden: int = arg(0, 0, 8192, "units of the encoder's hidden layer, 0 for a linear encoder", keyword=True)
    noise: int = arg(30, 0, 300, "noise in training, in hundredths of an output's deviation", keyword=True)
    epochs: int = arg(20, 1, 1000, "rounds over the training rows", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"bpv{8 * size - 4}",)

    def size(self) -> tuple[int, int]:
        return self.bits, 1

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        x, rng = sample(train.rows, train.rng(), LEARN), train.rng()
        s = frame(x)
        z = framed(s, x)
        w = new_block(rng, "encoder", spun_axes(z, self.bits, rng), self.hidden)
        w["decoder"] = linear_decoder(2.0 * (z @ w["encoder_skip"] > 0) - 1, z)[0]
        w = self._learn(train, w, z)
        return self.finish(s | w | {"levels": signs(self.bits)}, x, train.queries)

    def _learn(self, train: Train, w: Weights, z: Rows) -> Weights:
        import torch

        rows, noise = tensor(z), self.noise / 100

        def loss(w: dict[str, Any], pick: Any) -> Any:
            h = block(w, "encoder", rows[pick])
            shown = sign(h + noise * torch.randn_like(h)) @ w["decoder"]
            return (rows[pick] - shown).square().mean()

        return descend(train, self.name, w, len(z), loss, self.epochs)

    def fields(self, s: State, x: Rows) -> Fields:
        above: Fields = (block(s, "encoder", framed(s, x)) > 0).view(np.uint8)
        return above
