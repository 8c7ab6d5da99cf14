"""Encoding a corpus can be cut off at any time: finished blocks lie in the store, and the next run goes on from there.

A block is a run of distinct texts of like length. Which texts stand in it depends on the corpus alone, so the vectors
are the same to the last bit however often the work was interrupted.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from core.encode.protocol import Encoder
from core.store import Store, digest, read_json, replacing, write_json
from core.types import Corpus, Progress, Rows, Vectors, silent

VERSION = 1  # raise it when the same texts give other vectors
BLOCK = 512  # texts kept together on disk
LONG = 1000  # characters: what is beyond adds nothing to the time, models cut it off
Role = Literal["documents", "queries"]


def encode(corpus: Corpus, encoder: str | Encoder, store: Store, progress: Progress = silent) -> Vectors:
    """Corpus -> Vectors, from disk where this was asked before. `encoder` is a name, or an encoder that is loaded."""
    from core.encode import encoder as by_name

    if isinstance(encoder, str):
        progress(0.0, f"Loading {encoder}")
        encoder = by_name(encoder)
    key = digest(
        "encode", VERSION, encoder.name, encoder.identity, corpus.name, corpus.query_source, corpus.fingerprint
    )
    done = store.path("encoded", f"{key}.json")
    if done.exists() and store.has_vectors(known := read_json(done)["vectors"]):
        return store.load_vectors(known)
    docs, queries, train = rows(
        [("documents", corpus.texts), ("queries", corpus.queries), ("queries", corpus.train_queries)],
        *(encoder, store, progress),
    )
    made = Vectors(
        docs=docs,
        queries=queries,
        train_queries=train if len(train) else None,
        qrels=corpus.qrels,
        name=corpus.name,
        encoder=encoder.name,
        query_source=corpus.query_source,
    )
    write_json(done, {"vectors": store.save_vectors(made, store.save_corpus(corpus)), "engine": encoder.engine})
    return made


def rows(
    lists: Sequence[tuple[Role, Sequence[str]]], encoder: Encoder, store: Store, progress: Progress = silent
) -> list[Rows]:
    """Unit rows of several lists of texts, block by block; blocks are dropped from the store when all is done."""
    key = digest("blocks", VERSION, encoder.identity, BLOCK, [(role, list(texts)) for role, texts in lists])
    folder = store.path("blocks", key)
    clock = Clock(sum(cost(distinct(texts)) for _, texts in lists), progress)
    made = [one_list(role, texts, encoder, folder / str(i), clock) for i, (role, texts) in enumerate(lists)]
    shutil.rmtree(folder, ignore_errors=True)
    return made


def one_list(role: Role, texts: Sequence[str], encoder: Encoder, folder: Path, clock: Clock) -> Rows:
    """Unit rows (n, dim) of one list; each distinct text is encoded once, short ones first."""
    order = distinct(texts)
    place = {text: i for i, text in enumerate(order)}
    out = np.empty((len(order), encoder.dim), np.float32)
    work: Callable[..., Rows] = encoder.documents if role == "documents" else encoder.queries
    for start in range(0, len(order), BLOCK):
        part = order[start : start + BLOCK]
        file = folder / f"{start // BLOCK:06d}.npy"
        if file.exists():
            out[start : start + len(part)] = np.load(file, allow_pickle=False)
            clock.skip(part)
            continue
        block = work(part, clock.within(part, role))
        with replacing(file) as temporary:
            np.save(temporary, block, allow_pickle=False)
        out[start : start + len(part)] = block
        clock.did(part, role)
    return np.ascontiguousarray(out[[place[text] for text in texts]])


def distinct(texts: Sequence[str]) -> list[str]:
    """Each text once, short ones first: neighbours pad each other little, and the first block is done soon."""
    return sorted(set(texts), key=lambda text: (len(text), text))


def cost(texts: Sequence[str]) -> float:
    """What encoding these takes, in characters: a model reads the beginning of a text only."""
    return float(sum(min(len(text), LONG) + 20 for text in texts))


class Clock:
    """Turns finished texts into a fraction, texts per second and the time that is left."""

    def __init__(self, total: float, progress: Progress) -> None:
        self.total, self.progress = max(total, 1.0), progress
        self.spent = self.fresh = 0.0  # cost of all that is there; of what this run made
        self.count, self.began = 0, time.perf_counter()

    def skip(self, part: Sequence[str]) -> None:
        """These were on disk."""
        self.spent += cost(part)

    def did(self, part: Sequence[str], role: str) -> None:
        """These are made."""
        self.spent += cost(part)
        self.fresh += cost(part)
        self.count += len(part)
        self.tell(role, 0.0, 0)

    def within(self, part: Sequence[str], role: str) -> Progress:
        """Progress inside a block."""
        whole = cost(part)
        return lambda fraction, _: self.tell(role, fraction * whole, round(fraction * len(part)))

    def tell(self, role: str, more: float, count: int) -> None:
        """Report: "Encoding documents: 41 per second, 3 min left"."""
        seconds = max(time.perf_counter() - self.began, 1e-9)
        fraction = min((self.spent + more) / self.total, 1.0)
        left = (self.total - self.spent - more) * seconds / max(self.fresh + more, 1.0)
        rate = (self.count + count) / seconds
        self.progress(fraction, f"Encoding {role}: {rate:.0f} per second, {spoken(left)} left")


def spoken(seconds: float) -> str:
    """A length of time as people say it: "40 s", "3 min"."""
    return f"{max(seconds, 0):.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def encoded_by(store: Store, vectors: str) -> dict[str, Any]:
    """What is recorded about the encoding of these vectors: {"vectors", "engine"}; {} if they were not made here."""
    records = (read_json(p) for p in sorted(store.path("encoded", "x").parent.glob("*.json")))
    return next((r for r in records if r["vectors"] == vectors), {})
