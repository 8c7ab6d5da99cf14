"""How a fitted codec is used by rows: which values lie beyond its ranges, and how much each byte of its codes says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.compress.chain import Chain, part
from core.compress.codebook import Codebook
from core.compress.int import Int
from core.evaluate.calibrate import ends
from core.search.built import drawn
from core.types import Codes, Floats, Rows


def entropy(codes: Codes) -> Floats:
    """Bits per byte (nbytes,) of the codes (n, nbytes), plug-in: at most log2 of the rows, so compare equal numbers."""
    out = np.empty(codes.shape[1])
    for j in range(codes.shape[1]):
        p = np.bincount(codes[:, j], minlength=256) / len(codes)
        p = p[p > 0]
        out[j] = -(p * np.log2(p)).sum()
    return out + 0.0


def seen_by(book: Codebook, x: Rows) -> Rows:
    """What the codec sees of rows (n, d), once transforms are through with them."""
    if isinstance(book.codec, Chain):
        for i, t in enumerate(book.codec.transforms):
            x = t.apply(part(book.state, i), x)
    return x


def ranges(book: Codebook, learn: Rows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The ends of what the codec can tell, where it has such, else of what the rows that it learned from showed."""
    codec, state = book.codec, book.state
    if isinstance(codec, Chain):
        state, codec = part(state, len(codec.transforms)), codec.codec
    if isinstance(codec, Int):
        return ends(Codebook(codec, len(state["low"]), state))
    seen = seen_by(book, drawn(learn, 20_000, 0))
    return seen.min(0), seen.max(0)
