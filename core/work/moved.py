"""Where decoded vectors land on the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plans`, `method` and `seed` to where the places of each plan are (`landed`)."""
    from core.evaluate.measure import Shared
    from core.project.aligned import key, landed

    plans, method, seed = list(params["plans"]), params["method"], params.get("seed", 0)
    shared = Shared(store.load_vectors(params["vectors"]), seed)
    landed(store, shared, plans, method, report)
    report.known(landed={plan: key(params["vectors"], plan, method, seed) for plan in plans})
