"""Plain text: one document per line, or per paragraph (blank lines between)."""

from __future__ import annotations

import re
from pathlib import Path

from core.corpus import checks
from core.corpus.source import Limits, read_text
from core.errors import DataError
from core.types import Corpus


def read(name: str, data: bytes | Path, limits: Limits, unit: str = "line") -> Corpus:
    """txt -> Corpus. unit: "line" or "paragraph"; blank lines are no documents."""
    if unit not in ("line", "paragraph"):
        raise DataError(f"{name}: a document is a 'line' or a 'paragraph', got '{unit}'. Choose one of them.")
    text = read_text(data, name, limits)
    parts = text.splitlines() if unit == "line" else re.split(r"\r?\n[ \t]*\r?\n", text)
    return checks.texts(name, [part.strip() for part in parts if part.strip()], limits=limits)
