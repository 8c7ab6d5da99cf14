"""What a plan keeps when the corpus has grown: measured at many sizes on rows it has not seen, and carried on.

One half of the documents teaches, the other half is searched, and then the other way round. Codes of rows that taught
them stand beside: the gap is what a codec knows by heart, and it is gone when new documents outnumber the old ones.

A forecast is of the plan learned from all documents that there are, among as many as there will be. Measured is what
learning from twice as many rows brings; the next doubling brings half of that again where errors fall with one over
the rows (codebooks), and all of it where they go with their logarithm (ranges from least to greatest): the forecast
stands between. Of the gap, the rows that taught keep half when they are twice as many.

An index is built anew at every size, and its numbers stay as the plan writes them, also in the forecast.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError, PlanError
from core.evaluate import rebuilt
from core.evaluate.apart import LEAST
from core.evaluate.decline import REACH, Decline, decline, probit
from core.evaluate.intervals import difference, in_doubt, interval
from core.evaluate.rebuilt import over
from core.evaluate.results import MEASURE
from core.evaluate.thin import Grid, ranked, recall_at
from core.plan import parse
from core.search.built import Built, build, train_for
from core.search.flat import Flat
from core.store import Store, digest
from core.types import Floats, Interval, Progress, Rows, Train, Vectors, silent

NEXT = 0.75  # of what learning from twice as many rows brought, what it brings when they are doubled again
VERSION = 1  # raise it when the same plan, measured again, could give other figures
MOST = 100_000  # documents that are used, half to learn from and half to search
HALVINGS = 4  # from the largest size that is searched to the smallest
FEWER = (1, 2, 5, 10, 20, 50)  # neighbours that are asked for besides k: as deep in the tail as k of more documents
SHALLOW = 50  # documents per neighbour at least: below this, neighbours are no tail of the scores


@dataclass(frozen=True)
class Sized:
    """Recall of one plan at several sizes, per held-out query.

    learned: rows that each codebook learned from. grid: (neighbours, documents searched). unseen (q, pairs): recall of
    rows that taught nothing. seen (q,): recall@k at the largest size, of rows that taught the codebooks. gain (q,):
    recall@k of unseen rows there, less what it is when half as many rows teach. bytes_per_vector: codes, and what the
    index holds per row at the largest size. state_bytes: codebooks, maps and centres that searching reads.
    """

    plan: str
    k: int
    learned: int
    grid: tuple[tuple[int, int], ...]
    unseen: Floats
    seen: Floats
    gain: Floats
    bytes_per_vector: float
    state_bytes: int

    @property
    def largest(self) -> int:
        """Documents searched at most."""
        return max(n for _, n in self.grid)

    @cached_property
    def measured(self) -> dict[int, Interval]:
        """Recall@k of unseen rows by documents searched, rising."""
        columns = {n: self.unseen[:, j] for j, (k, n) in enumerate(self.grid) if k == self.k}
        return {n: interval(columns[n]) for n in sorted(columns)}

    @cached_property
    def decline(self) -> Decline:
        """How recall goes on."""
        return decline(self.grid, self.unseen, self.k)

    @property
    def at_largest(self) -> Floats:
        """Recall@k (q,) of unseen rows at the largest size."""
        return self.unseen[:, self.grid.index((self.k, self.largest))]

    def forecast(self, rows: float) -> Interval:
        """Recall@k with its 95 % band among so many documents, learned on all that there are now; see above."""
        here, one = float(self.at_largest.mean()), self.learned / max(rows, self.documents)
        heart = (probit(float(self.seen.mean())) - probit(here)) * one
        low, gain, high = (probit(here) - probit(here - g) for g in self._gains)
        shift, noise = NEXT * gain + heart, NEXT * (high - low) / (2 * REACH)
        return self.decline.at(rows, shift, math.hypot((1 - NEXT) * gain, noise, heart / 2))

    @property
    def _gains(self) -> tuple[float, float, float]:
        """Least, mean and most that learning from twice as many rows brought."""
        i = interval(self.gain)
        return i.low, i.mean, i.high

    @property
    def documents(self) -> int:
        """How many there are, at most `MOST`: both halves."""
        return 2 * self.learned

    @property
    def by_heart(self) -> Interval:
        """Recall of seen less that of unseen rows, paired, at the largest size."""
        return difference(self.seen, self.at_largest)

    @property
    def doubt(self) -> str:
        """'' when seen and unseen rows can be told apart, else the words that say they cannot."""
        return in_doubt(self.seen, self.at_largest)

    def outside(self, rows: float) -> str:
        """'' within the tested range, else in words how far beyond it so many rows lie."""
        if rows <= self.largest:
            return ""
        if rows <= self.k * self.largest:
            return f"outside the tested range, {rows / self.largest:.1f} × as many as were searched"
        return "far outside the tested range: neighbours lie deeper in the tail than any that were measured"

    @property
    def index(self) -> str:
        """How the index was measured and is forecast, in a sentence; '' for a plan that looks at every row."""
        index = parse(self.plan).index
        if index == Flat():
            return ""
        return (
            f"{index} is built anew at each size and forecast with its numbers unchanged, though many more rows "
            "would call for others."
        )

    def memory(self, rows: float) -> float:
        """Bytes that a search over so many rows holds: codes, codebooks, maps and index; exact but for upper links."""
        return self.bytes_per_vector * rows + self.state_bytes


@dataclass(frozen=True)
class Halves:
    """Documents cut in two by chance, each half with what it teaches; plans share what they learn alike."""

    vectors: Vectors
    seed: int = 0
    progress: Progress = silent

    @cached_property
    def rows(self) -> tuple[Rows, Rows]:
        """Both halves (m, d); DataError when there is too little to cut or to ask."""
        n = len(self.vectors.docs)
        if n < LEAST or not len(self.vectors.queries):
            raise DataError(
                f"Scale takes at least {LEAST} documents and some held-out queries, got {n:,} and "
                f"{len(self.vectors.queries):,}. Add what is missing."
            )
        order = np.random.default_rng(self.seed).permutation(n)[:MOST]
        half = len(order) // 2
        one, other = (np.sort(part) for part in (order[:half], order[half : 2 * half]))
        return tuple(np.ascontiguousarray(self.vectors.docs[part], np.float32) for part in (one, other))  # type: ignore[return-value]

    @cached_property
    def trains(self) -> tuple[Train, ...]:
        """What each half teaches."""
        taught = (train_for(replace(self.vectors, docs=rows), self.seed) for rows in self.rows)
        return tuple(replace(train, progress=self.progress) for train in taught)

    @cached_property
    def fewer(self) -> Train:
        """What half of the first half teaches."""
        train = train_for(replace(self.vectors, docs=self.rows[0][::2]), self.seed)
        return replace(train, progress=self.progress)

    def measure(self, plan: str, k: int = 10) -> Sized:
        """One plan at many sizes. PlanError for an index whose losses at small sizes tell nothing of larger ones."""
        recipe, size = parse(plan), len(self.rows[0])
        if not recipe.index.steady:
            raise PlanError(
                f"Scale cannot forecast {recipe.index}: recall moves more from one drawing of so many lists to another "
                "than with the corpus, and an engine would ask for more lists as it grows. Leave the index out, or "
                "take hnsw."
            )
        flat = recipe.index == Flat()
        asked = tuple((few, n) for few, n in grid(size, k) if flat or few == k)  # a beam serves few better than many
        made = [build(recipe, train, rows) for train, rows in zip(self.trains, reversed(self.rows), strict=True)]
        unseen = [self._recall(b, rows, asked) for b, rows in zip(made, reversed(self.rows), strict=True)]
        moved = [over(b, rows, self.seed) for b, rows in zip(made, self.rows, strict=True)]
        seen = [self._recall(b, rows, [(k, size)])[:, 0] for b, rows in zip(moved, self.rows, strict=True)]
        fewer = self._recall(build(recipe, self.fewer, self.rows[1]), self.rows[1], [(k, size)])[:, 0]
        grown = sum(a.nbytes for name, a in made[0].index.items() if name not in recipe.index.shared)
        return Sized(
            plan=str(recipe),
            k=k,
            learned=size,
            grid=asked,
            unseen=_mean(unseen),
            seen=_mean(seen),
            gain=unseen[0][:, asked.index((k, size))] - fewer,
            bytes_per_vector=float(recipe.nbytes(self.vectors.dim) + grown / size),
            state_bytes=sum(n for name, n in made[0].state_bytes.items() if name not in made[0].encoding_only) - grown,
        )

    def _recall(self, made: Built, rows: Rows, asked: Grid) -> Floats:
        if made.plan.index != Flat():
            return rebuilt.recall_at(made, rows, self.vectors.queries, asked, self.seed)
        lists = ranked(made, rows, self.vectors.queries, asked)
        return recall_at(lists, asked, made.plan.keep, self.seed)


def grid(most: int, k: int) -> tuple[tuple[int, int], ...]:
    """(neighbours, documents): k and fewer neighbours, among `most` documents and that halved again and again."""
    if k > most:
        raise DataError(f"{k} neighbours need at least {2 * k:,} documents, half of them searched; got {2 * most:,}.")
    sizes = [most >> i for i in range(HALVINGS + 1)]
    asked = [few for few in FEWER if few < k] + [k]
    pairs = {(few, n) for few in asked for n in sizes if n >= SHALLOW * few}
    return tuple(sorted(pairs | {(k, most)}))


def sized(store: Store, halves: Halves, plan: str, k: int = 10) -> Sized:
    """`Halves.measure`, kept in the store."""

    def make() -> dict[str, NDArray[np.generic]]:
        s = halves.measure(plan, k)
        numbers = np.array([s.learned, s.bytes_per_vector, s.state_bytes], np.float64)
        return {"numbers": numbers, "grid": np.array(s.grid), "unseen": s.unseen, "seen": s.seen, "gain": s.gain}

    return _read(store.remember(_key(halves.vectors.fingerprint, plan, k, halves.seed), make), plan, k)


def known(store: Store, vectors: str, plan: str, k: int = 10, seed: int = 0) -> Sized | None:
    """What `sized` has kept of the vectors with this fingerprint, None where there is nothing yet."""
    key = _key(vectors, plan, k, seed)
    return _read(store.remember(key, dict), plan, k) if store.path("arrays", f"{key}.npz").exists() else None


def _key(vectors: str, plan: str, k: int, seed: int) -> str:
    recipe = parse(plan)
    return f"sized-{digest(VERSION, vectors, str(recipe), recipe.version, k, seed, MEASURE, MOST)}"


def _read(kept: Mapping[str, NDArray[Any]], plan: str, k: int) -> Sized:
    learned, size, state = kept["numbers"].tolist()
    pairs = tuple((few, n) for few, n in kept["grid"].tolist())
    return Sized(str(parse(plan)), k, int(learned), pairs, kept["unseen"], kept["seen"], kept["gain"], size, int(state))


def _mean(columns: Sequence[Floats]) -> Floats:
    return np.asarray(np.mean(columns, axis=0), np.float64)
