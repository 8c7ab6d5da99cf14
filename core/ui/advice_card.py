"""The recommendation: the plan, what it reaches beside what was asked, its rivals, and what would change the answer.

`card` is what `core.recommend.card.facts` says, as read from a finished or running search.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from core import words
from core.types import Interval
from core.ui.blocks import head, line, small

Card = Mapping[str, Any]
FEW = 6  # refused plans that are listed


def interval(found: Mapping[str, float] | None) -> Interval | None:
    """An interval as JSON has it."""
    return None if found is None else Interval(found["mean"], found["low"], found["high"])


def recall(card: Card) -> Interval:
    """Recall of the pick, on queries that did not choose it."""
    return Interval(card["recall"], card["recall_low"], card["recall_high"])


def headline(card: Card | None, budget: Mapping[str, Any], dim: int, active: bool) -> str:
    """The finding in one sentence."""
    if card is None:
        return "Looking for the plan that fits." if active else "Nothing measured fits this budget."
    if not card["met"]:
        return str(card["wanted"])
    k, found = card["k"], recall(card)
    size = f"{words.per_vector(card['bytes_per_vector']).removesuffix(' B')} bytes"
    kept = f"keep {words.kept(found.mean, k)} of your {k} nearest neighbours" if k > 1 else (
        f"find your nearest neighbour {min(99, round(100 * found.mean))} times in 100"
    )  # fmt: skip
    if "memory" in budget:
        where = f"{words.plural(card['rows'], 'vector')} fit {words.size(card['memory'])}"
        return f"At {size} each, {where}, and {kept.replace('keep', 'you keep', 1)}."
    if "recall" in budget:
        return f"{size.capitalize()} reach recall {budget['recall']:g}; float32 takes {words.count(4 * dim)}."
    return f"{size.capitalize()} {kept}; float32 takes {words.count(4 * dim)}."


def verdict(card: Card, budget: Mapping[str, Any]) -> str:
    """The plan and three bars: recall, bytes, memory, each beside its limit."""
    found, dim = recall(card), budget.get("dim", 0)
    asked = budget.get("recall")
    bars = [
        bullet(
            f"Recall@{card['k']}",
            words.share(found),
            words.bounds(found),
            found.mean,
            asked,
            1.0,
            f"asked for {asked:g} or more" if asked else "no target; as much as fits",
        )
    ]
    cap = budget.get("bytes") or (4 * dim / budget["ratio"] if budget.get("ratio") else None)
    size, memory = float(card["bytes_per_vector"]), float(card["memory"])
    bars.append(
        bullet(
            "Bytes per vector",
            words.per_vector(size),
            words.of_float(size, dim) if dim else "",
            size,
            cap,
            max(size, cap or 4.0 * dim) * 1.15,
            f"limit {words.per_vector(cap)}" if cap else "no limit by itself",
        )
    )
    room = budget.get("memory")
    rows = int(card["rows"])
    bars.append(
        bullet(
            "Memory while searching",
            words.size(memory),
            f"{words.count(rows)} vectors",
            memory,
            room,
            max(memory, room or 4.0 * dim * rows) * 1.15,
            f"limit {words.size(room)}" if room else f"float32 takes {words.size(4.0 * dim * rows)}",
        )
    )
    return (
        f'<p class="tv-small">Recommended</p><p class="tv-big">{escape(card["plan"])}</p>'
        f'<div class="tv-bullets">{"".join(bars)}</div>'
    )


def bullet(name: str, value: str, aside: str, at: float, limit: float | None, full: float, said: str) -> str:
    """A bar from 0 to `full` with its value in grey and its limit as a tick."""
    share, tick = (100 * min(1.0, x / full) if full else 0 for x in (at, limit or 0))
    mark = f'<i class="tick" style="left:{tick:.1f}%"></i>' if limit else ""
    return (
        f'<div><p class="tv-small">{escape(name)}</p>'
        f'<p class="tv-figure">{escape(value)} <span>{escape(aside)}</span></p>'
        f'<div class="bar" role="img" aria-label="{escape(f"{name} {value}, {said}")}">'
        f'<i style="width:{share:.1f}%"></i>{mark}</div><p class="tv-small">{escape(said)}</p></div>'
    )


def runners_up(card: Card) -> str:
    """Who came next, and what each would have cost or gained."""
    rows = []
    for r in card["rivals"]:
        gap = interval(r["gap"])
        assert gap is not None
        said, more = (r["reason"], "") if r["doubt"] else (f"recall {words.difference(gap)}", small(r["reason"]))
        rows.append(
            f'<hr><div class="tv-l"><button type="button" data-plan="{escape(r["plan"])}">{escape(r["plan"])}</button>'
            f"<span>{escape(words.per_vector(r['bytes_per_vector']))}</span></div>"
            f"<p>{escape(said[0].upper() + said[1:])}</p>{more}"
        )
    return head("Runners-up") + ("".join(rows) or small("Nothing else that was measured fits."))


def changes(card: Card) -> str:
    """What would change the answer; plans stand in their own type."""
    plans = sorted({card["plan"], *card["refused"]}, key=len, reverse=True)
    names = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(escape(plan)) for plan in plans)})(?!\w)")
    said = (names.sub(r'<span class="tv-plan">\g<0></span>', escape(c)) for c in card["changes"])
    return head("What would change it") + "".join(f"<p>{c}</p>" for c in said).replace(" ×", "\u00a0×")


def refused(card: Card) -> str:
    """Plans that were not taken, and why."""
    shown = {r["plan"] for r in card["rivals"]}
    rest = [(plan, why) for plan, why in card["refused"].items() if plan not in shown]
    rows = "".join(
        f'<div class="tv-out"><p class="tv-plan">{escape(plan)}</p>{small(why)}</div>' for plan, why in rest[:FEW]
    )
    more = small(f"and {words.plural(len(rest) - FEW, 'plan')} more") if len(rest) > FEW else ""
    return head("Refused, and why") + (rows + more if rows else small("Nothing was refused."))


def unseen(card: Card) -> str:
    """What it keeps of rows that were learned from, and of rows that were not."""
    known, new = interval(card["known"]), interval(card["unseen"])
    if known is None or new is None:
        return ""
    return "".join(
        [
            line("Recall of rows it learned from", words.share(known), words.bounds(known)),
            line("Recall of rows it has not seen", words.share(new), words.bounds(new)),
        ]
    )


def tried(events: Sequence[Mapping[str, Any]]) -> str:
    """What the search looks at, newest first."""
    rows = []
    for t in list(events)[::-1][:8]:
        found = interval(t["recall"])
        assert found is not None
        where = f"{words.count(t['rows'])} rows"
        rows.append(
            f'<div class="tv-l"><span class="tv-plan">{escape(t["plan"])}</span>'
            f"<span>{escape(words.share(found))} <i>{escape(where)}</i></span></div>"
        )
    return head("Tried", f"{len(events)} measurements, newest first") + "".join(rows)
