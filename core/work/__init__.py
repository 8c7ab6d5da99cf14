"""Long work, one kind of run per file: `run(store, params, report)` works and keeps its progress true."""

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
