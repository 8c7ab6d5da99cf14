"""Whether a plan, measured again from nothing, keeps what is on file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.reporter import Reporter
from core.store import Store


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plan`, `k`, `seed` and perhaps `apart` to the fields of `verify.Again`, `same`
    and `said`.
    """
    from core.evaluate.apart import apart
    from core.evaluate.measure import Shared
    from core.evaluate.verify import again

    report(0.0, f"Measuring {params['plan']} again")
    make = apart if params.get("apart") else Shared
    shared = make(store.load_vectors(params["vectors"]), params.get("seed", 0), report)
    found = again(store, shared, params["plan"], params.get("k", 10))
    report.known(**asdict(found), same=found.same, said=found.said)
