"""An autoencoder whose every latent number is rounded to one of a few values that were learned with it.

The encoder (linear, or with one hidden layer) makes m numbers; each is stored as the index of the nearest of its own
2^bits levels, trained together with the network by passing gradients straight through the rounding. The decoder is
linear, so scores are sums of table look-ups over the stored bytes, with float queries. Learns from 16,384 rows at most.

Paper: Hsu, Dorrell, Whittington, Wu, Finn (2023), Disentanglement via latent quantization.
Bytes: m · bits / 8, rounded up; with the scale (default) half a byte more.
Claim: none on retrieval (the paper is after disentangled factors); here recall@10 at 48 B with 95 x 4 bits, small demo
corpus, 6,782 x 384: .746, scifact .752; pca95 > int4 .731 (scifact .732), klt > wsq48 .814 without its scale (.836
with it on scifact): equal bits for all latent numbers lose to bits by variance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.compress.product import sample
from core.compress.scale import QUERIES, ROWS, learn_scale, log_length, scale_code
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
    spun_axes,
    tensor,
)
from core.compress.water import gaussian_levels
from core.errors import PlanError
from core.kernels import Ints, pack, unpack
from core.scan import ONES, Tables, scan_queries
from core.scan_rows import Reader, Reading
from core.stage import Codec, arg, check_rows
from core.types import Codes, Hits, Rows, Scanner, State, Train

Fields = NDArray[np.uint8]  # (n, latents): which level each latent number has


@dataclass(frozen=True)
class Latent(Codec):
    """Codes of m latent numbers with few levels each, decoded linearly; half a byte may hold a scale per vector.

    State arrays: `levels` (m, 2^bits), `decoder` (m, d), `offset` (d,). Subclasses choose the fields.
    """

    encoding_only: ClassVar[tuple[str, ...]] = (*FRAME, "scale_range", *names("encoder"))

    scale: int = arg(1, 0, 1, "a scale per vector in half a byte", keyword=True)

    def size(self) -> tuple[int, int]:
        """Latent numbers, and bits of each: 1, 2, 4 or 8."""
        raise NotImplementedError

    def fields(self, s: State, x: Rows) -> Fields:
        """Which level each latent number of each row takes: uint8 (n, m)."""
        raise NotImplementedError

    def nbytes(self, d: int) -> int:
        m, bits = self.size()
        return -(-(m * bits + 4 * self.scale) // 8)

    def ledger(self, d: int) -> dict[str, float]:
        half = 0.5 * self.scale
        return {"codes": self.nbytes(d) - half} | ({"scale": half} if half else {})

    def layout(self) -> tuple[Ints, Ints, Ints]:
        """Byte, shift and bits of each field; none straddles bytes, and the last byte's upper half can stay free."""
        m, bits = self.size()
        at = np.arange(m) * bits
        return at // 8, at % 8, np.full(m, bits)

    def finish(self, s: State, x: Rows, queries: Rows | None) -> State:
        """The state with the decoder that least squares finds for these rows, and the scale's range and factors."""
        shown = valued(s["levels"], self.fields(s, x))
        decoder, offset = linear_decoder(shown, x)
        s = {**s, "decoder": decoder, "offset": offset}
        return {**s, **lengths(x - offset, shown @ decoder, queries)} if self.scale else s

    def encode(self, s: State, x: Rows) -> Codes:
        byte, shift, _ = self.layout()
        fields = self.fields(s, x)
        codes = pack(fields, byte, shift, self.nbytes(x.shape[1]))
        if self.scale:
            codes[:, -1] |= length_code(s, x - s["offset"], valued(s["levels"], fields) @ s["decoder"])
        return codes

    def decode(self, s: State, c: Codes) -> Rows:
        rows: Rows = valued(s["levels"], unpack(c, *self.layout())) @ s["decoder"]
        return rows * self.by_last_byte(s)[c[:, -1:]] + s["offset"]

    def by_last_byte(self, s: State) -> NDArray[np.float32]:
        """The factor that each value of the last byte stands for."""
        return np.repeat(s["scales"], 16) if self.scale else ONES

    def tables(self, s: State, q: Rows) -> Tables:
        """Per query and byte, what each of the 256 byte values adds to the score (offset and scale aside)."""
        out = np.zeros((len(q), self.nbytes(q.shape[1]), 256), np.float32)
        inner = level_tables(s["levels"], q @ s["decoder"].T, self.size()[1])
        out[:, : inner.shape[1]] = inner
        return out

    def by_byte(self, s: State) -> Callable[[Rows], Tables] | None:
        def tables(q: Rows) -> Tables:
            out = self.tables(s, q)
            out[:, 0] += (q @ s["offset"])[:, None]
            return out

        return None if self.scale else tables

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        if not self.scale:
            return super().scanner(s, c)

        def run(q: Rows, k: int) -> Hits:
            hits = scan_queries(c, q, k, lambda part: self.tables(s, part), self.by_last_byte(s))
            return Hits(hits.ids, hits.scores + (q @ s["offset"])[:, None], hits.looked)

        return run

    def reader(self, s: State, c: Codes) -> Reader | None:
        return lambda q: Reading(c, self.tables(s, q), self.by_last_byte(s), q @ s["offset"])


