"""Vectors of a test's own: the store of all tests is one, and what others have kept there must not be found."""

from __future__ import annotations

from dataclasses import replace

from core.types import Vectors


def other(v: Vectors, number: int) -> Vectors:
    """The same vectors but for one row: what other tests have kept of them is not found."""
    docs = v.docs.copy()
    docs[-number] = docs[-number - 1]
    return replace(v, docs=docs)
