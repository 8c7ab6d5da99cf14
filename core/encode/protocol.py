"""An encoder turns texts into unit vectors; some treat queries and documents differently, so there are two doors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.types import Progress, Rows, silent


class Encoder(Protocol):
    """What every encoder offers. engine: what computes, and how precisely ("torch bfloat16", "openvino float32")."""

    @property
    def name(self) -> str: ...

    @property
    def dim(self) -> int: ...

    @property
    def engine(self) -> str: ...

    @property
    def identity(self) -> str:
        """A digest of everything that can change a vector: weights, prompts, longest text, engine."""

    def documents(self, texts: Sequence[str], progress: Progress = silent) -> Rows:
        """Texts -> float32 (n, dim), rows of length 1."""

    def queries(self, texts: Sequence[str], progress: Progress = silent) -> Rows:
        """Texts -> float32 (n, dim), rows of length 1."""
