"""Transforms beyond the laws: what each formula promises, and the libraries that do the same."""

from __future__ import annotations

import numpy as np
import pytest

from core.compress import transforms
from core.compress.affine import inverse_map
from core.compress.anchor import Anchor, farthest
from core.compress.checks_transforms import distance, only, promises, query_law
from core.compress.codebook import Codebook
from core.compress.had import Had, turn
from core.compress.itq import Itq
from core.compress.lift import Lift
from core.compress.norm import Norm
from core.compress.orot import Orot, deal_evenly
from core.compress.parse import codec as parse_codec
from core.compress.pca import moments, ordered_eigh
from core.compress.shift import Shift
from core.compress.srp import Srp, scale, sparse_signs
from core.compress.whiten import Whiten, shuffled
from core.errors import Cancelled, FitError, PlanError
from core.plan import parse
from core.stage import Transform
from core.types import Rows, Train

D, N = 50, 1500
NEW = ("norm", "whiten", "gauss", "srp", "had", "orot", "itq", "shift", "lift", "anchor", "rot")
EXAMPLES = [e for name in NEW for e in transforms()[name].examples]


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Rows of many lengths, off-centre, of uneven variance, two dimensions dead; read-only."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((N, D)) * np.arange(1, D + 1) ** -0.7 + 0.5 * (np.arange(D) < 4)
    x = (x * rng.uniform(0.5, 2, (N, 1))).astype(np.float32)
    x[:, -2:] = 0.25
    x.setflags(write=False)
    return x


@pytest.fixture(scope="module")
def queries() -> Rows:
    return np.random.default_rng(2).standard_normal((40, D)).astype(np.float32)


def lost(text: str, x: Rows) -> float:
    book = Codebook.fit(parse_codec(text), Train(x))
    return float(((x - book.decode(book.encode(x))) ** 2).sum() / ((x - x.mean(0)) ** 2).sum())


@pytest.mark.parametrize("text", [e for e in EXAMPLES if e != "lift"])
def test_the_query_law_holds_for_rows_of_any_length(text: str, rows: Rows, queries: Rows) -> None:
    _, passed, found = query_law(text, Train(rows), queries)
    assert passed, found


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_empty_block_and_a_single_row(text: str, rows: Rows) -> None:
    t = only(text)
    s = t.fit(Train(rows))
    z = t.apply(s, rows)
    assert t.apply(s, rows[:0]).shape == (0, t.dim(D)) and t.undo(s, z[:0]).shape == (0, D)
    np.testing.assert_allclose(t.apply(s, rows[7:8]), z[7:8], atol=2e-5 * np.abs(z).max())
    assert np.isfinite(t.undo(s, t.apply(s, rows * np.float32(1e6)))).all()
    assert sum(a.dtype == object for a in s.values()) == 0


def test_a_number_that_may_be_left_out_is_not_printed() -> None:
    for text in ("rot > bin", "rot16 > bin", "itq > bin", "itq16(rounds=3) > bin", "itq(rounds=3) > bin"):
        assert str(parse(text)) == text and parse(parse(text).slug) == parse(text)
    assert str(parse("itq0 > rot0 > bin")) == "itq > rot > bin"


@pytest.mark.parametrize("text", ["rot51", "itq51", "anchor2000"])
def test_more_than_there_is_gets_one_sentence(text: str, rows: Rows) -> None:
    with pytest.raises(FitError, match=text):
        only(text).fit(Train(rows))


def test_cut_rotation_is_the_start_of_the_whole_one(rows: Rows) -> None:
    whole, cut = (only(t).fit(Train(rows))["rotation"] for t in ("rot", "rot16"))
    assert (whole[:, :16] == cut).all()


@pytest.mark.parametrize("d", [1, 2, 3, 5, 16, 50, 96, 100, 384])
def test_hadamard_rotations_are_exact_at_any_width(d: int) -> None:
    x = np.random.default_rng(3).standard_normal((37, d)).astype(np.float32)
    t = Had()
    s = t.fit(Train(x))
    z = t.apply(s, x)
    np.testing.assert_allclose(z @ z.T, x @ x.T, atol=2e-5 * d)
    np.testing.assert_allclose(t.undo(s, z), x, atol=1e-5)
    np.testing.assert_allclose(t.apply(s, x[5:6]), z[5:6], atol=1e-6)


def test_at_powers_of_two_it_is_the_hadamard_matrix() -> None:
    """At a power of two the windows are one: three rounds are three times signs, then H."""
    from scipy.linalg import hadamard

    t, d = Had(), 32
    x = np.random.default_rng(4).standard_normal((9, d)).astype(np.float32)
    s = t.fit(Train(x))
    expected = x.astype(np.float64)
    for signs in s["signs"]:
        expected = (expected * signs) @ hadamard(d) / np.sqrt(d)
    np.testing.assert_allclose(t.apply(s, x), expected, atol=1e-5)


