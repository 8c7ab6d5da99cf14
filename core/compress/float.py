"""Plain floats of 32 or 16 bits: the yardstick, and what a reranker reads.

Paper: IEEE 754 (2008), Standard for floating-point arithmetic.
Bytes: d · bits / 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.errors import PlanError
from core.kernels import top
from core.scan_bits import HALF
from core.scan_rows import Reader, Reading
from core.stage import Codec, arg
from core.types import Codes, Hits, Rows, Scanner, State, Train


@dataclass(frozen=True)
class Float(Codec):
    """f32 keeps every ranking; f16 clips to ±65,504 and keeps about three decimals."""

    name: ClassVar[str] = "f"
    family: ClassVar[str] = "floats"
    examples: ClassVar[tuple[str, ...]] = ("f32", "f16")

    bits: int = arg(32, 16, 32, "bits per dimension, 16 or 32")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bits not in (16, 32):
            raise PlanError(f"f: bits per dimension must be 16 or 32, got {self.bits}.")

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(f"<f{self.bits // 8}")

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return cls.examples

    def nbytes(self, d: int) -> int:
        return d * self.bits // 8

    def fit(self, train: Train) -> State:
        return {}

    def encode(self, s: State, x: Rows) -> Codes:
        most = np.finfo(self.dtype).max
        return np.ascontiguousarray(np.clip(x, -most, most).astype(self.dtype)).view(np.uint8)

    def decode(self, s: State, c: Codes) -> Rows:
        return np.ascontiguousarray(c).view(self.dtype).astype(np.float32)

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        """BLAS over the rows themselves, or faiss' kernel for half floats over our bytes."""
        return wide(np.ascontiguousarray(c).view(np.float32)) if self.bits == 32 else half(c)

    def reader(self, s: State, c: Codes) -> Reader:
        rows = c.view(np.float32 if self.bits == 32 else np.uint16)
        return lambda q: Reading(rows, q, HALF)


def wide(rows: Rows) -> Scanner:
    """Exhaustive top-k of float32 rows (n, d)."""

    def run(q: Rows, k: int) -> Hits:
        ids, scores = top(q @ rows.T, k)
        return Hits(ids, scores, float(len(rows)))

    return run


def half(codes: Codes) -> Scanner:
    """Exhaustive top-k of half floats, bytes (n, 2 d); the kernel keeps a copy of them."""
    import faiss

    n, width = codes.shape
    index = faiss.IndexScalarQuantizer(width // 2, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    faiss.copy_array_to_vector(codes.ravel(), index.codes)
    index.is_trained, index.ntotal = True, n

    def run(q: Rows, k: int) -> Hits:
        if not n:
            return Hits(np.empty((len(q), 0), np.int64), np.empty((len(q), 0), np.float32), 0.0)
        scores, ids = index.search(np.ascontiguousarray(q), min(k, n))
        return Hits(ids, scores, float(n))

    return run
