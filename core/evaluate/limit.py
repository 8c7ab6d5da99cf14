"""The Gaussian rate–distortion line: recall of an ideal code of so many bytes, if the data were Gaussian.

In the query-aware KLT basis, where z_i has variance λ_i, the optimum test channel (Berger 1971) hands a document on as
y_i = (1 − D_i/λ_i) z_i + noise of variance D_i (1 − D_i/λ_i), with D_i = min(θ, λ_i) and the water level θ set by
Σ ½ log2(λ_i/D_i) = 8 × bytes. What exact search over y recalls is the line. Text is not Gaussian: real codes can lie
on either side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.compress.klt import Klt
from core.compress.water import LEAST, rates
from core.evaluate.measure import Shared
from core.evaluate.metrics import recall
from core.evaluate.truth import DOCUMENTS, nearest
from core.types import Floats, Rows, Vectors

DRAWS = 3  # of the noise; with 300 queries two draws differ by about 0.004, with 1,000 by about 0.002


@dataclass(frozen=True)
class Channel:
    """A test channel on the leading dimensions: y = keep · z + noise · N(0, 1), each float32 (active,)."""

    keep: Rows
    noise: Rows


def limit(
    vectors: Vectors, sizes: Sequence[int], k: int = 10, seed: int = 0, shared: Shared | None = None
) -> dict[int, float]:
    """Mean tie-tolerant recall@k over the held-out queries for each number of bytes per vector."""
    shared = shared or Shared(vectors, seed)
    klt = Klt()
    state = shared.train.once("limit", lambda: klt.fit(shared.train))
    queries = klt.query(state, vectors.queries)
    out = {}
    for size in sizes:
        channel = test_channel(state["variance"], 8 * size)
        dims = len(channel.keep)
        cut = klt.select(state, np.arange(dims))
        asked = np.ascontiguousarray(queries[:, :dims])
        found = []
        for draw in range(DRAWS):
            rng = np.random.default_rng([seed, size, draw])
            blocks = (_passed(channel, klt.apply(cut, rows), rng) for rows in _blocks(vectors.docs))
            ids = nearest(blocks, asked, k).ids
            found.append(recall(ids, shared.truth(k), vectors.docs, vectors.queries, k).mean())
        out[size] = float(np.mean(found))
    return out


def test_channel(variance: Floats, bits: float) -> Channel:
    """The channel for these variances (d,), falling, at so many bits per vector; dimensions under the water are cut."""
    lam = np.maximum(np.asarray(variance, np.float64), LEAST)
    rate, level = rates(lam, bits)
    lam = lam[: max(1, int((rate > 0).sum()))]
    share = np.minimum(level / lam, 1.0)  # D / λ
    return Channel((1 - share).astype(np.float32), np.sqrt(lam * share * (1 - share)).astype(np.float32))


def _passed(channel: Channel, z: Rows, rng: np.random.Generator) -> Rows:
    return z * channel.keep + channel.noise * rng.standard_normal(z.shape, np.float32)


def _blocks(docs: Rows) -> Iterator[Rows]:
    return (docs[at : at + DOCUMENTS] for at in range(0, len(docs), DOCUMENTS))
