"""Ranges of scalar codes from samples of many sizes, by several rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.reporter import Reporter
from core.store import Store, digest


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `bits`, `percent`, `k` and `seed` to `rows`, one per rule and sample size.

    `histograms` is the key of arrays: values per dimension and the rules' clip lines, learned on all documents.
    """
    from core.evaluate.calibrate import studio
    from core.evaluate.clip_lines import histograms

    vectors = store.load_vectors(params["vectors"])
    bits, percent, seed = params["bits"], params["percent"], params.get("seed", 0)
    rows: list[dict[str, Any]] = []
    for found in studio(vectors, bits, percent, params.get("k", 10), seed, progress=report):
        rows.append(asdict(found))
        report.known(rows=rows)
    report(0.99, "Counting values per dimension")
    key = f"histograms-{digest(vectors.fingerprint, bits, percent, seed)}"

    def count() -> dict[str, Any]:
        made = histograms(vectors, bits, percent, 0, seed)
        return {"rules": made.rules, "counts": made.counts, "edges": made.edges, "lines": made.lines}

    store.remember(key, count)
    report.known(rows=rows, histograms=key)
