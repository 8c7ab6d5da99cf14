"""Whether a plan may be believed: the stages it is made of do their sums right on this machine, now."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np

from core.compress import codecs, transforms, wrappers
from core.plan import parse

ROWS = 500  # white Gaussian rows that a stage is tried on


def broken(plans: Iterable[str]) -> dict[str, str]:
    """Plan -> the self-test that one of its stages fails; sound plans are left out."""
    found = {plan: next((fault for s in parse(plan).stages if (fault := _fault(s.name))), "") for plan in plans}
    return {plan: fault for plan, fault in found.items() if fault}


@cache
def _fault(stage: str) -> str:
    """What is wrong with a stage, on its shortest example: bytes, scores and scans must agree. '' for a sound one."""
    from core.compress.doctor import D, consistent

    kinds = ((codecs(), ""), (wrappers(), " > wpq6"), (transforms(), " > int8"))
    for known, tail in kinds:
        if stage in known and (examples := known[stage].examples):
            x = np.random.default_rng(7).standard_normal((ROWS, D)).astype(np.float32)
            name, passed, detail = consistent(min(examples, key=len) + tail, x)
            return "" if passed else f"{name}: {detail}"
    return ""
