"""Our compiled scans beside faiss' at equal bytes, one thread, taking turns; and what it takes to get there.

python -m tests.bench.scan [V.npz] [--rows 43000]

Every row is measured in the same run; ratios are of medians over interleaved repetitions. Peak memory is that of a new
process which fits and encodes, above what it held before the vectors were loaded, in multiples of the vectors.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import faiss
import numpy as np

from core.evaluate.metrics import recall
from core.evaluate.speed import PROTOCOL, Search, one_thread, speed
from core.evaluate.truth import truth
from core.plan import parse
from core.search.built import Built, build, train_for
from core.types import Hits, Rows, Vectors
from tests.bench.data import say, vectors

PAIRS = {  # ours -> the index of faiss that it must keep up with
    "klt > wpq48": "PQ48x8np",  # np: without polysemous training, which takes minutes and serves another kind of search
    "klt > wpq48(scale=0)": "PQ48x8np",
    "klt > wpq48(bits=4)": "PQ96x4fs",
    "klt > wpq48(bits=4,scale=0)": "PQ96x4fs",
}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument(
        "file", nargs="?", type=Path, help="docs, queries and train_queries in an .npz; else invented rows"
    )
    ask.add_argument("--rows", type=int, default=43_000, help="rows to invent when no file is given")
    ask.add_argument("--peak", metavar="PLAN", help=argparse.SUPPRESS)
    ask.add_argument("--seconds", type=float, default=4.0, help="time for each pair")
    args = ask.parse_args()
    if args.peak:
        say(f"{peak(args.peak, args.file, args.rows):.2f}")
        return
    v = vectors(args.file, args.rows)
    say(f"{v.name}: {len(v.docs):,} x {v.dim}, {len(v.queries):,} queries, k = 10. {PROTOCOL}\n")
    say(f"{'':32} {'recall':>7} {'q/s':>7} {'batch':>7} {'fit s':>6} {'enc s':>6} {'peak':>5}   beside faiss")
    true = truth(v.docs, v.queries, 10)
    rivals = {name: faiss_index(name, v.docs) for name in dict.fromkeys(PAIRS.values())}
    for text, name in PAIRS.items():
        built = build(parse(text), train_for(v), v.docs)
        compare(v, true, built, name, *rivals[name], seconds=args.seconds, memory=measured_apart(text, args))


def compare(v: Vectors, true: object, built: Built, name: str, theirs: Search, fit: float, **how: float) -> None:
    """Two rows: ours, with the ratios of speed to faiss, and faiss."""
    ours, other = speed([built.search, theirs], v.queries, 10, how["seconds"])
    kept = [recall(s(v.queries, 10).ids, true, v.docs, v.queries, 10).mean() for s in (built.search, theirs)]
    say(
        f"{built.plan!s:32} {kept[0]:7.3f} {ours.single:7.0f} {ours.batch:7.0f} {built.fit_seconds:6.1f} "
        f"{built.encode_seconds:6.1f} {how['memory']:4.1f}x   {ours.single / other.single:.2f} x one at a time, "
        f"{ours.batch / other.batch:.2f} x batched"
    )
    say(f"{'  faiss ' + name:32} {kept[1]:7.3f} {other.single:7.0f} {other.batch:7.0f} {fit:6.1f}")


def faiss_index(name: str, docs: Rows) -> tuple[Search, float]:
    """A trained and filled index, and the seconds that took."""
    start = time.perf_counter()
    index = faiss.index_factory(docs.shape[1], name, faiss.METRIC_INNER_PRODUCT)
    with one_thread():  # its threads and ours get in each other's way
        index.train(docs)
        index.add(docs)

    def search(queries: Rows, k: int) -> Hits:
        scores, ids = index.search(queries, k)
        return Hits(ids, scores, float(index.ntotal))

    return search, time.perf_counter() - start


def measured_apart(plan: str, args: argparse.Namespace) -> float:
    """`peak` in a process of its own, where nothing else has raised the mark."""
    command = [sys.executable, "-m", "tests.bench.scan", "--peak", plan, "--rows", str(args.rows)]
    done = subprocess.run(command + ([str(args.file)] if args.file else []), check=True, capture_output=True, text=True)
    return float(done.stdout)


def peak(plan: str, file: Path | None, rows: int) -> float:
    """Largest memory during fit and encode, the vectors included, over the size of the float32 vectors."""
    small = vectors(None, 600)
    build(parse(plan), train_for(small), small.docs)  # libraries and compiled kernels are loaded
    v = vectors(file, rows)
    held = np.ascontiguousarray(v.docs)
    loaded = status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak of loading
    build(parse(plan), train_for(v), held)
    return 1 + (status("VmHWM") - loaded) * 1024 / held.nbytes


def status(field: str) -> int:
    """A figure of this process in KiB, from Linux."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


if __name__ == "__main__":
    main()
