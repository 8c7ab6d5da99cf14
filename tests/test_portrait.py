"""A plan drawn from life: what is drawn is what the codec does, and bits per dimension are what they say."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import catalogue
from core.cli import main
from core.compress.allocation import allocation, dealt, inside, measured
from core.compress.codebook import Codebook
from core.compress.parse import codec as parse_codec
from core.errors import PlanError
from core.evaluate import portrait as drawn
from core.evaluate.portrait import Portrait, facts, mini, portraits, read, sitting
from core.plan import parse
from core.types import Train, Vectors
from core.vectorfile import load

PARTS = [e for c in catalogue().values() if c.kind == "codec" for e in c.examples]
MANY = [
    "bbq",
    "csr4x64(epochs=5)",
    "lvq4x8",
    "nuq2(outliers=2)",
    "qlae11x4(epochs=4)",
]
MANY += ["rabitq4", "tq3(prod=1)", "tq4", "wpq6", "wrq4(stages=2,turns=1)", "wsq6", "rq4x8(scale=1,dims=12,turns=1)"]


def book(plan: str, v: Vectors) -> Codebook:
    return Codebook.fit(parse(plan).codec, Train(v.docs[:400], v.train_queries))


@pytest.mark.parametrize("text", PARTS)
def test_the_bits_of_a_code_are_those_of_its_ledger(text: str) -> None:
    codec = parse_codec(text)
    for d in (32, 61, 384):
        runs, ledger = codec.packed(d), codec.ledger(d)
        assert sum(size for _, size in runs) == 8 * codec.nbytes(d)
        for name, size in ledger.items():
            assert sum(n for part, n in runs if part == name) == round(8 * size)


@pytest.mark.parametrize("text", MANY)
def test_a_bit_of_another_part_changes_what_that_part_means(text: str, small: Vectors) -> None:
    """Side information scales or shifts a whole row; a bit of `codes` does something else than that."""
    fitted = book(text, small)
    codes = fitted.encode(small.docs[400:430])
    at, seen = 0, {}
    for name, size in fitted.codec.packed(32):
        at += size
        seen[name] = at - 1  # its highest bit
    assert at == 8 * codes.shape[1]
    for name, bit in seen.items():
        other = codes.copy()
        other[:, bit // 8] ^= np.uint8(1 << bit % 8)
        moved = ~np.isclose(fitted.decode(other), fitted.decode(codes), atol=1e-12)
        if name in ("scale", "range", "levels", "factors"):
            assert moved.mean() > 0.3, name  # every number that is read
    if "scale" in seen and fitted.codec.ledger(32)["scale"] == 0.5:
        turned = codes.copy()
        turned[:, -1] ^= 0xF0
        a, b = inside(fitted, small.docs[400:430])[1], fitted.codec.decode(fitted.state, turned)
        shift = fitted.state.get("mean", fitted.state.get("offset", np.zeros(32)))
        lengths = np.linalg.norm(a - shift, axis=1) * np.linalg.norm(b - shift, axis=1)
        np.testing.assert_allclose(((a - shift) * (b - shift)).sum(1), lengths, rtol=1e-4)


@pytest.mark.parametrize("plan", ["klt > wpq6", "pca16 > int4", "bin + int2(clip=500)", "int8 | keep4 > f16", "pq5x8"])
def test_what_is_drawn_is_what_the_codec_does(plan: str, small: Vectors) -> None:
    of = sitting(small)
    found, share = portraits(plan, of)
    recipe = parse(plan)
    for p, codec in zip(found, (recipe.codec, recipe.rerank), strict=False):
        fitted = Codebook.fit(codec, of.train)
        code = fitted.encode(of.shown[:1])
        np.testing.assert_array_equal(np.packbits(p.bits, bitorder="little"), code[0])
        np.testing.assert_allclose(p.after, fitted.decode(code)[0], atol=1e-6)
        np.testing.assert_allclose(p.before, small.docs[p.row], atol=0)
        assert [s.name for s in p.steps[1:]] == [str(s) for s in recipe.stages[: len(p.steps) - 1]]
        assert len(p.given) == len(p.decoded)
        assert p.error == pytest.approx(float(np.square(p.before - p.after).sum()), rel=1e-4)
        assert sum(p.spent.values()) == 8 * codec.nbytes(32)
    assert len(found) == (2 if recipe.rerank else 1)
    assert share.bits == 8 * recipe.codec.nbytes(32)


def test_the_vector_that_is_drawn_was_not_learned_from(small: Vectors) -> None:
    for row in (None, 0, 599):
        of = sitting(small, row=row)
        assert not (of.train.rows[:, None] == of.shown[None, :1]).all(2).any()
        np.testing.assert_array_equal(of.shown[0], small.docs[of.row])
    assert sitting(small).row == sitting(small).row != sitting(small, seed=1).row
    with pytest.raises(PlanError, match="no document 600; choose one of 0 to 599"):
        sitting(small, row=600)


def test_a_gaussian_gets_the_bits_that_theory_gives_it() -> None:
    """int8 with cells of width Δ has error Δ²/12, so each dimension gets ½ log2(12 σ²/Δ²) bits."""
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((6000, 8)) * [8, 4, 2, 1, 0.5, 0.25, 0.1, 0.02]).astype(np.float32)
    fitted = Codebook.fit(parse_codec("int6"), Train(x))
    share = measured(fitted, x)
    step = np.ptp(x, axis=0).astype(float) / 64
    np.testing.assert_allclose(share.rates, 0.5 * np.log2(12 * x.var(0) / step**2), atol=0.05)
    assert (np.diff(share.variance) < 0).all()
    assert share.bits == 48 and share.rows == 6000 and share.dropped == 0
    assert np.maximum(share.ideal, 0).sum() == pytest.approx(48)


def test_bits_are_dealt_where_they_are_and_measured_where_not(small: Vectors) -> None:
    rest = small.docs[400:]
    deal = allocation(book("klt > wpq6", small))
    assert deal is not None and dealt(book("klt > wpq6", small)) is not None
    assert deal.rows == 0 and deal.rates.sum() == pytest.approx(44)
    assert allocation(book("pq5x8", small)) is None
    share = allocation(book("pca16 > int4", small), rest)
    assert share.rows == 200 and share.dropped == 16 and len(share.rates) == 16
    assert measured(book("f32", small), rest).rates.max() == 24
    flat = small.docs.copy()
    flat[:, 3] = 0.5
    share = measured(Codebook.fit(parse_codec("int8"), Train(flat)), flat)
    assert share.rates[-1] == 0 and share.active == 31


@given(st.sampled_from(["int4", "klt > wpq6", "bin | keep2 > int8"]), st.integers(0, 599))
def test_facts_come_back_as_they_were_told(plan: str, row: int) -> None:
    rng = np.random.default_rng(1)
    docs = rng.standard_normal((600, 24)).astype(np.float32)
    found, share = portraits(plan, sitting(Vectors(docs, docs[:2]), row=row))
    told = json.loads(json.dumps(facts(found, share)))
    again, same = read(told)
    for a, b in zip(found, again, strict=True):
        assert (a.codec, a.row, a.runs, a.learned) == (b.codec, b.row, b.runs, b.learned)
        np.testing.assert_array_equal(a.bits, b.bits)
        np.testing.assert_allclose(a.after, b.after, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(share.rates, same.rates, rtol=1e-4)
    assert (share.bits, share.rows) == (same.bits, same.rows)


def test_a_thumbnail_shows_a_transform_or_a_code(small: Vectors) -> None:
    of = sitting(small, most=drawn.FEW)
    cut = mini("pca16 > int8", of, "pca")
    assert not cut.bits and len(cut.after) == 16
    code = mini("pq5x8", of, "pq")
    assert len(code.bits) == 40 and set(code.bits) <= {0, 1} and len(code.after) == 32


def test_the_terminal_says_the_same(small: Vectors, tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "v.npz"
    np.savez(path, docs=small.docs, queries=small.queries, train_queries=small.train_queries)
    assert main(["portrait", str(path), "klt > wpq6", "--row", "5", "--json"]) == 0
    lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    found, share = portraits("klt > wpq6", sitting(load(path)[0], row=5))
    assert [line["what"] for line in lines] == ["portrait", "bits"]
    assert lines[0]["bits"] == "".join(map(str, found[0].bits)) and lines[0]["row"] == 5
    assert lines[1]["rates"] == facts(found, share)["allocation"]["rates"]
    assert main(["portrait", str(path), "pca16 > int4"]) == 0
    said = capsys.readouterr().out
    assert "learned on 399 others" in said and "16 of 32 dimensions get any; measured on 201 documents" in said
    assert main(["portrait", str(path), "int4", "--row", "600"]) != 0
    assert "no document 600" in capsys.readouterr().err


def test_a_portrait_of_nothing_has_no_error() -> None:
    zero = np.zeros(4)
    p = Portrait("int8", 0, (drawn.Step("vector", zero),), (("codes", 8),), np.zeros(8, np.uint8), zero, zero, 2)
    assert p.error == 0 and p.cosine == 0
