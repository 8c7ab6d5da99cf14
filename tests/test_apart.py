"""Halves that teach and halves that are asked: what a codec keeps by heart does not count."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import DataError
from core.evaluate.apart import apart, halves, label
from core.evaluate.measure import Shared
from core.evaluate.sweep import sweep
from core.types import Rows, Vectors


def unit(n: int, d: int, seed: int) -> Rows:
    x = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_every_document_teaches_or_is_asked_for() -> None:
    v = Vectors(unit(101, 8, 0), unit(5, 8, 1), qrels=np.array([[0, 3, 1]]))
    rows, rest = halves(v)
    assert len(rows) == 50 and len(rest.docs) == 51 and not len(rest.qrels)
    both = np.concatenate([rows, rest.docs])
    assert (np.sort(both, axis=0) == np.sort(v.docs, axis=0)).all()


def test_too_few_documents_are_explained() -> None:
    with pytest.raises(DataError, match="at least 40 of them, got 12"):
        halves(Vectors(unit(12, 8, 0), unit(5, 8, 1)))


def test_a_codec_that_memorises_is_seen_to() -> None:
    """White noise has nothing to learn: what large codebooks find in it, they know by heart."""
    v = Vectors(unit(900, 32, 0), unit(80, 32, 1))
    plan = "rq8x8(turns=1)"
    known = next(iter(sweep(v, [plan], shared=Shared(v))))
    unseen = next(iter(sweep(v, [plan], shared=apart(v))))
    assert unseen.trial.vectors == label(v.fingerprint)
    assert known.recall.mean() > unseen.recall.mean() + 0.15
    honest = next(iter(sweep(v, ["int4"], shared=apart(v))))
    assert honest.recall.mean() > 0.9 * next(iter(sweep(v, ["int4"], shared=Shared(v)))).recall.mean()
