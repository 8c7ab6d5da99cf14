"""The map by principal components, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store

QUICK = True


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint) and `seed` to the `map`, kept in the store, and its figures of `trust`."""
    mapped(store, params, report, "pca")


def mapped(store: Store, params: Mapping[str, Any], report: Reporter, method: str) -> None:
    """The map by this method, and its figures: [mean, low, high] of each, and the documents they were taken of."""
    from core.project.faithful import faithful
    from core.project.picture import key, picture

    v, seed = store.load_vectors(params["vectors"]), params.get("seed", 0)
    report(0.1, f"Placing {len(v.docs):,} documents")
    picture(store, v, method, seed, report)
    report.known(map=key(v.fingerprint, method, seed))
    found = faithful(store, v, method, seed, progress=report)
    figures = {name: [*vars(getattr(found, name)).values()] for name in ("trustworthiness", "continuity", "shown")}
    report.known(trust=figures, n=found.n, drawn=found.drawn, k=found.k)
