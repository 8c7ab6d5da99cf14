"""A file of vectors that remembers its texts and its encoder: V.npz, as `encode` writes it and others may.

docs, queries, train_queries   float32 (n, d)
qrels                          int64 (j, 3): query number, document number, grade
encoder, query_source          the model's name, and where the queries came from
texts                          uint8: a JSON list in UTF-8 (numpy would make every text as long as the longest)
query_texts, columns           the same for the held-out queries, and an object of lists: what is known of documents
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.store import replacing
from core.types import Corpus, Vectors


def save(
    path: Path,
    v: Vectors,
    texts: Sequence[str],
    queries: Sequence[str] = (),
    columns: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write vectors and the texts that they stand for, in the order of the documents and of the held-out queries."""
    arrays: dict[str, Any] = {"docs": v.docs, "queries": v.queries, "qrels": v.qrels}
    if v.train_queries is not None:
        arrays["train_queries"] = v.train_queries
    arrays |= {"encoder": np.array(v.encoder), "query_source": np.array(v.query_source)}
    for name, value in (("texts", list(texts)), ("query_texts", list(queries)), ("columns", dict(columns or {}))):
        if value or name == "texts":
            arrays[name] = np.frombuffer(json.dumps(value).encode(), np.uint8)
    with replacing(path) as part:
        np.savez(part, allow_pickle=False, **arrays)


def load(path: Path) -> tuple[Vectors, tuple[str, ...], str]:
    """Vectors, texts (empty when the file has none) and the encoder's name ('' when it does not say)."""
    from core.corpus import read
    from core.corpus.queries import drawn

    found = read(path.name, path)
    if isinstance(found, Corpus):
        raise DataError(f"{path} holds texts, not vectors. Encode it first: python -m core encode {path} --out V.npz.")
    words = _words(path)
    encoder, source = (str(words.get(key, "")) for key in ("encoder", "query_source"))
    texts = _texts(words["texts"], path) if "texts" in words else ()
    whole = len(found.docs) + len(found.queries)
    if len(texts) == whole and found.query_source == "held-out documents":  # of the file's rows, some became queries
        texts = tuple(texts[i] for i in drawn(whole)[1])
    if texts and len(texts) != len(found.docs):
        raise DataError(f"{path} has {len(texts):,} texts for {len(found.docs):,} documents. Encode it again.")
    found = replace(found, encoder=encoder or found.encoder, query_source=source or found.query_source)
    return found, texts, encoder


def told(path: Path) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Texts of the held-out queries, and columns of what is known of the documents; empty where the file has none.

    DataError when they cannot be read.
    """
    words = _words(path)
    queries = _texts(words["query_texts"], path) if "query_texts" in words else ()
    try:
        found = json.loads(words["columns"].tobytes()) if "columns" in words else {}
        columns = {str(name): tuple(map(str, values)) for name, values in found.items()}
    except (ValueError, AttributeError, TypeError):
        raise DataError(f"{path}: 'columns' is no JSON object of lists in UTF-8. Encode it again.") from None
    return queries, columns


def _words(path: Path) -> dict[str, NDArray[Any]]:
    if path.suffix != ".npz":
        return {}
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as f:
            keys = ("encoder", "query_source", "texts", "query_texts", "columns")
            return {key: f[key] for key in keys if key in f}
    except ValueError as e:
        raise DataError(f"{path} has words that cannot be read ({e}). Save them as numpy strings.") from None


def _texts(kept: NDArray[Any], path: Path) -> tuple[str, ...]:
    """Texts as `save` writes them, or an array of numpy's own strings."""
    try:
        return tuple(map(str, kept.tolist() if kept.dtype.kind == "U" else json.loads(kept.tobytes())))
    except ValueError:
        raise DataError(f"{path}: 'texts' is neither JSON in UTF-8 nor an array of strings. Encode it again.") from None
