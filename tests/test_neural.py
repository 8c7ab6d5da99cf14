"""The trained stages beyond the laws: their training loop, their formulas, and what theory says they can reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.compress.adapt import Adapt
from core.compress.ae import Ae
from core.compress.bpv import Bpv
from core.compress.checks_neural import lost, neural
from core.compress.codebook import Codebook
from core.compress.csr import Csr, nearest_level, weight_levels
from core.compress.mrl import Mrl
from core.compress.parse import codec as parse_codec
from core.compress.pca import Pca
from core.compress.qinco import Qinco, step
from core.compress.qlae import level_tables, nearest, signs, valued
from core.compress.rbe import Rbe
from core.compress.train_torch import block, descend, frame, framed, linear_decoder, new_block, sign, tensor
from core.errors import FitError, PlanError
from core.kernels import top
from core.types import Rows, Train

torch = pytest.importorskip("torch")


def falling(n: int, d: int, seed: int) -> Rows:
    """Rows with a falling spectrum in a turned basis, off-centre."""
    basis = np.linalg.qr(np.random.default_rng(9).standard_normal((d, d)))[0]
    x = np.random.default_rng(seed).standard_normal((n, d)) * np.arange(1, d + 1) ** -0.7 + 0.2
    return np.asarray(x @ basis, np.float32)


@pytest.fixture(scope="module")
def train() -> Train:
    return Train(falling(800, 24, 1), falling(200, 24, 2))


def test_self_tests_pass() -> None:
    found = list(neural())
    assert all(passed for _, passed, _ in found), found


def test_the_loop_descends_and_leaves_torch_as_it_was() -> None:
    x = falling(300, 6, 1)
    rows, told = tensor(x), []
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    train = Train(x, progress=lambda fraction, words: told.append((fraction, words)))
    w = descend(
        train, "mean", {"at": np.zeros(6)}, 300, lambda w, pick: (rows[pick] - w["at"]).square().mean(), 40, 0.05
    )
    assert np.abs(w["at"] - x.mean(0)).max() < 0.05 and w["at"].dtype == np.float32
    assert told[3] == (0.075, "Training mean: epoch 4 of 40") and len(told) == 40
    assert (torch.rand(3) == expected).all() and torch.get_num_threads() == threads


@pytest.mark.parametrize("stage", [Adapt(8), Ae(8), Bpv(bits=16), Rbe(8, hidden=4), Csr(2, 32), Qinco(2, 4)])
def test_training_can_be_cancelled(stage: Bpv, train: Train) -> None:
    class Stop(Exception):
        pass

    def stop(fraction: float, words: str) -> None:
        assert 0 <= fraction < 1 and words.startswith(f"Training {stage.name}")
        if "epoch 2" in words:
            raise Stop

    threads = torch.get_num_threads()
    with pytest.raises(Stop):
        stage.fit(replace(train, progress=stop))
    assert torch.get_num_threads() == threads


def test_signs_pass_gradients_straight_through() -> None:
    h = torch.tensor([-3.0, -0.5, 0.0, 0.5, 3.0], requires_grad=True)
    b = sign(h)
    b.sum().backward()
    assert b.tolist() == [-1, -1, -1, 1, 1] and h.grad.tolist() == [0, 1, 1, 1, 0]


def test_a_new_block_is_linear_and_the_same_in_torch_and_numpy() -> None:
    rng = np.random.default_rng(3)
    skip, z = rng.standard_normal((5, 3)), rng.standard_normal((7, 5)).astype(np.float32)
    w = new_block(rng, "b", skip, 4)
    assert np.allclose(block(w, "b", z), z @ skip, atol=1e-5)
    w["b_down"] = rng.standard_normal((4, 3)).astype(np.float32)
    same = block({k: tensor(v) for k, v in w.items()}, "b", tensor(z)).numpy()
    assert np.allclose(block(w, "b", z), same, atol=1e-5) and not np.allclose(same, z @ skip, atol=0.1)


def test_far_rows_are_pulled_back_to_what_was_seen(train: Train) -> None:
    s = frame(train.rows)
    z = framed(s, train.rows)
    assert np.square(z).mean() == pytest.approx(1, abs=1e-4)
    far = framed(s, train.rows * 1e6)
    assert np.linalg.norm(far, axis=1).max() <= s["reach"][0] * 1.0001


def test_least_squares_finds_a_linear_map() -> None:
    rng = np.random.default_rng(4)
    f, d, b = rng.standard_normal((100, 5)), rng.standard_normal((5, 3)), rng.standard_normal(3)
    found = linear_decoder(f, (f @ d + b).astype(np.float32), 1e-9)
    assert np.allclose(found[0], d, atol=1e-4) and np.allclose(found[1], b, atol=1e-4)


def test_a_hidden_layer_does_not_beat_pca_through_a_linear_decoder(train: Train) -> None:
    x, found = train.rows, []
    for t in (Pca(8), Ae(8, hidden=32, epochs=100)):
        s = t.fit(train)
        found.append(lost(x, t.undo(s, t.apply(s, x))))
    assert found[0] <= found[1] * 1.0001 and found[1] < found[0] * 1.1


def test_the_adaptor_makes_prefixes_good(train: Train) -> None:
    x, q = train.rows, falling(100, 24, 3)
    true = top(q @ x.T, 10)[0]
    kept = {}
    for t in (Mrl(6), Adapt(6)):
        s = t.fit(train)
        found = top(t.query(s, q) @ t.apply(s, x).T, 10)[0]
        kept[t.name] = np.mean([len(np.intersect1d(a, b)) for a, b in zip(true, found, strict=True)])
    assert kept["adapt"] > kept["mrl"] + 1


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_tables_add_up_to_products_with_levels(bits: int) -> None:
    rng = np.random.default_rng(bits)
    levels, weights = rng.standard_normal((11, 1 << bits)), rng.standard_normal((3, 11))
    levels, weights = levels.astype(np.float32), weights.astype(np.float32)
    fields = rng.integers(0, 1 << bits, (20, 11)).astype(np.uint8)
    per = 8 // bits
    padded = np.zeros((20, -(-11 // per) * per), np.uint8)
    padded[:, :11] = fields
    codes = (padded.reshape(20, -1, per) << (np.arange(per) * bits).astype(np.uint8)).sum(2)
    tables = level_tables(levels, weights, bits)
    got = sum(tables[:, m, codes[:, m]] for m in range(codes.shape[1]))
    assert np.allclose(got, weights @ valued(levels, fields).T, atol=1e-5)


def test_nearest_level_is_the_nearest() -> None:
    rng = np.random.default_rng(2)
    levels, h = np.sort(rng.standard_normal((4, 8)), 1), rng.standard_normal((50, 4))
    assert (nearest(levels, h) == np.abs(h[:, :, None] - levels).argmin(2)).all()
    assert signs(2).tolist() == [[-1, 1], [-1, 1]]


def test_trained_bits_beat_plain_signs_at_equal_bits(train: Train) -> None:
    found = []
    for text in ("bpv24(scale=0)", "bin"):
        book = Codebook.fit(parse_codec(text), train)
        found.append(lost(train.rows, book.decode(book.encode(train.rows))))
    assert found[0] < 0.8 * found[1]


def test_recurrent_codes_are_signs_of_what_is_missing(train: Train) -> None:
    rbe = Rbe(6, levels=3, hidden=4, epochs=1)
    s = rbe.fit(train)
    z = framed(s, train.rows)
    b = np.where(block(s, "first", z) > 0, 1.0, -1.0)
    for i in range(3):
        b += 2.0 ** -(i + 1) * np.where(block(s, f"rest{i}", z - block(s, f"back{i}", b)) > 0, 1, -1)
    assert (valued(rbe.values(), rbe.fields(s, z)) == b).mean() > 0.999
    assert rbe.values()[0].tolist() == [(2 * v - 15) / 8 for v in range(16)]
    assert rbe.nbytes(24) == 3


def test_recurrent_settings_are_explained(train: Train) -> None:
    with pytest.raises(PlanError, match="0, 1 or 3"):
        Rbe(8, levels=2)
    with pytest.raises(FitError, match="use more levels"):
        Rbe(25).fit(train)


def test_a_second_layer_beats_twice_the_bits_of_one(train: Train) -> None:
    """The paper's ordering, at equal bytes: here 24 signs in one layer beside 12 and 12."""
    q, found = falling(100, 24, 3), {}
    true = top(q @ train.rows.T, 10)[0]
    for levels, bits in ((0, 24), (1, 12)):
        book = Codebook.fit(Rbe(bits, levels=levels, hidden=0, epochs=4), train)
        ids = top(book.scorer(q)(book.encode(train.rows)), 10)[0]
        found[levels] = np.mean([len(np.intersect1d(a, b)) for a, b in zip(true, ids, strict=True)])
    assert found[1] > found[0]