def lengths(z: Rows, decoded: Rows, queries: Rows | None) -> State:
    """Range and factors of the scale that gives decoded rows their lengths back."""
    z, decoded = z[:ROWS], decoded[:ROWS]
    asked = None if queries is None else queries[:QUERIES]
    return learn_scale(z, decoded, log_length(z, decoded), asked)


def length_code(s: State, z: Rows, decoded: Rows) -> NDArray[np.uint8]:
    """The scale of each row, in the upper half of a byte (n,)."""
    out: NDArray[np.uint8] = scale_code(s["scale_range"], log_length(z, decoded)) << np.uint8(4)
    return out


def valued(levels: Rows, fields: Fields) -> Rows:
    """The levels (m, 2^bits) that fields (n, m) name."""
    out: Rows = levels[np.arange(len(levels)), fields]
    return out


def level_tables(levels: Rows, weights: Rows, bits: int) -> Tables:
    """Σ weights_j level_j over the fields of each byte: weights (q, m) -> float32 (q, nbytes, 256)."""
    per = 8 // bits
    nbytes = -(-len(levels) // per)
    value = np.arange(256)
    out = np.zeros((len(weights), nbytes, 256), np.float32)
    for f in range(per):
        shown = levels[f::per][:, (value >> f * bits) & ((1 << bits) - 1)]
        out[:, : len(shown)] += weights[:, f::per, None] * shown
    return out


def signs(m: int) -> Rows:
    """The levels of m single bits: −1 and +1."""
    return np.tile(np.array([-1, 1], np.float32), (m, 1))


@dataclass(frozen=True)
class Qlae(Latent):
    """m latent numbers, 2^bits learned levels each."""

    name: ClassVar[str] = "qlae"
    family: ClassVar[str] = "scalar"
    examples: ClassVar[tuple[str, ...]] = ("qlae11x4(epochs=4)", "qlae16x2(scale=0,hidden=32,epochs=4)")
    m: int = arg(96, 1, 8192, "latent numbers")
    bits: int = arg(4, 1, 8, "bits per latent number: 1, 2, 4 or 8")
    hidden: int = arg(0, 0, 8192, "units of the encoder's hidden layer, 0 for a linear encoder", keyword=True)
    epochs: int = arg(20, 1, 1000, "rounds over the training rows", keyword=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if 8 % self.bits:
            raise PlanError(f"{self.name}: bits per latent number must be 1, 2, 4 or 8, got {self.bits}.")

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"qlae{2 * size - 1}x4",)

    def size(self) -> tuple[int, int]:
        return self.m, self.bits

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        x, rng = sample(train.rows, train.rng(), LEARN), train.rng()
        s = frame(x)
        z = framed(s, x)
        axes = spun_axes(z, self.m, rng)
        levels = np.tile(gaussian_levels(self.bits)[0], (self.m, 1)).astype(np.float32)
        w = new_block(rng, "encoder", axes, self.hidden) | {"levels": levels}
        w["decoder"] = linear_decoder(valued(levels, nearest(levels, z @ w["encoder_skip"])), z)[0]
        w = self._learn(train, w, z)
        w["levels"] = np.sort(w["levels"], axis=1)
        return self.finish(s | w, x, train.queries)

    def _learn(self, train: Train, w: Weights, z: Rows) -> Weights:
        rows = tensor(z)

        def loss(w: dict[str, Any], pick: Any) -> Any:
            h = block(w, "encoder", rows[pick])
            at = (h.detach()[:, :, None] - w["levels"].detach()).abs().argmin(2)
            level = w["levels"].expand(len(h), -1, -1).gather(2, at[:, :, None])[:, :, 0]
            shown = level + h - h.detach()  # both the levels and the encoder hear of the error
            lost = (rows[pick] - shown @ w["decoder"]).square().mean()
            return lost + 0.01 * (h - level.detach()).square().mean()

        return descend(train, self.name, w, len(z), loss, self.epochs)

    def fields(self, s: State, x: Rows) -> Fields:
        return nearest(s["levels"], block(s, "encoder", framed(s, x)))


def nearest(levels: Rows, h: Rows) -> Fields:
    """Index of the nearest of each column's rising levels: how many of their midpoints lie below."""
    out = np.zeros(h.shape, np.uint8)
    for middle in ((levels[:, 1:] + levels[:, :-1]) / 2).T:
        out += h > middle
    return out
