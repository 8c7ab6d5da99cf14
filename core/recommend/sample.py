"""A small corpus that stands for the whole one: half of its rows are learned from, the other half no codec has seen.

On few rows a codec with large codebooks knows those it learned by heart, and does worse than it will on the others. On
the whole corpus it will lie between the two, so a sample tells both. Queries are of the half that chooses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.evaluate.measure import Shared, answers, costs
from core.evaluate.metrics import recall
from core.evaluate.truth import truth
from core.plan import parse
from core.search.built import Built, build
from core.types import Floats, Result, Rows, Trial, Vectors

ROWS, QUERIES = 2_000, 200  # of the smallest sample; both double from rung to rung


@dataclass(frozen=True)
class Size:
    """Rows searched, queries asked, and how many plans stay."""

    rows: int
    queries: int
    stay: int


@dataclass(frozen=True, eq=False)
class Glimpse:
    """Of a sample: `known` rows, learned from, and `new` ones, recall (q,) each; `result` has the mean of the two."""

    result: Result
    known: Floats
    new: Floats

    @property
    def plan(self) -> str:
        return self.result.plan


def ladder(n: int, queries: int, plans: int, finalists: int) -> list[Size]:
    """Samples for cutting `plans` down to `finalists`: the better half stays, or fewer where n has room for few rungs.

    None where the corpus is too small for a sample to save time.
    """
    if plans <= finalists:
        return []
    wanted = math.ceil(math.log2(plans / finalists))
    rungs = [i for i in range(wanted) if 2 * (ROWS << i) <= n]
    keep = (finalists / plans) ** (1 / max(1, len(rungs)))
    return [Size(ROWS << i, min(queries, QUERIES << i), max(finalists, round(plans * keep ** (i + 1)))) for i in rungs]


@dataclass(frozen=True)
class Sample:
    """shared: all its rows to search, the known ones to learn from; known: (n,) which those are."""

    shared: Shared
    known: NDArray[np.bool_]

    def glimpse(self, text: str, k: int) -> Glimpse:
        """As `measure`, without judgements and speed: what a flat plan keeps of each half. ThinvecError as there."""
        v, plan = self.shared.vectors, parse(text)
        built = build(plan, self.shared.train, v.docs)
        known, new = (self._kept(built, half, k) for half in (self.known, ~self.known))
        result = Result(
            trial=Trial(self.shared.label, text, k, self.shared.seed),
            n=len(v.docs),
            dim=v.dim,
            recall=(known + new) / 2,
            ndcg=None,
            mrr=None,
            **costs(built),
            queries_per_second=math.nan,
            batch_queries_per_second=math.nan,
            float_queries_per_second=math.nan,
            float_batch_queries_per_second=math.nan,
            looked=float(len(v.docs)),
        )
        return Glimpse(result, known, new)

    def _kept(self, built: Built, half: NDArray[np.bool_], k: int) -> Floats:
        """Recall (q,) among the rows of one half."""
        again = built.rerank and (built.rerank[0], built.rerank[1][half])
        docs: Rows = np.ascontiguousarray(self.shared.vectors.docs[half])
        queries = self.shared.vectors.queries
        hits = answers(replace(built, codes=built.codes[half], rerank=again).search, queries, k)
        key = f"truth of {'known' if half is self.known else 'new'} rows at {k}"
        return recall(hits.ids, self.shared.train.once(key, lambda: truth(docs, queries, k)), docs, queries, k)


def drawn(vectors: Vectors, size: Size, seed: int) -> Sample:
    """A sample of that size; larger samples hold the smaller ones."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(vectors.docs))[: size.rows]
    asked = rng.permutation(np.arange(0, len(vectors.queries), 2))[: size.queries]
    order = np.argsort(rows)
    docs = np.ascontiguousarray(vectors.docs[rows[order]])
    known = order % 2 == 0
    queries = np.ascontiguousarray(vectors.queries[np.sort(asked)])
    part = replace(vectors, docs=docs, queries=queries, qrels=np.empty((0, 3), np.int64))
    label = f"{vectors.fingerprint}.{size.rows}x{size.queries}"
    return Sample(Shared(part, seed, learn=np.ascontiguousarray(docs[known]), label=label), known)
