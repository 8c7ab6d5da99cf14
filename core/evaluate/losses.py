"""Where the recall goes: the steps of a plan are switched on one after another, and each answers for its own part.

Exact search finds every neighbour. Then, one after another: dimensions that get no bits are left out, the rest is
rounded, each vector is scaled, only the rows that the index leads to are looked at, and candidates are ranked again.
What a step changes is its recall less that of the step before, query by query, so the parts always add up to the whole:
no remainder, and a step may well gain. The order is part of the figures, since steps act on one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from core.compress.chain import Chain, Wrapped, part
from core.compress.codebook import Codebook
from core.compress.scaled import Scaled
from core.evaluate.answer import built
from core.evaluate.intervals import interval, intervals
from core.evaluate.measure import Shared, answers
from core.evaluate.metrics import recall
from core.evaluate.results import MEASURE
from core.evaluate.truth import DOCUMENTS, nearest
from core.plan import parse
from core.search import Flat
from core.search.built import Built
from core.search.view import View
from core.stage import Codec
from core.store import Store, digest
from core.types import Floats, Ids, Interval, Rows

Level: TypeAlias = tuple[str, str, Floats]  # name, one sentence, recall (q,) after this step


@dataclass(frozen=True)
class Step:
    """A plan up to here. recall, change (q,): after this step, and against the step before; interval: of the change.

    change sums over the steps to the last recall less 1 for every query.
    """

    name: str
    what: str  # one sentence
    recall: Floats
    change: Floats
    interval: Interval


def losses(made: Built, shared: Shared, k: int = 10) -> tuple[Step, ...]:
    """The steps of a fitted plan on the held-out queries, from exact search on; intervals are paired."""
    return steps([*levels(made, shared, k)], shared.seed)


def told(store: Store, shared: Shared, plan: str, k: int = 10) -> Iterator[Level]:
    """`levels` of a plan as they become known; read from the store when they were measured before."""
    recipe = parse(plan)
    if there := known(store, shared.vectors.fingerprint, plan, k, shared.seed):
        yield from there
        return
    new: list[Level] = []
    for level in levels(built(store, shared, str(recipe)), shared, k):
        new.append(level)
        yield level
    names, what, recalls = zip(*new, strict=True)
    key = _key(shared.vectors.fingerprint, plan, k, shared.seed)
    store.remember(key, lambda: {"names": np.array(names), "what": np.array(what), "recall": np.stack(recalls)})


def known(store: Store, vectors: str, plan: str, k: int = 10, seed: int = 0) -> list[Level]:
    """What `told` has kept of a plan on the vectors with this fingerprint; nothing where it never ended."""
    key = _key(vectors, plan, k, seed)
    if not store.path("arrays", f"{key}.npz").exists():
        return []
    found = store.remember(key, dict)
    return [*zip(map(str, found["names"]), map(str, found["what"]), found["recall"], strict=True)]


def _key(vectors: str, plan: str, k: int, seed: int) -> str:
    recipe = parse(plan)
    return f"losses-{digest(vectors, str(recipe), recipe.version, k, seed, MEASURE)}"


def facts(step: Step, seed: int = 0) -> dict[str, Any]:
    """A step in plain numbers: recall and change, each [mean, low, high], and how many queries it costs or helps."""
    after = interval(step.recall, seed)
    return {
        "name": step.name,
        "what": step.what,
        "recall": [after.mean, after.low, after.high],
        "change": [step.interval.mean, step.interval.low, step.interval.high],
        "queries_worse": int((step.change < 0).sum()),
        "queries_better": int((step.change > 0).sum()),
    }


def steps(found: Sequence[Level], seed: int = 0) -> tuple[Step, ...]:
    """Steps from levels: (name, what, recall (q,)) each."""
    after = [level for _, _, level in found]
    changes = [after[0] - 1.0, *(b - a for a, b in pairwise(after))]
    sure = intervals(changes, seed)
    return tuple(Step(n, w, r, c, i) for (n, w, r), c, i in zip(found, changes, sure, strict=True))


def levels(made: Built, shared: Shared, k: int = 10) -> Iterator[Level]:
    """(name, what, recall (q,)) after each step, as it becomes known."""
    vectors, plan = shared.vectors, made.plan

    def kept(ids: Ids) -> Floats:
        return recall(ids, shared.truth(k), vectors.docs, vectors.queries, k)

    def scanned(book: Codebook) -> Ids:
        return answers(lambda q, m: Flat().find({}, View(book, made.codes, q), m), vectors.queries, k).ids

    yield "exact", "Exhaustive search over float32 vectors: every true neighbour is found.", kept(shared.truth(k).ids)
    cut = read_dimensions(made.codebook, vectors.docs, vectors.queries)
    if cut is not None:
        name, what, docs, queries = cut
        yield name, what, kept(nearest(_blocks(docs), queries, k).ids)
    rounding = "rounding the rest" if cut is not None else "rounding"
    flat = replace(made, plan=replace(plan, index=Flat(), rerank=None), index={}, rerank=None)
    whole = kept(answers(flat.search, vectors.queries, k).ids)
    plain = unscaled(made.codebook)
    if plain is not None:
        yield (
            rounding,
            "The codes, all of them scanned, without the scale that each vector carries.",
            kept(scanned(plain)),
        )
        yield "scale per vector", "The same codes, each vector scaled by the factor that its code holds.", whole
    else:
        yield rounding, "The codes, all of them scanned: what the quantiser alone loses.", whole
    found = whole
    if plan.index != Flat():
        found = kept(answers(made.candidates, vectors.queries, k).ids)
    looks = "all rows are looked at" if plan.index == Flat() else "only the rows that the index leads to are looked at"
    yield f"{plan.index} index", f"The same codes through {plan.index}: {looks}.", found
    if plan.rerank is not None:
        what = f"{plan.keep} · k candidates are fetched and ranked again by {plan.rerank}."
        yield f"keep{plan.keep} > {plan.rerank}", what, kept(answers(made.search, vectors.queries, k).ids)


def read_dimensions(book: Codebook, docs: Rows, queries: Rows) -> tuple[str, str, Rows, Rows] | None:
    """(name, what, documents, queries) in the dimensions that the codec reads, in floats; None where it reads all."""
    codec = book.codec
    if not isinstance(codec, Chain):
        return None
    last = part(book.state, len(codec.transforms))
    for i, t in enumerate(codec.transforms):
        own = part(book.state, i)
        docs, queries = t.apply(own, docs), t.query(own, queries)
    if "dims" in last:
        read = np.unique(last["dims"])
        docs, queries = docs[:, read], np.ascontiguousarray(queries[:, read])
    width = docs.shape[1]
    if width >= book.dim:
        return None
    name = "dimensions without bits" if "dims" in last else "dimensions cut"
    what = f"Exact search in {width} of {codec.width(book.dim) if 'dims' in last else book.dim} dimensions, in floats."
    return name, what, np.ascontiguousarray(docs), queries


def unscaled(book: Codebook) -> Codebook | None:
    """The codebook with every vector's own scale left at 1; None where vectors carry none."""
    codec: Codec = book.codec
    at = f"{len(codec.transforms)}." if isinstance(codec, Chain) else ""
    last = codec.codec if isinstance(codec, Chain) else codec
    last = last.codec if isinstance(last, Wrapped) else last
    if not isinstance(last, Scaled) or not last.has_scale():
        return None
    name = f"{at}scales"
    return replace(book, state={**book.state, name: np.ones_like(book.state[name])})


def _blocks(docs: Rows) -> Iterator[Rows]:
    return (docs[at : at + DOCUMENTS] for at in range(0, len(docs), DOCUMENTS))
