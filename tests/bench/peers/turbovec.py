"""turbovec: TurboQuant with a scale per vector, calibrated on 1,024 drawn rows before anything is added."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.types import Rows, Train
from tests.bench.peers import Clock, Index, fits

LIBRARY, APART = "turbovec", True
SAMPLE, SCALE = 1024, 4  # rows to calibrate on; bytes of a vector's scale


def plans(budget: int, dim: int) -> Iterator[str]:
    for bits in (2, 4):
        if dim % 8 == 0 and fits(dim * bits // 8 + SCALE, budget):
            yield f"{bits} bits"


def made(plan: str, learn: Train, docs: Rows) -> Index:
    from turbovec import TurboQuantIndex

    clock = Clock()
    index = TurboQuantIndex(dim=docs.shape[1], bit_width=int(plan.split()[0]))
    rng = np.random.default_rng(0)
    index.calibrate(learn.rows[rng.choice(len(learn.rows), min(SAMPLE, len(learn.rows)), replace=False)])
    fit = clock()
    index.add(docs)
    index.prepare()
    encode = clock()
    size = docs.shape[1] * int(plan.split()[0]) // 8 + SCALE
    return Index(lambda q, k: index.search(q, k)[1], size, len(index.to_bytes()) - size * len(docs), fit, encode)
