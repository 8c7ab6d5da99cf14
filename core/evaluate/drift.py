"""A later batch of vectors: do the codebooks that were learned on the old rows still fit, or is it time to learn again?

Rows that taught a codec flatter it, so "then" is measured on old rows that were kept from learning, and as many are
searched as "now". The yardsticks learn on one half of the batch and are tried on the other:

    then       learned on old rows              search old rows that were kept from learning
    now        learned on old rows              search new rows
    together   learned on old and new rows      search the same new rows
    alone      learned on new rows alone        search the same new rows

Every codec is scanned exhaustively: an index would add losses of its own.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core import words
from core.compress.codebook import Codebook
from core.corpus import read
from core.errors import DataError, FitError
from core.evaluate.calibrate import outside
from core.evaluate.held import apart
from core.evaluate.intervals import difference, interval
from core.evaluate.measure import answers
from core.evaluate.metrics import recall
from core.evaluate.truth import Truth, truth
from core.evaluate.usage import entropy, ranges, seen_by
from core.plan import Plan, parse
from core.search import Flat
from core.search.built import Built, train_for
from core.types import Codes, Corpus, Floats, Interval, Progress, Rows, Train, Vectors, silent

LEAST = 40  # rows of a batch, and of old rows
TRIED = 5_000  # rows searched on either side, at most
KEPT = 5  # one in so many old rows is kept from learning
WORTH = 0.01  # of recall: what learning again must bring; codebooks drawn with another seed differ by half of it
FITS, TOGETHER, ALONE, OPEN = "fits", "together", "alone", "open"


@dataclass(frozen=True)
class Side:
    """recall: over held-out queries; error: squared distance of decoded unit rows to the originals, over rows.

    clipped: share of values at the codec's input outside of its ranges, or of those that the old rows showed;
    entropy (nbytes,): bits that each byte of the codes says, of 8, over as many rows then and now.
    """

    recall: Interval
    error: Interval
    clipped: float
    entropy: Floats


@dataclass(frozen=True)
class Drift:
    """change: recall now less then; error_change likewise; together, alone: recall after learning again less recall
    now, on the same rows, `alone` None where half a batch is too few to learn from. rows: searched on either side.
    """

    plan: str
    old: int
    new: int
    rows: int
    k: int
    then: Side
    now: Side
    change: Interval
    error_change: Interval
    together: Interval
    alone: Interval | None
    verdict: str  # fits, together, alone or open
    said: str


@dataclass(frozen=True)
class Measured:
    """Per query, per row, and the codes of one side."""

    recall: Floats
    error: Floats
    codes: Codes


def drift(vectors: Vectors, batch: Rows, plan: str, k: int = 10, seed: int = 0, progress: Progress = silent) -> Drift:
    """Whether codebooks of a plan, learned on the documents, fit a later batch of unit rows (m, d).

    DataError for a batch of another width or too few rows; PlanError or FitError for a plan that cannot be used.
    """
    _check(vectors, batch)
    recipe = replace(parse(plan), index=Flat())
    learn, old, teach, new = _parts(vectors.docs, batch, seed)
    trial = _Trial(recipe, vectors, min(k, len(old)), seed)
    progress(0.0, "Learning on the old rows")
    books = trial.learned(learn)
    progress(0.3, "Searching old rows and new ones")
    low, high = ranges(books[0], learn)
    then, now = trial.measured(books, old), trial.measured(books, new)
    sides = [
        Side(interval(m.recall), interval(m.error), outside(seen_by(books[0], rows), low, high), entropy(m.codes))
        for m, rows in ((then, old), (now, new))
    ]
    progress(0.5, "Learning on old and new rows together")
    both = trial.measured(trial.learned(np.concatenate([learn, teach])), new).recall
    progress(0.8, "Learning on the new rows alone")
    together, alone = difference(both, now.recall, seed), None
    with suppress(FitError):  # half a batch is too few for some plans: then there is no such figure
        alone = difference(trial.measured(trial.learned(teach), new).recall, now.recall, seed)
    change, error = difference(now.recall, then.recall, seed), apart(now.error, then.error)
    verdict = judge(together, alone)
    sizes = (len(vectors.docs), len(batch), len(new), trial.k)
    said = say(verdict, change, together, alone)
    return Drift(str(parse(plan)), *sizes, sides[0], sides[1], change, error, together, alone, verdict, said)


@dataclass(frozen=True)
class _Trial:
    plan: Plan
    vectors: Vectors
    k: int
    seed: int

    def learned(self, rows: Rows) -> tuple[Codebook, Codebook | None]:
        """The plan's codebooks, learned on these rows and the training queries."""
        train: Train = train_for(replace(self.vectors, docs=rows), self.seed)
        return Codebook.fit(self.plan.codec, train), Codebook.fit(self.plan.rerank, train) if self.plan.rerank else None

    def measured(self, books: tuple[Codebook, Codebook | None], rows: Rows) -> Measured:
        """The rows coded and searched with the held-out queries."""
        codes, again = books[0].encode(rows), books[1]
        built = Built(self.plan, books[0], codes, (again, again.encode(rows)) if again else None, 0.0, 0.0)
        found, true = answers(built.search, self.vectors.queries, self.k).ids, self._truth(rows)
        last = again.decode(again.encode(rows)) if again else books[0].decode(codes)
        error = np.square(last - rows, dtype=np.float64).sum(1)
        return Measured(recall(found, true, rows, self.vectors.queries, self.k), error, codes)

    def _truth(self, rows: Rows) -> Truth:
        return truth(rows, self.vectors.queries, self.k)


