"""From texts to vectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store
from core.types import Corpus, Progress, Vectors


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `corpus` (fingerprint) and `encoder` (name) to `vectors` (fingerprint)."""
    vectors = vectors_of(store.load_corpus(params["corpus"]), params["encoder"], store, report)
    report.known(vectors=store.save_vectors(vectors, params["corpus"]))


def vectors_of(corpus: Corpus, encoder: str, store: Store, progress: Progress) -> Vectors:
    """The vectors of a corpus; those of the demo by minilm are shipped."""
    from core.corpus.demo import demo_vectors, is_demo
    from core.encode import encode

    if is_demo(corpus) and encoder == "minilm":
        return demo_vectors(corpus, store, progress)
    return encode(corpus, encoder, store, progress)
