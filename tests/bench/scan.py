"""Our compiled scans beside the fastest library with the same code layout, on one core, taking turns; and the cost.

python -m tests.bench.scan [V.npz] [--rows 43000] [--only wpq,int]

Every group is measured in the same run; ratios are of medians over interleaved repetitions, to the fastest of the
libraries that are installed. Peak memory is that of a new process which fits and encodes, above what it held before the
vectors were loaded, in multiples of the vectors. Codecs that have a scan but stand in no group are named at the end.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np

from core.compress import codecs
from core.errors import ThinvecError
from core.evaluate.metrics import recall
from core.evaluate.speed import PROTOCOL, Speed, speed
from core.evaluate.truth import Truth, truth
from core.plan import parse, steps
from core.search.built import Built, build, train_for
from core.stage import Codec
from core.types import Rows, Train, Vectors
from tests.bench import peers
from tests.bench.data import say, vectors
from tests.bench.memory import forget, resident
from tests.bench.one import hits_of

Pairs = dict[tuple[str, ...], tuple[str, ...]]  # ours -> "library: plan" of the same layout


def pairs(d: int) -> Pairs:
    """Layouts, by what the inner loop does."""
    return {
        # a table of 256 per byte; np: without polysemous training, which takes minutes and serves another search
        (
            "klt > wpq48",
            "klt > wpq48(scale=0)",
            "klt > wsq48",
            "pq48x8",
            "opq48x8",
            "cpq48x8",
            "simvq48x8",
            "lrpq48x8",
        ): (*("faiss: PQ48x8np",),),
        ("rq16x8", "lsq16x8"): ("faiss: PQ16x8np", "faiss: RQ16x8_Nnone"),
        # a table of 16 per half byte
        ("klt > wpq48(bits=4)", "klt > wpq48(bits=4,scale=0)", "pq96x4"): (
            *("faiss: PQ96x4fs", f"scann: AH {d // 96} per block"),
        ),
        # signs against floats, and against few bits of the query
        ("bin", f"lsh{d}", "rabitq1", "rabitq1(query=4)", "bbq", f"act{d - 4}", f"bpv{d - 4}", f"rbe{d // 2}"): (
            *(f"faiss: RR{d},RaBitQfs", "rabitqlib: IVF 1 bits"),
        ),
        # signs against signs
        (f"lsh{d}(symmetric=1)",): ("faiss: LSH", "usearch: b1 exact"),
        # whole numbers of equal width, and levels by number
        ("int8", "lvq8", "fp8"): ("faiss: SQ8", "scann: int8", "usearch: i8 exact"),
        ("int4", "nuq4", "lvq4", "tq4"): ("faiss: SQ4", "turbovec: 4 bits"),
        ("int2", "tq2", "e8"): ("faiss: SQtqmse2", "turbovec: 2 bits"),
        ("rabitq2",): (f"faiss: RR{d},RaBitQfs2", "rabitqlib: IVF 2 bits"),
        ("rabitq4",): (f"faiss: RR{d},RaBitQfs4", "rabitqlib: IVF 4 bits"),
        ("f16",): ("faiss: SQfp16",),
        ("bf16",): ("faiss: SQbf16",),
        ("f32",): ("faiss: Flat",),
    }


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument(
        "file", nargs="?", type=Path, help="docs, queries and train_queries in an .npz; else invented rows"
    )
    ask.add_argument("--rows", type=int, default=43_000, help="rows to invent when no file is given")
    ask.add_argument("--peak", metavar="PLAN", help=argparse.SUPPRESS)
    ask.add_argument("--only", default="", help="only plans that hold one of these, between commas")
    ask.add_argument("--seconds", type=float, default=4.0, help="time for each of ours and its rivals")
    args = ask.parse_args()
    if args.peak:
        say(f"{peak(args.peak, args.file, args.rows):.2f}")
        return
    os.environ["RAYON_NUM_THREADS"] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    warnings.simplefilter("ignore")
    v = vectors(args.file, args.rows)
    say(f"{v.name}: {len(v.docs):,} x {v.dim}, {len(v.queries):,} queries, k = 10. {PROTOCOL}\n")
    say(f"{'':34} {'recall':>7} {'q/s':>7} {'batch':>7} {'fit s':>6} {'enc s':>6} {'peak':>5}   ours / fastest library")
    true, learn = truth(v.docs, v.queries, 10), train_for(v)
    for ours, theirs in pairs(v.dim).items():
        chosen = [plan for plan in ours if not args.only or any(w in plan for w in args.only.split(","))]
        if chosen:
            group(v, true, learn, chosen, theirs, args)
    if not args.only:
        say(f"\nscanned, but in no group: {', '.join(unpaired(v.dim)) or 'none'}")


def group(v: Vectors, true: Truth, learn: Train, ours: list[str], theirs: tuple[str, ...], args: argparse.Namespace):
    """Rows of the libraries, then ours with the ratios of speed to the fastest of them."""
    rivals = {name: index for name in theirs if (index := made(name, learn, v.docs))}
    searches = [hits_of(index.search, len(v.docs)) for index in rivals.values()]
    pace: dict[str, Speed] = {}
    for text in ours:
        try:
            built = build(parse(text), learn, v.docs)
        except ThinvecError as e:
            say(f"{text:34} {e}")
            continue
        mine, *others = speed([built.search, *searches], v.queries, 10, args.seconds * (1 + len(searches)))
        pace = dict(zip(rivals, others, strict=True))
        compare(v, true, built, mine, pace, measured_apart(text, args))
    for name, index in rivals.items():
        kept = recall(hits_of(index.search, 1)(v.queries, 10).ids, true, v.docs, v.queries, 10).mean()
        seen = f"{pace[name].single:7.0f} {pace[name].batch:7.0f}" if pace else f"{'':15}"
        say(f"  {name:32} {kept:7.3f} {seen} {index.fit_seconds:6.1f} {index.encode_seconds or 0:6.1f}")
    say()


def made(name: str, learn: Train, docs: Rows) -> peers.Index | None:
    """A library's index, or None where the library is not installed."""
    who, plan = name.split(": ")
    peer = peers.found()[who]
    return None if peers.missing(peer) else peer.made(plan, learn, docs)


def compare(v: Vectors, true: Truth, built: Built, ours: Speed, others: dict[str, Speed], memory: float) -> None:
    """One row of ours."""
    kept = recall(built.search(v.queries, 10).ids, true, v.docs, v.queries, 10).mean()
    single, batch = (max(others, key=lambda n, f=field: getattr(others[n], f)) for field in ("single", "batch"))
    say(
        f"{built.plan!s:34} {kept:7.3f} {ours.single:7.0f} {ours.batch:7.0f} {built.fit_seconds:6.1f} "
        f"{built.encode_seconds:6.1f} {memory:4.1f}x   {ours.single / others[single].single:.2f} x {single} one at a "
        f"time, {ours.batch / others[batch].batch:.2f} x {batch} batched"
    )


def unpaired(d: int) -> list[str]:
    """Names of codecs that bring a scan of their own and stand in no group."""
    there: set[str] = set()
    for plan in (plan for group in pairs(d) for plan in group):
        try:
            there |= {stage.name for stage in steps(parse(plan).codec)}
        except ThinvecError:
            continue
    return sorted(name for name, kind in codecs().items() if kind.scanner is not Codec.scanner and name not in there)


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
    loaded = resident()
    forget()
    build(parse(plan), train_for(v), held)
    return 1 + (resident(peak=True) - loaded) / held.nbytes


if __name__ == "__main__":
    main()
