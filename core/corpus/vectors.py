"""Vectors that somebody else made: npy, npz, or a list column of parquet. Nothing is unpickled; headers come first."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npf
from numpy.typing import NDArray

from core.corpus import checks
from core.corpus.queries import hold_out_rows
from core.corpus.source import Limits, check_rows, check_size, opened, unzipped
from core.errors import DataError
from core.types import Vectors

LIST_NAMES = ("embedding", "embeddings", "emb", "vector", "vectors", "values", "docs")
HEADERS = {(1, 0): npf.read_array_header_1_0, (2, 0): npf.read_array_header_2_0}


def read_npy(name: str, data: bytes | Path, limits: Limits) -> Vectors:
    """npy (n, d) of floats -> Vectors; a part of the rows is held out as queries."""
    with opened(data, name, limits) as (file, size):
        rows = checks.unit_rows(array(file, size, name, limits), name)
    return hold_out_rows(Vectors(rows, rows[:0], name=name))


def read_npz(name: str, data: bytes | Path, limits: Limits) -> Vectors:
    """npz with `docs`, and perhaps `queries`, `train_queries`, `qrels` -> Vectors. Other members are not read."""
    with opened(data, name, limits) as (file, _), unzipped(file, name, limits) as archive:
        sizes = {m.filename.removesuffix(".npy"): m for m in archive.infolist()}
        if "docs" not in sizes:
            raise DataError(
                f"{name} has no array 'docs'; there is {', '.join(sizes)[:200] or 'nothing'}. Save docs and queries."
            )
        found: dict[str, NDArray[Any]] = {}
        for key in ("docs", "queries", "train_queries", "qrels"):
            if key in sizes:
                with archive.open(sizes[key]) as member:
                    size, must = sizes[key].file_size, key == "docs"
                    found[key] = array(member, size, f"{name}: {key}", limits, must)  # type: ignore[arg-type]
    return assembled(name, found)


def assembled(name: str, found: dict[str, NDArray[Any]]) -> Vectors:
    """Arrays by name -> checked Vectors; without queries some rows are held out."""
    docs = checks.unit_rows(found["docs"], f"{name}: docs")
    dim = docs.shape[1]
    train = found.get("train_queries")
    learned = checks.unit_rows(train, f"{name}: train_queries", dim) if train is not None and len(train) else None
    if not len(found.get("queries", ())):
        if len(found.get("qrels", ())):
            raise DataError(f"{name} has judgements but no queries. Add the array 'queries' that they speak of.")
        return hold_out_rows(Vectors(docs, docs[:0], learned, name=name))
    queries = checks.unit_rows(found["queries"], f"{name}: queries", dim)
    judged = found.get("qrels", np.empty((0, 3), np.int64))
    qrels = (
        checks.judgements(judged, f"{name}: qrels", len(queries), len(docs))
        if judged.size
        else judged[:0].reshape(0, 3)
    )
    return Vectors(docs, queries, learned, qrels.astype(np.int64), name)


def array(file: BinaryIO, size: int, name: str, limits: Limits, must: bool = True) -> NDArray[Any]:
    """One npy stream of `size` bytes: shape and dtype are checked against size and limits before it is read.

    must: rows there must be.
    """
    try:
        version = npf.read_magic(file)
        shape, _, dtype = HEADERS[version](file)
    except (ValueError, KeyError, EOFError) as e:
        raise DataError(_no_array(file, name, e)) from None
    if dtype.hasobject:
        raise DataError(f"{name} holds Python objects, and loading those can run code. Save it as a float32 array.")
    if dtype.kind not in "fiub":
        raise DataError(f"{name} holds {dtype}, expected float16 or float32. Save the vectors as floats.")
    if any(n < 0 for n in shape):
        raise DataError(f"{name} claims the shape {shape}, which is negative. Save it again with numpy.save.")
    count = math.prod(int(n) for n in shape)
    need, there = count * dtype.itemsize, size - file.tell()
    check_size(max(need, count * 4), name, limits)
    if must or shape[:1] != (0,):
        check_rows(shape[0] if shape else 0, name, limits)
    if need != there:
        raise DataError(
            f"{name} is cut off or damaged: its header promises {need:,} bytes, {there:,} are there. Copy it again."
        )
    file.seek(0)
    return npf.read_array(file, allow_pickle=False)


def _no_array(file: BinaryIO, name: str, error: Exception) -> str:
    """What a stream that is no npy array seems to be."""
    file.seek(0)
    begins = file.read(20)
    text = begins.decode("utf-8", "ignore").split("\n")[0].strip()
    if text and text.isprintable() and begins[:1] != b"\x93":
        return f"{name} is text, not an array: it starts with ‘{text}’. Rename it to .csv, .jsonl or .txt."
    reason = " ".join(str(error).split())[:80]
    return f"{name} is not a numpy array ({reason}). Save it with numpy.save."


def list_column(table: Any, column: str) -> str:
    """The name of a parquet column of number lists: the one asked for, a known name, or the only one; else ''."""
    import pyarrow as pa

    def holds(kind: Any) -> bool:
        nested = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
        return bool(nested and pa.types.is_floating(kind.value_type))

    lists = [f.name for f in table.schema_arrow if holds(f.type)]
    if column:
        return column if column in lists else ""
    known = [c for c in LIST_NAMES if c in lists]
    return known[0] if known else lists[0] if len(lists) == 1 else ""


def from_list_column(name: str, table: Any, column: str, limits: Limits) -> Vectors:
    """A parquet column of float lists, all of one length -> Vectors with some rows held out."""
    meta = table.metadata
    paths = [meta.row_group(0).column(i).path_in_schema.split(".")[0] for i in range(meta.num_columns)]
    place = paths.index(column)
    check_size(4 * sum(meta.row_group(g).column(place).num_values for g in range(meta.num_row_groups)), name, limits)
    blocks: list[NDArray[np.float32]] = []
    dim, seen = None, 0
    for piece in table.iter_batches(checks.BLOCK, columns=[column]):
        lists = piece.column(0)
        flat = lists.flatten().to_numpy(zero_copy_only=False).astype(np.float32)
        lengths = lists.value_lengths().to_numpy(zero_copy_only=False) if len(lists) else np.empty(0)
        dim = int(lengths[0]) if dim is None and len(lengths) and lengths[0] == lengths[0] else dim
        wrong = np.flatnonzero(lengths != dim)
        if len(wrong):
            got = lengths[wrong[0]]
            raise DataError(
                f"{name}: row {seen + int(wrong[0]):,} of '{column}' has {got} numbers, the first has {dim}. "
                "Encode all rows with the same model."
            )
        blocks.append(flat.reshape(len(lists), -1))
        seen += len(lists)
    rows = checks.unit_rows(np.concatenate(blocks), f"{name}: {column}")
    return hold_out_rows(Vectors(rows, rows[:0], name=name))
