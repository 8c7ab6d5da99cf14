"""What codes take when nobody searches them: frequent bytes written short, all of them recoverable.

Every byte of the codes has its own table of how often each value occurs, and one range coder writes all columns one
after another; a column that this would not shorten is kept as it is. Size is counted with the tables, in bytes that
were really written. Rows can no longer be read one by one: it is a size for archives and transport, not for searching.

Paper: Martin (1979), Range encoding; coder: Bamler (2022), constriction.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.types import Codes

MOST = 1 << 25  # bytes of codes that are really coded; more are sampled by rows
HEAD = struct.Struct("<QI")  # rows, columns
WIDTHS = {1: "<u1", 2: "<u2"}  # how the counts of a column are written; 0 says that it is kept as it is
MASK = 32  # bytes that say which of the 256 values occur


@dataclass(frozen=True)
class AtRest:
    """Bytes of codes at rest. tables are shared, stream grows with rows; `coded` rows were really written.

    Where coded < rows the stream is that of the coded rows, scaled.
    """

    rows: int
    coded: int
    held: float
    tables: float
    stream: float

    @property
    def total(self) -> float:
        return self.tables + self.stream

    @property
    def exact(self) -> bool:
        """Whether every row was written, so that nothing is scaled."""
        return self.rows == self.coded

    @property
    def share(self) -> float:
        """Of the bytes that the codes take in memory."""
        return self.total / self.held if self.held else 1.0

    def scaled(self, rows: int) -> AtRest:
        """The same for another number of rows that come from where these came from."""
        by = rows / self.rows
        return replace(self, rows=rows, held=self.held * by, stream=self.stream * by)


def at_rest(codes: Codes, seed: int = 0) -> AtRest:
    """Code uint8 (n, b), or a sample of rows that is bounded in bytes, and count. DataError for no rows."""
    n, width = codes.shape
    if not n or not width:
        raise DataError(
            f"There are no codes to write down, got an array of shape {codes.shape}. Encode documents first."
        )
    coded = min(n, max(1, MOST // width))
    some = codes if coded == n else codes[np.sort(np.random.default_rng(seed).choice(n, coded, replace=False))]
    written = len(encode(some))
    tables = HEAD.size + sum(1 + _table(mode, counts) for mode, counts in _models(some))
    return AtRest(n, coded, float(n * width), float(tables), (written - tables) * n / coded)


def encode(codes: Codes) -> bytes:
    """uint8 (n, b) -> a blob that `decode` turns back: head, modes, tables, columns kept as they are, the stream."""
    import constriction

    models, encoder = list(_models(codes)), constriction.stream.queue.RangeEncoder()
    for column, (mode, counts) in zip(codes.T, models, strict=True):
        if mode and len(values := np.flatnonzero(counts)) > 1:
            encoder.encode(np.searchsorted(values, column).astype(np.int32), _model(counts[values]))
    return b"".join(
        [
            HEAD.pack(*codes.shape),
            bytes(mode for mode, _ in models),
            *(_written(mode, counts) for mode, counts in models if mode),
            *(column.tobytes() for column, (mode, _) in zip(codes.T, models, strict=True) if not mode),
            encoder.get_compressed().astype("<u4").tobytes(),
        ]
    )


def decode(blob: bytes) -> Codes:
    """The inverse of `encode`. DataError for a blob that is cut short."""
    import constriction

    try:
        n, width = HEAD.unpack_from(blob)
        at = HEAD.size + width
        modes = blob[HEAD.size : at]
        tables: list[NDArray[np.int64] | None] = []
        for mode in modes:
            counts, at = _read(blob, at, mode) if mode else (None, at)
            tables.append(counts)
        codes = np.empty((n, width), np.uint8)
        for raw in np.flatnonzero([not mode for mode in modes]):
            codes[:, raw] = np.frombuffer(blob, np.uint8, n, at)
            at += n
        decoder = constriction.stream.queue.RangeDecoder(np.frombuffer(blob, "<u4", offset=at).astype(np.uint32))
    except (struct.error, ValueError, KeyError, IndexError) as e:
        raise DataError(f"These {len(blob):,} bytes are no codes at rest ({e}). Write them again.") from e
    for j, counts in enumerate(tables):
        if counts is not None:
            values = np.flatnonzero(counts)
            codes[:, j] = values[decoder.decode(_model(counts[values]), n) if len(values) > 1 else 0]
    return codes


def _models(codes: Codes) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """For each column: how its counts are written (0: not at all) and the counts, as they can be read again."""
    for column in codes.T:
        counts = np.bincount(column, minlength=256)
        found = {mode: _rounded(counts, mode) for mode in WIDTHS}
        cost = {mode: _table(mode, c) + _bits(counts, c) / 8 for mode, c in found.items()} | {0: float(len(column))}
        mode = min(cost, key=lambda m: (cost[m], m))
        yield mode, found.get(mode, counts)


def _rounded(counts: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Counts as `width` bytes can say them: in proportion, and never 0 for a value that occurs."""
    most = (1 << 8 * width) - 1
    rounded: NDArray[np.int64] = np.ceil(counts * (most / max(1, counts.max(initial=0)))).astype(np.int64)
    return rounded.clip(0, most)


def _bits(counts: NDArray[np.int64], model: NDArray[np.int64]) -> float:
    """Bits that an ideal coder writes for these counts by the model."""
    seen = counts > 0
    return float(-(counts[seen] * np.log2(model[seen] / model.sum())).sum())


def _table(mode: int, counts: NDArray[np.int64]) -> int:
    """Bytes of a table."""
    return MASK + mode * int((counts > 0).sum()) if mode else 0


def _written(mode: int, counts: NDArray[np.int64]) -> bytes:
    return np.packbits(counts > 0).tobytes() + counts[counts > 0].astype(WIDTHS[mode]).tobytes()


def _read(blob: bytes, at: int, mode: int) -> tuple[NDArray[np.int64], int]:
    """The counts (256,) at this place, and where they end."""
    seen = np.unpackbits(np.frombuffer(blob, np.uint8, MASK, at)).astype(bool)
    counts = np.zeros(256, np.int64)
    counts[seen] = np.frombuffer(blob, WIDTHS[mode], int(seen.sum()), at + MASK)
    return counts, at + MASK + mode * int(seen.sum())


def _model(counts: NDArray[np.int64]) -> Any:
    import constriction

    return constriction.stream.model.Categorical(counts.astype(np.float64), perfect=False)
