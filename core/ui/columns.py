"""The columns of a table before it is read: their names and a few values, from the head of the file alone."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from typing import Any

from core.corpus.jsonl import chosen
from core.corpus.source import SAMPLE, text_of
from core.corpus.table import DELIMITERS, longest, sniffed
from core.errors import ThinvecError

ROWS = 5
LONGEST = 2_000  # characters kept of a value

Columns = dict[str, list[str]]


def columns(name: str, data: bytes) -> tuple[Columns, str]:
    """The columns that can hold texts or vectors, each with its first values, and the one that a reader would choose.

    ({}, "") where the file cannot be understood: reading it will say why.
    """
    kind = name.rpartition(".")[2].lower()
    with suppress(ThinvecError, ValueError, OSError, KeyError, RecursionError, csv.Error):
        if kind == "parquet":
            return _parquet(name, data)
        text = text_of(_head(data), name)
        return _objects(name, text) if kind in ("jsonl", "ndjson") else _table(name, text, kind)
    return {}, ""


def _head(data: bytes) -> bytes:
    """Whole lines of the beginning, so that no letter is cut in two."""
    head = data[:SAMPLE]
    return head if len(data) <= SAMPLE or b"\0" in head else head[: head.rfind(b"\n") + 1] or head


def _table(name: str, text: str, kind: str) -> tuple[Columns, str]:
    import pandas as pd

    mark = "\t" if kind == "tsv" else sniffed(text)
    lines = csv.reader(io.StringIO(text), delimiter=mark if mark in DELIMITERS else ",")
    names = next(lines, [])
    rows = [row for row, _ in zip((r for r in lines if len(r) == len(names)), range(ROWS), strict=False)]
    found = {title: [row[i][:LONGEST] for row in rows] for i, title in enumerate(names)}
    return found, longest(pd.DataFrame(found), name) if rows else ""


def _objects(name: str, text: str) -> tuple[Columns, str]:
    lines = [line for line in text.split("\n") if line.strip()][:ROWS]
    rows: list[Any] = [json.loads(line) for line in lines]
    if not rows or not all(isinstance(r, dict) for r in rows):
        return {}, ""
    fields = [key for key, value in rows[0].items() if isinstance(value, str)]
    return {f: [str(r.get(f, ""))[:LONGEST] for r in rows] for f in fields}, chosen(rows[0], name)


def _parquet(name: str, data: bytes) -> tuple[Columns, str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from core.corpus.vectors import list_column

    table = pq.ParquetFile(io.BytesIO(data))
    wanted = [f.name for f in table.schema_arrow if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
    lists = list_column(table, "")
    head = next(table.iter_batches(ROWS, columns=[*wanted, *([lists] if lists else [])]), None)
    if head is None:
        return {}, ""
    found = {title: [str(v)[:LONGEST] for v in head.column(title).to_pylist()] for title in head.schema.names}
    return found, lists or longest(head.select(wanted).to_pandas(), name)
