"""Findings about neighbourhoods: copies, ties, hubs, how hard queries are, whether documents can stand for them."""

from __future__ import annotations

import math

from core import words
from core.evaluate.findings import DIFFERS, HARD, HUBBY, LOOK, NEAR, WINS, Check, Figure, Finding, share

GIVEN, OWN = "given queries", "documents as queries"


def repeats(same: float, near: float, ties: float, n: int, k: int) -> Finding:
    """same, near: share of documents that repeat another, or nearly; ties: share of queries with one at rank k."""
    figures = (
        Figure("copies of another document", same, share(same)),
        Figure("nearest other document from cosine 0.98", near, share(near)),
        Figure(f"queries with a tie at rank {k}", ties, share(ties)),
    )
    tied = f"{share(ties)} of the queries have another document within 0.001 of rank {k}; recall counts either."
    if same:
        verdict = f"{words.plural(round(same * n), 'document repeats', 'documents repeat')} another exactly. {tied}"
        advice = "Remove the copies first: they take bytes, and places among the answers."
        return Finding("copies", "Copies and ties", figures, verdict, advice, Check("copies", "copies", "none"))
    return Finding("copies", "Copies and ties", figures, f"No document repeats another. {tied}", "Nothing to remove.")


def hubs(skew: float, anti: float, top: int, k: int, rows: int) -> Finding:
    """N_k: how often a document is among the k nearest of another."""
    figures = (
        Figure(f"skewness of N{k}", skew, f"{skew:.1f}"),
        Figure("documents near nobody", anti, share(anti)),
        Figure("most often near", top, f"{words.count(top)} of {words.count(rows)}"),
    )
    if skew < HUBBY:
        verdict = f"No hubs to speak of: N{k} has a skewness of {skew:.1f}."
        return Finding("hubs", "Hubs", figures, verdict, "A mean over queries tells most of it.")
    verdict = f"A few documents are near to many (skewness {skew:.1f}), and {share(anti)} are near to none."
    advice = "Look at rarely found documents apart: codes keep them otherwise than popular ones, and a mean hides it."
    return Finding("hubs", "Hubs", figures, verdict, advice, Check("reach", "popular", "rare", DIFFERS))


def hardness(lid: float, low: float, high: float, contrast: float) -> Finding:
    """Local intrinsic dimension around the queries: median, first and last tenth."""
    figures = (
        Figure("local intrinsic dimension of queries, median", lid, f"{lid:.1f}"),
        Figure("from the first to the last tenth", high - low, f"{low:.1f} to {high:.1f}"),
        Figure("relative contrast", contrast, f"{contrast:.2f}"),
    )
    kind = "easy" if lid < HARD[0] else "hard" if lid > HARD[1] else "neither easy nor hard"
    far = f"the mean document is {contrast:.1f} times as far as the nearest one"
    far = far if math.isfinite(contrast) else "every query lies on a document"
    verdict = f"Neighbourhoods are {kind}: their dimension is {lid:.0f}, and {far}."
    advice = "Expect small codes to lose most where the dimension is high; look at those queries apart, or rerank."
    return Finding("hard", "Hard queries", figures, verdict, advice, Check("hard", "low dimension", "high dimension"))


def stand_in(means: float, told: float, near: tuple[float, float], lid: tuple[float, float], source: str) -> Finding:
    """near, lid: medians of queries and of documents: cosine to the nearest other document, intrinsic dimension."""
    figures = (
        Figure("distance of the means", means, f"{means:.2f}"),
        Figure("told apart by a line, AUC", told, f"{told:.2f}"),
        Figure("cosine to the nearest document, queries", near[0], f"{near[0]:.2f}"),
        Figure("cosine to the nearest document, documents", near[1], f"{near[1]:.2f}"),
        Figure("intrinsic dimension, documents over queries", lid[1] / lid[0], f"{lid[1] / lid[0]:.2f}"),
    )
    apart = f"A query’s nearest document has cosine {near[0]:.2f}, a document’s {near[1]:.2f}; a line tells the two "
    apart += f"apart with AUC {told:.2f}."
    if source == "held-out documents":
        advice = "These queries are documents, so figures may flatter: bring real queries, even a few hundred."
        return Finding("shift", "Queries and documents", figures, apart, advice)
    if lid[1] < NEAR * lid[0]:
        advice = "Documents as queries would flatter: they have it easier. Keep the given queries."
        check = Check("queries", OWN, GIVEN, WINS)
    else:
        advice = "Documents could stand in for queries: they have it no easier."
        check = Check("queries", GIVEN, OWN, "keeps up")
    return Finding("shift", "Queries and documents", figures, apart, f"{advice} (Tried with {LOOK}.)", check)
