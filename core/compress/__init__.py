"""Vectors to bytes: one idea per file, and this folder's listing is the catalogue."""

from __future__ import annotations

from core.stage import Codec, Transform, found


def transforms() -> dict[str, type[Transform]]:
    """Every transform by name."""
    return found("core.compress", Transform)


def codecs() -> dict[str, type[Codec]]:
    """Every codec by name, compositions aside."""
    return found("core.compress", Codec)
