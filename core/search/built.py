"""A plan fitted to a corpus, ready to search, and all there is to save of it."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compress.codebook import Codebook
from core.errors import StoreError
from core.plan import Plan, parse
from core.scan_rows import Reader
from core.search.flat import BLOCK, Flat
from core.search.rescore import rescore
from core.search.view import View
from core.store import replacing
from core.types import Codes, Hits, Rows, Scanner, State, Train, Vectors

LEARN = 100_000  # documents that any stage may learn from
QUERIES = 8_192  # training queries, likewise


@dataclass(frozen=True)
class Built:
    """codes (n, nbytes) of every document, of the reranker where the plan has one, and what the index learned.

    encode_seconds holds the time to build the index as well.
    """

    plan: Plan
    codebook: Codebook
    codes: Codes
    rerank: tuple[Codebook, Codes] | None
    fit_seconds: float
    encode_seconds: float
    index: State = field(default_factory=dict)

    @cached_property
    def scan(self) -> Scanner | None:
        """The compiled top-k over the first codes, made once."""
        return self.codebook.scanner(self.codes)

    @cached_property
    def reader(self) -> Reader | None:
        """Compiled scores of single rows of the first codes, made once."""
        return self.codebook.reader(self.codes)

    @cached_property
    def again(self) -> Reader | None:
        """The same of the codes that are looked at again."""
        return self.rerank[0].reader(self.rerank[1]) if self.rerank else None

    def search(self, queries: Rows, k: int) -> Hits:
        """The k best documents for each query (m, d)."""
        if self.rerank is None:
            return self.candidates(queries, k)
        hits = self.candidates(queries, self.plan.keep * k)
        return rescore(hits, View(*self.rerank, queries, reader=self.again), k)

    def candidates(self, queries: Rows, k: int) -> Hits:
        """The k best by the first codes alone, before anything is ranked again."""
        scan, reader = (self.scan, None) if self.plan.index == Flat() else (None, self.reader)
        return self.plan.index.find(self.index, View(self.codebook, self.codes, queries, scan, reader), k)

    def _books(self) -> list[tuple[str, Codebook]]:
        return [("", self.codebook)] + ([("rerank.", self.rerank[0])] if self.rerank else [])

    def _arrays(self) -> dict[str, NDArray[Any]]:
        """Every learned array; those of the reranker and of the index under names that begin with it."""
        books = {f"{p}{k}": v for p, book in self._books() for k, v in book.state.items()}
        return books | {f"index.{k}": v for k, v in self.index.items()}

    @property
    def state_bytes(self) -> dict[str, int]:
        """Bytes of every learned array, by name."""
        return {name: int(a.nbytes) for name, a in self._arrays().items()}

    @property
    def encoding_only(self) -> tuple[str, ...]:
        """Names of the arrays that only new documents need."""
        return tuple(f"{p}{k}" for p, book in self._books() for k in book.encoding_only)

    def save(self, path: Path) -> None:
        """One .npz: the plan's text, its codes and its arrays; written beside and renamed."""
        arrays: dict[str, Any] = {f"state.{name}": a for name, a in self._arrays().items()}
        arrays |= {"plan": np.array(str(self.plan)), "dim": np.array(self.codebook.dim), "codes": self.codes}
        arrays["seconds"] = np.array([self.fit_seconds, self.encode_seconds])
        if self.rerank:
            arrays["rerank_codes"] = self.rerank[1]
        with replacing(path) as part:
            np.savez(part, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> Built:
        """The inverse of `save`. StoreError when the file is damaged."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as f:
                a = {k: f[k] for k in f.files}
            plan, dim = parse(str(a["plan"])), int(a["dim"])
            state = {k[6:]: v for k, v in a.items() if k.startswith("state.")}
            first = {k: v for k, v in state.items() if not k.startswith(("rerank.", "index."))}
            second = {k[7:]: v for k, v in state.items() if k.startswith("rerank.")}
            index = {k[6:]: v for k, v in state.items() if k.startswith("index.")}
            again = (Codebook(plan.rerank, dim, second), a["rerank_codes"]) if plan.rerank else None
            fit, encode = map(float, a["seconds"])
            return cls(plan, Codebook(plan.codec, dim, first), a["codes"], again, fit, encode, index)
        except (OSError, KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as e:
            raise StoreError(f"{path.name} is damaged ({e}); delete it and measure again.") from e


def train_for(vectors: Vectors, seed: int = 0) -> Train:
    """What stages may learn from: all documents and training queries, or a fixed sample where they are many."""
    queries = vectors.train_queries
    return Train(drawn(vectors.docs, LEARN, seed), None if queries is None else drawn(queries, QUERIES, seed), seed)


def drawn(x: Rows, most: int, seed: int) -> Rows:
    """All rows, or `most` of them without replacement, in their order."""
    if len(x) > most:
        x = x[np.sort(np.random.default_rng(seed).choice(len(x), most, replace=False))]
    return np.ascontiguousarray(x, np.float32)


def build(plan: Plan, train: Train, docs: Rows) -> Built:
    """Fit the plan's codecs and encode every document; each is timed as if this plan were the only one."""
    start = train.clock()
    book = Codebook.fit(plan.codec, train)
    again = Codebook.fit(plan.rerank, train) if plan.rerank else None
    middle = train.clock()
    codes = book.encode(docs)
    rerank = (again, again.encode(docs)) if again else None
    index = {} if plan.index == Flat() else plan.index.fit(decoded(book, codes), train.seed)
    return Built(plan, book, codes, rerank, middle - start, train.clock() - middle, index)


def decoded(book: Codebook, codes: Codes) -> Rows:
    """What all codes stand for, (n, d), decoded a block at a time."""
    rows = np.empty((len(codes), book.dim), np.float32)
    for a in range(0, len(codes), BLOCK):
        rows[a : a + BLOCK] = book.decode(codes[a : a + BLOCK])
    return rows
