"""The self-tests of every codec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store

MANY = 40  # self-tests after which half of them are taken to be done


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `source` (of the code that encodes) to its self-`tests`: [name, passed, what was found] each."""
    from core.compress.doctor import checks

    found: list[tuple[str, bool, str]] = []
    report(0.0, "Testing every codec against values that are known")
    for name, passed, detail in checks():
        found.append((name, bool(passed), detail))
        report(1 - 1 / (1 + len(found) / MANY), f"Tested {name}")
        report.known(tests=found)
