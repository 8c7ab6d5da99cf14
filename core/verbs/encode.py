"""Turn texts into vectors, with queries to judge them by."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from core.errors import DataError
from core.store import Store, home
from core.types import Corpus
from core.vectorfile import save
from core.verbs import Parser, progress, say
from core.work.encode import vectors_of

ABOUT = "Turn texts into vectors, with queries to judge them by."


def options(p: Parser) -> None:
    """What it takes."""
    p.add_argument(
        "input", metavar="INPUT", help="csv, tsv, jsonl, txt, parquet, a BEIR folder or zip, demo or demo-large"
    )
    p.add_argument("--out", type=Path, required=True, metavar="V.npz", help="the file to write")
    p.add_argument("--encoder", default="minilm", help="minilm (default), a sentence-transformers name, or a folder")
    p.add_argument("--column", help="the column that holds the text, where a table has several")
    how = ("documents", "first sentences")
    p.add_argument("--queries", choices=how, default=how[0], help="made from these when the input brings none")


def run(args: argparse.Namespace) -> int:
    """Texts to V.npz."""
    if args.out.suffix != ".npz":
        raise DataError(f"Vectors are written as .npz, got --out {args.out}. Name it {args.out.with_suffix('.npz')}.")
    start, store = time.perf_counter(), Store(home())
    corpus = _corpus(args, store)
    v = vectors_of(corpus, args.encoder, store, progress)
    save(args.out, v, corpus.texts, corpus.queries, corpus.columns)
    train = 0 if v.train_queries is None else len(v.train_queries)
    facts = {"out": str(args.out), "documents": len(v.docs), "dim": v.dim, "queries": len(v.queries)}
    facts |= {"train_queries": train, "query_source": v.query_source, "encoder": v.encoder}
    facts |= {"seconds": round(time.perf_counter() - start, 3)}
    say(
        args,
        facts,
        f"{args.out}: {len(v.docs):,} documents of {v.dim} numbers by {v.encoder}, "
        f"{len(v.queries):,} held-out and {train:,} training queries ({v.query_source}), {facts['seconds']:.1f} s",
    )
    return 0


def _corpus(args: argparse.Namespace, store: Store) -> Corpus:
    from core.corpus import read
    from core.corpus.demo import demo
    from core.corpus.queries import hold_out
    from core.types import Vectors

    if args.input in ("demo", "demo-large"):
        return demo("large" if args.input == "demo-large" else "small", store)
    path = Path(args.input)
    found = read(path.name, path, **({"column": args.column} if args.column else {}))
    if isinstance(found, Vectors):
        raise DataError(f"{path} holds vectors already. Give it to frontier, recommend or search.")
    return found if found.queries else hold_out(found, args.queries, seed=0)