def later(name: str, data: bytes | Path) -> Rows:
    """The rows of a later batch (m, d), of length 1: every vector of an npy or parquet file, `docs` of an npz.

    DataError for texts, which have to be encoded first, and for whatever a reader refuses.
    """
    found = read(name, data)
    if isinstance(found, Corpus):
        raise DataError(f"{name} holds texts, not vectors. Encode them with the model of the corpus first.")
    aside = found.query_source == "held-out documents"  # the reader took some rows for queries: here they are rows
    return np.concatenate([found.docs, found.queries]) if aside else found.docs


def judge(together: Interval, alone: Interval | None) -> str:
    """Learn again when that is clearly better and worth it; else keep, when it is clear that little can be won."""
    if together.low > 0 and together.mean >= WORTH:
        return TOGETHER
    if alone and alone.low > 0 and alone.mean >= WORTH:
        return ALONE
    return FITS if max(together.high, alone.high if alone else 0.0) <= 2 * WORTH else OPEN


def say(verdict: str, change: Interval, together: Interval, alone: Interval | None) -> str:
    """The verdict in one or two sentences."""
    gain = words.difference(together)
    if verdict == TOGETHER:
        return f"Learn again, on old and new rows together: recall over the new rows would rise by {gain}."
    if verdict == ALONE and alone:
        own = words.difference(alone)
        return f"The new rows want codebooks of their own: recall over them would rise by {own}. Together: {gain}."
    if verdict == FITS:
        fits = f"The codebooks still fit: learning again would change recall over the new rows by {gain}."
        other = "The new rows are harder for these queries, whatever is learned: recall over as many changes by"
        return f"{fits} {other} {words.difference(change)}." if change.high < -2 * WORTH else fits
    return f"It cannot be told: learning again would change recall by {gain}. More held-out queries would settle it."


def _check(vectors: Vectors, batch: Rows) -> None:
    if batch.ndim != 2 or batch.shape[1] != vectors.dim:
        raise DataError(
            f"The batch has shape {batch.shape}, the documents have {vectors.dim} dimensions. "
            "Encode both with the same model."
        )
    for what, rows in (("batch", batch), ("corpus", vectors.docs)):
        if len(rows) < LEAST:
            raise DataError(f"The {what} has {len(rows)} rows, drift takes at least {LEAST}. Bring more of them.")
    if len(vectors.queries) < 2:
        raise DataError("Drift is measured with at least 2 held-out queries. Bring queries, or hold documents out.")


def _parts(docs: Rows, batch: Rows, seed: int) -> tuple[Rows, Rows, Rows, Rows]:
    """Old rows to learn from, old rows to try; new rows to learn from, new rows to try: as many of either to try."""
    rng = np.random.default_rng(seed)
    mine, theirs = rng.permutation(len(docs)), rng.permutation(len(batch))
    kept = len(docs) // KEPT
    tried = min(kept, len(batch) // 2, TRIED)
    pieces = (docs, mine[kept:]), (docs, mine[:tried]), (batch, theirs[tried:]), (batch, theirs[:tried])
    learn, old, teach, new = (np.ascontiguousarray(x[np.sort(at)]) for x, at in pieces)
    return learn, old, teach, new
