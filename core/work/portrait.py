"""A plan drawn from life: one vector, its code, what comes back, and where the bits go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store

QUICK = True


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plans`, `seed` and `row` to what each plan makes of that document: `drawn`.

    A plan that cannot be learned is among the `refused`, with the reason; the others are drawn all the same.
    """
    from core.errors import ThinvecError
    from core.evaluate.portrait import facts, portraits, sitting

    plans, drawn, refused = params["plans"], {}, {}
    of = sitting(store.load_vectors(params["vectors"]), params.get("seed", 0), params.get("row"))
    for i, plan in enumerate(plans):
        report(i / len(plans), f"Learning {plan} on {len(of.train.rows):,} documents")
        try:
            drawn[plan] = facts(*portraits(plan, of))
        except ThinvecError as error:
            refused[plan] = str(error)
        report.known(drawn=drawn, refused=refused)
