"""A self-test is a name, whether it holds, and what was found."""

from __future__ import annotations

Check = tuple[str, bool, str]


def within(name: str, got: float, low: float, high: float, form: str = ".5f") -> Check:
    """Whether a figure lies between two others; `form` says how figures are written."""
    return name, bool(low <= got <= high), f"{got:{form}}, expected {low:{form}} to {high:{form}}"
