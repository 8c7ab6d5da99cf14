"""JSON lines: one object (or one string) per line; its text is in the field asked for, or in one with a known name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.corpus import checks, metadata
from core.corpus.source import Limits, read_text
from core.errors import DataError
from core.types import Corpus

TEXT_NAMES = (
    "text",
    "body",
    "content",
    "contents",
    "document",
    "passage",
    "sentence",
    "abstract",
    "description",
    "review",
)
ID_NAMES = ("_id", "id", "doc_id", "docid")


def read(name: str, data: bytes | Path, limits: Limits, column: str = "") -> Corpus:
    """jsonl -> Corpus. column: the field with the text (default: the first known name); title and text are joined."""
    records = list(objects(read_text(data, name, limits), name))
    if not records:
        raise DataError(f"{name} holds no rows, so there is nothing to search. Give at least one document.")
    field = column or chosen(records[0], name)
    titled = not column and field == "text"
    found = [text_of(r, field, name, i) if not titled else titled_text(r, name, i) for i, r in enumerate(records)]
    key = next((k for k in ID_NAMES if all(k in r for r in records)), None)
    corpus = checks.texts(name, found, [str(r[key]) for r in records] if key else (), limits)
    return replace(corpus, columns=metadata.fields(records, (field, "title" if titled else "", key or "")))


def objects(text: str, name: str) -> Iterator[dict[str, Any]]:
    """The objects of a JSON lines text; a line that is a string counts as its text."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as e:
            raise DataError(
                f"{name}: line {number:,} is not JSON ({str(e)[:80]}). Write one object per line."
            ) from None
        if isinstance(record, str):
            record = {"text": record}
        if not isinstance(record, dict):
            kind = type(record).__name__
            raise DataError(f"{name}: line {number:,} is a {kind}, expected an object with a text. Write one per line.")
        yield record


def chosen(record: Mapping[str, Any], name: str) -> str:
    """The field that holds the text: a known name, else the longest string."""
    strings = {key: value for key, value in record.items() if isinstance(value, str)}
    known = next((key for key in TEXT_NAMES if key in strings), None)
    best = known or max(strings, key=lambda key: len(strings[key]), default=None)
    if best is None:
        raise DataError(f"{name}: the first line has no text among {', '.join(record)[:200]}. Name the field.")
    return best


def text_of(record: Mapping[str, Any], field: str, name: str, row: int) -> str:
    """The text of a record; DataError when the field is missing or no string."""
    value = record.get(field)
    if not isinstance(value, str):
        what = "has no" if field not in record else f"has a {type(value).__name__} as"
        raise DataError(f"{name}: document {row + 1:,} {what} '{field}'. It has {', '.join(map(str, record))[:200]}.")
    return value


def titled_text(record: Mapping[str, Any], name: str, row: int) -> str:
    """Title and text with a space between, as BEIR does."""
    title = record.get("title")
    return f"{title if isinstance(title, str) else ''} {text_of(record, 'text', name, row)}".strip()
