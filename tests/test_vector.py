"""Vector quantisers: each against its own definition, and all scores that are sums over bytes against decoded rows."""

from __future__ import annotations

import numpy as np
import pytest

from core.compress import codecs
from core.compress.book import chosen
from core.compress.checks_vector import ADDITIVE, checks, clustered, entropy, gaussian, lost
from core.compress.codebook import Codebook
from core.compress.cpq import EPSILON, _distances, _occupancy, _sinkhorn
from core.compress.lsq import local_search, shakes
from core.compress.parse import codec as parse_codec
from core.compress.rq import starts
from core.errors import PlanError
from core.types import Rows, Train

X = clustered(3)[:1000]
SUMS = ["int4 + int8", "bin + int2", "pq4x8 + pq4x8", "int3 + opq4x4 + bin(mean=1)", "lrpq4x8(rank=12) + simvq5x8"]
EXAMPLES = [
    e
    for c in codecs().values()
    if c.__module__.split(".")[-1]
    in {"bin", "book", "cpq", "int", "lrpq", "lsq", "opq", "pq", "prq", "rq", "simvq", "wpq"}
    for e in c.examples
]


@pytest.mark.parametrize("text", [*EXAMPLES, *SUMS])
def test_tables_by_byte_add_up_to_the_scores(text: str) -> None:
    book = Codebook.fit(parse_codec(text), Train(X))
    tables = book.codec.by_byte(book.state)
    if tables is None:
        pytest.skip("its scores are no sums over bytes")
    q, codes = X[:9], book.encode(X[:50])
    parts = np.take_along_axis(tables(q)[:, None], codes[None, :, :, None].astype(np.int64), 3)
    scores = q @ book.decode(codes).T
    assert np.abs(parts.sum((2, 3)) - scores).max() < 1e-5 * np.abs(scores).max()


@pytest.mark.parametrize("text", SUMS)
def test_sums_of_codecs_with_tables_have_the_compiled_scan(text: str) -> None:
    book = Codebook.fit(parse_codec(text), Train(X))
    scan = book.scanner(book.encode(X))
    assert scan is not None and scan(X[:3], 5).ids.shape == (3, 5)


@pytest.mark.parametrize("text", ["wpq6 + int2", "pq4x8 + f16"])
def test_a_sum_with_a_part_that_has_none_is_decoded(text: str) -> None:
    book = Codebook.fit(parse_codec(text), Train(X))
    assert book.scanner(book.encode(X)) is None


def test_sinkhorn_gives_every_centroid_its_share() -> None:
    rng = np.random.default_rng(0)
    x, cent = rng.standard_normal((2000, 4)).astype(np.float32), rng.standard_normal((4, 16)).astype(np.float32)
    far, price, share = _distances(x, cent), np.zeros(16, np.float32), np.full(16, 1 / 16, np.float32)
    uneven, epsilon = _occupancy(far, price), np.float32(EPSILON * np.ptp(far) / 2)
    for _ in range(60):
        _sinkhorn(far, price, share, epsilon)
    soft = np.exp((price - far - (price - far).max(1, keepdims=True)) / epsilon)
    soft /= soft.sum(1, keepdims=True)
    assert np.abs(soft.mean(0) - share).max() < 0.001  # the mass is dealt evenly, however soft it is
    assert np.ptp(uneven) > 0.1 and np.abs(_occupancy(far, price) - share).max() < 0.02  # and its peaks nearly so


def test_no_balance_is_plain_k_means_and_more_balance_more_entropy() -> None:
    plain, half, full = (entropy(f"cpq4x8(turns=3,balance={b})", X) for b in (0, 50, 100))
    assert plain < half < full
    assert entropy("pq4x8", X) == pytest.approx(plain, abs=0.05)


def test_frozen_codewords_are_shared_and_the_layers_small() -> None:
    s = Codebook.fit(parse_codec("simvq6x8"), Train(X)).state
    assert s["frozen"].shape == (256, 5) and s["layer"].shape == (5, 24) and "centroids" not in s


def test_wider_frozen_codewords_lose_less() -> None:
    errors = [lost(f"simvq6x8(wide={w})", X, X) for w in (1, 4, 16)]
    assert errors == sorted(errors, reverse=True)
    assert lost("pq6x8", X, X) < errors[-1]


def test_the_low_rank_projection_is_orthonormal_and_learned_with_the_codebooks() -> None:
    book = Codebook.fit(parse_codec("lrpq4x8(rank=12)"), Train(X))
    axes = book.state["axes"].astype(np.float64)
    assert np.abs(axes.T @ axes - np.eye(12)).max() < 1e-5
    assert lost("lrpq4x8(rank=12)", X, X) < lost("lrpq4x8(rank=12,turns=0)", X, X) * 1.001
    with pytest.raises(PlanError, match="more directions than the 24"):
        Codebook.fit(parse_codec("lrpq4x8(rank=25)"), Train(X))


def sums(words: Rows, rows: np.ndarray) -> Rows:
    return words[rows].sum(1)


def test_local_search_never_loses_and_finds_the_best_of_few_codewords() -> None:
    rng, counts = np.random.default_rng(0), np.array([16, 16, 16])
    words, x = rng.standard_normal((48, 6)).astype(np.float32), rng.standard_normal((60, 6)).astype(np.float32) * 2
    start = rng.integers(0, 16, (60, 3)).astype(np.uint8)
    found = local_search(x, words, counts, start, shakes(counts, 60, rng))
    all_codes = np.stack(np.meshgrid(*[np.arange(16)] * 3, indexing="ij"), -1).reshape(-1, 3) + starts(counts)
    best = ((x[:, None] - sums(words, all_codes)) ** 2).sum(2).min(1)
    got = ((x - sums(words, found + starts(counts))) ** 2).sum(1)
    begun = ((x - sums(words, start + starts(counts))) ** 2).sum(1)
    assert (got <= begun * 1.0001).all() and (got < best * 1.0001).mean() > 0.9


def test_one_dictionary_serves_all_places() -> None:
    rng = np.random.default_rng(0)
    words = rng.standard_normal((40, 12)).astype(np.float32)
    true = np.sort(rng.integers(0, 40, (30, 3)), axis=1)
    found = np.sort(chosen(sums(words, true), words, 3, 200, rng), axis=1)
    assert (found == true).all(1).mean() > 0.9
    book = Codebook.fit(parse_codec("book2x10(turns=1)"), Train(X))
    numbers = book.codec.unpacked(book.encode(X[:40]))  # type: ignore[attr-defined]
    assert (np.diff(numbers, axis=1) >= 0).all() and numbers.max() < 1024


def test_local_search_codes_no_worse_than_beams() -> None:
    x, y = gaussian(1), gaussian(2)
    assert lost("lsq3x8(turns=4)", x, y) < lost("rq3x8", x, y)
    assert lost("lsq3x8(turns=4)", x, y) < lost("lsq3x8(turns=4,tries=0)", x, y)


def test_self_checks_pass() -> None:
    assert [c for c in checks() if not c[1]] == [] and len(ADDITIVE) == 4
