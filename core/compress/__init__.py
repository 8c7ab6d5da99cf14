"""Vectors to bytes: one idea per file, and this folder's listing is the catalogue."""

from __future__ import annotations

from core.stage import Codec, Transform, Wrapper, found


def transforms() -> dict[str, type[Transform]]:
    """Every transform by name."""
    return found("core.compress", Transform)


def codecs() -> dict[str, type[Codec]]:
    """Every codec by name, compositions aside."""
    return found("core.compress", Codec)


def wrappers() -> dict[str, type[Wrapper]]:
    """Every wrapper by name: what improves a fitted codec."""
    return found("core.compress", Wrapper)
