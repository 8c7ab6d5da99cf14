"""Which neighbours plans keep, document by document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plans`, `k` and `seed` to where the exact neighbours (`near`) and the answers of
    each plan (`kept`) are; plan after plan. Plans that cannot be fitted are `refused`, with the reason.
    """
    from core.errors import ThinvecError
    from core.evaluate.measure import Shared
    from core.project.kept import kept, kept_key, near, near_key

    plans, k, seed = params["plans"], params.get("k", 10), params.get("seed", 0)
    shared = Shared(store.load_vectors(params["vectors"]), seed)
    near(store, shared.vectors, k, seed, report)
    report.known(near=near_key(params["vectors"], k, seed))
    done: dict[str, str] = {}
    refused: dict[str, str] = {}
    for i, plan in enumerate(plans):

        def told(fraction: float, stage: str, i: int = i) -> None:
            report((i + fraction) / len(plans), f"{stage}, {i + 1} of {len(plans)} plans")

        try:
            kept(store, shared, plan, k, told)
            done[plan] = kept_key(params["vectors"], plan, k, seed)
        except ThinvecError as e:
            refused[plan] = str(e)
        report.known(kept=done, refused=refused)
