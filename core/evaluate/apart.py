"""Learned on other rows: half of the documents teach, the other half are coded and searched.

A codec with large codebooks can keep a small corpus by heart. What it keeps of rows that it has not seen is what it
will keep of documents that are added later.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.errors import DataError
from core.evaluate.measure import Shared
from core.types import Progress, Rows, Vectors, silent

APART = ".apart"
LEAST = 40  # documents to be cut in half


def label(fingerprint: str) -> str:
    """What trials on halves of these vectors are filed under."""
    return f"{fingerprint}{APART}"


def unlabel(name: str) -> tuple[str, bool]:
    """The fingerprint of the vectors that a trial is filed under, and whether it is on halves of them."""
    return name.removesuffix(APART), name.endswith(APART)


def halves(vectors: Vectors, seed: int = 0) -> tuple[Rows, Vectors]:
    """Rows to learn from, and the other half with all queries; judgements, which are of all rows, are left out."""
    n = len(vectors.docs)
    if n < LEAST:
        raise DataError(f"Learning on half of the documents takes at least {LEAST} of them, got {n}. Add documents.")
    order = np.random.default_rng(seed).permutation(n)
    mine, other = np.sort(order[: n // 2]), np.sort(order[n // 2 :])
    nobody = np.empty((0, 3), np.int64)
    return vectors.docs[mine], replace(vectors, docs=np.ascontiguousarray(vectors.docs[other]), qrels=nobody)


def apart(vectors: Vectors, seed: int = 0, progress: Progress = silent) -> Shared:
    """What a sweep needs to measure plans on rows that they have not seen."""
    rows, rest = halves(vectors, seed)
    return Shared(rest, seed, progress, learn=rows, label=label(vectors.fingerprint))
