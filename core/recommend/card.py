"""The recommendation card as plain facts, so that the page, the terminal and a report say the same."""

from __future__ import annotations

import math
from typing import Any

from core import words
from core.types import Advice, Interval, Rival


def facts(a: Advice) -> dict[str, Any]:
    """Everything on the card, JSON-serialisable; intervals are {mean, low, high}, that of the recall stands flat."""
    return {
        "plan": a.plan,
        "bytes_per_vector": _number(a.bytes_per_vector),
        "overhead_per_vector": _number(a.overhead_per_vector),
        "recall": a.recall.mean,
        "recall_low": a.recall.low,
        "recall_high": a.recall.high,
        "runners_up": list(a.runners_up),
        "refused": dict(a.refused),
        "why": a.why,
        "k": a.k,
        "n": a.n,
        "rows": a.rows,
        "on_disk": a.on_disk,
        "memory": _number(a.memory),
        "disk": _number(a.disk),
        "pipeline": _number(a.pipeline),
        "known": _interval(a.known),
        "unseen": _interval(a.unseen),
        "grows": a.grows,
        "alike": list(a.alike),
        "rivals": [_rival(r) for r in a.rivals],
        "changes": list(a.changes),
        "met": a.met,
        "wanted": a.wanted,
    }


def text(a: Advice) -> str:
    """The card for a terminal."""
    size = words.size(a.memory)
    out = [a.plan, f"recall@{a.k} {words.estimate(a.recall)}, {a.bytes_per_vector:,.0f} B per vector"]
    out[1] += f", {size} of memory for {words.plural(a.rows, 'row')}"
    out += [a.why]
    for title, some in (
        ("Runners-up", [f"{r.plan}: {r.reason}" for r in a.rivals]),
        ("What would change it", a.changes),
    ):
        out += [f"{title}:", *(f"  {line}" for line in some)] if some else []
    shown = {r.plan for r in a.rivals}
    rest = [f"  {plan}: {reason}" for plan, reason in a.refused.items() if plan not in shown]
    out += ["Not taken:", *rest] if rest else [] if shown else ["Not taken: nothing else was measured."]
    return "\n".join(out)


def _rival(r: Rival) -> dict[str, Any]:
    sizes = {"bytes_per_vector": _number(r.bytes_per_vector), "memory": _number(r.memory)}
    found = {"recall": _interval(r.recall), "gap": _interval(r.gap)}
    return {"plan": r.plan, **sizes, **found, "doubt": r.doubt, "reason": r.reason}


def _interval(i: Interval | None) -> dict[str, float] | None:
    return None if i is None else {"mean": i.mean, "low": i.low, "high": i.high}


def _number(x: float) -> float | None:
    """A float that JSON knows."""
    return float(x) if math.isfinite(x) else None
