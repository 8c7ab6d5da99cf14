"""How fast, so that it can be believed: one thread, warmed up, and what is compared takes turns in the same run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from core.types import Hits, Rows

Search = Callable[[Rows, int], Hits]  # queries (q, d), k -> hits

SINGLES, BATCH, ROUNDS = 8, 100, 25  # per turn: queries one at a time, then one batch; turns at most
PROTOCOL = (
    "One thread. After a warm-up with other queries, the plan and float32 flat take turns: "
    f"{SINGLES} queries one at a time, then a batch of up to {BATCH}, until the time is used. "
    "Queries per second are taken from the median time, mapping of the query included. "
    "The ratio to float32 holds on this machine; it is not your engine's latency."
)


@dataclass(frozen=True)
class Speed:
    """Queries per second by one thread: one query at a time, and in batches of up to 100."""

    single: float
    batch: float


def speed(searches: Sequence[Search], queries: Rows, k: int = 10, seconds: float = 0.3) -> list[Speed]:
    """Time searches against each other on the same queries (q, d), see `PROTOCOL`, in `seconds` or one turn each.

    A tenth of the queries warm up and are not timed (all are, when there are fewer than ten).
    """
    warm, timed = warming(queries)
    single: list[list[float]] = [[] for _ in searches]
    batch: list[list[float]] = [[] for _ in searches]
    with one_thread():
        for search in searches:
            search(warm[:1], k)
            search(warm[:BATCH], k)
        end = perf_counter() + seconds
        for turn in range(ROUNDS):
            for i, search in enumerate(searches):
                single[i] += [timing(search, taken(timed, turn * SINGLES + j, 1), k) for j in range(SINGLES)]
                many = taken(timed, turn * BATCH, min(BATCH, len(timed)))
                batch[i].append(timing(search, many, k) / len(many))
            if perf_counter() > end:
                break
    return [Speed(1 / float(np.median(s)), 1 / float(np.median(b))) for s, b in zip(single, batch, strict=True)]


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS, OpenMP, numba and faiss (where loaded) use one thread inside, and what they used before afterwards."""
    import numba
    from threadpoolctl import threadpool_limits

    with ExitStack() as undo:
        undo.enter_context(threadpool_limits(1))
        undo.callback(numba.set_num_threads, numba.get_num_threads())
        numba.set_num_threads(1)
        if faiss := sys.modules.get("faiss"):
            undo.callback(faiss.omp_set_num_threads, faiss.omp_get_max_threads())
            faiss.omp_set_num_threads(1)
        yield


def warming(queries: Rows) -> tuple[Rows, Rows]:
    """A tenth of the queries to warm up with, and the others to time; all are both where there are fewer than ten."""
    cut = len(queries) // 10
    return queries[:cut] if cut else queries, queries[cut:]


def taken(queries: Rows, at: int, count: int) -> Rows:
    """`count` queries from row `at` on, from the start again where they end."""
    return np.take(queries, range(at, at + count), axis=0, mode="wrap")


def timing(search: Search, queries: Rows, k: int) -> float:
    """Seconds that a search takes; more than none."""
    start = perf_counter()
    search(queries, k)
    return max(perf_counter() - start, 1e-9)
