"""Ours beside faiss at equal bytes, side floats counted: recall@10 by the one oracle, judged quality beside it.

`python -m tests.bench.libraries [V.npz] [--bytes 16,48] [--slow]`; without a file, the demo corpus. --slow adds OPQ and
RQ, which train for minutes.
faiss sees vectors that numpy has mapped: its own PCA centres queries too, which ruins inner products.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from core import vectorfile
from core.compress.pca import principal_axes
from core.corpus.demo import demo, demo_vectors
from core.evaluate.intervals import interval
from core.evaluate.limit import limit
from core.evaluate.measure import Shared, measure
from core.evaluate.metrics import mrr, recall
from core.store import Store, home
from core.types import Interval, Trial, Vectors
from tests.bench.data import say

K = 10


@dataclass(frozen=True)
class Rival:
    """A faiss factory string on `dims` principal axes, randomly rotated; 0 keeps the vectors as they are."""

    factory: str
    nbytes: int
    dims: int = 0
    slow: bool = False

    def __str__(self) -> str:
        return f"PCAR{self.dims},{self.factory}" if self.dims else self.factory


def rivals(size: int, d: int) -> Iterator[Rival]:
    """What faiss offers at exactly (or just under) `size` bytes."""
    if d % size == 0:
        yield Rival(f"PQ{size}x8np", size)
    if d % (2 * size) == 0:
        yield Rival(f"PQ{2 * size}x4fs", size)
    for k in {round(f * d) // (2 * size) * 2 * size for f in (1 / 3, 1 / 2, 2 / 3)} - {0}:
        yield Rival(f"PQ{2 * size}x4fs", size, k)
    for bits in (1, 2, 4):
        k = min(8 * (size - 8) // bits, d)
        if k >= 16:
            yield Rival(f"EDEN{bits}", 8 + -(-k * bits // 8), k)
    if size == d // 2:
        yield Rival("SQ4", size)
    if size == d:
        yield Rival("SQ8", size)
    if d % size == 0:
        yield Rival(f"OPQ{size}_{4 * size if 4 * size <= d else d},PQ{size}x8np", size, slow=True)
    if size <= 32:
        yield Rival(f"RQ{size}x8_Nnone", size, slow=True)


def tried(rival: Rival, v: Vectors, shared: Shared) -> tuple[Interval, float, float]:
    """Recall with its interval, MRR@10 and seconds to learn."""
    docs, queries = v.docs, v.queries
    start = time.perf_counter()
    if rival.dims:
        mean, axes = principal_axes(shared.train)
        turn = np.linalg.qr(np.random.default_rng(0).standard_normal((rival.dims, rival.dims)))[0]
        turn = (axes[:, : rival.dims] @ turn).astype(np.float32)
        docs, queries = docs @ turn - mean @ turn, queries @ turn
    index = faiss.index_factory(docs.shape[1], rival.factory, faiss.METRIC_INNER_PRODUCT)
    index.train(docs)
    seconds = time.perf_counter() - start
    index.add(docs)
    ids = index.search(queries, K)[1]
    kept = interval(recall(ids, shared.truth(K), v.docs, v.queries, K))
    return kept, float(mrr(ids, v.qrels, K).mean()) if len(v.qrels) else float("nan"), seconds


def small_demo() -> Vectors:
    store = Store(home())
    return demo_vectors(demo("small", store), store)


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("file", type=Path, nargs="?")
    ask.add_argument("--bytes", default="16,32,48,64,96,192")
    ask.add_argument("--slow", action="store_true", help="OPQ and RQ as well")
    args = ask.parse_args()
    v = vectorfile.load(args.file)[0] if args.file else small_demo()
    shared = Shared(v)
    sizes = [int(b) for b in args.bytes.split(",")]
    line = limit(v, sizes, K, shared=shared)
    say(f"{v.name}: {len(v.docs):,} x {v.dim}, {len(v.queries):,} queries; recall@{K} [95 %], MRR@{K}, learned in")
    for size in sizes:
        say(f"\n{size} B, Gaussian line {line[size]:.3f}")
        for plan in (f"klt > wpq{size}", f"klt > wsq{size}"):
            if plan != f"klt > wpq{size}" or size <= 192:
                r = measure(v, Trial(v.fingerprint, plan, K), shared)
                judged = float(r.mrr.mean()) if r.mrr is not None else float("nan")
                row(plan, size, interval(r.recall), judged, r.fit_seconds)
        for rival in rivals(size, v.dim):
            if args.slow or not rival.slow:
                row(f"faiss {rival}", rival.nbytes, *tried(rival, v, shared))


def row(name: str, size: int, kept: Interval, judged: float, seconds: float) -> None:
    say(f"  {name:34} {size:4d} B  {kept.mean:.3f} [{kept.low:.3f}, {kept.high:.3f}]  {judged:.3f}  {seconds:6.1f} s")


if __name__ == "__main__":
    main()
