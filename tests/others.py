"""Data of a test's own: vectors of which others have kept nothing in the store of all tests, and results made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from core.types import Result, Trial, Vectors


def other(v: Vectors, number: int) -> Vectors:
    """The same vectors but for one row: what other tests have kept of them is not found."""
    docs = v.docs.copy()
    docs[-number] = docs[-number - 1]
    return replace(v, docs=docs)


def made_up(plan: str, recall: np.ndarray, size: float = 48.0, **fields: Any) -> Result:
    """A result that nobody measured: 1,000 rows of 384 numbers, ten times as fast as float32."""
    usual = {"ndcg": None, "mrr": None, "ledger": {"codes": size}, "state_bytes": {}, "encoding_only": ()}
    usual |= {"fit_seconds": 1.0, "encode_seconds": 1.0, "looked": 1000.0}
    usual |= {"queries_per_second": 1000.0, "batch_queries_per_second": 1000.0}
    usual |= {"float_queries_per_second": 100.0, "float_batch_queries_per_second": 100.0}
    trial = Trial("v", plan)
    return Result(trial=trial, n=1000, dim=384, recall=recall, bytes_per_vector=size, **{**usual, **fields})
