"""What looking again brings and costs, depth by depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store

QUICK = True


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plan`, `codec` to rank by, `k` and `seed` to `depths`, the `knee` and `alone`."""
    from core.evaluate.intervals import interval
    from core.evaluate.measure import Shared
    from core.evaluate.rerank import facts, looked_again

    plan, codec, seed = params["plan"], params["codec"], params.get("seed", 0)
    report(0.0, f"Ranking the candidates of {plan} again by {codec}")
    shared = Shared(store.load_vectors(params["vectors"]), seed, report)
    curve = looked_again(store, shared, plan, codec, params.get("k", 10))
    alone = interval(curve.alone, seed)
    report.known(
        depths=facts(curve),
        knee=curve.knee,
        alone=[alone.mean, alone.low, alone.high],
        first=curve.first,
        second=curve.second,
        n=curve.n,
        queries=len(curve.alone),
    )
