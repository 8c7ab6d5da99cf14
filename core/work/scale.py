"""What plans keep at several corpus sizes, of rows that they have learned from and of rows that they have not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plans`, `k` and `seed` to which are `done` and why others were `refused`.

    What was measured is kept in the store, for `scale.known`.
    """
    from core.errors import Cancelled, ThinvecError
    from core.evaluate.scale import Halves, sized

    plans, done, refused, at = params["plans"], [], {}, 0

    def told(fraction: float, stage: str) -> None:
        report((at + fraction) / len(plans), f"Measuring {at + 1} of {len(plans)} plans: {stage}")

    halves = Halves(store.load_vectors(params["vectors"]), params.get("seed", 0), told)
    for at, plan in enumerate(plans):
        report(at / len(plans), f"Measuring {at + 1} of {len(plans)} plans: half learns, half is searched")
        try:
            sized(store, halves, plan, params.get("k", 10))
            done.append(plan)
        except Cancelled:
            raise
        except ThinvecError as e:
            refused[plan] = str(e)
        report.known(done=done, refused=refused)
