"""What the figures mean: each is declared once, for axes, tooltips and tables; neighbour recall is worked out here."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ThinvecError
from core.evaluate.truth import Truth, distinct, exact
from core.types import Floats, Ids, Rows

EPS = 1e-3  # inner product of unit vectors; 1e-3 is a difference of 2e-3 in squared distance
EVERY, JUDGED, PROBED = "held-out queries", "judged queries", "up to 200 held-out queries"


@dataclass(frozen=True)
class Metric:
    """How a figure is named, which way is better, where it ends and what it is, in one sentence."""

    label: str  # "{k}" stands for the k asked for
    better: str  # "higher", "lower", or "" where neither is
    definition: str
    unit: str = ""
    low: float = 0.0
    high: float = math.inf
    over: str = ""  # the queries that it is a mean of; "" for what is no mean over queries

    def title(self, k: int = 10) -> str:
        return self.label.format(k=k)

    def explained(self, k: int = 10) -> str:
        return self.definition.format(k=k)


METRICS: dict[str, Metric] = {  # by attribute of Result
    "recall": Metric(
        "recall@{k}",
        "higher",
        "k-recall@k: the share of {k} answers whose exact score reaches that of the true {k}th neighbour in float32, "
        "less 0.001 so that near ties count.",
        high=1.0,
        over=EVERY,
    ),
    "one_recall": Metric(
        "1-recall@{k}",
        "higher",
        "The share of queries that have the true nearest neighbour, or one within 0.001 of its exact score, among {k} "
        "answers.",
        high=1.0,
        over=EVERY,
    ),
    "ndcg": Metric(
        "nDCG@10",
        "higher",
        "Discounted cumulative gain of the first ten answers over the best possible, linear gain, judged queries only.",
        high=1.0,
        over=JUDGED,
    ),
    "mrr": Metric(
        "MRR@10",
        "higher",
        "One over the rank of the first relevant answer, zero when it is not among ten; mean over judged queries.",
        high=1.0,
        over=JUDGED,
    ),
    "average_precision": Metric(
        "MAP@10",
        "higher",
        "The precision at each relevant answer among the first ten, added up and divided by how many documents are "
        "relevant; mean over judged queries.",
        high=1.0,
        over=JUDGED,
    ),
    "judged_recall": Metric(
        "judged recall@{k}",
        "higher",
        "The share of the relevant documents that are among {k} answers; mean over judged queries.",
        high=1.0,
        over=JUDGED,
    ),
    "spearman": Metric(
        "Spearman’s rho, nearest 100",
        "higher",
        "Rank correlation of the codes’ scores with the exact ones over the 100 true nearest documents of a query; "
        "ties stand at their mean rank. With a reranker: of its codes.",
        low=-1.0,
        high=1.0,
        over=PROBED,
    ),
    "kendall": Metric(
        "Kendall’s tau-b, nearest 100",
        "higher",
        "Pairs of the 100 true nearest documents that the codes order as float32 does, less those they turn round, "
        "corrected for ties. With a reranker: of its codes.",
        low=-1.0,
        high=1.0,
        over=PROBED,
    ),
    "error": Metric(
        "reconstruction error",
        "lower",
        "Squared distance of decoded rows to the originals over that of the originals to their mean: 0 is lossless, 1 "
        "no better than the mean. A sample of 1,000 documents.",
    ),
    "cosine": Metric(
        "cosine to the original",
        "higher",
        "Mean cosine of the angle between a decoded row and its original. A sample of 1,000 documents.",
        low=-1.0,
        high=1.0,
    ),
    "contrast": Metric(
        "relative contrast",
        "higher",
        "Of the vectors, not of a plan: mean distance from a query to all documents over the mean distance to its "
        "nearest one. Near 1 neighbours hardly stand out.",
        low=1.0,
    ),
    "bytes_per_vector": Metric(
        "bytes per vector", "lower", "Codes and side information, codes for looking again included.", "B"
    ),
    "overhead": Metric(
        "overhead per vector", "lower", "Codebooks and maps, shared out over the vectors that use them.", "B"
    ),
    "queries_per_second": Metric(
        "queries/s, one at a time", "higher", "One thread, one query at a time, from the median time.", "1/s"
    ),
    "batch_queries_per_second": Metric(
        "queries/s, batched", "higher", "One thread, up to 100 queries at once, from the median time.", "1/s"
    ),
    "fit_seconds": Metric(
        "time to fit", "lower", "Learning codebooks and maps, as if this plan were the only one.", "s"
    ),
    "encode_seconds": Metric("time to encode", "lower", "Turning every document into its code.", "s"),
    "looked": Metric("rows looked at", "lower", "Rows scored per query, of all there are.", "rows"),
    "limit_recall": Metric(
        "Gaussian rate–distortion line",
        "",
        "What an ideal code would reach if the data were Gaussian. Real data can lie on either side; it is not "
        "a bound.",
        high=1.0,
    ),
}


def recall(ids: Ids, truth: Truth, docs: Rows, queries: Rows, k: int, eps: float = EPS) -> Floats:
    """Tie-tolerant k-recall@k per query (q,), in [0, 1].

    An answer among the first k counts when its exact score, recomputed here from docs (n, d) and queries (q, d), is at
    least that of the true k-th neighbour − eps. eps is absolute, for unit vectors (ann-benchmarks multiplies distances
    by 1 + eps instead). Ids of −1 and repetitions never count. With fewer than k documents, k is their number.
    """
    if truth.ids.shape[1] < k:
        raise ThinvecError(f"recall@{k} needs {k} true neighbours, got {truth.ids.shape[1]}; ask for that many.")
    wanted = int((truth.ids[:1, :k] >= 0).sum()) or 1
    threshold = exact(docs, queries, truth.ids[:, wanted - 1 : wanted])
    scores = exact(docs, queries, distinct(ids[:, :k]))
    hit: NDArray[np.bool_] = scores >= threshold - np.float32(eps)
    return np.asarray(np.minimum(hit.sum(1) / wanted, 1.0), np.float64)


def one_recall(ids: Ids, truth: Truth, docs: Rows, queries: Rows, k: int, eps: float = EPS) -> Floats:
    """1-recall@k per query (q,), 0 or 1: is the true nearest neighbour, or a tie within eps, among the k answers?"""
    nearest = exact(docs, queries, truth.ids[:, :1])
    found = exact(docs, queries, ids[:, :k]) >= nearest - np.float32(eps)
    return np.asarray(found.any(1), np.float64)
