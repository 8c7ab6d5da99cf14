"""The oracle against brute force, and the metrics against cases worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.errors import ThinvecError
from core.evaluate.judged import judged, mrr, ndcg
from core.evaluate.metrics import METRICS, one_recall, recall
from core.evaluate.truth import distinct, exact, nearest, truth
from core.types import Result


def unit(n: int, d: int, seed: int) -> np.ndarray:
    x = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_truth_is_a_full_sort() -> None:
    docs, queries = unit(9001, 24, 0), unit(1030, 24, 1)  # several blocks of documents and of queries
    got = truth(docs, queries, 7)
    scores = (queries.astype(np.float64) @ docs.astype(np.float64).T)[:, :]
    want = -np.sort(-scores, axis=1)[:, :7]
    np.testing.assert_allclose(np.take_along_axis(scores, got.ids, 1), want, atol=1e-6)
    np.testing.assert_allclose(got.scores, want, atol=1e-6)
    assert (np.diff(got.scores, axis=1) <= 0).all()


@pytest.mark.parametrize("block", [1, 3, 50])
def test_equal_scores_put_the_lower_id_first_and_signs_sort(block: int) -> None:
    rng = np.random.default_rng(2)
    docs = rng.integers(-1, 2, (50, 3)).astype(np.float32)  # small integers: scores are exact and often equal
    queries = np.concatenate([rng.integers(-2, 3, (20, 3)).astype(np.float32), np.float32([[-0.0, 0.0, 0.0]])])
    got = nearest((docs[at : at + block] for at in range(0, 50, block)), queries, 12)
    scores = queries @ docs.T
    want = np.lexsort((np.broadcast_to(np.arange(50), scores.shape), -scores), axis=1)[:, :12]
    np.testing.assert_array_equal(got.ids, want)
    np.testing.assert_array_equal(got.scores, np.take_along_axis(scores, want, 1))


def test_more_neighbours_than_documents_are_padded() -> None:
    got = truth(unit(3, 8, 0), unit(2, 8, 1), 5)
    assert got.ids.shape == got.scores.shape == (2, 5)
    assert (np.sort(got.ids[:, :3], axis=1) == [0, 1, 2]).all()
    assert (got.ids[:, 3:] == -1).all()
    assert np.isneginf(got.scores[:, 3:]).all()
    assert truth(unit(3, 8, 0), unit(0, 8, 1), 2).ids.shape == (0, 2)


def test_exact_scores_follow_ids_and_repetitions_vanish() -> None:
    docs, queries = unit(20, 6, 3), unit(2, 6, 4)
    ids = np.array([[4, -1, 4], [0, 19, 7]])
    scores = exact(docs, queries, ids)
    assert np.isneginf(scores[0, 1])
    assert scores[1, 2] == pytest.approx(float(queries[1] @ docs[7]), abs=1e-6)
    repeated = np.array([[5, 3, 5, 3, -1], [1, 2, 3, 4, 5]])
    np.testing.assert_array_equal(distinct(repeated), [[5, 3, -1, -1, -1], [1, 2, 3, 4, 5]])


def line(*scores: float) -> tuple[np.ndarray, np.ndarray]:
    """Unit documents whose inner products with the one query are the given numbers."""
    s = np.array(scores)
    return np.stack([s, np.sqrt(1 - s**2)], 1).astype(np.float32), np.array([[1, 0]], np.float32)


def test_recall_counts_ids_by_exact_score_within_the_tolerance() -> None:
    docs, queries = line(0.9, 0.8, 0.7, 0.6995, 0.698, 0.1)
    t = truth(docs, queries, 3)

    def of(*ids: int) -> float:
        return float(recall(np.array([ids]), t, docs, queries, 3)[0])

    assert of(0, 1, 2) == of(2, 0, 1) == 1.0
    assert of(0, 1, 3) == 1.0  # 0.0005 under the third: a tie
    assert of(0, 1, 4) == pytest.approx(2 / 3)  # 0.002 under it: a miss
    assert of(0, 0, 0) == pytest.approx(1 / 3)
    assert of(0, -1, -1) == pytest.approx(1 / 3)
    assert of(-1, -1, -1) == of(5, 4, -1) == 0.0
    assert of(5, 5, 5, 0, 1, 2) == 0.0  # only the first k are answers
    assert float(recall(np.array([[0, 1, 3]]), t, docs, queries, 3, eps=0)[0]) == pytest.approx(2 / 3)


def test_one_recall_asks_for_the_nearest_alone() -> None:
    docs, queries = line(0.9, 0.8995, 0.7, 0.1)
    t = truth(docs, queries, 2)

    def of(*ids: int, k: int = 3) -> float:
        return float(one_recall(np.array([ids]), t, docs, queries, k)[0])

    assert of(3, 2, 0) == 1.0
    assert of(3, 2, 1) == 1.0  # 0.0005 under the nearest: a tie
    assert of(3, 2, 0, k=2) == of(3, 2, -1) == of(-1, -1, -1) == 0.0


def test_recall_of_the_truth_is_one_also_without_tolerance_and_with_few_documents() -> None:
    docs, queries = unit(500, 32, 5), unit(40, 32, 6)
    t = truth(docs, queries, 20)
    for k in (1, 10, 20):
        assert (recall(t.ids, t, docs, queries, k, eps=0) == 1).all()
    few = truth(docs[:4], queries, 10)
    assert (recall(few.ids, few, docs[:4], queries, 10) == 1).all()
    assert (recall(few.ids[:, :2], few, docs[:4], queries, 10) == 0.5).all()
    with pytest.raises(ThinvecError, match="recall@21 needs 21"):
        recall(t.ids, t, docs, queries, 21)


def test_recall_never_exceeds_one_among_duplicates() -> None:
    docs = np.repeat(unit(3, 8, 7), 10, axis=0)
    t = truth(docs, docs[:1], 5)
    np.testing.assert_array_equal(t.ids, [[0, 1, 2, 3, 4]])
    assert recall(np.array([[9, 8, 7, 6, 5]]), t, docs, docs[:1], 5)[0] == 1.0


QRELS = np.array([[0, 7, 2], [0, 3, 1], [0, 9, 0], [2, 5, 1], [3, 8, 0], [0, 3, 1]])  # 1 unjudged, 3 has none relevant


def test_ndcg_by_hand() -> None:
    ids = np.array([[3, 9, 7, 1], [1, 2, 3, 4], [1, 2, 3, 4], [8, 1, 2, 3]])
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    np.testing.assert_array_equal(judged(QRELS), [0, 2])
    np.testing.assert_allclose(ndcg(ids, QRELS), [(1 / math.log2(2) + 2 / math.log2(4)) / ideal, 0.0])
    perfect = np.array([[7, 3], [0, 0], [5, -1], [0, 0]])
    np.testing.assert_allclose(ndcg(perfect, QRELS), [1, 1])
    np.testing.assert_allclose(ndcg(np.array([[7, 7], [0, 0], [-1, -1], [0, 0]]), QRELS), [2 / ideal, 0])


def test_ndcg_cuts_both_sides_at_k() -> None:
    qrels = np.array([[0, i, 1] for i in range(15)])
    ids = np.arange(20)[None, ::-1].copy()  # five misses, then relevant ones to the end
    discount = 1 / np.log2(np.arange(2, 12))
    np.testing.assert_allclose(ndcg(ids, qrels), [discount[5:].sum() / discount.sum()])
    np.testing.assert_allclose(ndcg(ids, qrels, k=5), [0])


def test_mrr_by_hand() -> None:
    ids = np.array([[9, 3, 7, 1], [1, 2, 3, 4], [1, 2, 3, 5], [8, 1, 2, 3]])
    np.testing.assert_allclose(mrr(ids, QRELS), [1 / 2, 1 / 4])
    np.testing.assert_allclose(mrr(ids, QRELS, k=3), [1 / 2, 0])
    late = np.arange(11)[None] + 100
    assert mrr(late, np.array([[0, 110, 1]]))[0] == 0  # eleventh
    assert mrr(late, np.array([[0, 109, 1]]))[0] == pytest.approx(0.1)


def test_no_judgements_give_no_figures() -> None:
    none = np.empty((0, 3), np.int64)
    ids = np.zeros((4, 10), np.int64)
    assert ndcg(ids, none).shape == mrr(ids, none).shape == (0,)


def test_every_metric_is_declared_with_its_limits() -> None:
    assert set(METRICS) <= set(Result.__dataclass_fields__) | {"overhead", "contrast"}
    for metric in METRICS.values():
        assert metric.better in ("higher", "lower", "")
        assert metric.low < metric.high
        assert metric.definition.endswith(".")
    assert METRICS["recall"].title(5) == "recall@5"
    assert "true 5th" in METRICS["recall"].explained(5)
