"""The codes of a plan as they would lie in an archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.reporter import Reporter
from core.store import Store

QUICK = True


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plan` and `seed` to the fields of an `AtRest` for `codes`, and for `rerank`."""
    from core.evaluate.answer import built
    from core.evaluate.at_rest import at_rest
    from core.evaluate.measure import Shared

    seed = params.get("seed", 0)
    report(0.0, f"Learning {params['plan']}")
    made = built(store, Shared(store.load_vectors(params["vectors"]), seed), params["plan"])
    report(0.5, "Writing codes at rest")
    report.known(codes=asdict(at_rest(made.codes, seed)))
    if made.rerank:
        report.known(rerank=asdict(at_rest(made.rerank[1], seed)))
