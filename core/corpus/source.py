"""Where bytes come from, and the limits that are checked on headers and sizes before any memory is taken."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.errors import DataError

SAMPLE = 1 << 16  # bytes that encoding and delimiter are guessed from
BINARY = {b"\x93NUM": "a numpy array", b"PK\x03\x04": "a zip archive", b"PAR1": "a parquet table", b"\x1f\x8b": "gzip"}


@dataclass(frozen=True)
class Limits:
    """What a file may take. nbytes: unpacked; rows: documents; of a zip, ratio: unpacked to packed, and members."""

    nbytes: int = 4 << 30
    rows: int = 5_000_000
    ratio: int = 200
    members: int = 1000


def size_of(nbytes: float) -> str:
    """Bytes as people read them: 1.5 GiB."""
    for unit in ("B", "KiB", "MiB"):
        if nbytes < 1024:
            return f"{nbytes:.4g} {unit}"
        nbytes /= 1024
    return f"{nbytes:,.4g} GiB"


def check_size(nbytes: int, name: str, limits: Limits) -> None:
    """DataError when this many bytes are over the limit."""
    if nbytes > limits.nbytes:
        raise DataError(
            f"{name} needs {size_of(nbytes)}, more than the {size_of(limits.nbytes)} allowed. Take a part of it."
        )


def check_rows(rows: int, name: str, limits: Limits) -> None:
    """DataError when there are too many rows, or none."""
    if rows > limits.rows:
        raise DataError(f"{name} has {rows:,} rows, more than the {limits.rows:,} allowed. Take a part of it.")
    if rows == 0:
        raise DataError(f"{name} holds no rows, so there is nothing to search. Give at least one document.")


@contextmanager
def opened(data: bytes | Path, name: str, limits: Limits) -> Iterator[tuple[BinaryIO, int]]:
    """An open binary file and its size in bytes, for bytes in memory or a path; the size is within the limits."""
    if isinstance(data, bytes):
        check_size(len(data), name, limits)
        yield io.BytesIO(data), len(data)
        return
    try:
        file = data.open("rb")
    except OSError as e:
        raise DataError(f"{data} cannot be opened ({e.strerror}). Check the path.") from None
    with file:
        size = os.fstat(file.fileno()).st_size
        check_size(size, name, limits)
        yield file, size


def text_of(raw: bytes, name: str) -> str:
    """Bytes -> text: UTF-8, or the encoding that charset-normalizer finds. DataError for what is no text."""
    kind = next((words for magic, words in BINARY.items() if raw.startswith(magic)), None)
    if kind:
        raise DataError(f"{name} is {kind}, not text. Give it the ending of what it is.")
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode(guessed(raw[:SAMPLE]))
        except (UnicodeDecodeError, LookupError):
            raise DataError(f"{name} is not text in any known encoding. Save it as UTF-8.") from None
    if "\0" in text:
        raise DataError(f"{name} holds zero bytes, so it is not text. Save it as UTF-8.")
    return text


def guessed(sample: bytes) -> str:
    """The encoding that charset-normalizer finds most likely; of equals, the one that Western Windows writes."""
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample))
    first = matches[:1]
    equals = [m for m in matches if (m.chaos, m.coherence) == (first[0].chaos, first[0].coherence)]
    western = any("cp1252" in m.could_be_from_charset for m in equals)
    return "cp1252" if western else first[0].encoding if first else "unknown"


def read_text(data: bytes | Path, name: str, limits: Limits) -> str:
    """The whole file as text, its size checked first."""
    with opened(data, name, limits) as (file, _):
        return text_of(file.read(), name)


@contextmanager
def unzipped(file: BinaryIO, name: str, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """An archive whose declared members are within the limits; damage found while reading becomes DataError too."""
    try:
        with zipfile.ZipFile(file) as archive:
            check_members(archive.infolist(), name, limits)
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as e:
        raise DataError(f"{name} is no readable zip archive ({e}). Copy or pack it again.") from None


def check_members(members: list[zipfile.ZipInfo], name: str, limits: Limits) -> None:
    """Number, size, ratio and names of members; nothing is unpacked for this, and never to disk."""
    if len(members) > limits.members:
        raise DataError(
            f"{name} has {len(members):,} members, more than the {limits.members:,} allowed. Pack fewer files."
        )
    check_size(sum(m.file_size for m in members), name, limits)
    for m in members:
        path = PurePosixPath(m.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or (path.parts[:1] and path.parts[0].endswith(":")):
            raise DataError(f"{name} has a member '{m.filename}' that points out of the archive. Pack it again.")
        if m.flag_bits & 1:
            raise DataError(f"{name} has a member '{m.filename}' with a password. Pack it without one.")
        if m.file_size > 1 << 20 and m.file_size > limits.ratio * max(m.compress_size, 1):
            ratio = m.file_size // max(m.compress_size, 1)
            raise DataError(
                f"{name} has a member '{m.filename}' that unpacks to {ratio:,} times its size, more than the "
                f"{limits.ratio} allowed. Pack it again without compression if it is genuine."
            )
