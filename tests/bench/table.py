"""One table: every family of ours at equal bytes beside every library that is installed. `make bench`

python -m tests.bench.table [V.npz …] [--budgets 16,48] [--slow 16] [--only "faiss,wpq"] [--quick] [--jobs 2] [--out o]

Without files: the small demo corpus, and the BEIR folders named in THINVEC_BENCH_DATA (several between colons), encoded
by minilm and kept in the store. Each plan runs in a process of its own, bound to one core. Every row goes into OUT.json
as soon as it is known, so a run that was cut off goes on where it was; OUT.html is the plot, OUT.txt the table.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core import vectorfile
from core.corpus import read
from core.corpus.demo import demo, demo_vectors
from core.encode import encode
from core.evaluate.limit import limit
from core.evaluate.measure import Shared
from core.store import Store, digest, home, read_json, write_json
from core.types import Vectors
from tests.bench import peers
from tests.bench.data import say
from tests.bench.one import K, Row, Task, work
from tests.bench.plot import page
from tests.bench.report import best_table, line, table

BUDGETS = (4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 448)
QUICK = (16, 48, 96)
ROWS, ASKED = 4000, 200  # of a set in a quick run
FORMAT = 1  # raise it when a row is measured otherwise
PRELOAD = ["tests.bench.one", "torch", "faiss", "sklearn.cluster", "scipy.linalg"]
ONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def main() -> None:
    args = arguments()
    os.environ |= {
        **ONE,
        "RAYON_NUM_THREADS": "1",
        "LANCE_LOG": "error",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    store, out = Store(home()), Path(f"{args.out}.json")
    book = read_json(out) if out.exists() else {"rows": {}, "sets": {}}
    book["machine"] = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    for v in sets(args, store):
        say(f"\n{v.name}: {len(v.docs):,} x {v.dim}, {len(v.queries):,} queries")
        book["sets"].setdefault(v.fingerprint, {"name": v.name, "n": len(v.docs), "dim": v.dim, "limit": {}})
        fill(args, store, v, book, out)
        lines = book["sets"][v.fingerprint]["limit"]
        if absent := [b for b in args.budgets if str(b) not in lines and b < v.dim]:
            lines |= {str(b): x for b, x in limit(v, absent, K, shared=Shared(v)).items()}
        write_json(out, book)
    text = "\n".join([table(book), best_table(book, args.budgets), *absentees()])
    Path(f"{args.out}.txt").write_text(text + "\n")
    Path(f"{args.out}.html").write_text(page(book))
    say(text)
    say(f"\n{out}, {args.out}.html, {args.out}.txt")


def arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("files", nargs="*", type=Path, help="docs, queries, perhaps train_queries and qrels in an .npz")
    ask.add_argument("--budgets", type=numbers, help="bytes per vector")
    ask.add_argument("--slow", type=numbers, help="of these, where plans that take minutes are tried (default: all)")
    ask.add_argument("--only", default="", help="only rows whose 'library plan' holds one of these, between commas")
    ask.add_argument("--quick", action="store_true", help=f"{ROWS:,} documents, three budgets, nothing that is slow")
    ask.add_argument("--limit", type=float, default=1800, help="seconds that a plan may take")
    ask.add_argument("--jobs", type=int, default=1, help="plans at once, each on a core of its own")
    ask.add_argument("--again", action="store_true", help="measure rows anew that are there")
    ask.add_argument("--out", default="build/bench", help="path of the results, without its ending")
    args = ask.parse_args()
    args.budgets = args.budgets or list(QUICK if args.quick else BUDGETS)
    args.slow = args.budgets if args.slow is None and not args.quick else args.slow or []
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    return args


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",") if word]


def sets(args: argparse.Namespace, store: Store) -> Iterator[Vectors]:
    """The vectors asked for, all of them in the store."""
    for v in given(args, store):
        used = part(v) if args.quick else v
        store.save_vectors(used)
        yield used


def given(args: argparse.Namespace, store: Store) -> Iterator[Vectors]:
    if args.files:
        yield from (replace(vectorfile.load(path)[0], name=path.stem) for path in args.files)
        return
    yield demo_vectors(demo("small", store), store)
    for folder in filter(None, os.environ.get("THINVEC_BENCH_DATA", "").split(os.pathsep)):
        corpus = read(Path(folder).name, Path(folder))
        assert not isinstance(corpus, Vectors)
        say(f"\n{corpus.name}: {len(corpus.texts):,} texts, encoded once")
        yield encode(corpus, "minilm", store, lambda fraction, stage: None)


def part(v: Vectors) -> Vectors:
    """The first documents and queries, with what was judged of them."""
    kept = v.qrels[(v.qrels[:, 1] < ROWS) & (v.qrels[:, 0] < ASKED)]
    return replace(v, docs=v.docs[:ROWS], queries=v.queries[:ASKED], qrels=kept, name=f"{v.name}, a part")


def fill(args: argparse.Namespace, store: Store, v: Vectors, book: Row, out: Path) -> None:
    """Measure what the book does not hold yet, and write it after every row."""
    asked = {key(v, task): task for task in tasks(args, v)}
    new = {k: t for k, t in asked.items() if args.again or not is_known(book["rows"].get(k), args.limit)}
    say(f"{len(asked)} plans, {len(asked) - len(new)} known")
    for done, (k, row) in enumerate(run(args, store, new), 1):
        task = new[k]
        book["rows"][k] = {"set": v.fingerprint, "who": task.who, "plan": task.plan, "at": time.time()} | row
        write_json(out, book)
        say(f"{done:4d}/{len(new)}  {line(book['rows'][k])}")


def tasks(args: argparse.Namespace, v: Vectors) -> Iterator[Task]:
    """Cheap plans of everyone first, size by size, what takes minutes to learn last."""
    words = [w for w in args.only.split(",") if w]
    every = [(who, p) for who, p in peers.found().items() if not peers.missing(p)]
    slow: list[Task] = []
    for size in args.budgets:
        named = [(who, p, plan) for who, p in every for plan in peers.plans(p, [size], v.dim)]
        for who, p, plan in (t for t in named if not words or any(w in f"{t[0]} {t[2]}" for w in words)):
            task = Task(v.fingerprint, who, plan, 0.2 if args.quick else 1.0, not args.quick)
            if not peers.is_slow(p, plan):
                yield task
            elif size in args.slow:
                slow.append(task)
    yield from slow


def key(v: Vectors, task: Task) -> str:
    """Same vectors, plan and versions: the same row."""
    made_by = peers.version_of(peers.found()[task.who], task.plan)
    return digest(v.fingerprint, task.who, task.plan, made_by, task.apart, FORMAT)


def is_known(row: Row | None, seconds: float) -> bool:
    """Whether a row need not be measured: it has figures, or was given at least this time in vain."""
    return row is not None and ("error" not in row or row.get("limit", 0) >= seconds)


def run(args: argparse.Namespace, store: Store, new: dict[str, Task]) -> Iterator[tuple[str, Row]]:
    """Rows as they are known; each task in a fresh process, killed when its time is up."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    waiting, free = list(new.items()), list(range(min(args.jobs, os.cpu_count() or 1)))
    with tempfile.TemporaryDirectory() as folder:
        busy: dict[str, tuple[multiprocessing.Process, int, float]] = {}
        while waiting or busy:
            while waiting and free:
                k, task = waiting.pop(0)
                core = free.pop()
                made = context.Process(target=work, args=(task, str(store.root), f"{folder}/{k}", core), daemon=True)
                made.start()
                busy[k] = (made, core, time.monotonic())
            for k, (process, core, began) in list(busy.items()):
                process.join(0.05)
                late = time.monotonic() - began > args.limit
                if process.is_alive() and not late:
                    continue
                process.kill()
                process.join()
                del busy[k]
                free.append(core)
                yield k, outcome(Path(folder) / k, process.exitcode, args.limit if late else 0)


def outcome(path: Path, code: int | None, limit: float) -> Row:
    """What a process has written, or how it ended."""
    if path.exists():
        return dict(json.loads(path.read_text()))
    if limit:
        return {"error": f"stopped after {limit:.0f} s", "limit": limit}
    said = path.with_name(f"{path.name}.said")
    last = said.read_text(errors="replace").strip().splitlines()[-1:] if said.exists() else []
    return {"error": f"ended with code {code}: {' '.join(last)[:200]}"}


def absentees() -> Iterator[str]:
    for who, peer in peers.found().items():
        if why := peers.missing(peer):
            yield f"{who}: {why}"


if __name__ == "__main__":
    main()
