"""How much of each document's neighbourhood a plan keeps: documents are asked as queries, themselves left out.

Of each document's k exact nearest documents, and of each query's, which does the plan still find? An answer counts as
everywhere (`core.evaluate.metrics.recall`) when its exact score reaches that of the true k-th neighbour, less EPS.
Exact neighbours of every document are n² products, so at most 8,000 documents are asked, fewer where there are many to
search among: a fixed sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluate.answer import built
from core.evaluate.measure import Shared
from core.evaluate.metrics import EPS
from core.evaluate.truth import distinct, exact, truth
from core.plan import parse
from core.project.faithful import without
from core.project.picture import sample
from core.search.built import Built
from core.store import Store, digest
from core.types import Floats, Ids, Progress, Rows, Vectors, silent

ASKED, LEAST = 8_000, 2_000  # documents asked at most, and at least where there are so many
PAIRS = 260_000_000  # of a document that is asked and one that is searched: 6,000 of 43,000
TOGETHER = 256  # asked at once
VERSION = 1
KEPT, LEVEL, LOST = "kept", "level", "lost"  # level: another document, as near, took the place


@dataclass(frozen=True)
class Near:
    """Exact neighbours. asked: numbers of the documents asked, rising (m,); ids, scores (m + q, k), the documents
    first, then the queries: −1 and −inf where there are fewer than k others.
    """

    asked: NDArray[np.int64]
    ids: Ids
    scores: NDArray[np.float32]

    @property
    def radius(self) -> Floats:
        """Distance of unit rows to their k-th neighbour, documents only (m,): small where they crowd together."""
        last = self.scores[np.arange(len(self.ids)), (self.ids >= 0).sum(1) - 1][: len(self.asked)]
        return np.asarray(np.sqrt(np.maximum(2 - 2 * last.astype(np.float64), 0)), np.float64)


@dataclass(frozen=True)
class Kept:
    """What a plan answers. ids (m + q, k) as in `Near`; good: answers as near as the true k-th or nearer."""

    plan: str
    ids: Ids
    good: NDArray[np.bool_]

    @property
    def hits(self) -> NDArray[np.int64]:
        """How many answers count (m + q,), at most k."""
        return np.asarray(self.good.sum(1), np.int64)


@dataclass(frozen=True)
class Moves:
    """One row's neighbours under a plan. fate (k,): KEPT, LEVEL or LOST by exact rank; gained: documents instead."""

    fate: tuple[str, ...]
    gained: tuple[int, ...]

    @property
    def held(self) -> int:
        """Neighbours that are not lost."""
        return sum(f != LOST for f in self.fate)


def asked_of(total: int, seed: int = 0) -> NDArray[np.int64]:
    """Numbers of the documents that are asked, of so many: rising."""
    return sample(total, max(LEAST, min(ASKED, PAIRS // max(total, 1))), seed)


def near(store: Store, v: Vectors, k: int = 10, seed: int = 0, progress: Progress = silent) -> Near:
    """The k exact nearest documents of sampled documents and of all queries; worked out once."""
    asked = asked_of(len(v.docs), seed)

    def make() -> dict[str, NDArray[np.generic]]:
        progress(0.0, f"Finding the exact neighbours of {len(asked):,} documents")
        first = truth(v.docs, _rows(v, asked), k + 1)
        ids = without(first.ids, asked)
        more = truth(v.docs, v.queries, k)
        scores = [exact(v.docs, _rows(v, asked), ids), more.scores]
        return {"ids": np.concatenate([ids, more.ids]).astype(np.int32), "scores": np.concatenate(scores)}

    found = store.remember(near_key(v.fingerprint, k, seed), make)
    return Near(asked, found["ids"].astype(np.int64), found["scores"])


def kept(store: Store, shared: Shared, plan: str, k: int = 10, progress: Progress = silent) -> Kept:
    """What a plan keeps; it is learned where it was not. PlanError, FitError when it cannot be read or fitted."""
    v, seed = shared.vectors, shared.seed
    true = near(store, v, k, seed, progress)

    def make() -> dict[str, NDArray[np.generic]]:
        progress(0.0, f"Learning {plan}")
        ids = _answers(built(store, shared, plan), v, true.asked, k, progress)
        return {"ids": ids.astype(np.int32), "good": good(v, true, ids)}

    found = store.remember(kept_key(v.fingerprint, plan, k, seed), make)
    return Kept(plan, found["ids"].astype(np.int64), found["good"])


def near_key(vectors: str, k: int = 10, seed: int = 0) -> str:
    """Where exact neighbours are kept."""
    return f"near-{digest('near', vectors, k, seed, ASKED, PAIRS, VERSION)}"


def kept_key(vectors: str, plan: str, k: int = 10, seed: int = 0) -> str:
    """Where the answers of a plan are kept."""
    recipe = parse(plan)
    return f"kept-{digest('kept', vectors, str(recipe), recipe.version, k, seed, ASKED, PAIRS, EPS, VERSION)}"


def good(v: Vectors, true: Near, ids: Ids) -> NDArray[np.bool_]:
    """Which answers (m + q, k) count; of more than there are neighbours, the nearest."""
    rows = np.concatenate([_rows(v, true.asked), v.queries])
    wanted = (true.ids >= 0).sum(1)
    scores = exact(v.docs, rows, distinct(ids))
    reach = true.scores[np.arange(len(rows)), wanted - 1, None] - np.float32(EPS)
    place = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1)
    return np.asarray((scores >= reach) & (place < wanted[:, None]), np.bool_)


def moves(true: Near, found: Kept, row: int) -> Moves:
    """What became of the neighbours of one row of `Near`, and which documents came instead.

    Where more answers are as near as the true k-th than are among the k, they stand for the farthest of those missing.
    """
    wanted = [int(i) for i in true.ids[row] if i >= 0]
    answers = {int(i) for i, g in zip(found.ids[row], found.good[row], strict=True) if g}
    fate = [KEPT if i in answers else LOST for i in wanted]
    level = len(answers - set(wanted))
    for at in reversed(range(len(fate))):
        if fate[at] == LOST and level:
            fate[at], level = LEVEL, level - 1
    gained = [int(i) for i, g in zip(found.ids[row], found.good[row], strict=True) if i >= 0 and not g]
    return Moves(tuple(fate), tuple(dict.fromkeys(gained)))


def _rows(v: Vectors, ids: NDArray[np.int64]) -> Rows:
    return np.ascontiguousarray(v.docs[ids], np.float32)


def _answers(made: Built, v: Vectors, asked: NDArray[np.int64], k: int, progress: Progress) -> Ids:
    rows, m = np.concatenate([_rows(v, asked), v.queries]), len(asked)
    out = np.full((len(rows), k), -1, np.int64)
    for start in range(0, len(rows), TOGETHER):
        some = slice(start, min(start + TOGETHER, len(rows)))
        progress(start / len(rows), f"Asking {made.plan} for the neighbours of {m:,} documents")
        found = made.search(np.ascontiguousarray(rows[some]), k + 1).ids
        found = np.pad(found, ((0, 0), (0, max(0, k + 1 - found.shape[1]))), constant_values=-1)
        own = np.full(len(found), -2)
        own[: max(0, m - start)] = asked[start : start + len(found)]
        out[some] = without(found, own)[:, :k]
    return out
