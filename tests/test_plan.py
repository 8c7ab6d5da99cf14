"""Plans as text: both spellings, and complaints that point at the place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.compress import codecs, transforms
from core.errors import PlanError
from core.plan import parse
from core.search.built import build
from core.types import Train

singles = st.sampled_from([e for c in codecs().values() for e in c.examples])
maps = st.sampled_from([e for t in transforms().values() for e in t.examples])
sums = st.lists(singles, min_size=1, max_size=3).map(" + ".join)
chains = st.tuples(st.lists(maps, max_size=3), sums).map(lambda p: " > ".join([*p[0], p[1]]))
plans = st.tuples(chains, st.none() | st.tuples(st.integers(1, 1000), chains)).map(
    lambda p: p[0] if p[1] is None else f"{p[0]} | keep{p[1][0]} > {p[1][1]}"
)


@given(plans)
def test_both_spellings_are_the_same_plan(text: str) -> None:
    plan = parse(text)
    assert str(plan) == text
    assert parse(plan.slug) == plan
    assert set(plan.slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")


@given(st.text(max_size=40))
def test_any_text_is_a_plan_or_an_explained_error(text: str) -> None:
    try:
        plan = parse(text)
    except PlanError as e:
        assert str(e)
    else:
        assert parse(str(plan)) == plan


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("klt > wpq48", "klt.wpq48"),
        ("pca64 > pq16x8(rounds=30) + int4", "pca64.pq16x8_rounds30-int4"),
        ("pca64 > int8 | keep4 > f16", "pca64.int8--keep4.f16"),
        ("klt(gamma=25) > wpq48(scale=0,bits=4)", "klt_gamma25.wpq48_scale0_bits4"),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert parse(text).slug == slug


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("klt > wpk48", 6, "did you mean 'wpq'?"),
        ("klt", 0, "add a codec"),
        ("pq48x8 >", 7, "expected >, +, | or the end"),
        ("klt > pq4x9", 6, "must lie in 4 to 8"),
        ("pq4x5", 0, "4 or 8"),
        ("int8(clipp=3)", 0, "did you mean 'clip'?"),
        ("int8 ? f16", 5, "'?' has no meaning"),
        ("int8 | keep0 > f16", 7, "keep must lie in 1 to 1000"),
        ("int8 | keep4", 12, "'>' and the codec to rerank with"),
        ("", 0, "expected a stage"),
        ("int8 + klt", 7, "only codecs can be added"),
    ],
)
def test_errors_point_at_the_place(text: str, place: int, says: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse(text)
    assert says in str(caught.value)
    assert caught.value.at == place


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("klt > wpq48", "flagship"),
        ("klt > wpq48 | keep4 > f16", "sum"),
        ("bin + int4", "sum"),
        ("pca64 > int8", "cut"),
        ("rot > int4", "scalar"),
        ("opq48x8", "vector"),
        ("center > bin", "binary"),
        ("f16", "floats"),
    ],
)
def test_families(text: str, family: str) -> None:
    assert parse(text).family == family


def test_bytes_add_up() -> None:
    plan = parse("klt > wpq48 | keep4 > f16")
    assert plan.nbytes(384) == 48 + 768 == sum(plan.ledger(384).values())


@pytest.mark.parametrize("text", ["pq48x8(m=3)", "int8(bits=4)", "pq48x8(rounds=3,rounds=4)"])
def test_a_setting_given_twice_is_explained(text: str) -> None:
    with pytest.raises(PlanError, match="given twice"):
        parse(text)


def test_more_pieces_than_dimensions_is_explained() -> None:
    rows = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    for text in ("pq4x8", "opq4x8", "opq4x4(turns=0)"):
        with pytest.raises(PlanError, match="use at most 3"):
            build(parse(text), Train(rows), rows)
