"""Answers from the store where there are any; measured, kept and then given where there are none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.compress.klt import Klt
from core.errors import PlanError
from core.evaluate.limit import limit
from core.evaluate.measure import Shared
from core.evaluate.results import MEASURE, Results
from core.evaluate.sweep import Refused, sweep
from core.plan import parse
from core.search.built import Built, build
from core.store import Store, digest
from core.types import Floats, Result, Trial

KEPT = 8 << 20  # bytes: larger codes are built again when someone asks for them


def measured(
    store: Store, shared: Shared, plans: Sequence[str], k: int = 10, refused: Refused | None = None, fresh: bool = False
) -> Iterator[Result]:
    """The result of each plan: kept ones at once, then the others as they are measured. `fresh`: measure all again.

    Flagship plans whose codes are small are kept as `built`, because pages look inside them.
    `refused(plan, error)` is told of plans that cannot be read or fitted, as in `sweep`.
    """
    results, new = Results(store), []

    def keep(made: Built) -> None:
        if shared.learn is None and made.plan.family == "flagship" and made.codes.nbytes <= KEPT:
            _save(store, shared, made)

    for plan in plans:
        try:
            known = None if fresh else results.load(Trial(shared.label, plan, k, shared.seed))
        except PlanError:
            known = None  # the sweep says what is wrong with it
        if known:
            yield known
        else:
            new.append(plan)
    for result in sweep(shared.vectors, new, k, shared.seed, refused=refused, shared=shared, keep=keep):
        results.save(result)
        yield result


def limit_line(store: Store, shared: Shared, sizes: Sequence[int], k: int = 10) -> dict[int, float]:
    """The Gaussian rate–distortion line, bytes per vector -> recall, at those sizes; each is simulated once."""
    return {size: _limit_at(store, shared, size, k) for size in sizes}


def _limit_at(store: Store, shared: Shared, size: int, k: int) -> float:
    def make() -> dict[str, Floats]:
        return {"recall": np.array(limit(shared.vectors, [size], k, shared.seed, shared)[size])}

    return float(store.remember(limit_key(shared.vectors.fingerprint, size, k, shared.seed), make)["recall"])


def known_limit(store: Store, vectors: str, sizes: Sequence[int], k: int = 10, seed: int = 0) -> dict[int, float]:
    """As `limit_line`, of the vectors with this fingerprint: those of the sizes that were simulated before."""
    keys = {size: limit_key(vectors, size, k, seed) for size in sizes}
    there = {size: key for size, key in keys.items() if store.path("arrays", f"{key}.npz").exists()}
    return {size: float(store.remember(key, dict)["recall"]) for size, key in there.items()}


def limit_key(vectors: str, size: int, k: int, seed: int = 0) -> str:
    """What a point of the line is remembered by."""
    return f"limit-{digest(vectors, size, k, seed, MEASURE, Klt.version)}"


def built(store: Store, shared: Shared, plan: str) -> Built:
    """The plan fitted to these vectors; one that was built before is read from disk."""
    path = built_path(store, shared.vectors.fingerprint, plan, shared.seed)
    if path.exists():
        return Built.load(path)
    made = build(parse(plan), shared.train, shared.vectors.docs)
    _save(store, shared, made)
    return made


def _save(store: Store, shared: Shared, made: Built) -> None:
    path = built_path(store, shared.vectors.fingerprint, str(made.plan), shared.seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(path)


def built_path(store: Store, vectors: str, plan: str, seed: int = 0) -> Path:
    """Where a plan fitted to the vectors with this fingerprint is kept, once it is built."""
    recipe = parse(plan)
    return store.path("built", f"{digest(vectors, str(recipe), recipe.version, seed)}.npz")
