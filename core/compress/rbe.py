"""Bits in layers: each layer codes what the layers before it left, all trained so that near vectors get near codes.

A network makes m signs; u times, another rebuilds the vector from them and a third makes m signs of what is missing,
which count half as much. Trained without labels: among a queue of recent codes, made by a slowly following copy of the
network, codes must be as near as the floats are (the paper's positive, the row itself, would teach nothing here).
Queries are coded too: a score is the cosine of two codes, by look-ups over the bytes, the code's own length as a
factor. Learns from 16,384 rows at most.

Paper: Gan et al. (2023), Binary embedding-based retrieval at Tencent; queue after He et al. (2020), MoCo.
Bytes: m · (u + 1) / 8, rounded up; the length of a code is counted from its bits.
Claim: recall@1 .360 against .348 for one layer at equal bits (COCO, 1,024 bits); here recall@10 at 48 B, small demo
corpus, 6,782 x 384 (scifact): two layers .709 (.708), four .677, one .606 (.617), untrained signs on both sides .577
(.583). Holds, except that two layers beat four. With float queries, bpv does better at the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numba import njit, prange

from core.compress.product import sample
from core.compress.qlae import Fields, level_tables, valued
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
from core.errors import FitError, PlanError
from core.kernels import FAST, Ints, pack, unpack
from core.scan import _offer, in_blocks, nobody, queries_at_once
from core.stage import Codec, arg, check_rows
from core.types import Codes, Hits, Rows, Scanner, State, Train

QUEUE = 4096  # codes that a batch is compared with, beside its own
MOMENTUM = 0.99  # how slowly the copy that makes them follows
LEAST = 1e-2  # singular values of the decoder, at least, beside the largest: it must have an inverse


@dataclass(frozen=True)
class Rbe(Codec):
    """b = sign(W f) + Σ_i 2^−i sign(R_i (f − B_i b)); the score of two codes is ⟨b_q, b⟩ / ‖b‖."""

    name: ClassVar[str] = "rbe"
    family: ClassVar[str] = "binary"
    examples: ClassVar[tuple[str, ...]] = ("rbe16(hidden=32,epochs=3)", "rbe16(levels=0,hidden=32,epochs=3)")
    encoding_only: ClassVar[tuple[str, ...]] = ("mean",)  # queries go through the networks too

    bits: int = arg(192, 1, 8192, "bits per layer, no more than dimensions")
    levels: int = arg(1, 0, 3, "layers after the first: 0, 1 or 3", keyword=True)
    hidden: int = arg(128, 0, 8192, "units of each network's hidden layer", keyword=True)
    tau: int = arg(100, 1, 1000, "temperature of the contrast, in thousandths", keyword=True)
    epochs: int = arg(8, 1, 1000, "rounds over the training rows", keyword=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.levels == 2:
            raise PlanError(f"{self.name}: levels must be 0, 1 or 3, so that numbers fill bytes; got 2.")

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"rbe{4 * size}",) if 4 * size <= dim else (f"rbe{2 * size}(levels=3)",)

    @property
    def each(self) -> int:
        """Bits of one number of the code."""
        return self.levels + 1

    def nbytes(self, d: int) -> int:
        return -(-self.bits * self.each // 8)

    def layout(self) -> tuple[Ints, Ints, Ints]:
        at = np.arange(self.bits) * self.each
        return at // 8, at % 8, np.full(self.bits, self.each)

    def values(self) -> Rows:
        """What each of the 2^(u+1) fields stands for: −2 + 2^−u … 2 − 2^−u in even steps, (m, 2^(u+1))."""
        top = (1 << self.each) - 1
        one = (2 * np.arange(top + 1) - top) / (1 << self.levels)
        return np.tile(one.astype(np.float32), (self.bits, 1))

    def fit(self, train: Train) -> State:
        check_rows(train.rows, None, str(self), at_least=2)
        d = train.rows.shape[1]
        if self.bits > d:
            raise FitError(
                f"{self} has more bits per layer than the {d} dimensions there are; use more levels instead."
            )
        x, rng = sample(train.rows, train.rng(), LEARN), train.rng()
        asked = x if train.queries is None or len(train.queries) < 2 else train.queries
        s: dict[str, Any] = frame(x) | {"query_mean": asked.mean(0, dtype=np.float64).astype(np.float32)}
        z, q = framed(s, x), framed(s | {"mean": s["query_mean"]}, asked)
        w = self._learn(train, self._first(z, rng), z, q, x, asked)
        s = {**s, **w}
        b = valued(self.values(), self.fields(s, z))
        decoder, offset = linear_decoder(unit(b), x)
        u, size, vt = np.linalg.svd(decoder.astype(np.float64), full_matrices=False)
        size = np.maximum(size, LEAST * size[0])
        inverse = (u / size) @ vt  # the pseudo-inverse, transposed: (m, d)
        return {
            **s,
            "decoder": ((u * size) @ vt).astype(np.float32),
            "inverse": inverse.astype(np.float32),
            "offset": offset,
        }

    def _first(self, z: Rows, rng: np.random.Generator) -> Weights:
        """Networks that begin as linear maps: turned principal axes, and the maps back that least squares finds."""
        axes = spun_axes(z, self.bits, rng)
        w = new_block(rng, "first", axes, self.hidden)
        b = np.where(z @ axes > 0, 1.0, -1.0)
        for i in range(self.levels):
            back = linear_decoder(b, z)[0]
            rest = z - b @ back
            again = axes / max(float((rest @ axes).std()), 1e-12)  # the same axes: numbers of the code stay numbers
            w |= new_block(rng, f"back{i}", back, self.hidden) | new_block(rng, f"rest{i}", again, self.hidden)
            b = b + 0.5 ** (i + 1) * np.where(rest @ again > 0, 1.0, -1.0)
        return w

    def _code(self, w: Any, z: Any, sign: Any) -> Any:
        """The codes b of standardised rows, with this sign function: arrays or tensors."""
        b = sign(block(w, "first", z))
        for i in range(self.levels):
            b = b + 0.5 ** (i + 1) * sign(block(w, f"rest{i}", z - block(w, f"back{i}", b)))
        return b

    def _learn(self, train: Train, w: Weights, z: Rows, q: Rows, x: Rows, asked: Rows) -> Weights:
        import torch

        rows, floats, ask, ask_floats = tensor(z), tensor(x), tensor(q), tensor(asked)
        slow = {k: tensor(v) for k, v in w.items()}
        queue: list[tuple[Any, Any]] = []
        tau = self.tau / 1000

        def loss(w: dict[str, Any], pick: Any) -> Any:
            who = torch.randint(len(ask), (len(pick),))
            keys = [(self._unit(w, rows[pick]), floats[pick]), *queue]
            codes, true = (torch.cat(part) for part in zip(*keys, strict=True))
            wanted = (ask_floats[who] @ true.T / tau).log_softmax(1)
            got = (self._unit(w, ask[who]) @ codes.T / tau).log_softmax(1)
            with torch.no_grad():
                for k, v in w.items():
                    slow[k].lerp_(v, 1 - MOMENTUM)
                queue.insert(0, (self._unit(slow, rows[pick]), floats[pick]))
                del queue[QUEUE // len(pick) :]
            return (wanted.exp() * (wanted - got)).sum(1).mean()

        return descend(train, self.name, w, len(z), loss, self.epochs)

    def _unit(self, w: Any, z: Any) -> Any:
        """Codes of unit length, in training."""
        b = self._code(w, z, sign)
        return b / b.norm(dim=1, keepdim=True)

    def fields(self, s: State, z: Rows) -> Fields:
        """The codes of standardised rows as whole numbers 0 … 2^(u+1) − 1."""
        b = self._code(s, z, lambda h: np.where(h > 0, np.float32(1), np.float32(-1)))
        out: Fields = np.rint((b * (1 << self.levels) + (1 << self.each) - 1) / 2).astype(np.uint8)
        return out

    def encode(self, s: State, x: Rows) -> Codes:
        byte, shift, _ = self.layout()
        return pack(self.fields(s, framed(s, x)), byte, shift, self.nbytes(x.shape[1]))

    def decode(self, s: State, c: Codes) -> Rows:
        return unit(valued(self.values(), unpack(c, *self.layout()))) @ s["decoder"] + s["offset"]

    def asked(self, s: State, q: Rows) -> Rows:
        """The queries' own codes, of unit length: (m, bits)."""
        return unit(valued(self.values(), self.fields(s, framed({**s, "mean": s["query_mean"]}, q))))

    def seen(self, s: State, q: Rows) -> Rows:
        return self.asked(s, q) @ s["inverse"]

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        last = self.layout()[0][-1]
        squares = np.zeros((self.nbytes(len(s["offset"])), 256), np.float32)
        squares[: last + 1] = level_tables(self.values() ** 2, np.ones((1, self.bits), np.float32), self.each)[0]

        def some(q: Rows, k: int) -> Hits:
            asked = self.asked(s, q)
            ids, best = nobody(len(q), k)
            if k and len(q):
                _scan_cosine(c, level_tables(self.values(), asked, self.each), squares, k, ids, best)
            return Hits(ids, best + (asked @ (s["inverse"] @ s["offset"]))[:, None], float(len(c)))

        return lambda q, k: in_blocks(lambda part: some(part, min(k, len(c))), q, queries_at_once(c))


def unit(b: Rows) -> Rows:
    """Rows scaled to unit length."""
    out: Rows = b / np.linalg.norm(b, axis=1, keepdims=True)
    return out


@njit(parallel=True, **FAST)  # type: ignore[untyped-decorator]
def _scan_cosine(codes: Any, tables: Any, squares: Any, k: int, ids: Any, best: Any) -> None:
    """The k best rows per query by Σ tables[m, byte m] / √ Σ squares[m, byte m]."""
    for q in prange(len(tables)):
        found = 0
        for i in range(len(codes)):
            total, square = np.float32(0), np.float32(0)
            for m in range(codes.shape[1]):
                total += tables[q, m, codes[i, m]]
                square += squares[m, codes[i, m]]
            total /= np.sqrt(square)
            if found < k or total > best[q, k - 1]:
                found = _offer(total, i, found, k, ids[q], best[q])
