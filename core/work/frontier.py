"""What plans keep, beside what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plans`, `k`, `seed` and sizes to the `limit` line there, and what was `refused`.

    With `apart` one half of the documents is learned from and the other searched.

    The results go to the run store one by one; after each, the line grows by one size.
    """
    from core.evaluate.answer import limit_line, measured
    from core.evaluate.apart import apart
    from core.evaluate.measure import Shared

    plans, sizes, k = params["plans"], list(params.get("limit", ())), params.get("k", 10)
    at = 0

    def told(fraction: float, stage: str) -> None:
        report((at + fraction) / (len(plans) + 1), f"Measuring {at + 1} of {len(plans)} plans: {stage}")

    report(0.0, f"Measuring 1 of {len(plans)} plans")
    make = apart if params.get("apart") else Shared
    shared = make(store.load_vectors(params["vectors"]), params.get("seed", 0), told)
    refused: dict[str, str] = {}
    line: dict[str, float] = {}

    def grow() -> None:
        size = sizes.pop(0)
        line[str(size)] = limit_line(store, shared, [size], k)[size]
        report.known(limit=line)

    done = measured(store, shared, plans, k, lambda plan, error: refused.update({plan: str(error)}))
    for at, _ in enumerate(done, 1):
        report(at / (len(plans) + 1), f"Measuring {min(at + 1, len(plans))} of {len(plans)} plans")
        if sizes:
            grow()
    while sizes:
        report(len(plans) / (len(plans) + 1), "Drawing the Gaussian rate–distortion line")
        grow()
    report.known(limit=line, refused=refused)
