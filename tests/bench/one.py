"""One plan on one set, measured: what a row of the table says. Runs in a process of its own, bound to one core."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.evaluate.intervals import interval
from core.evaluate.judged import mrr, ndcg
from core.evaluate.measure import answers
from core.evaluate.metrics import recall
from core.evaluate.speed import speed
from core.evaluate.truth import Truth, truth
from core.plan import parse
from core.search.built import LEARN, QUERIES, drawn, train_for
from core.store import Store, digest, write_json
from core.types import Hits, Ids, Rows, Train, Vectors
from tests.bench import peers
from tests.bench.memory import forget, resident

K = 10
FEW = 600  # rows to warm up with: compiled kernels are there before the clock runs
PATIENCE = 60  # seconds: what takes longer to learn is not learned again, on other rows, unless it memorises
ADDITIVE = re.compile(r"RQ|LSQ|rq|lsq|wpq|book|qinco|csr|tune")  # whose codebooks are large beside small corpora
Row = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """Whose plan, on which vectors of the store. seconds: to time searches in; apart: learn on other rows as well."""

    vectors: str
    who: str
    plan: str
    seconds: float = 1.0
    apart: bool = True


def work(task: Task, home: str, out: str, core: int) -> None:
    """Measure and write the row to `out`; an error is a row too."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[core]})
    warnings.simplefilter("ignore")
    with Path(f"{out}.said").open("wb") as said:  # libraries write to it past Python
        os.dup2(said.fileno(), 2)
    store = Store(Path(home))
    try:
        row = measured(task, store)
    except Exception as e:
        row = {"error": f"{type(e).__name__}: {e}".splitlines()[0][:300]}
    write_json(Path(out), row)


def measured(task: Task, store: Store) -> Row:
    """Recall, judged quality, bytes, seconds, speed and memory of one plan."""
    peer, v = peers.found()[task.who], store.load_vectors(task.vectors)
    learn, docs = train_for(v), np.array(v.docs)
    learn = Train(docs, learn.queries, learn.seed) if len(docs) <= LEARN else learn
    whole = true(store, v, docs, "whole")
    for name in peer.LIBRARY.split():
        __import__(name)
    if not peers.is_slow(peer, task.plan):
        with suppress(Exception):  # some cannot be learned from so few; what is compiled then counts as work
            peer.made(task.plan, Train(docs[:FEW], learn.queries), docs[:FEW]).search(v.queries[:2], K)
    forget()
    before = resident()
    index = peer.made(task.plan, learn, docs)
    row = figures(index, v, whole, len(docs))
    row["peak"] = (resident(peak=True) - before) / 2**20 if before else None
    row["family"] = parse(task.plan).family if task.who == "thinvec" else task.who
    if index.timed:
        pace = speed([hits_of(index.search, len(docs))], v.queries, K, task.seconds)[0]
        row |= {"queries_per_second": pace.single, "batch_queries_per_second": pace.batch}
    del index
    if task.apart and peer.APART and (row["fit_seconds"] < PATIENCE or ADDITIVE.search(task.plan)):
        row["apart"] = learned_apart(task, store, v, docs)
    return row


def figures(index: peers.Index, v: Vectors, whole: Truth, n: int) -> Row:
    """What the answers are worth, and what the index takes."""
    ids = answers(hits_of(index.search, n), v.queries, K).ids
    kept = recall(ids, whole, v.docs, v.queries, K)
    row: Row = {"recall": span(kept), "hits": "".join("0123456789a"[round(10 * x)] for x in kept)}
    if (v.qrels[:, 2] > 0).any():
        row |= {"ndcg": float(ndcg(ids, v.qrels, K).mean()), "mrr": float(mrr(ids, v.qrels, K).mean())}
    row |= {"bytes": index.nbytes, "overhead": index.shared / n, "fit_seconds": index.fit_seconds}
    return row | {"encode_rows_per_second": n / max(index.encode_seconds, 1e-9) if index.encode_seconds else None}


def learned_apart(task: Task, store: Store, v: Vectors, docs: Rows) -> list[float]:
    """Recall among one half of the documents by what was learned on the other half."""
    order = np.random.default_rng(0).permutation(len(docs))
    seen, new = (np.ascontiguousarray(docs[np.sort(part)]) for part in np.array_split(order, 2))
    queries = None if v.train_queries is None else drawn(v.train_queries, QUERIES, 0)
    index = peers.found()[task.who].made(task.plan, Train(drawn(seen, LEARN, 0), queries), new)
    ids = answers(hits_of(index.search, len(new)), v.queries, K).ids
    return span(recall(ids, true(store, v, new, "half"), new, v.queries, K))


def true(store: Store, v: Vectors, docs: Rows, which: str) -> Truth:
    """Exact neighbours, found once."""
    key = f"bench-truth-{digest(v.fingerprint, which, K)}"
    a = store.remember(key, lambda: vars(truth(docs, v.queries, K)))
    return Truth(a["ids"], a["scores"])


def hits_of(search: Callable[[Rows, int], Ids], n: int) -> Callable[[Rows, int], Hits]:
    """A library's answers as ours: k columns, −1 where there are fewer."""

    def asked(queries: Rows, k: int) -> Hits:
        ids = np.full((len(queries), k), -1, np.int64)
        found = np.asarray(search(queries, k))[:, :k]
        ids[:, : found.shape[1]] = found
        return Hits(ids, np.zeros(ids.shape, np.float32), float(n))

    return asked


def span(values: np.ndarray) -> list[float]:
    """Mean and its 95 % interval."""
    i = interval(values)
    return [i.mean, i.low, i.high]
