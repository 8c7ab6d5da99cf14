"""Judged figures are those of trec_eval, on judgements with grades, ties, gaps and queries that nobody judged."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluate.judged import Judged, average_precision, judged, judged_recall, mrr, ndcg

ir_measures = pytest.importorskip("ir_measures")

DOCS, QUERIES, DEPTH = 60, 40, 25


def random_run(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers (q, 25) and judgements: grades −1 to 3, some queries unjudged, some without anything relevant."""
    rng = np.random.default_rng(seed)
    ids = np.stack([rng.permutation(DOCS)[:DEPTH] for _ in range(QUERIES)])
    rows = []
    for q in range(QUERIES):
        if rng.random() < 0.15:
            continue
        rows += [(q, doc, rng.integers(-1, 4)) for doc in rng.permutation(DOCS)[: rng.integers(1, 20)]]
    return ids, np.array(rows, np.int64)


def theirs(ids: np.ndarray, qrels: np.ndarray, *names: str) -> dict[str, np.ndarray]:
    """What ir_measures says of each judged query; trec_eval sorts by score, so scores fall with the rank."""
    asked = [ir_measures.parse_measure(name) for name in names]
    told = [ir_measures.Qrel(str(q), str(d), int(g)) for q, d, g in qrels]
    run = [ir_measures.ScoredDoc(str(q), str(d), -float(r)) for q, row in enumerate(ids) for r, d in enumerate(row)]
    rows = {q: i for i, q in enumerate(judged(qrels).tolist())}
    found = {name: np.zeros(len(rows)) for name in names}
    for m in ir_measures.iter_calc(asked, told, run):
        if int(m.query_id) in rows:
            found[str(m.measure)][rows[int(m.query_id)]] = m.value
    return found


@pytest.mark.parametrize("seed", range(5))
def test_judged_figures_are_those_of_trec_eval(seed: int) -> None:
    ids, qrels = random_run(seed)
    want = theirs(ids, qrels, "nDCG@10", "RR@10", "AP@10", "R@5", "R@20")
    np.testing.assert_allclose(ndcg(ids, qrels), want["nDCG@10"])
    np.testing.assert_allclose(mrr(ids, qrels), want["RR@10"])
    np.testing.assert_allclose(average_precision(ids, qrels), want["AP@10"])
    np.testing.assert_allclose(judged_recall(ids, qrels, 5), want["R@5"])
    np.testing.assert_allclose(judged_recall(ids, qrels, 20), want["R@20"])


def test_equal_grades_are_interchangeable() -> None:
    qrels = np.array([[0, d, 2] for d in range(4)] + [[0, 9, 1]])
    one, other = np.array([[0, 1, 50, 2, 9]]), np.array([[3, 2, 51, 0, 9]])
    for figure in (ndcg, mrr, average_precision):
        np.testing.assert_allclose(figure(one, qrels), figure(other, qrels))


def test_average_precision_by_hand() -> None:
    qrels = np.array([[0, 1, 1], [0, 2, 1], [0, 3, 3], [0, 4, 0]])
    assert average_precision(np.array([[1, 4, 3, 7]]), qrels)[0] == pytest.approx((1 / 1 + 2 / 3) / 3)
    assert average_precision(np.array([[1, 1, 3, 3]]), qrels)[0] == pytest.approx((1 / 1 + 2 / 3) / 3)  # once each
    assert average_precision(np.array([[-1, 1, 2, 3]]), qrels, 2)[0] == pytest.approx(1 / 2 / 3)
    assert judged_recall(np.array([[1, 1, 3, -1]]), qrels, 4)[0] == pytest.approx(2 / 3)


def test_nobody_judged_anything() -> None:
    none, ids = np.empty((0, 3), np.int64), np.zeros((4, 10), np.int64)
    assert [len(a) for a in vars(Judged.of(ids, ids, none, 10)).values()] == [0] * 4
    assert set(vars(Judged()).values()) == {None}
