"""Where data comes from: one reader per format, and the demo corpus. `read` chooses the reader by the file's ending."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.corpus import beir, jsonl, lines, table, vectors
from core.corpus.source import Limits
from core.errors import DataError
from core.types import Corpus, Vectors

READERS = {
    ".csv": table.read,
    ".tsv": table.read,
    ".jsonl": jsonl.read,
    ".ndjson": jsonl.read,
    ".txt": lines.read,
    ".parquet": table.read_parquet,
    ".zip": beir.read,
    ".npy": vectors.read_npy,
    ".npz": vectors.read_npz,
}


def read(name: str, data: bytes | Path, limits: Limits | None = None, **options: Any) -> Corpus | Vectors:
    """A file, by its name: texts as `Corpus`, vectors as `Vectors` of unit rows. A folder is read as BEIR.

    options: column (csv, tsv, jsonl, parquet), delimiter (csv), unit "line" or "paragraph" (txt).
    A corpus without queries comes back without; `queries.hold_out` makes some. Vectors without get held-out rows.
    DataError, in one sentence, for whatever cannot be used.
    """
    folder = isinstance(data, Path) and data.is_dir()
    ending = Path(name).suffix.lower()
    reader: Any = beir.read if folder else READERS.get(ending)
    if reader is None:
        raise DataError(
            f"{name} ends in '{ending}', which no reader knows. Give one of {', '.join(READERS)}, or a BEIR folder."
        )
    try:
        found: Corpus | Vectors = reader(name, data, limits or Limits(), **options)
    except TypeError as e:
        if "keyword argument" in str(e):
            raise DataError(
                f"{name}: {ending or 'a folder'} takes no such option ({', '.join(options)}). Leave it out."
            ) from None
        raise
    return found
