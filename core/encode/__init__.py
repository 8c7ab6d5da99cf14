"""Texts to unit vectors: one encoder per file, and a driver that can be interrupted."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from core.encode.driver import encode
from core.encode.protocol import Encoder
from core.errors import EncoderError

__all__ = ["Encoder", "encode", "encoder"]


@lru_cache(maxsize=2)
def encoder(name: str) -> Encoder:
    """'minilm', a name on the hub ('intfloat/e5-small-v2') or a local folder with such a model; loaded once."""
    from core.encode import minilm, sentence

    if not name.strip():
        raise EncoderError("An encoder needs a name, got ''. Give 'minilm', a name on the hub, or a folder.")
    if name == "minilm":
        return minilm.minilm()
    return sentence.load(name, Path(name) if Path(name).is_dir() else None)
