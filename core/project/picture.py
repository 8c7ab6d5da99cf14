"""The map itself: one place per drawn document and per query, worked out once from the float vectors and then kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.project import umap
from core.project.pca import Pca
from core.store import Store, digest
from core.types import Progress, Rows, Vectors, silent

DRAWN = 50_000  # documents drawn at most
METHODS = {"pca": "PCA", "umap": "UMAP"}
VERSION = 1  # grows when a place could move
QUICK = 4e9  # multiplications that PCA may take before it is no longer a matter of a moment


@dataclass(frozen=True)
class Picture:
    """drawn: numbers of the documents that are drawn, rising (m,); docs (m, 2), queries (q, 2): where they stand."""

    drawn: NDArray[np.int64]
    docs: Rows
    queries: Rows
    total: int  # documents there are

    def of(self, ids: NDArray[np.int64]) -> Rows:
        """Places (r, 2) of documents by number; NaN for those that are not drawn."""
        at = np.minimum(np.searchsorted(self.drawn, ids), len(self.drawn) - 1)
        return np.where((self.drawn[at] == ids)[:, None], self.docs[at], np.float32(np.nan))


def sample(total: int, most: int, seed: int) -> NDArray[np.int64]:
    """Numbers of at most so many of `total` documents, rising; a smaller sample lies within a larger one."""
    order = np.random.default_rng([seed, total]).permutation(total)
    return np.sort(order[:most])


def key(vectors: str, method: str, seed: int = 0) -> str:
    """Where the map of the vectors with this fingerprint is kept."""
    if method not in METHODS:
        raise DataError(f"There is no projection called '{method}'. There is pca and umap.")
    return f"map-{digest('map', vectors, method, seed, DRAWN, VERSION)}"


def picture(store: Store, v: Vectors, method: str, seed: int = 0, progress: Progress = silent) -> Picture:
    """The map by this method, `pca` or `umap`; read where it is kept. DataError for another method or too few rows."""
    drawn = sample(len(v.docs), DRAWN, seed)

    def make() -> dict[str, Rows]:
        rows = v.docs if len(drawn) == len(v.docs) else v.docs[drawn]
        if method == "pca":
            pca = Pca.fit(v.docs)
            return {"docs": pca.place(rows), "queries": pca.place(v.queries)}
        progress(0.1, f"Arranging {len(drawn):,} documents by UMAP")
        docs, queries = umap.arranged(np.ascontiguousarray(rows), np.ascontiguousarray(v.queries), seed)
        return {"docs": docs, "queries": queries}

    kept = store.remember(key(v.fingerprint, method, seed), make)
    return Picture(drawn, kept["docs"], kept["queries"], len(v.docs))


def at_once(n: int, dim: int) -> bool:
    """Whether PCA of n documents takes so little that a page need not wait for a worker."""
    return min(n, 20_000) * dim**2 + 4.0 * dim**3 < QUICK
