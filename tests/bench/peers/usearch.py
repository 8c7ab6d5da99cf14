"""usearch: exact search over signs (Hamming) and int8 (cosine); its graph would add about 150 bytes per vector."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.types import Ids, Rows, Train
from tests.bench.peers import Clock, Index, fits

LIBRARY, APART = "usearch", True


def plans(budget: int, dim: int) -> Iterator[str]:
    if fits(dim / 8, budget):
        yield "b1 exact"
    if fits(dim, budget):
        yield "i8 exact"


def made(plan: str, learn: Train, docs: Rows) -> Index:
    clock, signs = Clock(), plan.startswith("b1")
    codes = coded(docs, signs)
    seconds = clock()
    return Index(lambda q, k: scan(codes, coded(q, signs), k, signs), codes.shape[1], 0, 0.0, seconds)


def coded(x: Rows, signs: bool) -> np.ndarray:
    """Packed signs, or unit rows times 127."""
    if signs:
        return np.packbits(x > 0, axis=1)
    return np.rint(x / np.linalg.norm(x, axis=1, keepdims=True) * 127).astype(np.int8)


def scan(codes: np.ndarray, queries: np.ndarray, k: int, signs: bool) -> Ids:
    from usearch.index import MetricKind, search

    metric, kind = (MetricKind.Hamming, "b1") if signs else (MetricKind.Cos, "i8")
    found = search(codes, queries, k, metric, exact=True, threads=1, dtype=kind)
    return np.atleast_2d(found.keys).astype(np.int64)
