"""What faiss keeps at the same bytes: its codecs behind our maps, judged by our oracle, drawn hollow on the frontier.

faiss sees vectors that numpy has mapped, documents centred and queries not: its own PCA centres queries as well, which
ruins inner products. Bytes are those of its code, side floats of each vector included.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.compress.pca import principal_axes
from core.evaluate.judged import JUDGED_AT, mrr, ndcg
from core.evaluate.measure import Shared, answers
from core.evaluate.metrics import recall
from core.evaluate.results import MEASURE
from core.evaluate.speed import speed
from core.store import Store, digest
from core.types import Floats, Hits, Rows

SIZES = (8, 16, 24, 32, 48, 64, 96, 128, 192)  # bytes per vector that peers are asked for


@dataclass(frozen=True)
class Peer:
    """A faiss factory string, on `dims` principal axes, randomly rotated; 0 keeps the vectors as they are."""

    factory: str
    nbytes: int
    family: str = "vector"
    dims: int = 0
    slow: bool = False  # trains for minutes on large corpora

    def __str__(self) -> str:
        return f"PCAR{self.dims},{self.factory}" if self.dims else self.factory


@dataclass(frozen=True)
class Standing:
    """A peer, measured. recall (q,), ndcg and mrr (j,) per query, empty without judgements; seconds to learn."""

    peer: Peer
    recall: Floats
    ndcg: Floats
    mrr: Floats
    fit_seconds: float
    queries_per_second: float
    float_queries_per_second: float


def peers(size: int, d: int) -> Iterator[Peer]:
    """What faiss offers at exactly (or just under) `size` bytes, for rows of width d."""
    if d % size == 0:
        yield Peer(f"PQ{size}x8np", size)
    if d % (2 * size) == 0:
        yield Peer(f"PQ{2 * size}x4fs", size)
    for k in sorted({round(f * d) // (2 * size) * 2 * size for f in (1 / 3, 1 / 2, 2 / 3)} - {0}):
        yield Peer(f"PQ{2 * size}x4fs", size, dims=k)
    for bits in (1, 2, 4):
        k = min(8 * (size - 8) // bits, d)
        if k >= 16 and 8 + -(-k * bits // 8) > 0.8 * size:
            yield Peer(f"EDEN{bits}", 8 + -(-k * bits // 8), "binary" if bits == 1 else "scalar", k)
    if 0.8 * size < d / 8 + 8 <= size:
        yield Peer("RaBitQ", -(-d // 8) + 8, "binary")
    for bits in (4, 6, 8):
        if size == -(-d * bits // 8):
            yield Peer(f"SQ{bits}", size, "scalar")
    if d % size == 0:
        yield Peer(f"OPQ{size}_{4 * size if 4 * size <= d else d},PQ{size}x8np", size, slow=True)
    if size <= 32:
        yield Peer(f"RQ{size}x8_Nnone", size, slow=True)
    if size <= 16:
        yield Peer(f"LSQ{size}x8_Nnone", size, slow=True)


def stand(peer: Peer, shared: Shared, k: int) -> Standing:
    """The peer's answers to all held-out queries, judged as a plan's are."""
    import faiss

    v = shared.vectors
    start = time.perf_counter()
    docs, turn = mapped(peer, shared)
    index = faiss.index_factory(docs.shape[1], peer.factory, faiss.METRIC_INNER_PRODUCT)
    index.train(docs)
    seconds = time.perf_counter() - start
    index.add(docs)

    def search(q: Rows, k: int) -> Hits:
        scores, ids = index.search(np.ascontiguousarray(q if turn is None else q @ turn), k)
        return Hits(ids, scores, float(len(docs)))

    ids = answers(search, v.queries, max(k, JUDGED_AT)).ids
    judged = bool(len(v.qrels)) and bool((v.qrels[:, 2] > 0).any())
    nothing = np.empty(0)
    ours, floats = speed([search, shared.floats], v.queries, k)
    return Standing(
        peer,
        recall(ids[:, :k], shared.truth(k), v.docs, v.queries, k),
        ndcg(ids, v.qrels, JUDGED_AT) if judged else nothing,
        mrr(ids, v.qrels, JUDGED_AT) if judged else nothing,
        seconds,
        ours.single,
        floats.single,
    )


def mapped(peer: Peer, shared: Shared) -> tuple[Rows, Rows | None]:
    """Documents as this peer gets them, and the map of its queries, which keep their mean."""
    v = shared.vectors
    if not peer.dims:
        return np.ascontiguousarray(v.docs), None
    mean, axes = principal_axes(shared.train)
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((peer.dims, peer.dims)))[0]
    turn = (axes[:, : peer.dims] @ turn).astype(np.float32)
    return v.docs @ turn - mean @ turn, turn


def standing(store: Store, shared: Shared, peer: Peer, k: int) -> Standing:
    """As `stand`, measured once and then read from the store."""
    arrays = store.remember(key(shared.vectors.fingerprint, peer, k), lambda: _arrays(stand(peer, shared, k)))
    return _standing(peer, arrays)


def known(store: Store, vectors: str, sizes: Sequence[int], d: int, k: int) -> list[Standing]:
    """What was measured of the peers at these sizes on the vectors with this fingerprint."""
    found = [peer for size in sizes for peer in peers(size, d)]
    there = [p for p in dict.fromkeys(found) if store.path("arrays", f"{key(vectors, p, k)}.npz").exists()]
    return [_standing(p, store.remember(key(vectors, p, k), dict)) for p in there]


def key(vectors: str, peer: Peer, k: int) -> str:
    """Where a standing is kept."""
    return f"peer-{digest(vectors, str(peer), k, MEASURE)}"


def _arrays(s: Standing) -> dict[str, Floats]:
    numbers = np.array([s.fit_seconds, s.queries_per_second, s.float_queries_per_second])
    return {"recall": s.recall, "ndcg": s.ndcg, "mrr": s.mrr, "numbers": numbers}


def _standing(peer: Peer, a: dict[str, Floats]) -> Standing:
    return Standing(peer, a["recall"], a["ndcg"], a["mrr"], *map(float, a["numbers"]))
