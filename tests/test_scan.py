"""Compiled scans give the codes' own answer, also where a faster one takes over, block by block, and in ties."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from core.compress import nibbles, product
from core.compress.codebook import Codebook
from core.compress.parse import codec as parse_codec
from core.kernels import top
from core.plan import parse
from core.search import flat
from core.search.built import Built, build
from core.types import Rows, Train

D, N = 50, 1200
NIBBLES = ["pq10x4", "pq3x4", "opq10x4", "wpq1", "wpq2(bits=4)", "wpq6(bits=4)", "wpq6(scale=0,bits=4)"]
NIBBLES += ["klt > wpq12(bits=4)", "center > opq5x4", "wsq25(scale=0)"]


def rows(n: int, seed: int, slope: float) -> Rows:
    """Unit rows off-centre; a steep slope lets one group outweigh all others, so that 8-bit tables are too coarse."""
    x = np.random.default_rng(seed).standard_normal((n, D)) * np.arange(1, D + 1.0) ** slope + 0.05
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The 4-bit scan takes over from the first row on; how many queries its kernel answered for."""
    seen: list[int] = []
    plain: Callable[..., Rows] = nibbles.rounding

    def counted(tables: Rows, *more: Rows) -> Rows:
        seen.append(len(tables))
        return plain(tables, *more)

    monkeypatch.setattr(product, "FEW", 0)
    monkeypatch.setattr(nibbles, "rounding", counted)
    return seen


@pytest.mark.parametrize("slope", [0.0, -0.5, -1.5])
@pytest.mark.parametrize("text", NIBBLES)
def test_four_bit_scan_ranks_as_scorer(text: str, slope: float, asked: list[int]) -> None:
    x, q = rows(N, 1, slope), rows(40, 2, slope)
    book = Codebook.fit(parse_codec(text), Train(x, rows(100, 3, slope)))
    codes = book.encode(x)
    scores, scan = book.scorer(q)(codes), book.scanner(codes)
    assert scan is not None
    for k in (1, 10, N + 5):
        hits = scan(q, k)
        best = top(scores, k)[1]
        assert (hits.ids >= 0).all() and all(len(set(row)) == len(row) for row in hits.ids.tolist())
        assert np.abs(np.take_along_axis(scores, hits.ids, 1) - best).max() < 1e-5 * np.abs(scores).max()
        assert np.abs(hits.scores - best).max() < 1e-5 * np.abs(scores).max()
    assert asked == ([] if text == "wsq25(scale=0)" and not (book.state["counts"] == 16).all() else [40, 40])


def test_the_four_bit_kernel_is_seldom_unsure(asked: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    x, q = rows(5000, 1, -0.5), rows(200, 2, -0.5)
    again: list[int] = []
    plain = nibbles.scan
    monkeypatch.setattr(nibbles, "scan", lambda c, tables, k, s: again.append(len(tables)) or plain(c, tables, k, s))
    for text in ("pq10x4", "klt > wpq12(bits=4)"):
        book = Codebook.fit(parse_codec(text), Train(x, rows(100, 3, -0.5)))
        scan = book.scanner(book.encode(x))
        assert scan is not None
        scan(q, 10)
    assert sum(asked) == 400 and sum(again) < 40


@pytest.mark.parametrize("text", ["f32", "int8", "int5", "bin", "pq5x8", "pq10x4", "klt > wpq6", "bin + int4", "wpq8"])
def test_blocks_make_no_difference(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x, q = rows(N, 1, -0.5), rows(40, 2, -0.5)
    built = build(parse(text), Train(x), x)
    whole = built.search(q, 10)
    for module, name, small in ((flat, "BLOCK", 100), (nibbles, "QUERIES", 7)):
        monkeypatch.setattr(module, name, small)
    monkeypatch.setattr("core.stage.Codec.at_once", lambda self: 100)
    monkeypatch.setattr("core.scan.TABLE_BYTES", 1 << 15)
    codes = built.codebook.encode(x)
    assert (codes == built.codes).mean() > 0.999
    parts = Built(built.plan, built.codebook, built.codes, None, 0.0, 0.0).search(q, 10)
    assert (parts.ids == whole.ids).mean() > 0.99
    np.testing.assert_allclose(parts.scores, whole.scores, atol=1e-5)
    assert (whole.ids == top(q @ built.codebook.decode(built.codes).T, 10)[0]).mean() > 0.98


@pytest.mark.parametrize("text", ["f32", "f16", "int4", "bin", "pq10x8", "klt > wpq8", "wsq8"])
def test_codes_need_not_be_contiguous(text: str) -> None:
    x, q = rows(300, 1, -0.5), rows(5, 2, -0.5)
    built = build(parse(text), Train(x), x)
    loose = Built(built.plan, built.codebook, np.asfortranarray(built.codes), None, 0.0, 0.0)
    assert (loose.search(q, 5).ids == built.search(q, 5).ids).all()


def test_rows_without_any_spread_are_searched() -> None:
    x = np.repeat(rows(1, 1, 0.0), 30, axis=0)
    for text in ("pq10x4", "center > opq5x8", "center > klt > wsq6", "klt > wpq6", "int4", "bin"):
        hits = build(parse(text), Train(x), x).search(x[:2], 3)
        assert np.isfinite(hits.scores).all() and hits.ids.shape == (2, 3), text
