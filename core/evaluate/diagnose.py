"""Before anything is compressed: what do these vectors look like, and what does that advise?

Seconds, not minutes: what grows with the square of the corpus is taken from samples, and `looked` says which.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core import words
from core.corpus.queries import hold_out_rows
from core.errors import DataError
from core.evaluate import findings as say
from core.evaluate import findings_near as near
from core.evaluate import hubs, shift, spectrum
from core.evaluate.fidelity import contrast
from core.evaluate.findings import Finding
from core.evaluate.held import kept
from core.evaluate.intervals import difference
from core.evaluate.measure import Shared
from core.evaluate.metrics import EPS
from core.evaluate.truth import truth
from core.search.built import drawn
from core.types import Floats, Interval, Rows, Vectors

MOMENTS, PROBES, POPULAR, REHEARSED, ASKED = 20_000, 1_000, 8_000, 4_000, 400  # rows, documents, rows, rows, queries
LEAST = 50  # documents
ALIKE = 0.98  # cosine of near copies


@dataclass(frozen=True)
class Diagnosis:
    """own, best (d,): share of the variance in the first dimensions, by the model's order and by PCA's.

    lid (q,), lid_docs (p,): intrinsic dimension around queries and documents, NaN left out; occurrences (s,): N_k.
    """

    n: int
    dim: int
    k: int
    looked: tuple[str, ...]
    findings: tuple[Finding, ...]
    own: Floats
    best: Floats
    lid: Floats
    lid_docs: Floats
    occurrences: Floats

    def finding(self, name: str) -> Finding:
        """The finding of this name."""
        return next(f for f in self.findings if f.name == name)


def diagnose(vectors: Vectors, seed: int = 0, k: int = 10, norms: Floats | None = None) -> Diagnosis:
    """What the vectors look like, finding by finding. norms (n,): lengths before they were made 1, where known.

    DataError for fewer than 50 documents, or no queries.
    """
    n, q = len(vectors.docs), len(vectors.queries)
    if n < LEAST or q < 2:
        raise DataError(
            f"A diagnosis takes at least {LEAST} documents and 2 queries, got {n} and {q}. Bring more of them."
        )
    rng = np.random.default_rng(seed)
    rows = drawn(vectors.docs, MOMENTS, seed)
    shape = spectrum.spectrum(rows, vectors.queries)
    about, lid, lid_docs = _near(vectors, rng, k)
    popular = hubs.occurrences(drawn(vectors.docs, POPULAR, seed), min(k, n - 2))
    found = say.listed(
        [
            _threshold(vectors, rows, shape, seed, k),
            _rotate(vectors, shape, rng),
            say.tails(shape.narrowing, float(np.nanmean(shape.kurtosis)), float(np.nanmax(shape.kurtosis))),
            _truncate(shape),
            say.uneven_bits(
                spectrum.effective_rank(shape.eigenvalues),
                spectrum.participation_ratio(shape.eigenvalues),
                vectors.dim,
            ),
            _lengths(vectors, norms, k) if norms is not None else None,
            *about,
            near.hubs(hubs.skewness(popular), float((popular == 0).mean()), int(popular.max()), k, len(popular)),
        ]
    )
    own, best = spectrum.prefix(shape.variance), spectrum.prefix(shape.eigenvalues)
    return Diagnosis(n, vectors.dim, k, _looked(n, q), found, own, best, lid, lid_docs, popular.astype(np.float64))


def _looked(n: int, q: int) -> tuple[str, ...]:
    """What was looked at, in words."""
    parts = (("moments", MOMENTS), ("neighbours of documents", PROBES), ("N10", POPULAR), ("rehearsal", REHEARSED))
    return (
        *(f"{what}: {words.count(min(n, most))} of {words.plural(n, 'document')}" for what, most in parts),
        f"queries: all {words.count(q)}",
    )


def _threshold(v: Vectors, rows: Rows, shape: spectrum.Spectrum, seed: int, k: int) -> Finding:
    length = float(np.linalg.norm(shape.mean))
    n = len(rows)
    cosine = (n * length**2 - float(np.square(rows, dtype=np.float64).sum(1).mean())) / (n - 1)
    entropy = float(spectrum.bit_entropy(rows, np.zeros(v.dim)).mean())
    tried, where = rehearsed(v, ("bin(mean=1)", "bin"), seed, k)
    return say.threshold(length, cosine, entropy, tried, where)


def rehearsed(v: Vectors, plans: tuple[str, str], seed: int = 0, k: int = 10) -> tuple[Interval, str]:
    """Recall of the first plan minus that of the second on a sample, asked what is not held out; and where, in words.

    Training queries ask; where there are none, documents that leave the sample.
    """
    rows = drawn(v.docs, REHEARSED, seed)
    if v.train_queries is not None and len(v.train_queries) > 1:
        asked, kind = drawn(v.train_queries, ASKED, seed), "training queries"
    else:
        parts = hold_out_rows(Vectors(rows, rows[:0]), ASKED, seed)
        rows, asked, kind = parts.docs, parts.queries, "documents as queries"
    shared = Shared(Vectors(rows, asked), seed)
    first, second = (kept(shared, plan, min(k, len(rows))) for plan in plans)
    return difference(first, second, seed), f"{words.count(len(rows))} documents with {words.count(len(asked))} {kind}"


def _rotate(v: Vectors, shape: spectrum.Spectrum, rng: np.random.Generator) -> Finding:
    live = shape.variance[shape.variance >= spectrum.DEAD * shape.variance.mean()]
    cv = float(shape.variance.std() / shape.variance.mean())
    gain = spectrum.rotation_gain(shape, v.queries, rng)
    return say.rotate(gain, float(live.max() / live.min()), cv, shape.dead)


def _truncate(shape: spectrum.Spectrum) -> Finding | None:
    d = len(shape.mean)
    m = d // 4
    if m < 2:
        return None
    own, best = (float(spectrum.prefix(a)[m - 1]) for a in (shape.variance, shape.eigenvalues))
    return say.truncate(spectrum.order_worth(shape, m), own, best, m, d)


def _lengths(v: Vectors, norms: Floats, k: int) -> Finding:
    """Of the k best by cosine, how many are among the k best by inner product of the vectors as they came."""
    if len(norms) != len(v.docs):
        raise DataError(f"There are {len(norms):,} lengths for {len(v.docs):,} documents. Give one for each.")
    asked, scale = drawn(v.queries, ASKED, 0), np.asarray(norms / norms.mean(), np.float32)[:, None]
    a, b = truth(v.docs, asked, k).ids, truth(v.docs * scale, asked, k).ids
    shared = float((a[:, :, None] == b[:, None, :]).any(2).mean())
    return say.lengths(float(np.std(norms) / np.mean(norms)), shared, k)


def _near(v: Vectors, rng: np.random.Generator, k: int) -> tuple[list[Finding], Floats, Floats]:
    """Copies, hardness and shift; intrinsic dimensions around queries and documents."""
    n = len(v.docs)
    close = min(hubs.CLOSE, n - 2)
    probes = np.sort(rng.choice(n, min(n, PROBES), replace=False))
    theirs, ours = hubs.neighbours(v.docs, probes, close), truth(v.docs, v.queries, max(close, min(k + 1, n))).scores
    lid, lid_docs = hubs.intrinsic_dimension(ours[:, :close]), hubs.intrinsic_dimension(theirs)
    lid, lid_docs = lid[np.isfinite(lid)], lid_docs[np.isfinite(lid_docs)]
    ties = float((ours[:, k - 1] - ours[:, k] < EPS).mean()) if k < ours.shape[1] else 0.0
    alike = float((theirs[:, 0] >= ALIKE).mean())
    middle = (float(np.median(lid)), float(np.median(lid_docs))) if len(lid) and len(lid_docs) else (1.0, 1.0)
    medians = float(np.median(ours[:, 0])), float(np.median(theirs[:, 0]))
    told = shift.separation(drawn(v.docs, POPULAR, 0), v.queries, rng)
    low, high = (float(x) for x in np.quantile(lid, [0.1, 0.9])) if len(lid) else (1.0, 1.0)
    about = [
        near.repeats(float(hubs.copies(v.docs).mean()), alike, ties, n, k),
        near.hardness(middle[0], low, high, contrast(v.docs, v.queries)),
        near.stand_in(shift.distance_of_means(v.docs, v.queries), told, medians, middle, v.query_source),
    ]
    return about, lid, lid_docs