@pytest.mark.parametrize("d", [50, 384, 511, 768, 1000])
def test_hadamard_spreads_a_single_coordinate(d: int) -> None:
    """No worse than a dense random rotation: the largest square of d² normal numbers is about 2 ln d², their mean
    fourth power 3."""
    t = Had()
    z = t.apply(t.fit(Train(np.zeros((2, d), np.float32))), np.eye(d, dtype=np.float32))
    assert (z**2).max() * d < 4 * np.log(d) + 4
    assert ((z * np.sqrt(d)) ** 4).mean() < 3.1


def test_groups_of_even_energy(rows: Rows) -> None:
    energy = 2.0 ** -np.arange(12)
    order, edges = deal_evenly(np.ones(12), 5)
    assert sorted(order) == list(range(12)) and np.diff(edges).tolist() == [3, 3, 2, 2, 2]
    order, edges = deal_evenly(energy, 3)
    assert {0, 1, 2} == {int(order[a]) for a in edges[:-1]}  # the three strongest lead a group each
    t = Orot(group=10)
    s = t.fit(Train(rows))
    loads = [rows.var(0)[s["order"][a:b]].sum() for a, b in zip(s["edges"][:-1], s["edges"][1:], strict=True)]
    plain = rows.var(0).reshape(5, 10).sum(1)
    assert max(loads) / min(loads) < 0.5 * plain.max() / plain.min()
    np.testing.assert_allclose(t.undo(s, t.apply(s, rows)), rows, atol=1e-5)


def test_one_group_is_the_plain_rotation(rows: Rows) -> None:
    t = Orot()
    s = t.fit(Train(rows))
    assert (t.apply(s, rows) == turn(rows[:, s["order"]], s["signs"], np.array([0, D]))).all()


def test_rotations_rescue_uneven_dimensions_under_one_range(rows: Rows) -> None:
    plain = lost("center > int3(shared=1)", rows)
    assert lost("center > had > int3(shared=1)", rows) < 0.7 * plain
    assert lost("center > orot(group=10) > int3(shared=1)", rows) < 0.7 * plain
    assert lost("shift(bits=3) > int3(shared=1)", rows) < 0.7 * plain


def test_whitened_documents_are_white_and_dead_dimensions_stay_small(rows: Rows) -> None:
    t = Whiten()
    s = t.fit(Train(rows))
    z = t.apply(s, rows).astype(np.float64)
    cov = moments(rows)[1]
    alive = ordered_eigh(cov)[0] > 1e-3 * np.trace(cov) / D
    np.testing.assert_allclose(np.cov(z.T, bias=True)[np.ix_(alive, alive)], np.eye(alive.sum()), atol=1e-3)
    assert alive.sum() == D - 2 and (z[:, ~alive].var(0) < 1e-3).all()


def test_grouped_whitening_is_zca_within_shuffled_groups(rows: Rows) -> None:
    t = Whiten(group=6)
    s = t.fit(Train(rows, seed=5))
    groups = shuffled(D, 6, Train(rows, seed=5).rng())
    assert sorted(np.concatenate(groups)) == list(range(D)) and {len(g) for g in groups} == {6, 7}
    maps = s["document_map"]
    for dims in groups:
        block = maps[np.ix_(dims, dims)]
        np.testing.assert_allclose(block, block.T, atol=1e-4 * np.abs(block).max())  # ZCA is symmetric
        assert not maps[np.ix_(dims, np.setdiff1d(np.arange(D), dims))].any()
    assert (t.fit(Train(rows, seed=6))["document_map"] != maps).any()
    np.testing.assert_allclose(maps @ s["query_map"].T, np.eye(D), atol=1e-4)


def test_sparse_projection_adds_up_what_its_matrix_says(rows: Rows) -> None:
    t = Srp(33)
    s = t.fit(Train(rows))
    matrix = np.zeros((D, 33))
    for j, (a, b) in enumerate(zip(s["edges"][:-1], s["edges"][1:], strict=True)):
        matrix[s["picks"][a:b], j] = s["signs"][a:b] * scale(D, 33)
    np.testing.assert_allclose(t.apply(s, rows), (rows - s["mean"]) @ matrix, atol=1e-4)
    np.testing.assert_allclose(s["query_map"], inverse_map(matrix), atol=1e-5)
    assert sparse_signs(2, 500, np.random.default_rng(8)).any(0).all()


def test_ridged_inverse_is_nearly_the_pseudo_inverse_where_that_is_stable() -> None:
    a = np.linalg.qr(np.random.default_rng(9).standard_normal((30, 10)))[0]
    np.testing.assert_allclose(inverse_map(a), a / 1.01, atol=1e-6)
    thin = np.concatenate([a, a[:, :1]], axis=1)  # a direction twice: no blow-up
    assert np.isfinite(inverse_map(thin)).all() and np.abs(inverse_map(thin)).max() < 1


