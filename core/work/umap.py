"""The map by UMAP, and how far it can be trusted: minutes, in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store
from core.work.project import mapped


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """As `project`, by UMAP."""
    mapped(store, params, report, "umap")
