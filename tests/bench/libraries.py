"""Ours beside faiss at equal bytes, side floats counted: recall@10 by the one oracle, judged quality beside it.

`python -m tests.bench.libraries [V.npz] [--bytes 16,48] [--slow]`; without a file, the demo corpus. --slow adds OPQ,
RQ and LSQ, which train for minutes.
faiss sees vectors that numpy has mapped: its own PCA centres queries too, which ruins inner products.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from core import vectorfile
from core.corpus.demo import demo, demo_vectors
from core.evaluate.intervals import interval
from core.evaluate.limit import limit
from core.evaluate.measure import Shared, measure
from core.evaluate.peers import peers, stand
from core.store import Store, home
from core.types import Interval, Trial, Vectors
from tests.bench.data import say

K = 10


def small_demo() -> Vectors:
    store = Store(home())
    return demo_vectors(demo("small", store), store)


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("file", type=Path, nargs="?")
    ask.add_argument("--bytes", default="16,32,48,64,96,192")
    ask.add_argument("--slow", action="store_true", help="OPQ, RQ and LSQ as well")
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
        for peer in peers(size, v.dim):
            if args.slow or not peer.slow:
                found = stand(peer, shared, K)
                judged = float(found.mrr.mean()) if len(found.mrr) else float("nan")
                row(f"faiss {peer}", peer.nbytes, interval(found.recall), judged, found.fit_seconds)


def row(name: str, size: int, kept: Interval, judged: float, seconds: float) -> None:
    say(f"  {name:34} {size:4d} B  {kept.mean:.3f} [{kept.low:.3f}, {kept.high:.3f}]  {judged:.3f}  {seconds:6.1f} s")


if __name__ == "__main__":
    main()
