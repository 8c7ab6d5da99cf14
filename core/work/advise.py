"""The plan for a budget: what is tried and what would be advised now, as it becomes known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `budget` (as `core.recommend.read` takes it), `k`, `seed` and perhaps `plans`.

    Known as it comes: `tried` (a record per plan and rung), `rungs`, `card` (`core.recommend.facts`), `whole`, whether
    that was measured on all rows, and `last`, whether it is the answer. Measured results go to the run store.
    """
    from core.recommend import Best, Cut, Question, facts, race, read
    from core.recommend.sound import broken

    budget, k, seed = read(params["budget"]), params.get("k", 10), params.get("seed", 0)
    ask = Question(store, store.load_vectors(params["vectors"]), budget, k, seed, report, broken)
    tried: dict[tuple[str, int], dict[str, Any]] = {}
    for event in race(ask, params.get("plans", ())):
        if isinstance(event, Best):
            report.known(card=facts(event.advice), whole=event.whole, last=event.last, tried=list(tried.values()))
        elif isinstance(event, Cut):
            for record in tried.values():
                if record["rung"] == event.rung:
                    record |= {"stays": record["plan"] in event.stays, "reason": event.out.get(record["plan"], "")}
        else:
            tried[event.plan, event.rung] = record = event.record()
            report.known(tried=list(tried.values()), rungs=event.rungs)
