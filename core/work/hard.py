"""Which queries and documents a plan fails: what there is to find, and what each plan finds of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plans`, `k` and `seed` to which are `done` and why others were `refused`.

    Answers and exact neighbours are kept in the store, for `hard.found` and `hard.neighbours`.
    """
    from core.errors import Cancelled, ThinvecError
    from core.evaluate.hard import found, neighbours
    from core.evaluate.measure import Shared

    plans, k, done, refused, at = params["plans"], params.get("k", 10), [], {}, 0

    def told(fraction: float, stage: str) -> None:
        report((at + 1 + fraction) / (len(plans) + 1), stage)

    shared = Shared(store.load_vectors(params["vectors"]), params.get("seed", 0), told)
    report(0.0, "Looking for exact neighbours and near-duplicates")
    neighbours(store, shared, k)
    for at, plan in enumerate(plans):
        report((at + 1) / (len(plans) + 1), f"Asking {plan}")
        try:
            found(store, shared, plan, k)
            done.append(plan)
        except Cancelled:
            raise
        except ThinvecError as e:
            refused[plan] = str(e)
        report.known(done=done, refused=refused)
