"""Compiled scores of single rows are the codec's own, and what walks on them finds what the walk in steps finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.compress.codebook import Codebook
from core.errors import FitError
from core.plan import parse
from core.scan_rows import TURN, Reading, in_turns, score_each
from core.search.built import Built, build, train_for
from core.search.hnsw import STRIDE, stepped
from core.search.ivf import Ivf
from core.search.view import View
from core.search.walk import walked
from core.types import Vectors

READ = [
    "f32",
    "f16",
    "bf16",
    "int8",
    "int5",
    "int4",
    "bin",
    "bin(mean=1)",
    "lsh40",
    "pq8x8",
    "pq8x4",
    "opq8x8",
    "cpq8x8",
]
READ += ["rq4x8", "lrpq8x8", "simvq8x8", "klt > wpq7", "klt > wpq8(scale=0)", "klt > wpq6(bits=4)", "klt > wsq8"]
READ += ["klt > wrq4(stages=2,turns=1)", "klt > tune > wpq4", "pca16 > int8", "pca16 > int8 + int4", "center > f16"]
UNREAD = ["rabitq2", "lvq4", "lsh32(symmetric=1)", "klt > wpq4 + int4"]
INDEXES = ["hnsw4(search=20)", "hnsw8(search=150)", "ivf16(probe=3)"]


def made(small: Vectors, text: str) -> Built:
    return build(parse(text), train_for(small), small.docs)


@pytest.mark.parametrize("text", READ)
def test_rows_score_as_the_codec_scores_them(text: str, small: Vectors) -> None:
    book = Codebook.fit(parse(text).codec, train_for(small))
    codes = book.encode(small.docs)
    read = book.reader(codes)
    assert read is not None
    ids = np.random.default_rng(0).integers(-1, len(codes), (len(small.queries), 40))
    scores = book.scorer(small.queries)(codes)
    found, own = in_turns(read, small.queries, ids), np.take_along_axis(scores, np.maximum(ids, 0), 1)
    assert len(small.queries) > TURN
    assert found.dtype == np.float32 and (found[ids < 0] == -np.inf).all()
    assert np.abs(found - own)[ids >= 0].max() < 1e-5 * np.abs(scores).max()
    assert in_turns(read, small.queries[:0], ids[:0]).shape == (0, 40)


@pytest.mark.parametrize("text", UNREAD)
def test_codecs_without_them_say_so_and_are_searched_all_the_same(text: str, small: Vectors) -> None:
    built = made(small, f"{text} | hnsw4(search=600)")
    assert built.reader is None
    flat = made(small, text).search(small.queries, 5)
    for q in (small.queries, small.queries[:1]):
        np.testing.assert_allclose(built.search(q, 5).scores, flat.scores[: len(q)], atol=1e-4)


@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("text", ["f32", "int8", "bin", "pq8x8", "klt > wpq7", "klt > wrq4(stages=2,turns=1)"])
def test_both_ways_find_the_same_rows(text: str, index: str, small: Vectors) -> None:
    built = made(small, f"{text} | {index}")
    plain = View(built.codebook, built.codes, small.queries)
    for k in (1, 12, 70):
        compiled, steps = built.search(small.queries, k), built.plan.index.find(built.index, plain, k)
        assert abs(compiled.looked - steps.looked) < 0.02 * steps.looked  # rounding may break a tie the other way
        assert (compiled.ids == steps.ids).mean() > 0.97
        np.testing.assert_allclose(compiled.scores, steps.scores, atol=1e-5)


@pytest.mark.parametrize("beam", [1, 20, 200])
def test_the_compiled_walk_is_the_walk_in_steps(beam: int, small: Vectors) -> None:
    """Scores in whole numbers, so that many are equal and none is rounded: the same rows, in the same order."""
    built = made(small, "f32 | hnsw8")
    whole = np.random.default_rng(1).integers(0, 40, (len(small.queries), len(small.docs))).astype(np.float32)

    class Known(View):
        def reading(self, expected: int) -> Reading:
            return Reading(np.arange(self.rows), whole)

        def picker(self, expected: int):
            return lambda ids: score_each(self.reading(expected), ids)

    view, stride = Known(built.codebook, built.codes, small.queries), max(1, beam // STRIDE)
    fast = walked(built.index, view.reading(0), view.rows, beam, stride)
    for one, other in zip(fast, stepped(built.index, view, beam, stride), strict=True):
        assert (one == other).all()


def test_equal_scores_go_to_the_lower_id(small: Vectors) -> None:
    twice = np.repeat(small.docs[:150], 4, axis=0)
    for index in ("ivf8(probe=8)", "hnsw8(search=600)"):
        ids = build(parse(f"int8 | {index}"), train_for(small), twice).search(small.queries, 8).ids
        assert (ids == np.sort(ids.reshape(-1, 2, 4), axis=2).reshape(-1, 8)).all()
        assert (ids[:, ::4] % 4 == 0).all()


def test_lists_with_too_few_rows_leave_room(small: Vectors) -> None:
    built = made(small, "int8 | ivf64(probe=1)")
    sizes = np.diff(built.index["starts"])
    hits = built.search(small.queries, 100)
    assert sizes.max() < 100 and ((hits.ids >= 0).sum(1) <= sizes.max()).all()
    assert ((hits.ids >= 0) == np.isfinite(hits.scores)).all()
    assert built.plan.index == Ivf(64, 1)


def test_candidates_are_ranked_again_alike(small: Vectors) -> None:
    built = made(small, "bin(mean=1) | ivf16(probe=4) | keep4 > int8")
    first = built.candidates(small.queries, 40)
    plain = View(*built.rerank, small.queries) if built.rerank else None
    assert plain is not None and built.again is not None
    np.testing.assert_allclose(plain.pick(first.ids), replace(plain, reader=built.again).pick(first.ids), atol=1e-5)


def test_strangers_are_explained(small: Vectors) -> None:
    read = made(small, "int8").codebook.reader(made(small, "int8").codes)
    assert read is not None
    with pytest.raises(FitError, match="width 32"):
        read(np.ones((2, 33), np.float32))
