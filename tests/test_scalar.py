"""Codecs of one number at a time: formats as others write them, errors as theory has them, and refused settings."""

from __future__ import annotations

import faiss
import numpy as np
import pytest
import torch

from core.compress.checks_scalar import checks_scalar
from core.compress.codebook import Codebook
from core.compress.fp import magnitudes
from core.compress.lattice import nearest_points, patterns, points
from core.compress.levels import between, cells, kmeans_lines
from core.compress.parse import codec as parse_codec
from core.errors import PlanError
from core.kernels import top
from core.plan import parse
from core.scan_bits import pack_bits, to_half, unpack_bits
from core.types import Rows, Train


def rows(n: int, d: int, seed: int = 0) -> Rows:
    x = np.random.default_rng(seed).standard_normal((n, d)) * np.arange(1, d + 1.0) ** -0.4 + 0.05
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def fitted(text: str, x: Rows) -> Codebook:
    return Codebook.fit(parse_codec(text), Train(x, rows(200, x.shape[1], 9)))


def lost(text: str, x: Rows) -> float:
    book = fitted(text, x)
    return float(np.square(x - book.decode(book.encode(x))).sum())


def test_self_tests_pass() -> None:
    assert [c for c in checks_scalar() if not c[1]] == []


@pytest.mark.parametrize("d", [1, 7, 8, 50, 96])
@pytest.mark.parametrize("bits", range(1, 9))
def test_fields_are_packed_from_the_lowest_bit_on(bits: int, d: int) -> None:
    fields = np.random.default_rng(bits).integers(0, 1 << bits, (9, d)).astype(np.uint8)
    spread = (fields[:, :, None] >> np.arange(bits, dtype=np.uint8)) & 1
    codes = pack_bits(fields, bits)
    assert (codes == np.packbits(spread.reshape(9, -1), axis=1, bitorder="little")).all()
    assert (unpack_bits(codes, bits, d) == fields).all()
    assert (unpack_bits(np.pad(codes, ((0, 0), (3, 2))), bits, d, 3) == fields).all()


def test_brain_floats_are_those_of_torch() -> None:
    x = np.concatenate([rows(200, 33) * s for s in (1e-30, 1.0, 1e30)])
    theirs = torch.from_numpy(x).to(torch.bfloat16).view(torch.uint16).numpy().view(np.uint8)
    assert (fitted("bf16", x).encode(x) == theirs).all()


@pytest.mark.parametrize(
    ("text", "kind"), [("fp8", torch.float8_e4m3fn), ("fp8(exponent=5)", torch.float8_e5m2)], ids=["e4m3", "e5m2"]
)
def test_eight_bit_floats_are_those_of_torch(text: str, kind: torch.dtype) -> None:
    x = rows(300, 40)
    table = magnitudes(8, 5 if "5" in text else 4)
    x[:7] = np.resize((table[1:60] + table[:59]) / 2 / table.max() * np.abs(x).max(), (7, 40))  # ties
    book = fitted(text, x)
    scaled = x / book.state["scale"]
    assert (book.encode(x) == torch.from_numpy(scaled).to(kind).view(torch.uint8).numpy()).all()
    numbers = torch.from_numpy(np.arange(128, dtype=np.uint8)).view(kind).to(torch.float32).numpy()
    finite = np.isfinite(numbers)
    assert (table[finite] == numbers[finite]).all() and (table[~finite] == numbers[finite].max()).all()


def test_four_bit_floats_are_the_standard_values_and_the_best_split_is_kept() -> None:
    assert magnitudes(4, 2).tolist() == [0, 0.5, 1, 1.5, 2, 3, 4, 6]
    x = rows(500, 24)
    assert lost("fp4", x) == min(lost(f"fp4(exponent={e})", x) for e in (1, 2, 3))
    assert lost("fp4(each=1)", x) < lost("fp4", x)


