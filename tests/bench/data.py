"""Vectors to measure on: an .npz with `docs`, `queries`, perhaps `train_queries`; or invented rows."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from core.types import Rows, Vectors


def vectors(path: Path | None, n: int) -> Vectors:
    """The file's arrays, or n invented rows of 384 dimensions with 1,000 held-out and 2,000 training queries."""
    if path is None:
        return invented(n)
    with np.load(path, allow_pickle=False) as f:
        given = {name: np.ascontiguousarray(f[name]) for name in f.files if f[name].dtype.kind in "fi"}
    floats = {k: given[k].astype(np.float32) for k in ("docs", "queries", "train_queries") if k in given}
    qrels = given.get("qrels", np.empty((0, 3), np.int64)).astype(np.int64)
    return Vectors(**floats, qrels=qrels, name=path.stem)


def invented(n: int, d: int = 384, seed: int = 0) -> Vectors:
    """Unit rows off centre with variances falling as 1/i in a random basis; queries are perturbed rows."""
    rng = np.random.default_rng(seed)
    scale = np.arange(1, d + 1) ** -0.5
    basis = np.linalg.qr(rng.standard_normal((d, d)))[0].astype(np.float32)

    def unit(x: Rows) -> Rows:
        return np.ascontiguousarray(x / np.linalg.norm(x, axis=1, keepdims=True), np.float32)

    docs = unit((rng.standard_normal((n, d), np.float32) + 0.3) * scale.astype(np.float32) @ basis)
    near = docs[rng.integers(0, n, 3000)] + 0.04 * rng.standard_normal((3000, d), np.float32)
    queries = unit(near)
    return Vectors(docs, queries[:1000], queries[1000:], name=f"{n:,} invented rows")


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
