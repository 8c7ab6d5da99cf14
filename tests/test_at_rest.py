"""Codes at rest: whatever the codes, what was written is read back, and the size is that of bytes really written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.compress.codebook import Codebook
from core.compress.parse import codec
from core.errors import DataError
from core.evaluate import at_rest as module
from core.evaluate.at_rest import at_rest, decode, encode
from core.types import Train, Vectors

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 5))


@given(arrays(np.uint8, SHAPES), st.sampled_from([255, 3, 1, 0]), st.integers(1, 60))
def test_decode_undoes_encode(codes: np.ndarray, mask: int, times: int) -> None:
    codes = np.repeat(codes & mask, times, axis=0)
    assert (decode(encode(codes)) == codes).all()
    assert at_rest(codes).total == len(encode(codes))


@pytest.mark.parametrize("plan", ["bin", "int4", "int8", "pq4x8", "klt > wpq8", "klt > wsq8", "f32", "rabitq2", "bbq"])
def test_codes_of_real_plans(plan: str, small: Vectors) -> None:
    codes = Codebook.fit(codec(plan), Train(small.docs, small.train_queries)).encode(small.docs)
    blob = encode(codes)
    assert (decode(blob) == codes).all()
    assert encode(codes) == blob
    size = at_rest(codes)
    assert (size.total, size.held, size.rows, size.coded) == (len(blob), codes.nbytes, 600, 600)
    assert size.total <= codes.nbytes + module.HEAD.size + codes.shape[1] + 4  # kept as it is, at worst


def test_an_uneven_coin_costs_its_entropy() -> None:
    rng = np.random.default_rng(0)
    n = 200_000
    codes = np.stack([rng.choice(4, n, p=[0.85, 0.05, 0.05, 0.05]), rng.integers(0, 256, n)], 1).astype(np.uint8)
    p = np.array([0.85, 0.05, 0.05, 0.05])
    bits = -(p * np.log2(p)).sum()
    size = at_rest(codes)
    assert size.stream * 8 / n == pytest.approx(bits + 8, rel=0.005)
    assert size.exact


def test_noise_is_kept_as_it_is() -> None:
    codes = np.random.default_rng(0).integers(0, 256, (5_000, 6), dtype=np.uint8)
    size = at_rest(codes)
    assert (size.stream, size.tables) == (codes.nbytes, module.HEAD.size + 6)


def test_many_rows_are_sampled_and_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = np.random.default_rng(0).binomial(8, 0.5, (60_000, 2)).astype(np.uint8)
    whole = at_rest(codes)
    monkeypatch.setattr(module, "MOST", 20_000)
    part = at_rest(codes)
    assert (part.coded, part.rows, part.exact, whole.exact) == (10_000, 60_000, False, True)
    assert part.stream == pytest.approx(whole.stream, rel=0.02)
    assert at_rest(codes) == part
    state = np.random.get_state()[1].copy()
    at_rest(codes, seed=3)
    assert (np.random.get_state()[1] == state).all()


def test_more_rows_share_the_tables() -> None:
    size = at_rest(np.random.default_rng(0).binomial(8, 0.5, (6_000, 2)).astype(np.uint8))
    more = size.scaled(600_000)
    assert (more.tables, more.stream, more.held) == (size.tables, 100 * size.stream, 1_200_000)
    assert more.share < size.share < 1
    assert not more.exact


@pytest.mark.parametrize("kept", [0, 5, 14, 40])
def test_a_blob_cut_short_is_explained(kept: int) -> None:
    blob = encode(np.random.default_rng(0).binomial(8, 0.5, (500, 3)).astype(np.uint8))
    with pytest.raises(DataError, match="no codes at rest"):
        decode(blob[:kept])


def test_no_codes_are_refused() -> None:
    with pytest.raises(DataError, match="no codes to write down"):
        at_rest(np.empty((0, 4), np.uint8))
