"""A plan drawn from life: one vector of the corpus, what each stage makes of it, its code bit by bit, what comes back.

The plan is learned on a sample of the documents; the vector that is drawn and the rows that bits per dimension are
measured on are not among them, so nothing is flattered by having been learned by heart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compress.allocation import Allocation, allocation
from core.compress.chain import Chain, part
from core.compress.codebook import Codebook
from core.errors import PlanError
from core.plan import parse
from core.types import Floats, Rows, Train, Vectors

LEARN, SHOWN, QUERIES = 2048, 1024, 512  # documents learned from, documents measured on, training queries, at most
FEW = 768  # documents that a thumbnail's plan learns from, at most
NUMBERS, BITS = 36, 48  # of a thumbnail


@dataclass(frozen=True)
class Step:
    """values (width,): the vector after this stage of the plan; `vector` before the first."""

    name: str
    values: Floats


@dataclass(frozen=True)
class Portrait:
    """One vector under one codec of a plan.

    steps: the vector, then what each transform made of it; runs: the parts of the code as its bits lie, (name, bits);
    bits: uint8 (8 · nbytes,) of the code, least significant of each byte first; decoded (width,): what the code stands
    for where the codec works; after (d,): the vector that comes back.
    """

    codec: str
    row: int
    steps: tuple[Step, ...]
    runs: tuple[tuple[str, int], ...]
    bits: NDArray[np.uint8]
    decoded: Floats
    after: Floats
    learned: int

    @property
    def before(self) -> Floats:
        return self.steps[0].values

    @property
    def given(self) -> Floats:
        """What the codec is given (width,)."""
        return self.steps[-1].values

    @property
    def error(self) -> float:
        """Share of the vector's squared length that is lost: ‖x − x̂‖² / ‖x‖²."""
        return float(np.square(self.before - self.after).sum() / max(float(np.square(self.before).sum()), 1e-30))

    @property
    def cosine(self) -> float:
        """Between the vector and what comes back."""
        lengths = np.linalg.norm(self.before) * np.linalg.norm(self.after)
        return float(self.before @ self.after / max(float(lengths), 1e-30))

    @property
    def spent(self) -> dict[str, int]:
        """Bits of each part of the code."""
        out: dict[str, int] = {}
        for name, size in self.runs:
            out[name] = out.get(name, 0) + size
        return out


@dataclass(frozen=True)
class Mini:
    """A thumbnail: the first numbers of the vector and of what a plan makes of it, the first bits of its code."""

    plan: str
    before: tuple[float, ...]
    bits: tuple[int, ...]  # none where a transform is shown: it makes no code
    after: tuple[float, ...]


@dataclass(frozen=True)
class Sitting:
    """What a plan's portraits are drawn from: rows to learn from, rows to show; `row` is the document that is drawn."""

    train: Train
    shown: Rows
    row: int


