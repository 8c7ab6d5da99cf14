"""Where the recall of a plan goes, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store

QUICK = True


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plan`, `k` and `seed` to the `steps` from exact search to the whole plan."""
    from core.evaluate.losses import facts, steps, told
    from core.evaluate.measure import Shared

    plan, seed, found = params["plan"], params.get("seed", 0), []
    report(0.0, f"Building {plan}")
    shared = Shared(store.load_vectors(params["vectors"]), seed, lambda share, what: report(0.7 * share, what))
    for level in told(store, shared, plan, params.get("k", 10)):
        found.append(level)
        report(min(0.95, 0.7 + 0.05 * len(found)), f"Measured {level[0]}")
    parts = steps(found, seed)
    report.known(steps=[facts(step, seed) for step in parts], queries=len(parts[0].recall))
