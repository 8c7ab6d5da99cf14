"""Which units of a small network fire for a vector: that pattern alone is stored, one bit per unit.

A ReLU network is linear wherever its pattern of active units stays the same, and deep ones have a pattern of their own
for almost every input. Here an autoencoder is trained on the vectors; the bits of all its hidden layers are the code.
A linear map fitted by least squares stands for the vector, so that queries stay float. Learns from 16,384 rows at
most.

Paper: He, Lei, Ji, Tao (2021), Neural networks behave as hash encoders: an empirical study.
Bytes: bits / 8, rounded up; with the scale (default) half a byte more.
Claim: almost every training example has a pattern of its own; no recall is given. Here recall@10 at 48 B, small demo
corpus, 6,782 x 384 (scifact): one layer .699 (.706), two layers .563 (.576), plain signs .696 (.703); on 43,634
x 384 .603 against .680. Deeper is worse; where most rows were not learned from, plain signs are better.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from core.compress.product import sample
from core.compress.qlae import Fields, Latent, signs
from core.compress.train_torch import (
    FRAME,
    LEARN,
    Weights,
    descend,
    frame,
    framed,
    relu,
    tensor,
)
from core.errors import PlanError
from core.stage import arg, check_rows
from core.types import Rows, State, Train

MOST = 8  # hidden layers, at most


@dataclass(frozen=True)
class Act(Latent):
    """Bit j is whether hidden unit j is active, layer after layer."""

    name: ClassVar[str] = "act"
    family: ClassVar[str] = "binary"
    examples: ClassVar[tuple[str, ...]] = ("act60(epochs=4)", "act40(scale=0,layers=2,epochs=4)")

    encoding_only: ClassVar[tuple[str, ...]] = (
        *FRAME,
        "scale_range",
        *(f"{kind}{i}" for kind in ("layer", "bias") for i in range(MOST)),
    )

    bits: int = arg(380, 1, 16384, "hidden units, a bit each")
    layers: int = arg(1, 1, MOST, "hidden layers that share the units", keyword=True)
    epochs: int = arg(20, 1, 1000, "rounds over the training rows", keyword=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.layers > self.bits:
            raise PlanError(f"{self.name}: {self.bits} units cannot fill {self.layers} layers.")

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"act{8 * size - 4}",)

    def size(self) -> tuple[int, int]:
        return self.bits, 1

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        x = sample(train.rows, train.rng(), LEARN)
        s = frame(x)
        rows = tensor(framed(s, x))

        def loss(w: dict[str, Any], pick: Any) -> Any:
            last = self._layers(w, rows[pick])[-1]
            return (rows[pick] - relu(last) @ w["out"]).square().mean()

        w = descend(train, self.name, self._first(x.shape[1], train.rng()), len(x), loss, self.epochs)
        del w["out"]
        return self.finish(s | w | {"levels": signs(self.bits)}, x, train.queries)

    def _first(self, d: int, rng: np.random.Generator) -> Weights:
        """Random layers, each scaled for ReLU, and the map back."""
        widths = [d, *(len(part) for part in np.array_split(np.arange(self.bits), self.layers))]
        w: Weights = {}
        for i, (a, b) in enumerate(pairwise(widths)):
            w[f"layer{i}"] = (rng.standard_normal((a, b)) * np.sqrt(2 / a)).astype(np.float32)
            w[f"bias{i}"] = np.zeros(b, np.float32)
        w["out"] = (rng.standard_normal((widths[-1], d)) / np.sqrt(widths[-1])).astype(np.float32)
        return w

    def _layers(self, w: Any, z: Any) -> list[Any]:
        """What goes into the ReLUs of each layer."""
        out = [z @ w["layer0"] + w["bias0"]]
        for i in range(1, self.layers):
            out.append(relu(out[-1]) @ w[f"layer{i}"] + w[f"bias{i}"])
        return out

    def fields(self, s: State, x: Rows) -> Fields:
        return (np.concatenate(self._layers(s, framed(s, x)), axis=1) > 0).view(np.uint8)
