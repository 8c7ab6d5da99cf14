"""What vectors look like before anything is compressed, and whether an advice holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.reporter import Reporter
from core.store import Store

if TYPE_CHECKING:
    from core.evaluate.diagnose import Diagnosis

QUICK = True
POINTS = 200  # of a curve


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `k` and `seed` to `findings`, curves and histograms.

    With a `check` (kind, first, second, claim) it is measured instead: `held`, `said`, and its `gap`.
    """
    from core.evaluate.diagnose import diagnose

    vectors, k, seed = store.load_vectors(params["vectors"]), params.get("k", 10), params.get("seed", 0)
    if params.get("check"):
        _check(store, params, report)
        return
    report(0.1, "Looking at the vectors")
    report.known(**record(diagnose(vectors, seed, k)))


def record(found: Diagnosis) -> dict[str, Any]:
    """A diagnosis as plain numbers and words: curves at 200 points, histograms as edges and shares."""
    from core.evaluate.hubs import shares

    step = max(1, found.dim // POINTS)
    at = [*range(0, found.dim - 1, step), found.dim - 1]
    lid = [shares(values, 30) for values in (found.lid, found.lid_docs)]
    return {
        "n": found.n,
        "dim": found.dim,
        "k": found.k,
        "looked": list(found.looked),
        "findings": [asdict(f) for f in found.findings],
        "prefix": {"at": [i + 1 for i in at], "own": found.own[at].tolist(), "best": found.best[at].tolist()},
        "lid": {"queries": lid[0], "documents": lid[1]},
        "occurrences": shares(found.occurrences, 40, whole=True),
    }


def _check(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    from core.evaluate.answer import measured
    from core.evaluate.findings import Check
    from core.evaluate.held import held, kept
    from core.evaluate.measure import Shared
    from core.types import Floats

    check, k = Check(**params["check"]), params.get("k", 10)
    shared = Shared(store.load_vectors(params["vectors"]), params.get("seed", 0))

    def recalls(asked: Shared, plan: str, k: int) -> Floats:
        if asked is not shared:
            return kept(asked, plan, k)
        report(0.3, f"Measuring {plan}")
        return next(measured(store, shared, [plan], k)).recall

    report(0.1, "Measuring what the advice claims")
    result = held(shared, check, k, recalls)
    report.known(held=result.state, said=result.said, gap=asdict(result.gap))