def sitting(vectors: Vectors, seed: int = 0, row: int | None = None, most: int = LEARN) -> Sitting:
    """A seeded sample of at most `most` rows to learn from, another to show; by default the latter's first is drawn.

    PlanError for a row that is not there.
    """
    n = len(vectors.docs)
    if row is not None and not 0 <= row < n:
        raise PlanError(f"there is no document {row}; choose one of 0 to {n - 1}.")
    order = np.random.default_rng(seed).permutation(n)
    first = int(order[-1]) if row is None else row
    rest = order[order != first]
    learn = rest[: max(2, min(most, len(rest) * 2 // 3))]
    shown = np.concatenate([[first], rest[len(learn) :][: SHOWN - 1]])
    asked = None if vectors.train_queries is None else np.ascontiguousarray(vectors.train_queries[:QUERIES], np.float32)
    return Sitting(Train(_rows(vectors.docs, np.sort(learn)), asked, seed), _rows(vectors.docs, shown), first)


def portraits(plan: str, of: Sitting) -> tuple[list[Portrait], Allocation]:
    """The plan's codec, then its reranker's if it has one, drawn; and where the bits of the former go.

    PlanError or FitError for plans that cannot be learned on this sample.
    """
    recipe = parse(plan)
    books = [Codebook.fit(c, of.train) for c in (recipe.codec, recipe.rerank) if c is not None]
    share = allocation(books[0], of.shown)
    assert share is not None
    return [portrait(book, of) for book in books], share


def portrait(book: Codebook, of: Sitting) -> Portrait:
    """The document that is drawn, under a fitted codec."""
    x = of.shown[:1]
    codes = book.encode(x)
    steps, inner, state = [Step("vector", _floats(x))], book.codec, book.state
    if isinstance(inner, Chain):
        for i, t in enumerate(inner.transforms):
            x = t.apply(part(state, i), x)
            steps.append(Step(str(t), _floats(x)))
        state = part(state, len(inner.transforms))
        inner = inner.codec
    return Portrait(
        str(book.codec),
        of.row,
        tuple(steps),
        tuple(book.codec.packed(book.dim)),
        np.unpackbits(codes[0], bitorder="little"),
        _floats(inner.decode(state, codes)),
        _floats(book.decode(codes)),
        len(of.train.rows),
    )


def mini(plan: str, of: Sitting, stage: str) -> Mini:
    """A thumbnail of what `stage` does in this plan: the first transform of that name, else the plan's first codec."""
    p = portrait(Codebook.fit(parse(plan).codec, of.train), of)
    step = next((s.values for s in p.steps[1:] if s.name.startswith(stage)), None)
    bits = () if step is not None else tuple(p.bits[:BITS].tolist())
    after = p.after if step is None else step
    return Mini(plan, tuple(_round(p.before[:NUMBERS])), bits, tuple(_round(after[:NUMBERS])))


def facts(found: list[Portrait], share: Allocation) -> dict[str, Any]:
    """All of it as JSON: numbers with five digits, bits as text of 0 and 1."""
    return {"portraits": [_facts(p) for p in found], "allocation": _share(share)}


def read(told: Mapping[str, Any]) -> tuple[list[Portrait], Allocation]:
    """The inverse of `facts`, as exactly as it was rounded."""
    a = told["allocation"]
    arrays = {name: np.array(a[name], np.float64) for name in ("variance", "rates")}
    return [_portrait(p) for p in told["portraits"]], Allocation(**{**a, **arrays})


def _facts(p: Portrait) -> dict[str, Any]:
    return {
        "codec": p.codec,
        "row": p.row,
        "steps": [[s.name, _round(s.values)] for s in p.steps],
        "runs": [list(run) for run in p.runs],
        "bits": "".join(map(str, p.bits.tolist())),
        "decoded": _round(p.decoded),
        "after": _round(p.after),
        "learned": p.learned,
        "error": p.error,
        "cosine": p.cosine,
    }


def _portrait(told: Mapping[str, Any]) -> Portrait:
    return Portrait(
        told["codec"],
        told["row"],
        tuple(Step(name, np.array(values, np.float64)) for name, values in told["steps"]),
        tuple((name, size) for name, size in told["runs"]),
        np.frombuffer(told["bits"].encode(), np.uint8) - np.uint8(ord("0")),
        np.array(told["decoded"], np.float64),
        np.array(told["after"], np.float64),
        told["learned"],
    )


def _share(a: Allocation) -> dict[str, Any]:
    return {
        "variance": _round(a.variance),
        "rates": _round(a.rates),
        "level": a.level,
        "bits": a.bits,
        "rows": a.rows,
        "dropped": a.dropped,
    }


def _round(x: Floats) -> list[float]:
    return [float(f"{v:.5g}") for v in x.tolist()]


def _floats(x: Rows) -> Floats:
    return np.asarray(x[0], np.float64)


def _rows(x: Rows, which: NDArray[np.int64]) -> Rows:
    return np.ascontiguousarray(x[which], np.float32)
