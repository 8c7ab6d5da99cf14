"""Look only into the lists whose centres lie nearest: k-means sorts the rows into lists, a query probes a few.

The codec stays as it is: the lists only say where to look, so what they lose is told apart from what the codes lose.
Rows are sorted by what their codes decode to, queries choose by inner product with the centres. Rows looked at are
those of the probed lists; the centres are compared on top, which `reads` counts in bytes.

Paper: Jégou, Douze, Schmid (2011), Product quantization for nearest neighbor search, the inverted file.
Bytes: 4 per vector for its number in list order; 4 d + 4 per list, shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.errors import FitError
from core.kernels import Groups, Ints, first_rows, kmeans_groups, top
from core.scan import in_blocks, nobody
from core.scan_rows import TURN, scan_lists
from core.search.view import Index, View
from core.stage import arg, check_rows
from core.types import Hits, Ids, Rows, Scores, State

TEACH = 64  # rows per list that centres are learned from, at most
ROUNDS = 10
BLOCK = 4096  # rows assigned at a time


@dataclass(frozen=True)
class Ivf(Index):
    """An inverted file over any codec: ids in list order, and where each list begins."""

    name: ClassVar[str] = "ivf"
    examples: ClassVar[tuple[str, ...]] = ("ivf16(probe=4)", "ivf64")
    shared: ClassVar[tuple[str, ...]] = ("centroids", "starts")
    steady: ClassVar[bool] = False

    lists: int = arg(256, 1, 65536, "lists")
    probe: int = arg(8, 1, 65536, "lists that a query looks into, at most all", keyword=True)

    def fit(self, rows: Rows, seed: int) -> State:
        n, d = rows.shape
        if n < self.lists:
            raise FitError(f"{self} makes {self.lists} lists of {n} documents. Ask for fewer lists, or search flat.")
        rng = np.random.default_rng(seed)
        some = rows if n <= TEACH * self.lists else rows[np.sort(rng.choice(n, TEACH * self.lists, replace=False))]
        whole = Groups.of(np.arange(d), np.array([0, d]), np.array([self.lists]))
        flat = kmeans_groups(some, whole, first_rows(some, whole, rng), ROUNDS)
        centres = np.ascontiguousarray(whole.blocks(flat)[0].T)
        place = assigned(rows, centres)
        return {
            "centroids": centres,
            "ids": np.argsort(place, kind="stable").astype(np.int32),
            "starts": np.concatenate([[0], np.cumsum(np.bincount(place, minlength=self.lists))]).astype(np.int32),
        }

    def reads(self, s: State, k: int) -> float:
        share = min(self.probe, self.lists) / self.lists
        return float(s["centroids"].nbytes + share * s["ids"].nbytes)

    def find(self, s: State, view: View, k: int) -> Hits:
        check_rows(view.queries, s["centroids"].shape[1], str(self))
        step = TURN if view.reader else max(1, len(view.queries))
        return in_blocks(lambda q: self._probed(s, replace(view, queries=q), k), view.queries, step)

    def _probed(self, s: State, view: View, k: int) -> Hits:
        k, probes = min(k, view.rows), top(view.queries @ s["centroids"].T, self.probe)[0]
        sizes = np.diff(s["starts"].astype(np.int64))[probes].sum(1)
        looked = float(sizes.mean()) if len(probes) else 0.0
        if view.reader:
            return Hits(*scan_lists(view.reader(view.queries), s["ids"], s["starts"], probes, k), looked)
        return Hits(*_by_shares(s, view, probes, k), looked)


def assigned(rows: Rows, centres: Rows) -> Ints:
    """The nearest centre (Euclidean) of each row: int64 (n,)."""
    half = (centres**2).sum(1) / 2
    parts = [(rows[a : a + BLOCK] @ centres.T - half).argmax(1) for a in range(0, len(rows), BLOCK)]
    return np.concatenate(parts).astype(np.int64)


def _by_shares(s: State, view: View, probes: Ids, k: int) -> tuple[Ids, Scores]:
    """The k best of each query's lists by the codec's scorer."""
    ids, found = nobody(len(probes), probes.shape[1] * k)
    used = np.zeros(len(probes), np.int64)
    for asking, rows in _shares(s, probes):
        places, values = top(view.by(asking).scores(rows), k)
        at = used[asking, None] + np.arange(places.shape[1])
        ids[asking[:, None], at], found[asking[:, None], at] = rows[places], values
        used[asking] += places.shape[1]
    order = np.lexsort((ids, -found), axis=1)[:, :k]
    return np.take_along_axis(ids, order, 1), np.take_along_axis(found, order, 1)


def _shares(s: State, probes: Ids) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Which queries look at which rows together: list after list, or all lists at once for a single query."""
    starts, ids = s["starts"], s["ids"]
    if len(probes) == 1:
        rows = np.concatenate([ids[starts[c] : starts[c + 1]] for c in probes[0]])
        yield np.zeros(1, np.int64), np.sort(rows).astype(np.int64)
        return
    for c in np.unique(probes):
        if starts[c] < starts[c + 1]:
            yield np.flatnonzero((probes == c).any(1)), ids[starts[c] : starts[c + 1]].astype(np.int64)
