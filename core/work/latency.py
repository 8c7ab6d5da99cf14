"""How long answers take, beside float32 flat in the same minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plans`, `k` and `seed` to `timed`: float32 flat first, then each plan.

    Beside it the `processor` and how busy it was. `again` is a number that makes the same question a new one: other
    work on the machine moves these figures.
    """
    from core.evaluate.latency import busy, processor, timed
    from core.evaluate.measure import Shared

    shared = Shared(store.load_vectors(params["vectors"]), params.get("seed", 0))
    before = busy()
    found = timed(store, shared, params["plans"], params.get("k", 10), report)
    floats = found[0].latency
    report.known(timed=[t.facts(floats) for t in found], processor=processor(), busy=before)
