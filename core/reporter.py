"""Progress of a run, on disk: whoever watches reads one small file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from core.process import this_process
from core.store import read_json, write_json

EARLY = 0.02  # below this fraction a time left would be a guess
OFTEN = 0.2  # seconds between two writes of the same stage


class Reporter:
    """Progress on disk: fraction, stage, and the seconds left by how fast the fraction grew since its first report."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "status.json"
        self.status = read_json(self.path) | {"state": "running", "worker": this_process()}
        self._first: tuple[float, float] | None = None
        self._last = 0.0

    def __call__(self, fraction: float, stage: str) -> None:
        now, fraction = time.time(), min(max(float(fraction), 0.0), 1.0)
        self._first = self._first or (now, fraction)
        start, base = self._first
        grown = fraction - base
        eta = (now - start) * (1 - fraction) / grown if grown > EARLY else None
        if stage != self.status.get("stage") or now - self._last > OFTEN:
            self._last = now
            self.write(fraction=fraction, stage=stage, eta=eta)

    def known(self, **result: Any) -> None:
        """What can be read of the result before the run is done."""
        self.write(result={**self.status.get("result", {}), **result})

    def write(self, **change: Any) -> None:
        """Replace the status."""
        self.status |= change | {"time": time.time()}
        write_json(self.path, self.status)
