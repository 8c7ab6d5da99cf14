"""How far to look again: candidates found by cheap codes are ranked by better ones, and each depth has its price.

One search fetches the deepest list there will be; every shallower one is a beginning of it, scored again once. At keep
times k candidates the figures are those of the plan `A | keepN > B`, to the query. The knee is the depth that lies
furthest above the straight line from the first point to the last, recall against log2 of keep: before it, doubling the
depth brought more than it does on average; after it, less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compress.codebook import Codebook
from core.errors import DataError
from core.evaluate.answer import built
from core.evaluate.intervals import difference, intervals
from core.evaluate.judged import JUDGED_AT, ndcg
from core.evaluate.measure import Shared, answers
from core.evaluate.metrics import recall
from core.evaluate.results import MEASURE
from core.plan import parse
from core.search.built import Built
from core.search.view import View
from core.store import Store, digest
from core.types import Codes, Floats, Hits, Interval, Scores

KEEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
ASKED = 64  # queries whose candidates are scored again at once
KNEE = (
    "The knee is the depth furthest above the straight line from the first depth to the last, recall against the "
    "logarithm of keep: up to it doubling the depth brings more recall than it does on average, beyond it less."
)


@dataclass(frozen=True)
class Depth:
    """What `keep` times k candidates bring and cost. recall (q,), ndcg (j,) or None without judgements.

    looked: rows scored by the first codes; again: candidates scored by the second; bytes_read: codes of both, and what
    the index reads of its own, per query.
    """

    keep: int
    recall: Floats
    ndcg: Floats | None
    looked: float
    again: float
    bytes_read: float


@dataclass(frozen=True)
class Curve:
    """Depths of `first`, ranked again by `second`; alone: per-query recall of the first without looking again."""

    first: str
    second: str
    k: int
    n: int
    alone: Floats
    depths: tuple[Depth, ...]

    @property
    def recalls(self) -> list[Interval]:
        """Mean recall at each depth with its interval."""
        return intervals([d.recall for d in self.depths])

    @property
    def knee(self) -> int | None:
        """The keep at the knee; None where looking deeper gains nothing that these queries can show."""
        first, last = self.depths[0].recall, self.depths[-1].recall
        if len(self.depths) < 3 or difference(last, first).low <= 0:
            return None
        return knee([d.keep for d in self.depths], [float(d.recall.mean()) for d in self.depths])

    def enough(self, target: float, surely: bool = True) -> int | None:
        """The smallest keep measured whose recall reaches the target: its interval's lower end, or else its mean."""
        reached = ((i.low if surely else i.mean) >= target for i in self.recalls)
        return next((d.keep for d, there in zip(self.depths, reached, strict=True) if there), None)


def knee(keeps: Sequence[int], values: Sequence[float]) -> int:
    """The keep of the largest distance above the chord of values against log2 keep (Satopää et al. 2011, Kneedle)."""
    x, y = np.log2(np.asarray(keeps, float)), np.asarray(values, float)
    above = (y - y[0]) / max(y[-1] - y[0], 1e-12) - (x - x[0]) / (x[-1] - x[0])
    return int(keeps[int(above.argmax())])


def curve(
    made: Built, second: tuple[Codebook, Codes], shared: Shared, k: int = 10, keeps: Sequence[int] = KEEPS
) -> Curve:
    """Recall and judged quality of a fitted plan's first codes, ranked again by `second`, at each depth.

    A reranker that the plan has is left out. DataError for depths below 1 or none.
    """
    keeps = sorted(set(keeps))
    if not keeps or keeps[0] < 1:
        raise DataError(f"Depths are whole numbers from 1, got {list(keeps)}. Give at least one, such as 1, 2, 4, 8.")
    first = replace(made, plan=replace(made.plan, keep=0, rerank=None), rerank=None)
    deeper = [keep for before, keep in pairwise(keeps) if before * k < len(made.codes)]  # until all are fetched
    keeps = [keeps[0], *deeper]
    vectors, judged = shared.vectors, bool((shared.vectors.qrels[:, 2] > 0).any())

    def kept(hits: Hits) -> Floats:
        return recall(hits.ids, shared.truth(k), vectors.docs, vectors.queries, k)

    ladder = _ladder(first, second, shared, k, keeps)
    # judged quality looks at ten answers, whatever k: a plan asked for fewer is searched again, and so is this
    wide = ladder if k >= JUDGED_AT or not judged else _ladder(first, second, shared, JUDGED_AT, keeps)
    depths = []
    for keep, hits, more in zip(keeps, ladder, wide, strict=True):
        again = float(min(keep * k, len(first.codes)))
        read = hits.looked * first.codebook.nbytes + again * second[0].nbytes
        read += first.plan.index.reads(first.index, keep * k)
        nd = ndcg(more.ids, vectors.qrels, JUDGED_AT) if judged else None
        depths.append(Depth(keep, kept(hits), nd, hits.looked, again, read))
    alone = kept(answers(first.search, vectors.queries, k))
    return Curve(str(first.plan), str(second[0].codec), k, len(first.codes), alone, tuple(depths))


