"""A codebook is a codec, a width and what the codec learned: the only door to a fitted codec."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import FitError
from core.scan_rows import Reader, Reading
from core.stage import Codec, check_rows
from core.types import Codes, Hits, Rows, Scanner, Scorer, State, Train


@dataclass(frozen=True)
class Codebook:
    """Fitted by `Codebook.fit`; all methods are pure. `state` maps names to arrays and is all there is to save."""

    codec: Codec
    dim: int
    state: State

    @classmethod
    def fit(cls, codec: Codec, train: Train) -> Codebook:
        """Learn from documents (n, d) and training queries. FitError for NaN, wrong widths or too few rows."""
        check_rows(train.rows, None, str(codec), at_least=2)
        if train.queries is not None:
            check_rows(train.queries, train.rows.shape[1], str(codec))
        return cls(codec, int(train.rows.shape[1]), codec.fit(train))

    @property
    def nbytes(self) -> int:
        """Bytes per vector, side information included."""
        return self.codec.nbytes(self.dim)

    def encode(self, x: Rows) -> Codes:
        """(n, d) float32 -> (n, nbytes) uint8, in bounded memory."""
        check_rows(x, self.dim, str(self.codec))
        out = np.empty((len(x), self.nbytes), np.uint8)
        step = self.codec.at_once()
        for a in range(0, len(x), step):
            out[a : a + step] = self.codec.encode(self.state, x[a : a + step])
        return out

    def decode(self, codes: Codes) -> Rows:
        """(n, nbytes) uint8 -> (n, d) float32."""
        return self.codec.decode(self.state, self._own(codes))

    def scorer(self, queries: Rows) -> Scorer:
        """Scores of codes for these queries (m, d), query side computed once."""
        check_rows(queries, self.dim, str(self.codec))
        score = self.codec.scorer(self.state, queries)
        return lambda codes: score(self._own(codes))

    def scanner(self, codes: Codes) -> Scanner | None:
        """The compiled top-k over these codes, where there is one. FitError for queries of another width, or NaN."""
        scan, who = self.codec.scanner(self.state, self._own(codes)), str(self.codec)
        if scan is None:
            return None

        def run(queries: Rows, k: int) -> Hits:
            check_rows(queries, self.dim, who)
            return scan(queries, k)

        return run

    def reader(self, codes: Codes) -> Reader | None:
        """Compiled scores of single rows of these codes, where there are some. FitError as from `scanner`."""
        read, who = self.codec.reader(self.state, self._own(codes)), str(self.codec)
        if read is None:
            return None

        def run(queries: Rows) -> Reading:
            check_rows(queries, self.dim, who)
            return read(queries)

        return run

    def _own(self, codes: Codes) -> Codes:
        """Codes as compiled loops need them, which look at no bounds: of our width, bytes, and contiguous."""
        if codes.ndim != 2 or codes.shape[1] != self.nbytes or codes.dtype != np.uint8:
            raise FitError(
                f"{self.codec} makes {self.nbytes} bytes per vector, got {codes.dtype} codes of shape {codes.shape}. "
                "Encode the documents again."
            )
        return np.ascontiguousarray(codes)

    @property
    def encoding_only(self) -> tuple[str, ...]:
        """Names of arrays that only new documents need."""
        return self.codec.unread(self.state)
