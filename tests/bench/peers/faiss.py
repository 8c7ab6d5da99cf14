"""faiss: every factory string that answers inner products at a given size, and LSH and ITQ, which answer Hamming.

PCA<W|R>k, ITQ and RR are done by numpy, queries without centring: faiss' own PCA subtracts the mean from queries too,
which changes the ranking by inner products. ITQ's signs are compared with signs, so both are centred, as in faiss.
`np` leaves out polysemous training, which serves another kind of search; Refine looks again at four times k.
MinMax codes cannot be searched in faiss: they are decoded and scanned, and their speed is not given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from core.compress.pca import principal_axes
from core.types import Rows, Train
from tests.bench.peers import Clock, Index, best, fits

LIBRARY, PACKAGE, APART = "faiss", "faiss-cpu", True
MAP = re.compile(r"(PCA|PCAR|RR)(\d+),(.+)")


def slow(plan: str) -> bool:
    return re.match(r"OPQ|P?(RQ|LSQ)", plan) is not None


def plans(budget: int, dim: int) -> Iterator[str]:
    yield from products(budget, dim)
    yield from additive(budget, dim)
    yield from scalars(budget, dim)
    yield from rotated(budget, dim)
    if 8 * budget <= 2 * dim:
        yield f"LSH{8 * budget}rt"
    if 8 * budget <= dim:
        yield f"ITQ{8 * budget},LSH"


def products(size: int, dim: int) -> Iterator[str]:
    """PQ of 8 and 4 bits, the latter also on fewer axes, rotated so that all pieces count alike; OPQ."""
    if dim % size == 0:
        yield f"PQ{size}x8np"
    if dim % (2 * size) == 0:
        yield f"PQ{2 * size}x4fs"
    for k in sorted({round(f * dim) // (2 * size) * 2 * size for f in (1 / 3, 1 / 2, 2 / 3)} - {0, dim}):
        yield f"PCAR{k},PQ{2 * size}x4fs"
    if size <= dim // 2:
        yield f"OPQ{size}_{4 * size if 4 * size <= dim else dim // size * size},PQ{size}x8np"
    twice = 2 * (size - dim // 2)  # 4-bit pieces beside four bits per dimension to look again
    if twice >= 32 and dim % twice == 0:
        yield f"PQ{twice}x4fs,Refine(SQ4)"


def additive(size: int, dim: int) -> Iterator[str]:
    """Residual codes up to 32 bytes, LSQ up to 16 (its system of equations grows with the square), products of both."""
    if size <= 32:
        yield f"RQ{size}x8_Nnone"
    if size <= 16:
        yield f"LSQ{size}x8_Nnone"
    parts = size // 8
    if size % 8 == 0 and 2 <= parts <= 8 and dim % parts == 0:
        yield f"PRQ{parts}x8x8_Nnone"
        if parts <= 4:
            yield f"PLSQ{parts}x8x8_Nnone"


def scalars(size: int, dim: int) -> Iterator[str]:
    """SQ on so many principal axes as fit; MinMax keeps each vector's own range beside its code."""
    for bits in (4, 6, 8):
        k = 8 * size // bits // 8 * 8
        if 8 <= k <= dim:
            yield f"SQ{bits}" if k == dim else f"PCA{k},SQ{bits}"
    for name, bits, side in (("MinMaxFP16,SQ4", 4, 4), ("MinMax,SQ8", 8, 8)):
        if fits(dim * bits // 8 + side, size):
            yield name
    if size == 2 * dim:
        yield "SQfp16"


def rotated(size: int, dim: int) -> Iterator[str]:
    """EDEN, RaBitQ and TurboQuant's first stage: on all axes, rotated, or on the leading ones that fit."""
    for bits in (1, 2, 3, 4):
        for name, side in (("EDEN", 8), ("RaBitQfs", 8 if bits == 1 else 20)):
            k = min(8 * (size - side) // bits, dim) // 8 * 8
            if k >= 16 and fits(side + k * bits // 8, size):
                text = f"{name}{bits}" if bits > 1 else name
                yield f"RR{dim},{text}" if k == dim else f"PCAR{k},{text}"
    for bits in (1, 2, 4):
        if 8 * size == dim * bits:
            yield f"RR{dim},SQtqmse{bits}"


def made(plan: str, learn: Train, docs: Rows) -> Index:
    import faiss

    clock, factory = Clock(), plan
    turn = shift = None
    if found := MAP.fullmatch(plan):
        turn, shift = mapping(found[1], int(found[2]), learn)
        factory = found[3]
    metric = faiss.METRIC_L2 if "LSH" in plan else faiss.METRIC_INNER_PRODUCT
    rows, held = (x if turn is None else np.ascontiguousarray(x @ turn - shift) for x in (learn.rows, docs))
    index = faiss.index_factory(rows.shape[1], factory, metric)
    index.train(rows)
    fit = clock()
    if factory.startswith("MinMax"):
        return decoded(index, held, fit, clock)
    index.add(held)
    encode = clock()
    if "Refine" in factory:
        faiss.downcast_index(index).k_factor = 4
    size = index.sa_code_size()
    rest = len(faiss.serialize_index(index)) - size * len(docs) + sum(x.nbytes for x in (turn, shift) if x is not None)
    if turn is None:
        return Index(lambda q, k: index.search(q, k)[1], size, rest, fit, encode)
    return Index(lambda q, k: index.search(np.ascontiguousarray(q @ turn), k)[1], size, rest, fit, encode)


def mapping(kind: str, dims: int, learn: Train) -> tuple[Rows, Rows]:
    """Axes (d, dims) and what to subtract from mapped documents (dims,)."""
    rng = np.random.default_rng(0)
    if kind == "RR":
        turn = np.linalg.qr(rng.standard_normal((dims, dims)))[0].astype(np.float32)
        return turn, np.zeros(dims, np.float32)
    mean, axes = principal_axes(learn)
    axes = axes[:, :dims]
    if kind == "PCAR":
        axes = (axes @ np.linalg.qr(rng.standard_normal((dims, dims)))[0]).astype(np.float32)
    return np.ascontiguousarray(axes), mean @ axes


def decoded(index: object, docs: Rows, fit: float, clock: Clock) -> Index:
    """Codes that this library can only decode."""
    codes = index.sa_encode(docs)  # type: ignore[attr-defined]
    encode = clock()
    rows = index.sa_decode(codes)  # type: ignore[attr-defined]
    return Index(lambda q, k: best(q @ rows.T, k), codes.shape[1], 0, fit, encode, timed=False)
