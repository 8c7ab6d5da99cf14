"""Long work, one kind of run per file: `run(store, params, report)` works and keeps its progress true.

A file that says `QUICK = True` is a matter of seconds: such runs have a lane of their own, so that a person who looks
at one plan does not wait for a sweep.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from core.errors import StoreError
from core.reporter import Reporter
from core.store import Store

Work = Callable[[Store, Mapping[str, Any], Reporter], None]


@cache
def kinds() -> tuple[str, ...]:
    """The folder is the list: the name of every kind of run."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(__path__)))


def work(kind: str) -> Work:
    """What this kind of run does. StoreError when there is no such kind."""
    if kind not in kinds():
        raise StoreError(f"There is no kind of run called '{kind}'; there is {', '.join(kinds())}.")
    run: Work = importlib.import_module(f"{__name__}.{kind}").run
    return run


def quick(kind: str) -> bool:
    """Whether runs of this kind are a matter of seconds."""
    return kind in kinds() and bool(getattr(importlib.import_module(f"{__name__}.{kind}"), "QUICK", False))