def test_eight_bits_find_as_much_as_those_of_faiss() -> None:
    x, q = rows(2000, 48), rows(60, 48, 1)
    theirs = faiss.index_factory(48, "SQ8", faiss.METRIC_INNER_PRODUCT)
    theirs.train(x)
    theirs.add(x)
    book, exact = fitted("int8", x), top(q @ x.T, 10)[0]
    own = top(book.scorer(q)(book.encode(x)), 10)[0]
    both = (own, theirs.search(q, 10)[1])
    kept = [np.mean([len(np.intersect1d(*pair)) for pair in zip(ids, exact, strict=True)]) for ids in both]
    assert kept[0] > kept[1] - 0.1 and kept[1] > 9.5


def test_learned_ends_lose_least() -> None:
    x = np.random.default_rng(0).standard_t(3, (4000, 6)).astype(np.float32)
    for bits in (2, 3, 4):
        others = [f"int{bits}", f"int{bits}(clip=10)", f"int{bits}(clip=100)", f"int{bits}(clip=500)"]
        assert lost(f"int{bits}(dual=1)", x) < min(lost(text, x) for text in others)
    one = fitted("int3(dual=1,shared=1)", x).state
    assert len(set(one["low"])) == len(set(one["step"])) == 1


def test_levels_of_a_line_are_as_good_as_those_of_k_means() -> None:
    from sklearn.cluster import KMeans

    x = np.random.default_rng(0).laplace(size=(3000, 2)).astype(np.float32)
    weight = np.random.default_rng(1).random((3000, 2)).astype(np.float32)
    levels = kmeans_lines(x, weight, 8, 100)
    for j in range(2):
        line, w = x[:, j : j + 1], weight[:, j]
        best = KMeans(8, n_init=5, random_state=0, tol=0, max_iter=500).fit(line, sample_weight=w).inertia_
        nearest = np.square(line - levels[j][None]).min(1)
        assert (w * nearest).sum() < 1.02 * best


def test_a_value_falls_into_the_cell_of_the_nearest_level() -> None:
    levels = np.sort(np.random.default_rng(0).standard_normal((5, 16)), axis=1).astype(np.float32)
    x = np.random.default_rng(1).standard_normal((300, 5)).astype(np.float32) * 2
    nearest = np.abs(x[:, :, None] - levels).argmin(2)
    assert (cells(x, between(levels)) == nearest).all()


def test_outlier_slots_complete_the_worst_entries() -> None:
    x = rows(600, 40)
    x[:, 7] += np.where(np.random.default_rng(0).random(600) < 0.01, 3, 0).astype(np.float32)
    assert lost("nuq2(outliers=2)", x) < lost("nuq2(outliers=1)", x) < lost("nuq2", x)
    book = fitted("nuq2(outliers=1)", x)
    far = x[:, 7] > 1.5
    assert np.abs(book.decode(book.encode(x))[far, 7] - x[far, 7]).max() < 2e-3


def test_the_second_level_refines_the_first() -> None:
    x = rows(300, 40)
    one, two = fitted("lvq4", x), fitted("lvq4x4", x)
    assert (one.encode(x)[:, :20] == two.encode(x)[:, :20]).all()
    assert lost("lvq4x4", x) < lost("lvq4", x) / 200
    assert lost("lvq4x4", x) == pytest.approx(lost("lvq8", x), rel=0.05)


@pytest.mark.parametrize(
    "name", ["nuq{}", "nuq{}(shared=1)", "nuq{}(outliers=2)", "lvq{}", "tq{}", "int{}(dual=1)", "fp{}"]
)
def test_more_bits_lose_less(name: str) -> None:
    x = rows(400, 40)
    errors = [lost(name.format(bits), x) for bits in ((4, 6, 8) if "fp" in name else range(1, 9))]
    assert errors == sorted(errors, reverse=True)


def test_scales_are_what_they_promise() -> None:
    x = rows(300, 64)
    books = {scale: fitted(f"tq2(scale={scale})" if scale else "tq2", x) for scale in (0, 1, 2)}
    decoded = {scale: book.decode(book.encode(x)) for scale, book in books.items()}
    inner = {scale: np.einsum("ij,ij->i", x, y) for scale, y in decoded.items()}
    square = np.einsum("ij,ij->i", x, x)
    np.testing.assert_allclose(inner[1], square, rtol=2e-3)  # unbiased: what is lost is orthogonal to the row
    np.testing.assert_allclose(inner[2], np.square(decoded[2]).sum(1), rtol=2e-3)  # least squared error
    assert np.square(x - decoded[2]).sum() < min(np.square(x - decoded[s]).sum() for s in (0, 1))


