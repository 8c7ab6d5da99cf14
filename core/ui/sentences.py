"""Findings in words: every sentence here is computed from results, and says no more than they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core import words
from core.evaluate.compare import beside
from core.types import Interval

LIMIT = "What an ideal code would reach if the data were Gaussian. Real data can lie on either side; it is not a bound."
SHARES = {1: "share of queries whose exact nearest neighbour is still found first"}
SHOWN = {
    "ndcg": "judged queries: how well the first ten answers are ordered",
    "speed": "one thread, one query at a time",
}


def headline(recall: float | None, bytes_per_vector: float, k: int, dim: int, budget: float) -> str:
    """48 bytes keep 8 of your 10 nearest neighbours; float32 takes 1,536."""
    full = words.count(4 * dim)
    if recall is None:
        return f"Nothing measured fits {budget:,.0f} bytes yet; float32 takes {full}."
    size = f"{bytes_per_vector:,.0f} bytes"
    if k == 1:
        found = "always" if recall == 1 else f"{min(99, round(100 * recall))} times in 100"
        return f"{size} find your nearest neighbour {found}; float32 takes {full}."
    return f"{size} keep {words.kept(recall, k)} of your {k} nearest neighbours; float32 takes {full}."


HEAVY = (
    "Codebooks far outweigh the codes: part of this recall may be rows known by heart. Switch on “Learned on other "
    "rows” to see what new documents would keep."
)
UNSEEN = " Learned on one half of the documents, measured on the other half."


def provenance(meta: Mapping[str, Any], title: str) -> str:
    """Which data, how many queries, from where."""
    encoder = "" if meta["encoder"] == "given" else f" ({meta['encoder']})"
    said = f"{title}: {words.plural(meta['n'], 'document')}, {meta['dim']} dimensions{encoder}. "
    learned = f", learned from {words.count(meta['train_q'])} others" if meta.get("train_q") else ""
    queries = words.plural(meta["q"], "held-out query", "held-out queries")
    return f"{said}Quality on {queries} ({origin(meta['query_source'])}){learned}."


def origin(source: str) -> str:
    """Where queries came from, for people: those that were given stood in the file."""
    return "from the file" if source == "given" else source


def compared(gap: Interval, needed: int) -> str:
    """A paired difference, or that there is none to be seen and what would settle it."""
    if words.settled(gap):
        return words.difference(gap)
    if not needed:
        return "cannot be told apart"
    return f"cannot be told apart; about {words.about(needed)} queries would settle it"


def judged(recall: float, gap: Interval | None) -> str:
    """What the lost neighbours cost by the judgements: "Recall fell 9 points; judged nDCG@10 did not move"."""
    fell = Interval(recall - 1, recall - 1, recall - 1)  # float32 recalls all
    return beside(fell, gap, "float32")


def trade(rival: str, recall: Interval, ndcg: Interval, mrr: Interval) -> str:
    """Neighbours against judged answers, both as differences to the rival: whoever wins one may lose the other."""
    won = [name for name, gap in (("nDCG@10", ndcg), ("MRR@10", mrr)) if gap.low > 0]
    lost = [name for name, gap in (("nDCG@10", ndcg), ("MRR@10", mrr)) if gap.high < 0]
    figures = f"nDCG@10 {words.difference(ndcg)}, MRR@10 {words.difference(mrr)}"
    if lost:
        also = "It wins neighbours but loses judged answers to" if recall.low > 0 else "It loses judged answers to"
        return f"{also} {rival}: {figures}."
    if won:
        return f"Judged answers are better than those of {rival}: {figures}."
    but = "The neighbours it wins do not show in judged answers: it" if recall.low > 0 else "By judged answers it"
    return f"{but} cannot be told apart from {rival}, {figures}."


def progress(state: str, done: int, total: int, eta: float | None, position: int = 0, doing: str = "") -> str:
    """Measuring 12 of 30 plans, about 25 s left. Training rbe: epoch 3 of 10. You can leave this page."""
    left = f", {words.wait(eta)}" if eta is not None else ""
    if state == "queued":
        return f"{queued(position)}{left}."
    more = f" {doing}." if doing else ""
    return f"Measuring {done} of {total} plans{left}.{more} You can leave this page."


def queued(position: int) -> str:
    """Next in the queue, Second in the queue, Number 4 in the queue."""
    place = {0: "Next", 1: "Next", 2: "Second", 3: "Third"}.get(position, f"Number {position}")
    return f"{place} in the queue"


def ended(state: str, done: int, total: int, error: str = "") -> str:
    """How a run ended early, and what to do; '' for one that did not."""
    return {
        "cancelled": f"Cancelled after {done} of {total} plans. What was measured is kept.",
        "interrupted": "Interrupted when the server stopped. Run again; finished plans are not repeated.",
        "failed": error or "The run failed without saying why. Run again.",
    }.get(state, "")


def moved(before: Sequence[int], after: Sequence[int]) -> tuple[list[int], list[int]]:
    """What a plan lost and gained against the exact answer, both in rank order."""
    old, new = set(before), set(after)
    return [i for i in before if i not in new], [i for i in after if i not in old]
