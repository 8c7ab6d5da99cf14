"""Every test runs without a network, on one thread, and with a store of its own that goes when the tests end."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from core.types import Vectors

HOME = Path(tempfile.mkdtemp(prefix="thinvec-tests-"))
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

os.environ |= {"THINVEC_HOME": str(HOME), "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
os.environ |= dict.fromkeys(THREADS, "1")
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def small() -> Vectors:
    """600 documents of 32 dimensions with a falling spectrum, 24 held-out and 60 training queries, one answer each."""
    rng = np.random.default_rng(7)
    scale = 0.9 ** np.arange(32)

    def unit(x: np.ndarray) -> np.ndarray:
        return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)

    docs = unit(rng.standard_normal((600, 32)) * scale + 0.2)
    queries = unit(docs[:84] + 0.3 * rng.standard_normal((84, 32)) * scale)
    judged = np.stack([np.arange(24), np.arange(24), np.ones(24)], 1).astype(np.int64)
    return Vectors(docs, queries[:24], queries[24:], judged, name="small", encoder="none")
