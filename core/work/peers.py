"""What faiss keeps at the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `sizes`, `k` and `seed` to what faiss keeps there; kept one by one in the store."""
    from core.evaluate.measure import Shared
    from core.evaluate.peers import peers, standing

    shared = Shared(store.load_vectors(params["vectors"]), params.get("seed", 0))
    found = [peer for size in params["sizes"] for peer in peers(size, shared.vectors.dim)]
    asked = sorted(dict.fromkeys(found), key=lambda p: (p.slow, p.nbytes))
    for i, peer in enumerate(asked):
        report(i / len(asked), f"Measuring faiss {peer}, {i + 1} of {len(asked)}")
        standing(store, shared, peer, params.get("k", 10))
        report.known(done=i + 1)
