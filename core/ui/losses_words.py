"""The loss ledger in words and as rows of a table, for pages and reports."""

from __future__ import annotations

from collections.abc import Sequence

from core import words
from core.types import Interval
from core.ui.losses_charts import Part, goal

HEADS = ("Step", "Change", "Recall after", "Worse for", "Better for")


def heading(parts: Sequence[Part], k: int) -> str:
    """Where the 9 points of recall@10 go."""
    lost = 1 - parts[-1].after.mean
    if not any(p.moved for p in parts):
        return f"No recall@{k} is lost"
    if lost < 0.005:
        return f"Where less than a point of recall@{k} goes"
    points = round(100 * lost)
    return f"Where the {points} points of recall@{k} go" if points > 1 else f"Where the point of recall@{k} goes"


def finding(parts: Sequence[Part]) -> str:
    """What costs most, and what wins most back."""
    moved = [p for p in parts[1:] if p.moved]
    if not moved:
        return "Every true neighbour is found for every query."
    worst, best = min(moved, key=lambda p: p.change.mean), max(moved, key=lambda p: p.change.mean)
    said = []
    if worst.change.mean < 0:
        said.append(f"Most is lost by {worst.name}: {words.difference(worst.change)}.")
    if best.change.low > 0:
        said.append(f"Most is won back by {best.name}: {words.difference(best.change)}.")
    if unsure := [p.name for p in moved if not words.settled(p.change)]:
        change = "change" if len(unsure) > 1 else "changes"
        said.append(f"What {' and '.join(unsure)} {change} cannot be told from zero.")
    return " ".join(said)


def row(part: Part, narrow: bool) -> list[str]:
    """A line of the table."""
    cells = [part.name, words.difference(part.change) if part.moved else "0"]
    more = [words.estimate(part.after), words.count(part.worse), words.count(part.better)]
    return cells if narrow else [*cells, *more]


def reached(recall: Interval, target: float) -> str:
    """Whether the target is met, by the interval and not by rounding."""
    close = min(abs(target - x) for x in (recall.low, recall.mean, recall.high)) < 0.01
    p = 3 if close else words.decimals(recall)
    mean, low = f"{recall.mean:.{p}f}", f"{recall.low:.{p}f}"
    if recall.low >= target:
        return f"Your target, {goal(target)}, is met: the lower end of the interval is {low}."
    if recall.mean >= target:
        return (
            f"The mean, {mean}, meets your target, {goal(target)}; the lower end of its interval, {low}, lies under it."
        )
    if recall.high >= target:
        return f"The mean, {mean}, lies under your target, {goal(target)}; its interval reaches {recall.high:.{p}f}."
    return f"{mean} misses your target, {goal(target)}."
