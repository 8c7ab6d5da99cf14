"""What is known about a document besides its text: columns such as package or year, kept where they form groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MOST, LONGEST = 20, 200  # columns that are kept; characters of a value that still names a group


def columns(found: Mapping[str, Sequence[object]]) -> dict[str, tuple[str, ...]]:
    """Columns of values, one per document, as text; only those that put documents in groups.

    A column is kept when it holds two values or more, at most half as many as there are documents, none of them longer
    than 200 characters: identifiers, prose and constants say nothing of groups. The first 20 such columns stay.
    A value that is missing (None, NaN) becomes ''; lists and records are no values, and their column is left out.
    """
    kept: dict[str, tuple[str, ...]] = {}
    for name, values in found.items():
        if len(kept) < MOST and all(map(_plain, values)):
            texts = tuple(map(_text, values))
            if 2 <= len(set(texts)) <= len(texts) / 2 and max(map(len, texts)) <= LONGEST:
                kept[str(name)] = texts
    return kept


def fields(records: Sequence[Mapping[str, Any]], skipped: Sequence[str] = ()) -> dict[str, tuple[str, ...]]:
    """The columns of records, those in a record called `metadata` (as BEIR has it) among them."""
    flat = [{**r, **(r["metadata"] if isinstance(r.get("metadata"), dict) else {})} for r in records]
    names = [n for n in dict.fromkeys(name for r in flat for name in r) if n not in (*skipped, "metadata")]
    return columns({name: [r.get(name) for r in flat] for name in names})


def chosen(found: Mapping[str, Sequence[str]], rows: Sequence[int]) -> dict[str, tuple[str, ...]]:
    """The columns of some documents."""
    return {name: tuple(values[i] for i in rows) for name, values in found.items()}


def _plain(value: object) -> bool:
    return not isinstance(value, list | tuple | dict | set) and not hasattr(value, "shape")


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)
