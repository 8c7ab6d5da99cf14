"""What published recipes lose, and not for want of bytes: int8 codes scored raw, recall judged by codes' own distances.

    python -m tests.bench.artefacts V.npz [W.npz …] [--synthetic]

The first table holds the bytes fixed and changes only how codes are made and scored; the second holds the found ids
fixed and changes only who judges them. Recall@10 with its 95 % interval over held-out queries.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core import words
from core.compress.codebook import Codebook
from core.evaluate.intervals import interval
from core.evaluate.measure import Shared, answers
from core.evaluate.metrics import recall
from core.evaluate.truth import exact
from core.kernels import top
from core.plan import parse
from core.search.built import build
from core.types import Floats, Rows, Scores, Vectors
from core.vectorfile import load

K, EPS = 10, 1e-3
OURS = ("int8", "klt > wsq384", "klt > wsq192", "bin", "bin(mean=1)", "klt > wpq48", "klt > wrq48")
JUDGED = {"pq48x4": "PQ48x4", "int4": "SQ4", "int2": "SQ2"}
KINDS = ("centred", "off-centre", "strong spread", "heavy tails")


class Ranges(NamedTuple):
    """Smallest value and step of each dimension, over 256 levels."""

    low: Rows
    step: Rows

    @classmethod
    def of(cls, x: Rows) -> Ranges:
        low = x.min(0)
        return cls(low, np.maximum((x.max(0) - low) / 255, 1e-12))

    def codes(self, x: Rows) -> Rows:
        """Whole numbers from −128 to 127, clipped, as float32 for the products."""
        return np.clip(np.floor((x - self.low) / self.step), 0, 255).astype(np.float32) - 128

    def back(self, codes: Rows) -> Rows:
        """The middles of the steps."""
        return (codes + 128.5) * self.step + self.low


def recipes(docs: Rows, queries: Rows) -> Iterator[tuple[str, float, Scores]]:
    """(what is done, bytes per vector, scores (q, n)) of each published recipe."""
    d, ranges = docs.shape[1], Ranges.of(docs)
    codes = ranges.codes(docs)
    yield "int8, raw codes · raw codes", d, ranges.codes(queries) @ codes.T
    yield "int8, float query · raw codes", d, queries @ codes.T
    yield "int8, ranges per call, cosine of codes", d, unit(Ranges.of(queries).codes(queries)) @ unit(codes).T
    yield "int8, dequantised", d, queries @ ranges.back(codes).T
    scale = np.abs(docs).max() / 127
    yield "int8, one global symmetric scale", d, queries @ (np.round(docs / scale) * scale).T
    for what, middle in (("zero", np.zeros(d, np.float32)), ("mean", docs.mean(0))):
        signs = np.where(docs > middle, np.float32(1), np.float32(-1))
        yield f"1 bit, {what} threshold, float query", d / 8, queries @ signs.T
        yield f"1 bit, {what} threshold, signs of both", d / 8, np.where(queries > middle, 1, -1).astype("f4") @ signs.T


def unit(x: Rows) -> Rows:
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def scored(v: Vectors) -> Iterator[tuple[str, float, Floats]]:
    """What each recipe, and each of our codecs, keeps: (name, bytes, recall (q,))."""
    shared = Shared(v)
    for name, size, scores in recipes(v.docs, v.queries):
        yield name, size, recall(top(scores, K)[0], shared.truth(K), v.docs, v.queries, K)
    for text in OURS:
        plan = parse(text)
        if plan.nbytes(v.dim) <= v.dim:
            ids = answers(build(plan, shared.train, v.docs).search, v.queries, K).ids
            yield f"ours: {text}", plan.nbytes(v.dim), recall(ids, shared.truth(K), v.docs, v.queries, K)


def judged(v: Vectors) -> Iterator[tuple[str, str, Mapping[str, float]]]:
    """(codes, distance, recall by judge) of the same found ids: by the codes' own distances, by exact ones, by ids."""
    shared = Shared(v)
    truth = shared.truth(K)
    for text, name in JUDGED.items():
        book = Codebook.fit(parse(text).codec, shared.train)
        decoded = book.decode(book.encode(v.docs))
        for metric in ("cosine", "L2"):
            ids, own = top(-distances(v.queries, decoded, metric), K)
            far = kept(exact(v.docs, v.queries, truth.ids[:, K - 1 : K]), metric)
            near = kept(exact(v.docs, v.queries, ids), metric)
            same = [len(np.intersect1d(a, b)) / K for a, b in zip(ids, truth.ids, strict=True)]
            found = {"own": float((-own <= far + EPS).mean()), "exact": float((near <= far + EPS).mean())}
            yield f"{name}, {book.nbytes} B", metric, {**found, "ids": float(np.mean(same))}


def distances(queries: Rows, rows: Rows, metric: str) -> Scores:
    """As an index reports them for what its codes stand for: 1 − cosine, or squared Euclidean."""
    if metric == "cosine":
        return 1 - queries @ rows.T
    return (queries**2).sum(1)[:, None] - 2 * queries @ rows.T + (rows**2).sum(1)


def kept(inner: Scores, metric: str) -> Scores:
    """Exact distances of unit vectors, from their inner products."""
    return 1 - inner if metric == "cosine" else 2 - 2 * inner


def synthetic(kind: str, n: int = 4_800, q: int = 200, d: int = 384) -> Vectors:
    """Unit rows of a falling spectrum: as such, off-centre, with dimensions of very different spread, or heavy-tailed.

    Queries are documents with as much noise again, half as strong.
    """
    rng = np.random.default_rng(KINDS.index(kind))
    turn = np.linalg.qr(rng.standard_normal((d, d)))[0]
    draw = rng.standard_t(3, (n + q, d)) if kind == "heavy tails" else rng.standard_normal((n + q, d))
    x = (draw / np.sqrt(np.arange(1, d + 1))) @ turn
    if kind == "strong spread":
        x = x * np.exp(rng.normal(0, 1, d))
    if kind != "centred":
        x = x + 1.5 * x.std() * rng.standard_normal(d)
    x[:q] = x[q : 2 * q] + 0.5 * (x[:q] - x.mean(0))
    rows = unit(x.astype(np.float32))
    return Vectors(np.ascontiguousarray(rows[q:]), np.ascontiguousarray(rows[:q]), name=kind)


def report(name: str, v: Vectors) -> Iterator[str]:
    """Both tables, a line at a time."""
    yield f"\n{name}: {len(v.docs):,} x {v.dim}, {len(v.queries):,} queries"
    yield f"{'what is done with the codes':44} {'bytes':>6}  recall@{K}, 95 % interval"
    for what, size, found in scored(v):
        yield f"{what:44} {size:6,.0f}  {words.estimate(interval(found))}"
    yield f"{'the same ids, judged':30} {'own distances':>14} {'exact, eps 1e-3':>16} {'ids':>7}"
    for codes, metric, by in judged(v):
        yield f"{codes + ', ' + metric:30} {by['own']:14.3f} {by['exact']:16.3f} {by['ids']:7.3f}"


def main() -> None:
    """Tables to standard output."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("vectors", type=Path, nargs="*", metavar="V.npz")
    p.add_argument("--synthetic", action="store_true", help="four kinds of invented rows as well")
    args = p.parse_args()
    sets = [(path.stem, load(path)[0]) for path in args.vectors]
    sets += [(kind, synthetic(kind)) for kind in KINDS if args.synthetic]
    for name, v in sets:
        for line in report(name, v):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
