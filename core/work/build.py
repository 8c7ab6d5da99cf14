"""Plans fitted to a corpus, kept for whoever looks inside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store

QUICK = True


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plans` and `seed` to where each plan is `built`, for `Built.load`."""
    from core.evaluate.answer import built, built_path
    from core.evaluate.measure import Shared

    plans, seed = params["plans"], params.get("seed", 0)
    shared = Shared(store.load_vectors(params["vectors"]), seed)
    for i, plan in enumerate(plans):
        report(i / len(plans), f"Learning {plan} on {len(shared.vectors.docs):,} documents")
        built(store, shared, plan)
    report.known(built={plan: str(built_path(store, params["vectors"], plan, seed)) for plan in plans})
