"""Order and rows kept: rank correlations are scipy's, error and cosine are known for codes that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.compress.codebook import Codebook
from core.evaluate.fidelity import contrast, fidelity, probe, rank_correlation, reconstruction, scores_of
from core.evaluate.measure import Shared
from core.plan import parse
from core.search.built import Built, build
from core.types import Vectors


def made(small: Vectors, plan: str) -> Built:
    return build(parse(plan), Shared(small).train, small.docs)


def test_rank_correlations_are_those_of_scipy_ties_included() -> None:
    rng = np.random.default_rng(0)
    a = rng.standard_normal((130, 40))
    b = np.round(a + rng.standard_normal((130, 40)) * rng.uniform(0, 3, (130, 1)), 0)  # coarse: many ties
    rho, tau = rank_correlation(a, b)
    np.testing.assert_allclose(rho, [stats.spearmanr(x, y).statistic for x, y in zip(a, b, strict=True)], atol=1e-6)
    np.testing.assert_allclose(tau, [stats.kendalltau(x, y).statistic for x, y in zip(a, b, strict=True)], atol=1e-6)


def test_rank_correlation_at_its_ends() -> None:
    x = np.arange(10.0)[None]
    assert rank_correlation(x, x) == (pytest.approx(1), pytest.approx(1))
    assert rank_correlation(x, np.exp(x)) == (pytest.approx(1), pytest.approx(1))
    assert rank_correlation(x, -x) == (pytest.approx(-1), pytest.approx(-1))
    assert rank_correlation(x, 0 * x) == (0, 0)  # orders nothing


def test_reconstruction_by_hand() -> None:
    x = np.float32([[1, 0], [0, 1]])
    assert reconstruction(x, x) == (0, pytest.approx(1))
    assert reconstruction(x, 2 * x) == (pytest.approx(2), pytest.approx(1))  # as long again as the spread of 1
    assert reconstruction(x, np.repeat(x.mean(0, keepdims=True), 2, 0))[0] == pytest.approx(1)
    assert reconstruction(x, 0 * x)[1] == 0
    assert reconstruction(x[:1], x[:1])[0] == 0


def test_float32_is_faithful_and_more_bytes_are_more_so(small: Vectors) -> None:
    asked = probe(small)
    exact, fine, coarse = (
        fidelity(b.codebook, b.codes, small.docs, asked) for b in (made(small, p) for p in ("f32", "int8", "int2"))
    )
    assert exact.error == 0
    assert exact.cosine == pytest.approx(1)
    assert exact.spearman.min() > 0.9999
    assert exact.error < fine.error < coarse.error < 1
    assert 1 >= fine.cosine > coarse.cosine > 0
    assert fine.kendall.mean() > coarse.kendall.mean()
    assert (np.abs(fine.kendall) <= np.abs(fine.spearman) + 1e-9).mean() > 0.9


@pytest.mark.parametrize("plan", ["int4", "klt > wpq6", "bin", "lsh32(symmetric=1)", "center > int3"])
def test_scores_of_chosen_rows_are_those_of_the_search(small: Vectors, plan: str) -> None:
    b = made(small, plan)
    hits = b.search(small.queries, 20)
    mine = scores_of(b.codebook, b.codes, small.queries, hits.ids)
    assert (np.diff(mine, axis=1) <= 1e-4).all()  # in the order that the search found


def test_decoded_once_in_blocks_or_one_by_one(small: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    b, asked = made(small, "int4"), probe(small)
    whole = scores_of(b.codebook, b.codes, asked.queries, asked.nearest.ids)
    monkeypatch.setattr("core.evaluate.fidelity.DOCUMENTS", 7)
    np.testing.assert_allclose(scores_of(b.codebook, b.codes, asked.queries, asked.nearest.ids), whole, rtol=1e-5)


def test_a_probe_is_bounded_and_the_same_each_time(small: Vectors) -> None:
    asked, again = probe(small, 3), probe(small, 3)
    assert asked.queries.shape == (24, 32)
    assert asked.nearest.ids.shape == (24, 100)
    assert len(np.unique(asked.rows)) == len(asked.rows) == 600
    np.testing.assert_array_equal(asked.rows, again.rows)
    few = Vectors(small.docs[:7], small.queries[:1])
    assert probe(few).nearest.ids.shape == (1, 7)
    book = Codebook.fit(parse("f32").codec, Shared(few).train)
    assert fidelity(book, book.encode(few.docs), few.docs, probe(few)).spearman[0] == pytest.approx(1)


def test_contrast_by_hand_and_in_many_dimensions() -> None:
    docs = np.float32([[1, 0], [0, 1], [-1, 0]])
    near = np.float32([[0.6, 0.8]])
    away = np.sqrt(2 - 2 * (docs @ near[0]))
    assert contrast(docs, near) == pytest.approx(away.mean() / away.min(), rel=1e-6)
    assert contrast(docs, docs[:1]) == float("inf")
    rng = np.random.default_rng(1)
    unit = [rng.standard_normal((500, d)).astype(np.float32) for d in (3, 300)]
    low, high = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in unit)
    assert contrast(low[20:], low[:20]) > 3 * contrast(high[20:], high[:20]) > 3