def _ladder(first: Built, second: tuple[Codebook, Codes], shared: Shared, k: int, keeps: Sequence[int]) -> list[Hits]:
    """The k best at each depth: beginnings of one search, or a search each where a deeper one walks another way."""
    queries = shared.vectors.queries

    def fetched(depth: int) -> tuple[Hits, Scores]:
        hits, at = answers(first.candidates, queries, depth), range(0, len(queries), ASKED)
        return hits, np.concatenate([View(*second, queries[a : a + ASKED]).pick(hits.ids[a : a + ASKED]) for a in at])

    depths = {keep: first.plan.index.alike(keep * k, keeps[-1] * k) for keep in keeps}
    found = {depth: fetched(depth) for depth in set(depths.values())}
    return [_best(*found[depths[keep]], keep * k, k) for keep in keeps]


def _best(hits: Hits, scores: Scores, depth: int, k: int) -> Hits:
    """The k best by `scores` (q, r) of the first `depth` candidates."""
    order = np.argsort(-scores[:, :depth], axis=1, kind="stable")[:, :k]
    return Hits(np.take_along_axis(hits.ids, order, 1), np.take_along_axis(scores, order, 1), hits.looked)


def looked_again(store: Store, shared: Shared, plan: str, codec: str, k: int = 10) -> Curve:
    """The curve of a plan's first stage with another codec to rank by; read from the store when it was measured before.

    PlanError when either cannot be read.
    """
    first, second = replace(parse(plan), keep=0, rerank=None), parse(codec)
    parts = (str(first), first.version, str(second.codec), second.version, k, shared.seed, KEEPS, MEASURE)
    made: list[Curve] = []

    def make() -> dict[str, NDArray[Any]]:
        book = Codebook.fit(second.codec, shared.train)
        codes = book.encode(shared.vectors.docs)
        made.append(curve(built(store, shared, str(first)), (book, codes), shared, k))
        return packed(made[0])

    kept = store.remember(f"rerank-{digest(shared.vectors.fingerprint, *parts)}", make)
    return made[0] if made else unpacked(kept, str(first), str(second.codec), k, len(shared.vectors.docs))


def packed(c: Curve) -> dict[str, NDArray[Any]]:
    """The numbers of a curve as arrays."""
    costs = np.array([[d.keep, d.looked, d.again, d.bytes_read] for d in c.depths])
    out = {"costs": costs, "recall": np.stack([d.recall for d in c.depths]), "alone": c.alone}
    judged = [d.ndcg for d in c.depths if d.ndcg is not None]
    return out | ({"ndcg": np.stack(judged)} if judged else {})


def unpacked(a: Mapping[str, NDArray[Any]], first: str, second: str, k: int, n: int) -> Curve:
    """The inverse of `packed`."""
    judged = a["ndcg"] if "ndcg" in a else [None] * len(a["recall"])
    rows = zip(a["costs"].tolist(), a["recall"], judged, strict=True)
    depths = tuple(Depth(int(keep), r, nd, *costs) for (keep, *costs), r, nd in rows)
    return Curve(first, second, k, n, a["alone"], depths)


def facts(c: Curve) -> list[dict[str, Any]]:
    """Each depth in plain numbers; recall and ndcg are [mean, low, high]."""
    judged = [d.ndcg for d in c.depths if d.ndcg is not None and len(d.ndcg) > 1]
    quality = intervals(judged) if judged else []
    return [
        {
            "keep": d.keep,
            "candidates": d.keep * c.k,
            "recall": [r.mean, r.low, r.high],
            "ndcg": [quality[i].mean, quality[i].low, quality[i].high] if quality else None,
            "looked": d.looked,
            "again": d.again,
            "bytes_read": d.bytes_read,
        }
        for i, (d, r) in enumerate(zip(c.depths, c.recalls, strict=True))
    ]
