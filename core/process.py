"""Naming a process so that it can be recognised later: its number and its birth, since numbers are used again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def this_process() -> str:
    """The running process as "pid:birth"."""
    return f"{os.getpid()}:{_birth(os.getpid())}"


def alive(process: str | None) -> bool:
    """Whether the process named "pid:birth" still lives; False for None and for a later process of the same number."""
    if not process:
        return False
    pid, _, birth = process.partition(":")
    return _birth(int(pid)) == birth


def _birth(pid: int) -> str | None:
    """When a process began, in whatever unit the system gives; None when there is none."""
    if Path("/proc/self/stat").exists():
        try:
            state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if state in "ZX" else rest[18]
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
    return answer.stdout.strip() or None
