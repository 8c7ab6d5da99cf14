"""What every reader asks of what it found, so that a wrong row is named before anything is computed from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.source import Limits, check_rows
from core.errors import DataError
from core.types import Corpus, Rows

BLOCK = 1 << 14  # rows handled at once


def texts(name: str, found: Sequence[str], ids: Sequence[str] = (), limits: Limits | None = None) -> Corpus:
    """A corpus without queries yet. DataError for no text, an empty one, or an id that stands twice."""
    check_rows(len(found), name, limits or Limits())
    empty = next((i for i, text in enumerate(found) if not text.strip()), None)
    if empty is not None:
        raise DataError(f"{name}: the text of document {empty + 1:,} is empty. Remove that row or fill it.")
    unique(ids, name, "document")
    return Corpus(name, tuple(found), (), ids=tuple(ids))


def unique(ids: Sequence[str], name: str, what: str) -> dict[str, int]:
    """Number of each id; DataError when one stands twice."""
    number: dict[str, int] = {}
    for i, key in enumerate(ids):
        if number.setdefault(key, i) != i:
            raise DataError(
                f"{name}: the {what} id '{key[:80]}' stands twice, in rows {number[key] + 1:,} and {i + 1:,}. "
                "Give each row its own."
            )
    return number


def unit_rows(a: NDArray[Any], name: str, dim: int | None = None) -> Rows:
    """A float array (n, d) -> float32 rows of length 1. DataError for another shape, NaN, infinity, or a zero row."""
    if a.dtype.kind != "f":
        raise DataError(f"{name} holds {a.dtype}, expected float16 or float32. Save the vectors as floats.")
    if a.ndim != 2 or 0 in a.shape:
        raise DataError(f"{name} has shape {a.shape}, expected (documents, dimensions). Save one row per vector.")
    if dim is not None and a.shape[1] != dim:
        raise DataError(f"{name} has {a.shape[1]} dimensions where docs have {dim}. Encode both with the same model.")
    out = np.empty(a.shape, np.float32)
    for start in range(0, len(a), BLOCK):
        block = a[start : start + BLOCK].astype(np.float64)
        norms = np.sqrt(np.einsum("ij,ij->i", block, block))
        bad = np.flatnonzero(~np.isfinite(norms) | (norms == 0))
        if len(bad):
            what = "is all zeros, so it has no direction" if norms[bad[0]] == 0 else "holds NaN or infinity"
            raise DataError(f"{name}: row {start + int(bad[0]):,} {what}. Remove it or encode it again.")
        out[start : start + len(block)] = block / norms[:, None]
    return out


def judgements(a: NDArray[Any], name: str, queries: int, docs: int) -> NDArray[np.int64]:
    """An integer array (m, 3) of query number, document number, grade, all within what there is."""
    if a.dtype.kind not in "iu" or a.ndim != 2 or a.shape[1] != 3:
        raise DataError(
            f"{name} must be integers of shape (m, 3): query number, document number, grade; got {a.dtype} {a.shape}."
        )
    rows = a.astype(np.int64)
    for column, count, what in ((0, queries, "query"), (1, docs, "document")):
        wrong = np.flatnonzero((rows[:, column] < 0) | (rows[:, column] >= count))
        if len(wrong):
            got = rows[wrong[0], column]
            raise DataError(f"{name}: row {wrong[0]:,} names {what} {got}, but there are {count:,}, counted from 0.")
    return rows
