"""Queries: split the given ones in a half to learn from and a half to be judged by, or make some when none are given.

Splits go by a hash of the text, so they depend on nothing but the text.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.corpus import metadata
from core.errors import DataError
from core.types import Corpus, Vectors

HELD_OUT = 1000  # queries that figures are reported on: enough for intervals of about one point
How = Literal["documents", "first sentences"]
SENTENCE = re.compile(r"\S.{8,}?[.!?。！？](?=\s|$)|\S[^\n]*", re.DOTALL)


def order(text: str, seed: int = 0) -> int:
    """A number that stands for this text: 64 bits of its hash."""
    salt = seed.to_bytes(8, "little")
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8, salt=salt).digest(), "big"
    )


def halves(texts: tuple[str, ...], count: int = HELD_OUT, seed: int = 0) -> tuple[list[int], list[int]]:
    """Numbers of the held-out texts (one half by hash, `count` at most) and of the training texts (the other half)."""
    key = [order(text, seed) for text in texts]
    held = sorted(sorted((i for i, k in enumerate(key) if k % 2 == 0), key=lambda i: (key[i], i))[:count])
    return held, [i for i, k in enumerate(key) if k % 2]


def split_queries(corpus: Corpus, count: int = HELD_OUT, seed: int = 0) -> Corpus:
    """The same corpus with half of its queries as training queries; judgements follow the held-out ones."""
    held, train = halves(corpus.queries, count, seed)
    return replace(
        corpus,
        queries=tuple(corpus.queries[i] for i in held),
        train_queries=tuple(corpus.queries[i] for i in train),
        qrels=renumber(corpus.qrels, held),
    )


def renumber(qrels: NDArray[np.int64], kept: list[int], column: int = 0) -> NDArray[np.int64]:
    """Judgements (m, 3) of the kept queries (column 0) or documents (column 1), counted anew."""
    place = {old: new for new, old in enumerate(kept)}
    rows = [row for row in qrels.tolist() if row[column] in place]
    for row in rows:
        row[column] = place[row[column]]
    return np.array(rows, np.int64).reshape(-1, 3)


def hold_out(corpus: Corpus, how: How = "documents", count: int = HELD_OUT, seed: int = 0) -> Corpus:
    """The corpus with queries made from itself.

    "documents": some documents (a fifth, `count` at most) leave the base and become queries; nothing is judged.
    "first sentences": the first sentence of each document asks for it; one half by hash (`count` at most) is held out,
    the other half is for training. Grade 1 for the document itself.
    """
    if how not in ("documents", "first sentences"):
        raise DataError(f"Queries come from 'documents' or 'first sentences', got '{how}'. Choose one of them.")
    if len(corpus.texts) < 5:
        raise DataError(
            f"{corpus.name} has {len(corpus.texts)} document(s), too few to make queries of. Give at least 5."
        )
    if how == "first sentences":
        asked: dict[str, list[int]] = {}
        for i, text in enumerate(corpus.texts):
            asked.setdefault(first_sentence(text), []).append(i)
        qrels = np.array([(q, doc, 1) for q, docs in enumerate(asked.values()) for doc in docs], np.int64)
        return split_queries(
            replace(corpus, queries=tuple(asked), qrels=qrels, query_source="first sentences"), count, seed
        )
    queries, kept = taken([order(text, seed) for text in corpus.texts], count)
    return replace(
        corpus,
        texts=tuple(corpus.texts[i] for i in kept),
        ids=tuple(corpus.ids[i] for i in kept) if corpus.ids else (),
        columns=metadata.chosen(corpus.columns, kept),
        queries=tuple(corpus.texts[i] for i in queries),
        train_queries=(),
        qrels=np.empty((0, 3), np.int64),
        query_source="held-out documents",
    )


def hold_out_rows(vectors: Vectors, count: int = HELD_OUT, seed: int = 0) -> Vectors:
    """The same idea for vectors: a fifth of the documents, `count` at most, leave the base and become queries."""
    n = len(vectors.docs)
    if n < 5:
        raise DataError(f"{vectors.name} has {n} vectors, too few to hold some out as queries. Give at least 5.")
    queries, kept = drawn(n, count, seed)
    return replace(
        vectors,
        docs=np.ascontiguousarray(vectors.docs[kept]),
        queries=np.ascontiguousarray(vectors.docs[queries]),
        qrels=np.empty((0, 3), np.int64),
        query_source="held-out documents",
    )


def drawn(n: int, count: int = HELD_OUT, seed: int = 0) -> tuple[list[int], list[int]]:
    """Numbers of the rows that `hold_out_rows` takes for queries, and of those that stay."""
    return taken(np.random.default_rng(seed).permutation(n).tolist(), count)


def taken(keys: list[int], count: int) -> tuple[list[int], list[int]]:
    """Numbers of the rows with the smallest keys (a fifth, `count` at most), and of the others, both in order."""
    ranked = sorted(range(len(keys)), key=lambda i: (keys[i], i))
    size = max(1, min(count, len(keys) // 5))
    return sorted(ranked[:size]), sorted(ranked[size:])


def first_sentence(text: str) -> str:
    """Up to the first full stop that ends a sentence, or the first line."""
    found = SENTENCE.search(text)
    return " ".join((found.group() if found else text).split())
