"""How long an answer takes, by a protocol that can be repeated: what is compared is timed in the same minutes.

A processor shared with others is faster at one moment than at the next. So the plans and float32 flat take turns, and
what is quoted is the ratio; the milliseconds belong to this machine.
"""

from __future__ import annotations

import gc
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np

from core.errors import DataError
from core.evaluate.answer import built
from core.evaluate.measure import Shared
from core.evaluate.speed import Search, one_thread, taken, timing, warming
from core.search.built import Built
from core.store import Store
from core.types import Floats, Progress, Rows, silent

FLOAT = "float32 flat"
SINGLES, TURN, BATCH = 1_000, 20, 100  # single queries timed at least, of which so many per turn; queries per batch
LEAST, MOST = 10, 100  # batches timed
WARM = 50  # single queries before the clock runs
PERCENTILES = (50, 95, 99)
Times: TypeAlias = dict[str, list[float]]
PROTOCOL = (
    f"One thread, garbage collection off. {WARM} queries and a batch warm up; they are not among those timed, where "
    f"there are ten or more. Then all plans and float32 flat take turns in random order: {TURN} queries one at a time "
    f"after one that is not timed, until each has answered {SINGLES:,}; then batches of {BATCH}, {LEAST} to {MOST} "
    "each. Mapping the query is included. Held-out queries are asked again when they run out."
)
CAVEAT = (
    "Measured in Thinvec’s own search on this machine; it is not your engine’s latency until measured in the engine."
)


@dataclass(frozen=True)
class Latency:
    """Seconds per query, rising. single (s,): asked one at a time; batch (b,): a query's share of a batch of 100."""

    single: Floats
    batch: Floats

    def at(self, percent: float, batch: bool = False) -> float:
        """The time that so many per cent of the queries, or of the batches, do not exceed."""
        return float(np.percentile(self.batch if batch else self.single, percent, method="higher"))


@dataclass(frozen=True)
class Timed:
    """A plan, or float32 flat, timed; what it read for one query beside. read: bytes of codes."""

    plan: str
    latency: Latency
    bytes_per_vector: float
    looked: float
    read: float

    def facts(self, floats: Latency) -> dict[str, Any]:
        """As JSON: seconds at the percentiles, each with its ratio to float32 flat, and a hundred steps to draw."""
        found: dict[str, Any] = {"plan": self.plan, "bytes_per_vector": self.bytes_per_vector}
        for batch, name in ((False, "single"), (True, "batch")):
            times = self.latency.batch if batch else self.latency.single
            for p in PERCENTILES:
                found[f"{name}_p{p}"] = self.latency.at(p, batch)
                found[f"{name}_p{p}_ratio"] = ratio(self.latency, floats, p, batch)
            found[f"{name}_timed"] = len(times)
            found[f"{name}_steps"] = [self.latency.at(p, batch) for p in range(101)]
        return found | {"looked": self.looked, "bytes_read": self.read}


def timed(
    store: Store, shared: Shared, plans: Sequence[str], k: int = 10, progress: Progress = silent, seconds: float = 20.0
) -> list[Timed]:
    """float32 flat and then the plans, learned first where that was not done, timed against each other."""
    made = {}
    for i, plan in enumerate(plans):
        progress(0.3 * i / len(plans), f"Learning {plan} on {len(shared.vectors.docs):,} documents")
        made[plan] = built(store, shared, plan)
    searches: dict[str, Search] = {FLOAT: shared.floats, **{plan: b.search for plan, b in made.items()}}
    queries, docs = shared.vectors.queries, shared.vectors.docs

    def told(fraction: float, stage: str) -> None:
        progress(0.3 + 0.7 * fraction, stage)

    found = latency(searches, queries, k, shared.seed, told, seconds)
    size = 4.0 * shared.vectors.dim
    out = [Timed(FLOAT, found[FLOAT], size, float(len(docs)), size * len(docs))]
    for plan, b in made.items():
        looked = b.search(queries, k).looked
        out.append(Timed(plan, found[plan], float(b.plan.nbytes(shared.vectors.dim)), looked, bytes_read(b, looked, k)))
    return out


def latency(
    searches: Mapping[str, Search],
    queries: Rows,
    k: int = 10,
    seed: int = 0,
    progress: Progress = silent,
    seconds: float = 20.0,
) -> dict[str, Latency]:
    """Time searches against each other on queries (q, d), see `PROTOCOL`.

    Ten batches each are timed, and more, up to a hundred, until the batches have taken `seconds` in all. DataError
    without queries.
    """
    if not len(queries):
        raise DataError("Latency is timed on held-out queries, got none; bring queries or hold some documents out.")
    warm, timed = warming(queries)
    rng = np.random.default_rng(seed)
    with one_thread(), _without_collection():
        for search in searches.values():
            for i in range(WARM):
                search(taken(warm, i, 1), k)
            search(taken(warm, 0, BATCH), k)
        single = _singles(searches, warm, timed, k, rng, progress)
        batch = _batches(searches, timed, k, rng, progress, perf_counter() + seconds)
    return {name: Latency(np.sort(single[name]), np.sort(batch[name])) for name in searches}


def _singles(
    searches: Mapping[str, Search], warm: Rows, timed: Rows, k: int, rng: np.random.Generator, progress: Progress
) -> Times:
    """Seconds of queries asked one at a time; the first of each turn brings a plan's codes back to the caches."""
    times: Times = {name: [] for name in searches}
    for done in range(0, SINGLES, TURN):
        progress(0.6 * done / SINGLES, f"Timing single queries, {done:,} of {SINGLES:,}")
        for name in _shuffled(searches, rng):
            search = searches[name]
            search(taken(warm, done, 1), k)
            times[name] += [timing(search, taken(timed, done + i, 1), k) for i in range(TURN)]
    return times


def _batches(
    searches: Mapping[str, Search], timed: Rows, k: int, rng: np.random.Generator, progress: Progress, end: float
) -> Times:
    """A query's share of the seconds of batches."""
    times: Times = {name: [] for name in searches}
    for turn in range(MOST):
        if turn >= LEAST and perf_counter() > end:
            break
        progress(0.6 + 0.4 * turn / MOST, f"Timing batches, {turn} of {LEAST} to {MOST}")
        many = taken(timed, turn * BATCH, BATCH)
        for name in _shuffled(searches, rng):
            times[name].append(timing(searches[name], many, k) / BATCH)
    return times


def _shuffled(searches: Mapping[str, Search], rng: np.random.Generator) -> list[str]:
    names = list(searches)
    return [names[i] for i in rng.permutation(len(names))]


def ratio(ours: Latency, floats: Latency, percent: float = 50, batch: bool = False) -> float:
    """How many times as fast as float32 flat: its time over ours at the same percentile of the same run."""
    return floats.at(percent, batch) / ours.at(percent, batch)


def bytes_read(built: Built, looked: float, k: int) -> float:
    """Bytes of codes read per query: those of the rows looked at, and those of the candidates ranked again."""
    first = looked * built.codes.shape[1]
    if built.rerank is None:
        return float(first)
    codes = built.rerank[1]
    return float(first + min(built.plan.keep * k, len(codes)) * codes.shape[1])


def processor() -> str:
    """The name of this machine's processor, as the system tells it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine() or "unknown processor"


def busy() -> float:
    """How many processes wanted a processor in the last minute, on average, per processor there is; 0 if unknown."""
    return os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 0.0


@contextmanager
def _without_collection() -> Iterator[None]:
    """No pause for garbage while the clock runs."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