def test_itq_improves_on_its_start_and_agrees_with_faiss(rows: Rows) -> None:
    """As much of ‖z‖ lies along the corners as faiss' own learner reaches from its own random start."""
    import faiss

    def cosine(z: Rows) -> float:
        return float((np.abs(z).sum(1) / np.linalg.norm(z, axis=1)).mean() / np.sqrt(z.shape[1]))

    train = Train(rows)
    ours, start = (t.apply(t.fit(train), rows) for t in (Itq(20, rounds=50), Itq(20, rounds=0)))
    pca = only("pca20")
    v = pca.apply(pca.fit(train), rows)
    learner = faiss.ITQMatrix(20)
    learner.train(np.ascontiguousarray(v))
    assert cosine(ours) > 1.01 * cosine(start)
    assert cosine(ours) > 0.99 * cosine(learner.apply(np.ascontiguousarray(v)))


def test_itq_can_be_watched_and_stopped(rows: Rows) -> None:
    seen: list[float] = []

    def stop(fraction: float, stage: str) -> None:
        seen.append(fraction)
        if "round 3 of 5" in stage:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        Itq(rounds=5).fit(Train(rows, progress=stop))
    assert seen == [0.0, 0.2, 0.4]


def test_shift_puts_learned_ends_at_one(rows: Rows) -> None:
    from core.compress.clipping import learned_ends

    s = Shift(bits=2).fit(Train(rows))
    low, high = learned_ends(rows, 2)
    live = slice(0, D - 2)
    z = Shift(bits=2).apply(s, np.stack([low, high]))
    np.testing.assert_allclose(z[:, live], [[-1], [1]] * np.ones(D - 2), atol=1e-3)
    assert np.abs(Shift().apply(s, rows)[:, D - 2 :]).max() < 1e-3  # dead dimensions are not blown up
    assert (s["scale"] < Shift(bits=8).fit(Train(rows))["scale"] + 1e-6)[live].all()  # fewer bits, narrower ranges


def test_lift_ranks_by_distance_and_by_inner_product(rows: Rows, queries: Rows) -> None:
    far = -((queries[:, None] - rows[None]) ** 2).sum(2)
    t = Lift()
    lifted = t.query({}, queries) @ t.apply({}, rows).T
    assert t.dim(D) == D + 1 and (lifted.argmax(1) == far.argmax(1)).all()
    gap = lifted - t.score(queries, t.undo({}, t.apply({}, rows)))
    assert np.abs(gap - gap.mean(1, keepdims=True)).max() < 1e-4
    mips = Lift(mips=1)
    s = mips.fit(Train(rows))
    z = mips.apply(s, rows)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), s["radius"][0], rtol=1e-5)
    np.testing.assert_allclose(mips.query(s, queries) @ z.T, queries @ rows.T, atol=1e-4)
    assert np.isfinite(mips.apply(s, 10 * rows)).all()  # longer than any seen


def test_norm_leaves_zero_rows_alone(rows: Rows) -> None:
    x = np.concatenate([rows[:3], np.zeros((1, D), np.float32)])
    np.testing.assert_allclose(np.linalg.norm(Norm().apply({}, x), axis=1), [1, 1, 1, 0], atol=1e-6)


def test_anchors_are_directions_and_the_way_back_is_least_squares(rows: Rows) -> None:
    for far in (0, 1):
        t = Anchor(12, far=far)
        s = t.fit(Train(rows))
        np.testing.assert_allclose(np.linalg.norm(s["anchors"], axis=1), 1, atol=1e-5)
        z = t.apply(s, rows)
        assert np.abs(z + s["usual"]).max() <= 1 + 1e-5 and np.abs(z.mean(0)).max() < 1e-4
        design = np.concatenate([z, np.ones((N, 1), np.float32)], axis=1)
        best = ((rows - design @ np.linalg.lstsq(design, rows, rcond=None)[0]) ** 2).sum()
        assert ((rows - t.undo(s, z)) ** 2).sum() < 1.02 * best


def test_farthest_points_are_found_greedily() -> None:
    angles = np.deg2rad([0, 5, 90, 180, 200])
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    unit = np.concatenate([unit, unit[:1].repeat(20, 0)])
    assert {tuple(r) for r in farthest(unit, 2)} == {tuple(unit[0]), tuple(unit[3])}


def test_sign_thresholds(rows: Rows) -> None:
    x = rows[:, :20]
    for text, threshold in (("bin", np.zeros(20)), ("bin(mean=1)", x.mean(0)), ("bin(median=1)", np.median(x, 0))):
        book = Codebook.fit(parse_codec(text), Train(x))
        bits = np.unpackbits(book.encode(x), axis=1, count=20, bitorder="little")
        assert (bits == (x > threshold.astype(np.float32))).mean() > 0.999
    assert np.abs(bits.mean(0) - 0.5).max() < 0.01
    with pytest.raises(PlanError, match="keep one"):
        parse_codec("bin(mean=1,median=1)")


def test_self_tests_pass(rows: Rows, queries: Rows) -> None:
    live = rows[:, : D - 2]
    checks = [*promises(Train(live)), distance(rows, queries)]
    assert len(checks) > 9
    assert not [(name, found) for name, passed, found in checks if not passed]


def test_every_transform_offers_plans_that_fit() -> None:
    for name in NEW:
        cls: type[Transform] = transforms()[name]
        for size in (16, 48, 96, 192):
            for text in cls.sized(size, 384) or ():
                assert 0 < parse(text).nbytes(384) <= max(size, 48), text
