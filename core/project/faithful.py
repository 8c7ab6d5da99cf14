"""How far a map can be trusted: are those who stand near each other true neighbours, and are true neighbours near?

Trustworthiness and continuity: Venna, Kaski (2001), Neighborhood preservation in nonlinear projection methods, on a
sample of at most 5,000 documents: T(k) = 1 − 2/(n k (2n − 3k − 1)) Σ_i Σ_{j ∈ U_k(i)} (r(i,j) − k), where U_k(i) are
those of the k nearest on the map that are not among the k nearest vectors, and r their rank there; continuity swaps
the two. Share shown: of the k exact nearest among all drawn documents, those that are among the k nearest on the map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluate.intervals import intervals
from core.evaluate.truth import truth
from core.project.picture import Picture, picture, sample
from core.store import Store, digest
from core.types import Floats, Ids, Interval, Progress, Rows, Vectors, silent

K = 10
SAMPLE = 5_000  # documents that ranks are taken among
ASKED = 2_000  # documents whose neighbours among all drawn are looked for
BLOCK = 500
VERSION = 1


@dataclass(frozen=True)
class Faithful:
    """Each a mean over documents with its 95 % interval. n: documents sampled; drawn: of how many."""

    trustworthiness: Interval
    continuity: Interval
    shown: Interval
    n: int
    drawn: int
    k: int = K


def faithful(store: Store, v: Vectors, method: str, seed: int = 0, k: int = K, progress: Progress = silent) -> Faithful:
    """How true the map by this method is; worked out once, the map too where that was not done yet."""
    drawn = picture(store, v, method, seed, progress)
    k = min(k, (len(drawn.drawn) - 2) // 2)

    def make() -> dict[str, Floats]:
        progress(0.8, "Asking how true the map is")
        return _measured(v, drawn, k, seed)

    place = f"faithful-{digest('faithful', v.fingerprint, method, seed, k, SAMPLE, ASKED, VERSION)}"
    kept = store.remember(place, make)
    trust, whole = intervals([kept["trustworthiness"], kept["continuity"]])
    return Faithful(trust, whole, intervals([kept["shown"]])[0], len(kept["continuity"]), len(drawn.drawn), k)


def _measured(v: Vectors, drawn: Picture, k: int, seed: int) -> dict[str, Floats]:
    some = sample(len(drawn.drawn), SAMPLE, seed)
    rows = np.asarray(v.docs[drawn.drawn[some]], np.float32)
    trust, whole = trusted(rows, drawn.docs[some], k)
    return {"trustworthiness": trust, "continuity": whole, "shown": shown(v.docs[drawn.drawn], drawn.docs, k, seed)}


def trusted(rows: Rows, places: Rows, k: int) -> tuple[Floats, Floats]:
    """Trustworthiness and continuity of each row (n,): rows (n, d) stand at places (n, 2); k < n / 2."""
    n = len(rows)
    scale = 2.0 / (k * (2 * n - 3 * k - 1))
    found: list[tuple[Floats, Floats]] = []
    for start in range(0, n, BLOCK):
        some = slice(start, start + BLOCK)
        true, flat = _far(rows, some), _far(places, some)
        found.append((1 - scale * _late(true, flat, k), 1 - scale * _late(flat, true, k)))
    return np.concatenate([t for t, _ in found]), np.concatenate([c for _, c in found])


def _far(x: Rows, some: slice) -> Rows:
    """Squared distance (b, n), but for a term of their own, of some rows to all; infinite to themselves."""
    own = np.arange(len(x))[some]
    far: Rows = (x**2).sum(1) - 2 * x[some] @ x.T
    far[np.arange(len(own)), own] = np.inf
    return far


def _late(far: Rows, by: Rows, k: int) -> Floats:
    """Σ (r − k) over the k nearest by `by` whose rank r by `far` is above k, (b,); of equal ones the lower id first."""
    late = np.zeros(len(far))
    for column in _first(by, k).T:
        own = np.take_along_axis(far, column[:, None], 1)
        before = (far < own).sum(1) + ((far == own) & (np.arange(far.shape[1]) < column[:, None])).sum(1)
        late += np.maximum(before + 1 - k, 0)
    return late


def _first(far: Rows, k: int) -> NDArray[np.int64]:
    """The k nearest of each row (b, k), in any order; of equal ones the lower id first."""
    edge = np.partition(far, k - 1, axis=1)[:, k - 1, None]
    tied = far == edge
    room = k - (far < edge).sum(1, keepdims=True)
    return np.nonzero((far < edge) | (tied & (np.cumsum(tied, 1) <= room)))[1].reshape(len(far), k)


def shown(docs: Rows, places: Rows, k: int, seed: int = 0) -> Floats:
    """Share (m,) of the k exact nearest of sampled docs (n, d) that are among the k nearest at places (n, 2)."""
    from scipy.spatial import KDTree

    asked = sample(len(docs), ASKED, seed + 1)
    true = without(truth(docs, np.ascontiguousarray(docs[asked], np.float32), k + 1).ids, asked)
    flat = without(KDTree(places).query(places[asked], k + 1)[1].astype(np.int64), asked)
    return np.asarray((true[:, :, None] == flat[:, None, :]).any(2).mean(1), np.float64)


def without(ids: Ids, own: NDArray[np.int64]) -> Ids:
    """ids (m, k + 1) less each row's own document, else less the last: (m, k). A document is not its own neighbour."""
    is_own = ids == own[:, None]
    is_own[~is_own.any(1), -1] = True
    is_own &= np.cumsum(is_own, 1) == 1
    rest: Ids = ids[~is_own].reshape(len(ids), -1)
    return rest
