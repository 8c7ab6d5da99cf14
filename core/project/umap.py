"""Neighbours drawn near each other, distances between groups given up: a map of who is close to whom.

Paper: McInnes, Healy, Melville (2018), UMAP: Uniform Manifold Approximation and Projection. By umap-learn, seeded, on
one thread, which is what makes it repeat. Rows are of unit length, so Euclidean neighbours are those of cosine. It
compiles when imported and owns its threads: call it in a worker process.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from core.errors import DataError
from core.types import Rows

NEIGHBOURS, APART = 15, 0.1  # the defaults of umap-learn
LEAST = 20  # documents


def arranged(docs: Rows, others: Rows, seed: int) -> tuple[Rows, Rows]:
    """Places of docs (n, d) by UMAP, and of others (q, d) by its transform: float32 (n, 2), (q, 2)."""
    with _quiet():
        model = _model(docs, seed).fit(docs)
        return _found(model.embedding_), _found(model.transform(others))


def placed(docs: Rows, places: Rows, parts: Sequence[Rows], seed: int) -> list[Rows]:
    """Where the transform puts each of other rows (m, d) on a map that is given: docs (n, d) stand at places (n, 2)."""
    with _quiet():
        model = _model(docs, seed, n_epochs=0, init=places).fit(docs)
        model.n_epochs = None  # none were needed to stand where the map has them; the transform takes its usual number
        model.embedding_ = np.array(places, np.float32)
        return [_found(model.transform(rows)) for rows in parts]


def _model(docs: Rows, seed: int, **options: Any) -> Any:
    if len(docs) < LEAST:
        raise DataError(f"UMAP needs at least {LEAST} documents, got {len(docs)}. Look at them by PCA.")
    from umap import UMAP

    near = min(NEIGHBOURS, len(docs) - 1)
    return UMAP(n_neighbors=near, min_dist=APART, metric="euclidean", random_state=seed, n_jobs=1, **options)


@contextmanager
def _quiet() -> Iterator[None]:
    """Advice of libraries on each other is nothing that a reader can act on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _found(places: Any) -> Rows:
    return np.asarray(places, np.float32)
