"""Whether codebooks that were learned on the corpus fit a later batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.errors import StoreError
from core.reporter import Reporter
from core.store import Store

QUICK = True


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `batch` (key of an array `rows`), one of `plans`, `k` and `seed` to a drift."""
    from core.evaluate.drift import drift

    batch = store.remember(params["batch"], _missing)["rows"]
    vectors = store.load_vectors(params["vectors"])
    found = asdict(drift(vectors, batch, params["plans"][0], params.get("k", 10), params.get("seed", 0), report))
    for side in ("then", "now"):
        found[side]["entropy"] = found[side]["entropy"].tolist()
    report.known(**found)


def _missing() -> dict[str, Any]:
    raise StoreError("The later batch is not here any more. Bring it again.")
