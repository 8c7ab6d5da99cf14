"""Which rows are looked at: one index per file. An index asks a view and never sees bytes."""

from __future__ import annotations

from core.search.flat import Flat
from core.search.view import Index
from core.stage import found

__all__ = ["Flat", "Index", "indexes"]


def indexes() -> dict[str, type[Index]]:
    """Every index by name."""
    return found("core.search", Index)
