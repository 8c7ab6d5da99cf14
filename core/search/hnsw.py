"""Walk a graph of neighbours towards the query: a few steps across upper levels, then a beam among all rows.

The graph is built by faiss over what the codes decode to (Euclidean, one thread, the same for the same seed) and kept
as plain arrays of links; walking it asks the codec for scores, so codes of any kind can be searched. Where the codec
has compiled scores of single rows (floats, whole bytes, and all whose score is a sum over bytes), a query is one
compiled loop; else the queries of a batch take their steps together in numpy, which finds the same rows, more slowly.

Paper: Malkov, Yashunin (2018), Efficient and robust approximate nearest neighbor search using hierarchical navigable
small world graphs.
Bytes: 8 m per vector for the links among all rows, and about 4 more for the upper levels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from core.kernels import Ints
from core.scan import in_blocks, nobody
from core.scan_rows import TURN
from core.search.view import Index, Picker, View
from core.search.walk import walked
from core.stage import arg, check_rows
from core.types import Hits, Ids, Rows, Scores, State

SEEN = 1 << 27  # rows times queries that are remembered as visited at a time, one byte each
MANY = 256  # queries that walk together
FANOUT = 8  # rows scored per row in the beam, about
STRIDE = 64  # of so many rows in the beam one is followed at a time: a wide beam does not walk more steps


@dataclass(frozen=True)
class Hnsw(Index):
    """A hierarchical navigable small world over any codec: links of each row on each level, and where walks begin."""

    name: ClassVar[str] = "hnsw"
    examples: ClassVar[tuple[str, ...]] = ("hnsw8(search=32)", "hnsw16")
    shared: ClassVar[tuple[str, ...]] = ("entry",)

    m: int = arg(16, 2, 128, "links per row, twice as many on the lowest level")
    build: int = arg(100, 4, 2000, "beam while building", keyword=True)
    search: int = arg(64, 1, 100_000, "beam while searching, at least k", keyword=True)

    def fit(self, rows: Rows, seed: int) -> State:
        import faiss

        index: Any = faiss.IndexHNSWFlat(rows.shape[1], self.m)
        index.hnsw.efConstruction = self.build
        index.hnsw.rng = type(index.hnsw.rng)(seed)
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)  # links depend on the order in which rows arrive
        try:
            index.add(np.ascontiguousarray(rows, np.float32))
        finally:
            faiss.omp_set_num_threads(threads)
        graph = index.hnsw
        levels, offsets = faiss.vector_to_array(graph.levels), faiss.vector_to_array(graph.offsets).astype(np.int64)
        links = faiss.vector_to_array(graph.neighbors).astype(np.int32)
        out = self._exported(levels, offsets[:-1], links) | {"entry": np.array([graph.entry_point], np.int32)}
        return out | {"links0": linked(out["links0"], graph.entry_point, rows)}

    def _exported(self, levels: NDArray[Any], offsets: Ints, links: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
        """links0 (n, 2 m) of all rows; nodes1 (c,), links1 (c, m), … of the rows on each upper level, rising."""
        out: dict[str, NDArray[Any]] = {"links0": links[offsets[:, None] + np.arange(2 * self.m)]}
        for level in range(1, int(levels.max(initial=1))):
            nodes = np.flatnonzero(levels > level)
            first = offsets[nodes, None] + (level + 1) * self.m  # behind 2 m on level 0 and m on each between
            out |= {f"nodes{level}": nodes.astype(np.int32), f"links{level}": links[first + np.arange(self.m)]}
        return out

    def alike(self, k: int, deepest: int) -> int:
        return min(self.search, deepest) if k <= self.search else k  # a deeper search walks with a wider beam

    def reads(self, s: State, k: int) -> float:
        return float(max(self.search, k) * 8 * self.m)  # the links of the rows in the beam, which are all followed

    def find(self, s: State, view: View, k: int) -> Hits:
        check_rows(view.queries, view.codebook.dim, str(self))
        most = max(1, min(TURN if view.reader else MANY, SEEN // max(1, view.rows)))
        return in_blocks(lambda q: self._walk(s, replace(view, queries=q), k), view.queries, most)

    def _walk(self, s: State, view: View, k: int) -> Hits:
        k = min(k, view.rows)
        beam = min(max(self.search, k), view.rows)
        reading, stride = view.reading(FANOUT * beam), max(1, beam // STRIDE)
        walk = stepped(s, view, beam, stride) if reading is None else walked(s, reading, view.rows, beam, stride)
        ids, best, looked = walk
        return Hits(ids[:, :k], best[:, :k], float(looked.mean()) if len(looked) else 0.0)


def stepped(s: State, view: View, beam: int, stride: int) -> tuple[Ids, Scores, Ints]:
    """What `walked` gives, for codecs without compiled scores of single rows: all queries take their steps together."""
    pick, seen = view.picker(FANOUT * beam), np.zeros((len(view.queries), view.rows), bool)
    starts = descended(s, pick, seen)
    ids, best = beamed(s["links0"], pick, seen, *nobody(len(seen), beam), starts, stride)
    order = np.lexsort((ids, -best), axis=1)  # of equal scores the lower id first
    return np.take_along_axis(ids, order, 1), np.take_along_axis(best, order, 1), seen.sum(1)


def descended(s: State, pick: Picker, seen: NDArray[np.bool_]) -> Ids:
    """Where each query's walk on the lowest level begins: where greedy steps on the upper levels end, and the entry."""
    m, entry = len(seen), int(s["entry"][0])
    at = np.full(m, entry, np.int64)
    seen[:, entry] = True
    scores = pick(at[:, None])[:, 0]
    for level in range(sum(name.startswith("nodes") for name in s), 0, -1):
        moving = np.arange(m)
        while len(moving):
            links = s[f"links{level}"][np.searchsorted(s[f"nodes{level}"], at[moving])].astype(np.int64)
            near = np.full((m, links.shape[1]), -1, np.int64)
            near[moving] = links
            row, column = np.nonzero(near >= 0)
            seen[row, near[row, column]] = True
            found = pick(near)[moving]
            best = found.argmax(1)
            ahead = found[np.arange(len(moving)), best] > scores[moving]
            moving, best, links, found = moving[ahead], best[ahead], links[ahead], found[ahead]
            at[moving] = links[np.arange(len(moving)), best]
            scores[moving] = found[np.arange(len(moving)), best]
    return np.stack([at, np.where(at == entry, -1, entry)], axis=1)


