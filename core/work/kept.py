"""Which neighbours plans keep, document by document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plans`, `k` and `seed` to where the exact neighbours (`near`) and the answers of
    each plan (`kept`) are, and `where` each loses them; plan after plan. Plans that cannot be fitted are `refused`.
    """
    from dataclasses import asdict

    from core.errors import ThinvecError
    from core.evaluate.measure import Shared
    from core.project.crowding import where
    from core.project.kept import kept, kept_key, near, near_key

    plans, k, seed = params["plans"], params.get("k", 10), params.get("seed", 0)
    shared = Shared(store.load_vectors(params["vectors"]), seed)
    true = near(store, shared.vectors, k, seed, report)
    report.known(near=near_key(params["vectors"], k, seed))
    done: dict[str, str] = {}
    refused: dict[str, str] = {}
    found: dict[str, Any] = {}
    for i, plan in enumerate(plans):

        def told(fraction: float, stage: str, i: int = i) -> None:
            report((i + fraction) / len(plans), f"{stage}, {i + 1} of {len(plans)} plans")

        try:
            lost = where(true, kept(store, shared, plan, k, told))
            found |= {plan: asdict(lost)} if lost else {}
            done[plan] = kept_key(params["vectors"], plan, k, seed)
        except ThinvecError as e:
            refused[plan] = str(e)
        report.known(kept=done, where=found, refused=refused)
