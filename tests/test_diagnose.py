"""Advice before any sweep: each piece is given on data made to have the property, not on its opposite, and measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import DataError
from core.evaluate import hubs, shift, spectrum
from core.evaluate.diagnose import Diagnosis, diagnose, rehearsed
from core.evaluate.findings import KEEPS_UP, WINS, Check, Finding
from core.evaluate.held import FAILED, HELD, OPEN, apart, held, kept
from core.evaluate.measure import Shared
from core.types import Floats, Rows, Vectors

D = 64


def unit(x: Floats) -> Rows:
    return np.ascontiguousarray(x / np.linalg.norm(x, axis=1, keepdims=True), np.float32)


def made(
    scale: Floats,
    n: int = 3000,
    q: int = 300,
    offset: float = 0.0,
    turned: bool = False,
    noise: float = 0.5,
    seed: int = 0,
    train: bool = True,
) -> Vectors:
    """Clusters of ten with these spreads per dimension, and queries that are noisy documents."""
    rng, d = np.random.default_rng(seed), len(scale)
    x = 0.7 * np.repeat(rng.standard_normal((n // 10, d)), 10, 0) * scale + 0.7 * rng.standard_normal((n, d)) * scale
    asked = x[rng.permutation(n)[: 2 * q]] + noise * rng.standard_normal((2 * q, d)) * scale
    if turned:
        rotation = np.linalg.qr(rng.standard_normal((d, d)))[0]
        x, asked = x @ rotation, asked @ rotation
    shift = offset * scale.mean() * rng.standard_normal(d)
    asked = unit(asked + shift)
    return Vectors(unit(x + shift), asked[:q], asked[q:] if train else None)


EVEN, FALLING = np.ones(D), np.arange(1.0, D + 1) ** -0.5


@pytest.fixture(scope="module")
def cases() -> dict[str, tuple[Vectors, Diagnosis]]:
    data = {
        "even": made(EVEN),
        "off centre": made(np.ones(128), offset=1.5, seed=2),
        "falling": made(FALLING),
        "turned": made(FALLING, turned=True),
    }
    return {name: (v, diagnose(v)) for name, v in data.items()}


def proved(case: tuple[Vectors, Diagnosis], name: str) -> Finding:
    """The finding, once its advice has been measured and has held."""
    vectors, found = case
    finding = found.finding(name)
    assert finding.check
    result = held(Shared(vectors), finding.check)
    assert result.state == HELD, result.said
    return finding


def test_off_centre_bits_are_cut_at_the_mean_and_that_wins(cases: dict[str, tuple[Vectors, Diagnosis]]) -> None:
    finding = proved(cases["off centre"], "threshold")
    assert finding.plans_to_compare == ("bin(mean=1)", "bin")
    assert finding.check and finding.check.claim == WINS
    assert "off centre" in finding.verdict
    assert finding.figures[0].value > 0.5


def test_centred_bits_are_cut_at_zero_and_that_loses_nothing(cases: dict[str, tuple[Vectors, Diagnosis]]) -> None:
    finding = proved(cases["even"], "threshold")
    assert finding.plans_to_compare == ("bin", "bin(mean=1)")
    assert finding.check and finding.check.claim == KEEPS_UP
    assert "are centred" in finding.verdict
    assert "Cut bits at zero" in finding.advice


def test_uneven_axes_are_rotated_and_that_wins(cases: dict[str, tuple[Vectors, Diagnosis]]) -> None:
    assert proved(cases["falling"], "rotate").plans_to_compare[0] == "rot > int2(clip=100)"
    for even in ("even", "turned"):
        assert proved(cases[even], "rotate").plans_to_compare[0] == "int2(clip=100)"


def test_a_falling_order_may_be_truncated_a_turned_one_wants_pca(cases: dict[str, tuple[Vectors, Diagnosis]]) -> None:
    own, turned = proved(cases["falling"], "truncate"), proved(cases["turned"], "truncate")
    assert own.plans_to_compare[0] == "mrl16 > int8"
    assert turned.plans_to_compare == ("pca16 > int8", "mrl16 > int8")
    vectors = cases["falling"][0]
    near = held(Shared(vectors), Check("plans", "pca16 > int8", "mrl16 > int8")).gap
    far = held(Shared(cases["turned"][0]), Check("plans", "pca16 > int8", "mrl16 > int8")).gap
    assert near.mean < 0.08 < 0.2 < far.low


def test_bits_follow_a_falling_spectrum_and_not_an_even_one(cases: dict[str, tuple[Vectors, Diagnosis]]) -> None:
    assert "stronger" in proved(cases["turned"], "bits").advice
    assert "same bits" in proved(cases["even"], "bits").advice


def test_tails_are_cut_where_there_are_any() -> None:
    rng = np.random.default_rng(5)
    tailed = unit(rng.standard_t(4, (3000, D)))
    flat = unit(rng.uniform(-1, 1, (3000, D)))
    for rows, cut in ((tailed, True), (flat, False)):
        vectors = Vectors(rows[800:], unit(rows[:800] + 0.02 * rng.standard_normal((800, D))))
        finding = proved((vectors, diagnose(vectors)), "tails")
        assert (finding.plans_to_compare[0] == "int4(clip=10)") is cut


def test_copies_are_found_and_take_places() -> None:
    v = made(EVEN, n=1000, q=100)
    twice = replace(v, docs=np.concatenate([v.docs, v.docs[:200]]))
    finding = proved((twice, diagnose(twice)), "copies")
    assert finding.figures[0].value == pytest.approx(200 / 1200)
    assert "Remove the copies" in finding.advice
    clean = diagnose(v).finding("copies")
    assert clean.figures[0].value == 0
    assert clean.check is None


def test_hubs_are_found_where_some_documents_are_near_to_all() -> None:
    rng = np.random.default_rng(1)
    high = unit(rng.standard_normal((2000, 200)) + 0.6)  # high dimension, off centre: hubs near the mean
    low = unit(rng.standard_normal((2000, 4)))
    hubby, plain = (diagnose(Vectors(x[200:], x[:200])).finding("hubs") for x in (high, low))
    assert hubby.figures[0].value > 2 > 0.8 > plain.figures[0].value
    assert hubby.check and hubby.check.kind == "reach"
    assert plain.check is None


def test_hard_queries_lose_more() -> None:
    rng = np.random.default_rng(2)
    tight = np.repeat(rng.uniform(0.2, 1.5, 150), 20)[:, None]  # clusters of twenty, some of them loose
    x = unit(np.repeat(rng.standard_normal((150, D)), 20, 0) + tight * rng.standard_normal((3000, D)))
    mixed = x[rng.permutation(3000)]
    both = Vectors(mixed[400:], mixed[:400])
    assert "lose most where the dimension is high" in proved((both, diagnose(both)), "hard").advice


def test_documents_as_queries_flatter_where_queries_are_another_kind() -> None:
    shifted = made(EVEN, noise=2.5)
    finding = proved((shifted, diagnose(shifted)), "shift")
    assert "would flatter" in finding.advice
    rng = np.random.default_rng(0)
    same = unit(0.7 * np.repeat(rng.standard_normal((400, D)), 10, 0) + 0.7 * rng.standard_normal((4000, D)))
    mixed = same[rng.permutation(4000)]
    alike = Vectors(mixed[1000:], mixed[:1000], query_source="given")
    finding = proved((alike, diagnose(alike)), "shift")
    assert "no easier" in finding.advice
    own = diagnose(replace(alike, query_source="held-out documents")).finding("shift")
    assert "may flatter" in own.advice


def test_lengths_are_told_only_where_they_are_known() -> None:
    v = made(EVEN, n=500, q=50)
    with pytest.raises(StopIteration):
        diagnose(v).finding("lengths")
    same = diagnose(v, norms=np.full(500, 3.0)).finding("lengths")
    assert "hardly vary" in same.verdict
    rng = np.random.default_rng(0)
    spread = diagnose(v, norms=rng.uniform(0.5, 2, 500)).finding("lengths")
    assert spread.figures[1].value < 0.9
    with pytest.raises(DataError, match="3 lengths for 500 documents"):
        diagnose(v, norms=np.ones(3))


def test_the_same_data_and_seed_give_the_same_diagnosis(small: Vectors) -> None:
    a, b = diagnose(small, 1), diagnose(small, 1)
    assert a.findings == b.findings
    np.testing.assert_array_equal(a.lid, b.lid)
    assert a.own[-1] == pytest.approx(1)
    assert (a.best >= a.own - 1e-9).all()


def test_too_little_is_refused(small: Vectors) -> None:
    with pytest.raises(DataError, match="at least 50 documents"):
        diagnose(replace(small, docs=small.docs[:20]))
    with pytest.raises(DataError, match="2 queries"):
        diagnose(replace(small, queries=small.queries[:0]))


def test_a_rehearsal_asks_nothing_that_is_held_out(small: Vectors) -> None:
    gap, where = rehearsed(small, ("int4", "bin"))
    assert gap.low > 0
    assert where == "600 documents with 60 training queries"
    assert rehearsed(replace(small, queries=small.queries[:2]), ("int4", "bin"))[0] == gap
    assert "documents as queries" in rehearsed(replace(small, train_queries=None), ("int4", "bin"))[1]


def test_a_wrong_advice_is_said_to_be_wrong(small: Vectors) -> None:
    shared = Shared(small)
    wrong = held(shared, Check("plans", "bin", "int8"))
    assert wrong.state == FAILED
    assert wrong.said.startswith("Recall@10: bin ")
    assert wrong.said.endswith("The advice did not hold.")
    assert held(shared, Check("plans", "int8", "f32")).state == OPEN
    assert held(shared, Check("plans", "f32", "int8", KEEPS_UP)).state == HELD
    assert kept(shared, "f32", 10).mean() == 1


def test_effective_rank_and_participation_ratio() -> None:
    assert spectrum.effective_rank(np.ones(7)) == pytest.approx(7)
    assert spectrum.participation_ratio(np.ones(7)) == pytest.approx(7)
    assert spectrum.effective_rank(np.array([1.0, 0, 0])) == pytest.approx(1)
    halves = np.array([2.0, 1, 1])
    assert spectrum.effective_rank(halves) == pytest.approx(np.exp(1.5 * np.log(2)))
    assert spectrum.participation_ratio(halves) == pytest.approx(16 / 6)


def test_unevenness_is_one_when_even_and_d_when_all_is_in_one_dimension() -> None:
    assert spectrum.unevenness(np.ones(5), np.ones(5)) == pytest.approx(1)
    one = np.eye(5)[0]
    assert spectrum.unevenness(one, one) == pytest.approx(5)


def test_a_bit_says_nothing_when_all_agree() -> None:
    rows = np.array([[1.0, 1], [1, -1], [1, 1], [1, -1]], np.float32)
    np.testing.assert_allclose(spectrum.bit_entropy(rows, np.zeros(2)), [0, 1], atol=1e-9)


def test_intrinsic_dimension_of_known_spaces() -> None:
    for d in (2, 8):
        sphere = unit(np.random.default_rng(d).standard_normal((20_000, d + 1)))
        found = hubs.intrinsic_dimension(hubs.neighbours(sphere, np.arange(100), 100))
        assert float(np.median(found)) == pytest.approx(d, rel=0.15)


def test_intrinsic_dimension_leaves_copies_out() -> None:
    r = np.array([0.1, 0.2, 0.4])
    scores = 1 - np.r_[0.0, r**2 / 2]
    expected = -1 / np.mean(np.log(r / 0.4))
    assert hubs.intrinsic_dimension(scores[None].astype(np.float64))[0] == pytest.approx(expected, rel=1e-6)
    assert np.isnan(hubs.intrinsic_dimension(np.ones((1, 4), np.float32))[0])


def test_occurrences_count_every_other_document() -> None:
    rng = np.random.default_rng(0)
    rows = unit(rng.standard_normal((60, 5)))
    scores = rows @ rows.T
    np.fill_diagonal(scores, -9)
    expected = np.bincount(np.argsort(-scores, 1)[:, :3].ravel(), minlength=60)
    np.testing.assert_array_equal(hubs.occurrences(rows, 3), expected)
    assert hubs.occurrences(np.repeat(rows[:1], 30, 0), 3).sum() == 90


def test_skewness() -> None:
    assert hubs.skewness(np.array([1.0, 2, 3])) == pytest.approx(0)
    assert hubs.skewness(np.array([0.0, 0, 0, 4])) == pytest.approx(2 / np.sqrt(3))


def test_a_copy_is_any_row_that_repeats_one_before_it() -> None:
    rows = np.array([[1, 0], [0.0, 1], [1, -0.0], [0, 1]], np.float32)
    np.testing.assert_array_equal(hubs.copies(rows), [False, False, True, True])


def test_auc_of_a_line_between_two_kinds() -> None:
    assert shift.auc(np.array([2.0, 3]), np.array([0.0, 1])) == 1
    assert shift.auc(np.array([1.0]), np.array([1.0, 1])) == 0.5
    rng = np.random.default_rng(0)
    a, b = unit(rng.standard_normal((400, 8))), unit(rng.standard_normal((400, 8)) + 2 * np.eye(8)[0])
    assert shift.separation(a, b, rng) > 0.9
    assert abs(shift.separation(a[:200], a[200:], rng) - 0.5) < 0.1
    assert shift.distance_of_means(a, a) == 0


def test_the_gap_of_different_queries_adds_both_doubts() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.4, 0.6, 400), rng.uniform(0.1, 0.3, 100)
    gap = apart(a, b)
    assert gap.low < a.mean() - b.mean() < gap.high
    expected = 1.96 * np.sqrt(a.var(ddof=1) / 400 + b.var(ddof=1) / 100)
    assert gap.high - gap.mean == pytest.approx(expected, rel=0.15)
