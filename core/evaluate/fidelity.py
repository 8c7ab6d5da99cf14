"""How faithful codes are before anyone counts neighbours: do they keep the order of scores, and the rows themselves?

    S_ij = sign(a_i − a_j)    Kendall's tau-b = Σ S_a S_b / √(Σ S_a² Σ S_b²)
    r_i  = ½ Σ_j S_ij         Spearman's rho  = correlation of r_a and r_b

r_i is the rank of i, counted from the middle, ties at their mean rank. Both are taken over the 100 exact nearest
documents of a query: over random pairs nearly every code would look faultless.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.compress.codebook import Codebook
from core.evaluate.truth import DOCUMENTS, Truth, truth
from core.types import Codes, Floats, Ids, Rows, Vectors

QUERIES, NEAREST, ROWS = 200, 100, 1000  # a sample of each, so that a plan costs tenths of a second more
Numbers: TypeAlias = NDArray[np.floating[Any]]
_AT_ONCE = 50  # queries whose signs are held at once: 50 × 100 × 100 bytes


@dataclass(frozen=True)
class Probe:
    """What every plan is asked: queries (s, d) with their exact nearest documents, and rows to be decoded."""

    queries: Rows
    nearest: Truth
    rows: Ids  # (r,)


@dataclass(frozen=True)
class Fidelity:
    """spearman, kendall: (s,) per probed query; error: relative squared error; cosine: mean of decoded rows'."""

    spearman: Floats
    kendall: Floats
    error: float
    cosine: float


def probe(vectors: Vectors, seed: int = 0) -> Probe:
    """Up to 200 held-out queries, evenly spaced, with their 100 nearest documents, and up to 1,000 documents drawn."""
    n, q = len(vectors.docs), len(vectors.queries)
    asked = vectors.queries[np.unique(np.linspace(0, q - 1, min(QUERIES, q)).round().astype(np.int64))]
    rows = np.sort(np.random.default_rng(seed).permutation(n)[:ROWS])
    return Probe(asked, truth(vectors.docs, asked, min(NEAREST, n)), rows)


def fidelity(book: Codebook, codes: Codes, docs: Rows, asked: Probe) -> Fidelity:
    """How faithful the codes (n, nbytes) of docs (n, d) are."""
    rho, tau = rank_correlation(scores_of(book, codes, asked.queries, asked.nearest.ids), asked.nearest.scores)
    return Fidelity(rho, tau, *reconstruction(docs[asked.rows], book.decode(codes[asked.rows])))


def scores_of(book: Codebook, codes: Codes, queries: Rows, ids: Ids) -> Floats:
    """Scores (s, r) by the codes of each query (s, d) with its own rows (s, r); each row is decoded once for all."""
    score, out = book.scorer(queries), np.empty(ids.shape)
    some = np.unique(ids)
    for at in range(0, len(some), DOCUMENTS):
        rows = some[at : at + DOCUMENTS]
        table = score(np.ascontiguousarray(codes[rows]))
        query, place = np.nonzero((ids >= rows[0]) & (ids <= rows[-1]))
        out[query, place] = table[query, np.searchsorted(rows, ids[query, place])]
    return out


def rank_correlation(a: Numbers, b: Numbers) -> tuple[Floats, Floats]:
    """Spearman's rho and Kendall's tau-b of each row of a (s, r) with that of b (s, r), both (s,) in [−1, 1].

    A row of equal numbers orders nothing: its correlations are 0.
    """
    parts = [_correlations(a[at : at + _AT_ONCE], b[at : at + _AT_ONCE]) for at in range(0, len(a), _AT_ONCE)]
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))  # type: ignore[return-value]


def _correlations(a: Numbers, b: Numbers) -> tuple[Floats, Floats]:
    s, t = (np.sign(x[:, :, None] - x[:, None, :]).astype(np.float32) for x in (a, b))
    ranks_s, ranks_t = s.sum(2), t.sum(2)
    rho = _cosines(ranks_s, ranks_t)
    return rho, _cosines(s.reshape(len(s), -1), t.reshape(len(t), -1))


def reconstruction(x: Rows, y: Rows) -> tuple[float, float]:
    """Relative squared error Σ‖x − y‖² / Σ‖x − mean‖² of decoded rows y (r, d), and their mean cosine with x (r, d)."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    spread = float(((x - x.mean(0)) ** 2).sum())
    lost = float(((x - y) ** 2).sum())
    return lost / spread if spread > 0 else float(lost > 0), float(_cosines(x, y).mean())


def contrast(docs: Rows, queries: Rows) -> float:
    """Relative contrast of unit rows: E[mean distance] / E[nearest distance] over queries (He, Kumar & Chang 2012).

    Distances are Euclidean. Infinite where every query lies on a document.
    """
    total, nearest = np.zeros(len(queries)), np.full(len(queries), np.inf)
    for at in range(0, len(docs), DOCUMENTS):
        away = np.sqrt(np.maximum(2 - 2 * (queries @ docs[at : at + DOCUMENTS].T).astype(np.float64), 0))
        total += away.sum(1)
        nearest = np.minimum(nearest, away.min(1))
    least = float(nearest.mean())
    return float(total.mean() / len(docs) / least) if least > 0 else float("inf")


def _cosines(a: Numbers, b: Numbers) -> Floats:
    """Cosine of each row of a (s, m) with that of b (s, m); 0 where either is all zeros."""
    dot, aa, bb = (np.einsum("ij,ij->i", u, v, dtype=np.float64) for u, v in ((a, b), (a, a), (b, b)))
    return np.asarray(np.divide(dot, np.sqrt(aa * bb), out=np.zeros(len(a)), where=(aa > 0) & (bb > 0)), np.float64)
