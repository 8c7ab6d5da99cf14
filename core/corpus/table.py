"""Tables: csv and tsv with delimiter and encoding sniffed, and parquet. A row is a document, a column holds text."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.corpus import checks, metadata
from core.corpus.jsonl import ID_NAMES, TEXT_NAMES
from core.corpus.source import SAMPLE, Limits, check_rows, check_size, opened, read_text
from core.errors import DataError
from core.types import Corpus, Vectors

if TYPE_CHECKING:
    import pandas as pd

DELIMITERS = ",;\t|"


def read(name: str, data: bytes | Path, limits: Limits, column: str = "", delimiter: str = "") -> Corpus:
    """csv or tsv with a header -> Corpus. column: the one with the text (default: a known name, else the longest)."""
    import pandas as pd

    text = read_text(data, name, limits)
    check_rows(text.count("\n") + 1 if text.strip() else 0, name, limits)
    mark = delimiter or ("\t" if name.lower().endswith(".tsv") else sniffed(text[:SAMPLE]))
    try:
        frame = pd.read_csv(io.StringIO(text), sep=mark, dtype=str, keep_default_na=False, skip_blank_lines=True)
    except (ValueError, csv.Error) as e:
        raise DataError(
            f"{name} is no table that can be read ({' '.join(str(e).split())[:120]}). Check its quotes."
        ) from None
    return corpus(name, frame, column, limits)


def sniffed(sample: str) -> str:
    """The delimiter of a table: what the csv module finds, else the one that stands most often in the header."""
    try:
        return csv.Sniffer().sniff(sample, DELIMITERS).delimiter
    except csv.Error:
        head = sample.partition("\n")[0]
        return max(DELIMITERS, key=head.count)


def corpus(name: str, frame: pd.DataFrame, column: str, limits: Limits) -> Corpus:
    """A table of strings -> Corpus."""
    check_rows(len(frame), name, limits)
    if column and column not in frame.columns:
        there = ", ".join(map(str, frame.columns))[:200]
        raise DataError(f"{name} has no column '{column}'; there is {there}. Choose one of them.")
    text = frame[column or longest(frame, name)]
    key = next((k for k in ID_NAMES if k in frame.columns and k != text.name), None)
    ids = [str(i) for i in frame[key]] if key else []
    found = checks.texts(name, [t if isinstance(t, str) else "" for t in text], ids, limits)
    rest = {c: frame[c].tolist() for c in frame.columns if c not in (text.name, key)}
    return replace(found, columns=metadata.columns(rest))


def longest(frame: pd.DataFrame, name: str) -> str:
    """The column that holds the text: a known name, else the longest strings on average."""
    known = {str(c).lower(): c for c in frame.columns}
    for title in TEXT_NAMES:
        if title in known:
            return str(known[title])
    head = frame.head(1000)
    lengths = {c: sum(len(v) for v in head[c] if isinstance(v, str)) for c in frame.columns}
    best = max(lengths, key=lambda c: lengths[c], default=None)
    if best is None or not lengths[best]:
        raise DataError(f"{name} has no column of texts; there is {', '.join(map(str, frame.columns))[:200]}.")
    return str(best)


def read_parquet(name: str, data: bytes | Path, limits: Limits, column: str = "") -> Corpus | Vectors:
    """parquet -> Vectors when the column (or one with a known name) holds lists of numbers, else Corpus."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from core.corpus.vectors import from_list_column, list_column

    with opened(data, name, limits) as (file, _):
        try:
            table = pq.ParquetFile(file)
            check_rows(table.metadata.num_rows, name, limits)
            lists = list_column(table, column)
            if lists:
                return from_list_column(name, table, lists, limits)
            return corpus(name, strings(table, name, limits), column, limits)
        except (pa.ArrowException, OSError) as e:
            reason = " ".join(str(e).split())[:120]
            raise DataError(f"{name} is no parquet table that can be read ({reason}). Write it again.") from None


def strings(table: Any, name: str, limits: Limits) -> pd.DataFrame:
    """The columns of strings (and ids) of a parquet file, read in small pieces so that the limit holds on the way."""
    import pyarrow as pa

    schema = table.schema_arrow
    wanted = [
        f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type) or f.name in ID_NAMES
    ]
    taken, pieces = 0, []
    for piece in table.iter_batches(1024, columns=wanted):
        taken += piece.nbytes
        check_size(taken, name, limits)
        pieces.append(piece)
    return pa.Table.from_batches(pieces, schema=pa.schema([schema.field(w) for w in wanted])).to_pandas()