def test_the_sketch_is_unbiased_over_seeds_and_its_wrong_factor_is_not() -> None:
    x, q = rows(40, 64), rows(40, 64, 5)
    truth = np.einsum("ij,ij->i", q, x)
    estimates, halves = [], []
    for seed in range(60):
        book = Codebook.fit(parse_codec("tq2(prod=1)"), Train(x, None, seed))
        codes = book.encode(x)
        estimates.append(np.einsum("ij,ij->i", q, book.decode(codes)))
        codes[:, -2:] = to_half(np.zeros((len(x), 1)))
        halves.append(np.einsum("ij,ij->i", q, book.decode(codes)))
    found, plain = np.mean(estimates, axis=0), np.mean(halves, axis=0)
    assert truth @ found / (truth @ truth) == pytest.approx(1, abs=0.02)
    assert truth @ plain / (truth @ truth) == pytest.approx(1 - 0.363, abs=0.04)  # one bit of Lloyd–Max alone


def test_the_lattice_has_even_sums_and_finds_its_nearest_point() -> None:
    p = points().astype(np.float32) / 4
    assert patterns().shape == (256, 8) and len(np.unique(p, axis=0)) == 1 << 16
    square = (patterns() ** 2).sum(1)
    assert (square <= 10).sum() == 227 and (square == 12).sum() == 29
    base = p - np.where(np.arange(1 << 16)[:, None] >> 15, 0.25, -0.25)
    assert (base.sum(1) % 2 == 0).all()
    x = np.random.default_rng(0).standard_normal((60, 8)).astype(np.float32) * 1.3
    gap = np.square(x[:, None] - p).sum(2)
    found = nearest_points(x).view("<u2")[:, 0]
    np.testing.assert_allclose(gap[np.arange(60), found], gap.min(1), rtol=1e-5)


def test_the_lattice_beats_two_bits_of_scalar_levels() -> None:
    x = np.random.default_rng(0).standard_normal((3000, 16)).astype(np.float32)
    assert lost("e8", x) / x.size == pytest.approx(0.0923, abs=0.0015)
    assert lost("e8", x) < 0.82 * lost("nuq2", x)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("bf16", 768),
        ("fp4", 192),
        ("nuq3(outliers=5)", 164),
        ("lvq4", 196),
        ("lvq4x8", 580),
        ("tq4", 194),
        ("tq4(prod=1)", 196),
        ("tq1(prod=1)", 52),
        ("e8", 96),
    ],
)
def test_bytes_of_384_dimensions(text: str, size: int) -> None:
    codec = parse_codec(text)
    assert codec.nbytes(384) == size == sum(codec.ledger(384).values())
    assert str(parse(text)) == text


@pytest.mark.parametrize("text", ["int4(clip=10,dual=1)", "tq4(scale=1,prod=1)", "fp4(exponent=4)"])
def test_settings_that_contradict_each_other(text: str) -> None:
    with pytest.raises(PlanError):
        parse_codec(text)


@pytest.mark.parametrize("text", ["tq1(prod=1)", "tq5", "nuq6(outliers=3)", "lvq3x5", "int7(dual=1)", "fp6", "nuq8"])
def test_widths_that_straddle_bytes_scan_as_they_score(text: str) -> None:
    x, q = rows(333, 45), rows(21, 45, 3)
    book = fitted(text, x)
    codes = book.encode(x)
    hits, scores = book.scanner(codes)(q, 12), book.scorer(q)(codes)  # type: ignore[misc]
    np.testing.assert_allclose(hits.scores, top(scores, 12)[1], atol=2e-5)
    assert book.scanner(codes[:0])(q, 12).ids.shape == (21, 0)  # type: ignore[misc]
