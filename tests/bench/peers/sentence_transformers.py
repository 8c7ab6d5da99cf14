"""sentence-transformers: `quantize_embeddings` and `semantic_search_faiss` with rescoring of four times k.

Signs rescored by the float query keep one bit per dimension; signs, then int8 to rescore (the protocol of the Hugging
Face blog) keep both; uint8 alone is calibrated on the documents.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.types import Ids, Rows, Train
from tests.bench.peers import Clock, Index, best, fits

LIBRARY, PACKAGE, APART = "sentence_transformers", "sentence-transformers", True
TIMES = 4  # candidates per answer


def plans(budget: int, dim: int) -> Iterator[str]:
    if fits(dim / 8, budget):
        yield "ubinary, rescored"
    if fits(dim, budget):
        yield "uint8"
    if fits(dim + dim / 8, budget):
        yield "ubinary, int8 rescores"


def made(plan: str, learn: Train, docs: Rows) -> Index:
    from sentence_transformers.util.quantization import quantize_embeddings, semantic_search_faiss

    clock = Clock()
    ranges = np.vstack([learn.rows.min(0), learn.rows.max(0)])
    fit = clock()
    if plan == "ubinary, int8 rescores":
        return two_stages(docs, ranges, fit, clock)
    precision = "uint8" if plan == "uint8" else "ubinary"
    codes = quantize_embeddings(docs, precision, ranges=ranges)
    how = {"corpus_precision": precision, "ranges": ranges, "rescore_multiplier": TIMES}
    index = semantic_search_faiss(docs[:1], codes, output_index=True, **how)[2]
    encode = clock()

    def search(queries: Rows, k: int) -> Ids:
        found = semantic_search_faiss(queries, corpus_index=index, top_k=k, **how)[0]
        return np.array([[hit["corpus_id"] for hit in hits] for hits in found], np.int64)

    return Index(search, codes.shape[1], ranges.nbytes * (plan == "uint8"), fit, encode)


def two_stages(docs: Rows, ranges: Rows, fit: float, clock: Clock) -> Index:
    """Hamming distance finds four times k, int8 and the float query order them."""
    import faiss
    from sentence_transformers.util.quantization import quantize_embeddings

    signs = quantize_embeddings(docs, "ubinary")
    fine = quantize_embeddings(docs, "int8", ranges=ranges)
    index = faiss.IndexBinaryFlat(8 * signs.shape[1])
    index.add(signs)
    encode = clock()
    step = ((ranges[1] - ranges[0]) / 255).astype(np.float32)

    def search(queries: Rows, k: int) -> Ids:
        near = index.search(quantize_embeddings(queries, "ubinary"), min(TIMES * k, len(docs)))[1]
        scores = np.einsum("qd,qkd->qk", queries * step, fine[near].astype(np.float32))
        return np.take_along_axis(near, best(scores, k), 1)

    return Index(search, signs.shape[1] + fine.shape[1], ranges.nbytes, fit, encode)