def test_sparse_codes_hold_what_they_say(train: Train) -> None:
    csr = Csr(3, 100, bits=3, epochs=2)  # fields of 10 bits straddle bytes
    s = csr.fit(train)
    codes = csr.encode(s, train.rows)
    assert codes.shape[1] == csr.nbytes(24) == 5
    raw = np.unpackbits(codes, axis=1, bitorder="little")
    fields = raw[:, :30].reshape(-1, 3, 10) @ (1 << np.arange(10))
    ids, steps = fields >> 3, fields & 7
    assert (np.diff(ids, axis=1) > 0).all() and ids.max() < 100
    sums = np.einsum("nk,nkd->nd", s["levels"][steps], s["atoms"][ids])
    assert np.allclose(sums * s["scales"][codes[:, -1:] >> 4] + s["mean"], csr.decode(s, codes), atol=1e-5)
    h = framed(s, train.rows) @ s["encoder"] + s["bias"]
    assert (np.sort(top(h, 3)[0], 1) == ids).mean() > 0.999
    with pytest.raises(PlanError, match="do not fit"):
        Csr(5, 4)


def test_weight_levels_are_k_means_in_one_dimension() -> None:
    values = np.random.default_rng(1).exponential(1, (4000, 2)).astype(np.float32)
    levels = weight_levels(values, 4)
    cells = nearest_level(levels, values)
    assert np.allclose(levels, [values[cells == i].mean() for i in range(4)], atol=5e-3)


def test_moving_codebooks_keep_more_than_fixed_ones(train: Train) -> None:
    found = []
    for epochs in (0, 15):
        book = Codebook.fit(Qinco(3, 4, hidden=32, epochs=epochs), train)
        found.append(lost(train.rows, book.decode(book.encode(train.rows))))
    assert found[1] < found[0]


def test_the_cost_of_a_moved_codeword_is_its_error(train: Train) -> None:
    q = Qinco(2, 4, hidden=8, epochs=1)
    s = q.fit(train)
    z = framed(s, train.rows[:5])
    total = z[:, None] * 0.5
    pick, cost, h = step(s, 1, z[:, None] - total, total)
    moved = s["words"][1][pick] + h @ s["out"][1]
    assert np.allclose(cost, np.square((z[:, None] - total)[:, :, None] - moved).sum(3), rtol=1e-3, atol=1e-3)
