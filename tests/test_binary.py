"""Binary codes against theory, plain references and faiss: angles, unbiasedness, bounds, grid search, bit counting."""

from __future__ import annotations

import numpy as np
import pytest

from core.compress.bbq import LAMBDA, REACH, coded, placed
from core.compress.checks_binary import binary
from core.compress.codebook import Codebook
from core.compress.parse import codec as parse_codec
from core.compress.rabitq import SPIN, error_bound, grid_code
from core.errors import FitError
from core.scan_popcount import from_planes, in_lanes, scan_counts, scan_tables, to_planes, totals, words
from core.types import Rows, Train


def unit(n: int, d: int, seed: int) -> Rows:
    x = np.random.default_rng(seed).standard_normal((n, d))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def leaning(n: int, d: int, seed: int) -> Rows:
    x = np.random.default_rng(seed).standard_normal((n, d)) * np.arange(1, d + 1) ** -0.4 + 0.15
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def test_theory_holds() -> None:
    for name, passed, found in binary():
        assert passed, f"{name}: {found}"


@pytest.mark.parametrize("bits", [1, 2, 5])
@pytest.mark.parametrize(("n", "d"), [(1, 3), (130, 50), (64, 128)])
def test_counting_bits_is_the_inner_product(n: int, d: int, bits: int) -> None:
    rng = np.random.default_rng(n + bits)
    u, k = rng.integers(0, 1 << bits, (n, d), np.uint8), rng.integers(0, 8, (7, d), np.uint8)
    planes = to_planes(u, bits)
    assert planes.shape == (n, bits, -(-d // 8)) and (from_planes(planes, d) == u).all()
    rows, side = words(planes), rng.random((2, n)).astype(np.float32)
    assert (totals(rows) == u.sum(1)).all()
    terms = rng.standard_normal((7, 3)).astype(np.float32)
    inner = k.astype(np.int64) @ u.T.astype(np.int64)
    plain = side[0] * (terms[:, :1] * inner + terms[:, 1:2]) + terms[:, 2:] * side[1]
    hits = scan_counts(in_lanes(rows), side, words(to_planes(k, 3)), terms, n + 4)
    assert hits.ids.shape == (7, n)
    np.testing.assert_allclose(np.take_along_axis(plain, hits.ids, 1), hits.scores, rtol=1e-4, atol=1e-3)
    everything = np.array([[0.0, 1e9]] * 7, np.float32)
    terms[:, 0] = abs(terms[:, 0])
    plain = side[0] * (terms[:, :1] * inner + terms[:, 1:2]) + terms[:, 2:] * side[1]
    hits = scan_tables(rows, side, k.astype(np.float32), terms, everything, 5)
    best = -np.sort(-plain, axis=1)[:, :5]
    np.testing.assert_allclose(hits.scores, best, rtol=1e-4, atol=1e-3)


def test_rabitq_is_unbiased_over_rotations() -> None:
    x, q = unit(40, 60, 1), unit(1, 60, 2) * 0.5 + unit(40, 60, 1)[:1]
    for bits in (1, 3):
        guess = []
        for seed in range(200):
            book = Codebook.fit(parse_codec(f"rabitq{bits}"), Train(x, seed=seed))
            guess.append((q @ book.decode(book.encode(x[:1])).T).item())
        assert abs(np.mean(guess) - (q @ x[:1].T).item()) < 4 * np.std(guess) / np.sqrt(200)


def test_the_grid_point_is_the_one_of_smallest_angle() -> None:
    """Against a sweep over every scale at which one coordinate changes its cell."""
    o = unit(20, 48, 3)
    for bits in (2, 3, 4):
        cells, factor = grid_code(o, bits)
        y = cells - ((1 << bits) - 1) / 2
        cosine = (y * o).sum(1) / np.linalg.norm(y, axis=1)
        assert np.sign(y) == pytest.approx(np.sign(o))
        np.testing.assert_allclose(factor, 1 / (y * o).sum(1), rtol=1e-5)
        for row, found in zip(o, cosine, strict=True):
            size = np.abs(row).astype(np.float64)
            steps = np.sort(np.concatenate([k / size for k in range(1, 1 << (bits - 1))])) * (1 + 1e-9)
            grid = np.minimum(np.floor(steps[:, None] * size), (1 << (bits - 1)) - 1) + 0.5
            best = ((grid * size).sum(1) / np.linalg.norm(grid, axis=1)).max()
            assert 1 - found <= (1 - best) * 1.03


def test_one_bit_scores_are_those_of_faiss() -> None:
    """Same rotation and centre, float queries, our extra term along the axis left out: equal up to half floats."""
    import faiss

    x, q = leaning(500, 64, 4), leaning(20, 64, 5)
    book = Codebook.fit(parse_codec("rabitq1"), Train(x))
    s = {**book.state, "axis": np.zeros(64, np.float32)}
    ours = q @ book.codec.decode(s, book.codec.encode(s, x)).T
    rows, asked = SPIN.apply(s, x), SPIN.apply(s, q)
    index = faiss.IndexRaBitQ(64, faiss.METRIC_INNER_PRODUCT)
    index.train(rows)
    index.add(rows)
    index.qb = 0
    scores, ids = index.search(asked, 500)
    theirs = np.empty_like(scores)
    np.put_along_axis(theirs, ids, scores, 1)
    center = rows.mean(0)
    with_center = (rows - center) @ center  # faiss knows this product, and centres the query in exchange
    factor = ((rows - center) ** 2).sum(1) / np.abs(rows - center).sum(1)
    own = factor * (np.sign(rows - center) @ center)
    np.testing.assert_allclose(ours + (with_center - own), theirs, atol=3e-3)


def test_the_bound_is_tighter_with_bits_and_holds_near_the_query() -> None:
    x = unit(2000, 128, 6)
    q = x[:400] + 0.8 * unit(400, 128, 7)
    wide = []
    for bits in (1, 2, 4, 7):
        book = Codebook.fit(parse_codec(f"rabitq{bits}"), Train(x))
        codes = book.encode(x)
        off, bound = book.scorer(q)(codes) - q @ x.T, error_bound(book.codec, book.state, codes, q)  # type: ignore[arg-type]
        assert (off <= bound).mean() > 0.965  # one-sided, as rows are pruned: 97.1 % of a normal law
        assert (np.abs(np.diag(off)) <= np.diag(bound)).mean() > 0.95
        wide.append(float(bound.mean()))
    assert wide == sorted(wide, reverse=True)


@pytest.mark.parametrize("text", ["rabitq2", "rabitq4", "rabitq8"])
def test_rows_left_at_their_signs_are_no_neighbours(text: str) -> None:
    """In tight clusters neighbours score high: signs that promised them less would lose them, and that shows."""
    kinds = np.random.default_rng(8).integers(0, 20, 3000)
    x = unit(20, 384, 8)[kinds] + 0.5 * unit(3000, 384, 9)
    q = unit(20, 384, 8) + 0.5 * unit(20, 384, 10)
    book = Codebook.fit(parse_codec(text), Train(x, q))
    codes = book.encode(x)
    best = -np.sort(-book.scorer(q)(codes), axis=1)[:, :10]

    def gap(state: dict[str, np.ndarray]) -> float:
        scan = book.codec.scanner(state, codes)
        assert scan is not None
        return float(np.abs(scan(q, 10).scores - best).max())

    assert gap({**book.state}) < 5e-6
    assert gap({**book.state, "gain": 0.6 * book.state["gain"]}) > 1e-3


def test_more_query_bits_come_nearer_to_float_queries() -> None:
    x, q = leaning(2000, 64, 10), leaning(50, 64, 11)
    exact = Codebook.fit(parse_codec("rabitq2"), Train(x))
    off = []
    for bits in (2, 4, 8):
        book = Codebook.fit(parse_codec(f"rabitq2(query={bits})"), Train(x))
        assert (book.encode(x) == exact.encode(x)).all()
        off.append(np.abs(book.scorer(q)(book.encode(x)) - exact.scorer(q)(exact.encode(x))).max())
    assert off[0] > 3 * off[1] > 9 * off[2]


def lucene(r: np.ndarray, bits: int) -> tuple[np.ndarray, float, float]:
    """Optimised scalar quantisation of one row, written out plainly."""
    steps, mean, std = (1 << bits) - 1, r.mean(), r.std()
    low, high = max(r.min(), mean - REACH[bits - 1] * std), min(r.max(), mean + REACH[bits - 1] * std)

    def cells(a: float, b: float) -> np.ndarray:
        return np.round((np.clip(r, a, b) - a) / (b - a) * steps)

    def loss(a: float, b: float) -> float:
        e = r - (a + (b - a) / steps * cells(a, b))
        return (1 - LAMBDA) * (r @ e) ** 2 / (r @ r) + LAMBDA * (e @ e)

    for _ in range(5):
        t = cells(low, high) / steps
        both = np.stack([1 - t, t])
        left = (1 - LAMBDA) / (r @ r) * np.outer(both @ r, both @ r) + LAMBDA * both @ both.T
        a, b = np.linalg.solve(left, both @ r)  # the gradient of the loss is zero here
        if not loss(a, b) < loss(low, high):
            break
        low, high = a, b
    return cells(low, high), low, high


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_bbq_levels_are_lucenes(bits: int) -> None:
    r = leaning(60, 40, 12) - 0.05
    cells, levels = coded(r, bits)
    for i, row in enumerate(r.astype(np.float64)):
        plain, low, high = lucene(row, bits)
        assert (cells[i] == plain).mean() > 0.95
        np.testing.assert_allclose(levels[i], [low, high], atol=1e-4)


def test_bbq_scores_are_the_published_sum() -> None:
    """aₓ a_q d + aₓ Δ_q Σk_q + a_q Δₓ Σkₓ + Δₓ Δ_q Σ kₓ k_q + ⟨x, c⟩, plus ours: the rest along the centre, scaled."""
    x, q = leaning(300, 40, 13), leaning(10, 40, 14)
    book = Codebook.fit(parse_codec("bbq"), Train(x))
    c = book.state["center"]
    (kx, lx), (kq, lq) = coded(x - c, 1), coded(q - c, 4)
    ax, dx, aq, dq = lx[:, 0], lx[:, 1] - lx[:, 0], lq[:, :1], (lq[:, 1:] - lq[:, :1]) / 15
    sums = aq * ax * 40 + ax * dq * kq.sum(1)[:, None] + aq * dx * kx.sum(1)
    sums = sums + dx * dq * (kq.astype(np.float32) @ kx.T.astype(np.float32)) + x @ c
    lacks = ((x - c) @ c - placed(kx, lx, 1) @ c) / (c @ c)
    sums += np.outer(placed(kq, lq, 4) @ c, lacks)
    gap = book.scorer(q)(book.encode(x)) - sums
    np.testing.assert_allclose(gap - gap.mean(1, keepdims=True), 0, atol=1e-5)


def test_lsh_counts_differing_bits() -> None:
    x, q = unit(200, 64, 15), unit(5, 64, 16)
    book = Codebook.fit(parse_codec("lsh48(symmetric=1)"), Train(x))
    codes, asked = book.encode(x), book.encode(q)
    differ = np.bitwise_count(asked[:, None] ^ codes).sum(2)
    np.testing.assert_allclose(book.scorer(q)(codes), np.cos(np.pi * differ / 48), atol=1e-5)
    scan = book.scanner(codes)
    assert scan is not None
    np.testing.assert_array_equal(np.take_along_axis(differ, scan(q, 200).ids, 1), np.sort(differ, axis=1))
    with pytest.raises(FitError, match="at most 64"):
        Codebook.fit(parse_codec("lsh65(symmetric=1)"), Train(x))


def test_lsh_with_more_bits_than_dimensions_is_nearer() -> None:
    x = leaning(500, 32, 17)
    lost = []
    for bits in (16, 32, 64, 128):
        book = Codebook.fit(parse_codec(f"lsh{bits}"), Train(x))
        lost.append(float(((x - book.decode(book.encode(x))) ** 2).sum()))
    assert lost == sorted(lost, reverse=True)


def test_khash_bits_follow_cosines() -> None:
    """Agreement of bits tracks the cosine of centred rows better than as many random signs do."""
    x = leaning(1000, 48, 18)
    r = x - x.mean(0)
    r /= np.linalg.norm(r, axis=1, keepdims=True)
    cosine = (r[:200] @ r.T).ravel()
    tracked = []
    for text in ("khash24", "lsh24"):
        codes = Codebook.fit(parse_codec(text), Train(x)).encode(x)
        agree = -1.0 * np.bitwise_count(codes[:200, None] ^ codes).sum(2)
        tracked.append(np.corrcoef(agree.ravel(), cosine)[0, 1])
    assert tracked[0] > tracked[1] + 0.05


def test_khash_reports_progress_and_can_be_stopped() -> None:
    told: list[str] = []

    def stop(fraction: float, stage: str) -> None:
        told.append(stage)
        if fraction > 0.4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        Codebook.fit(parse_codec("khash32"), Train(leaning(300, 16, 19), progress=stop))
    assert told[0] == "Training khash: bit 1 of 32"
