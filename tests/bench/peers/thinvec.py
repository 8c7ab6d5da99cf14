"""Ours: the whole catalogue, as `core.evaluate.lines.everything` lists it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from core.evaluate.lines import everything
from core.evaluate.results import MEASURE
from core.plan import parse, steps
from core.search.built import build
from core.types import Rows, Train
from tests.bench.peers import Index

LIBRARY, APART = "core", True
TOGETHER = ("opq", "rq", "wrq", "lsq", "prq", "book", "cpq", "khash")


def plans(budget: int, dim: int) -> Iterator[str]:
    yield from everything(dim, (budget,))


def slow(plan: str) -> bool:
    """Gradients, and codebooks that are learned together."""
    stages = steps(parse(plan).codec)
    return any(s.name in TOGETHER or "torch" in Path(inspect.getfile(type(s))).read_text() for s in stages)


def version(plan: str) -> str:
    return f"{parse(plan).version} {MEASURE}"


def made(plan: str, learn: Train, docs: Rows) -> Index:
    built = build(parse(plan), learn, docs)
    kept = sum(size for name, size in built.state_bytes.items() if name not in built.encoding_only)
    return Index(
        search=lambda q, k: built.search(q, k).ids,
        nbytes=float(built.plan.nbytes(docs.shape[1])),
        shared=kept,
        fit_seconds=built.fit_seconds,
        encode_seconds=built.encode_seconds,
    )
