"""Where decoded vectors land on the map of the float ones: the same projection, asked about what the codes remember.

For PCA the same two axes are applied to decoded rows. For UMAP its `transform` places them among the float documents,
which stand where the map has them. The transform has noise of its own, so float rows are placed again beside them:
what those move is what a displacement has to exceed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluate.answer import built
from core.evaluate.measure import Shared
from core.plan import parse
from core.project import umap
from core.project.pca import Pca
from core.project.picture import Picture, picture, sample
from core.search.built import Built
from core.store import Store, digest
from core.types import Progress, Rows, Vectors, silent

MOVED = 1_500  # documents whose displacement is drawn
VERSION = 1


@dataclass(frozen=True)
class Landed:
    """ids: documents (m,), rising; places (m, 2) of their decoded vectors; again: of the float ones, asked anew."""

    ids: NDArray[np.int64]
    places: Rows
    again: Rows


def ids_of(drawn: Picture, seed: int = 0) -> NDArray[np.int64]:
    """The documents whose displacement is drawn: a fixed sample of those on the map."""
    return drawn.drawn[sample(len(drawn.drawn), MOVED, seed)]


def key(vectors: str, plan: str, method: str, seed: int = 0) -> str:
    """Where the places of decoded vectors are kept."""
    recipe = parse(plan)
    return f"landed-{digest('landed', vectors, str(recipe), recipe.version, method, seed, MOVED, VERSION)}"


def landed(
    store: Store, shared: Shared, plans: list[str], method: str, progress: Progress = silent
) -> dict[str, Landed]:
    """Where decoded vectors land, for each plan; the projection is fitted once for those that were not asked before."""
    v, seed = shared.vectors, shared.seed
    drawn = picture(store, v, method, seed, progress)
    ids = ids_of(drawn, seed)
    new = [p for p in plans if not store.path("arrays", f"{key(v.fingerprint, p, method, seed)}.npz").exists()]
    made: dict[str, dict[str, Rows]] = {}
    if new:
        parts = [np.ascontiguousarray(v.docs[ids], np.float32)]
        for i, plan in enumerate(new):
            progress(i / (len(new) + 2), f"Decoding {plan}")
            parts.append(decoded(built(store, shared, plan), ids))
        progress(len(new) / (len(new) + 2), f"Placing decoded vectors of {len(new)} plans on the map")
        again, *places = _placed(v, drawn, parts, method, seed)
        made = {plan: {"places": at, "again": again} for plan, at in zip(new, places, strict=True)}
    found = {p: store.remember(key(v.fingerprint, p, method, seed), lambda p=p: made[p]) for p in plans}  # type: ignore[misc]
    return {plan: Landed(ids, a["places"], a["again"]) for plan, a in found.items()}


def decoded(made: Built, ids: NDArray[np.int64]) -> Rows:
    """Rows (m, d) as the codes remember them: the reranker's, where the plan has one."""
    book, codes = made.rerank or (made.codebook, made.codes)
    return np.ascontiguousarray(book.decode(codes[ids]), np.float32)


def _placed(v: Vectors, drawn: Picture, parts: list[Rows], method: str, seed: int) -> list[Rows]:
    if method == "pca":
        pca = Pca.fit(v.docs)
        return [pca.place(rows) for rows in parts]
    docs = np.ascontiguousarray(v.docs[drawn.drawn], np.float32)
    return umap.placed(docs, drawn.docs, parts, seed)