def beamed(
    links: NDArray[np.int32], pick: Picker, seen: NDArray[np.bool_], ids: Ids, best: Scores, starts: Ids, stride: int
) -> tuple[Ids, Scores]:
    """Follow the links of the best rows not yet followed until every row in the beam is; ids, best: (m, width)."""
    everyone, width = np.arange(len(ids)), ids.shape[1]
    met, followed = np.zeros_like(seen), np.ones(ids.shape, bool)
    active, near = everyone, starts
    while len(active):
        row, column = np.nonzero(near >= 0)
        met[row, near[row, column]] = True
        scores = np.hstack([best[active], pick(near)[active]])
        order = np.argsort(-scores, axis=1, kind="stable")[:, :width]
        best[active] = np.take_along_axis(scores, order, 1)
        ids[active] = np.take_along_axis(np.hstack([ids[active], near[active]]), order, 1)
        followed[active] = np.take_along_axis(np.hstack([followed[active], near[active] < 0]), order, 1)
        active = np.flatnonzero(~followed.all(1))
        ahead = np.argsort(followed[active], axis=1, kind="stable")[:, :stride]  # the beam falls: the best come first
        fresh = ~followed[active[:, None], ahead]
        followed[active[:, None], ahead] = True
        reached = np.where(fresh[:, :, None], links[ids[active[:, None], ahead]], -1)
        near = np.full((len(ids), stride * links.shape[1]), -1, np.int64)
        near[active] = np.sort(reached.reshape(len(active), near.shape[1]), axis=1)
        near[:, 1:][near[:, 1:] == near[:, :-1]] = -1
        near[(near >= 0) & met[everyone[:, None], near]] = -1
    seen |= met
    return ids, best


def linked(links: NDArray[np.int32], entry: int, rows: Rows) -> NDArray[np.int32]:
    """The same links (n, 2 m) and one more to each row that no walk from the entry comes to: building may leave some.

    It starts from the nearest row that has a link to spare; a row stays apart only where none has.
    """
    reached = np.zeros(len(links), bool)
    _reach(links, reached, entry)
    for lost in np.flatnonzero(~reached):
        spare = np.flatnonzero(reached & (links[:, -1] < 0))
        if reached[lost] or not len(spare):
            continue
        near = spare[((rows[spare] - rows[lost]) ** 2).sum(1).argmin()]
        links[near, (links[near] < 0).argmax()] = lost
        _reach(links, reached, int(lost))
    return links


def _reach(links: NDArray[np.int32], reached: NDArray[np.bool_], start: int) -> None:
    """Mark every row that following links from `start` comes to."""
    edge = np.array([start])
    while len(edge):
        reached[edge] = True
        near = np.unique(links[edge])
        edge = near[(near >= 0) & ~reached[near]]
