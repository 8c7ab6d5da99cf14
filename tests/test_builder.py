"""The plan builder: what can be clicked can be written, whatever is clicked gives a plan or one sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import catalogue
from core.errors import PlanError
from core.plan import parse
from core.ui import builder_parts as parts
from core.ui.builder_parts import Side, Slot

NAMES = st.sampled_from(sorted(catalogue()))
SLOTS = st.builds(Slot, st.sampled_from(["first", "index", "keep", "again"]), st.integers(-1, 6))
CLICKS = st.one_of(
    st.tuples(st.just("put"), NAMES, st.sampled_from(["first", "again"]), st.booleans()),
    st.tuples(st.just("remove"), SLOTS),
    st.tuples(st.just("move"), SLOTS, st.sampled_from([-1, 1])),
    st.tuples(
        st.just("slide"), SLOTS, st.sampled_from(["bits", "m", "dims", "size", "scale", "x"]), st.integers(-1, 5000)
    ),
)


@pytest.mark.parametrize("text", parts.examples())
def test_every_example_opens_and_prints_back(text: str) -> None:
    plan = parse(text)
    assert str(plan) == text or str(plan) == text.removesuffix(" | flat")
    assert Side.of(plan.codec).codec == plan.codec
    for slot, stage in parts.slots(plan).items():
        for f in parts.settings(stage, True) + parts.settings(stage, False) if stage else []:
            value = getattr(stage, f.name)
            assert value in parts.offered(plan, slot, f, 384)
            assert parts.slide(plan, slot, f.name, value) == plan


@given(st.sampled_from(sorted(parts.examples())), st.lists(CLICKS, max_size=12))
def test_any_clicks_give_a_plan_or_one_sentence(text: str, clicks: list[tuple]) -> None:
    plan = parse(text)
    for act, *rest in clicks:
        try:
            plan = getattr(parts, act)(plan, *rest)
        except PlanError as e:
            said = str(e).split("\n")[0]
            assert said.endswith(".") and len(said) < 250, said
            continue
        assert parse(str(plan)) == plan
        assert parse(plan.slug) == plan


def test_stages_go_where_they_belong() -> None:
    plan = parse("int8")
    plan = parts.put(plan, "klt")
    plan = parts.put(plan, "center")
    assert str(plan) == "klt > center > int8"
    assert str(parts.move(plan, Slot("first", 1), -1)) == "center > klt > int8"
    assert str(parts.put(plan, "bin")) == "klt > center > bin"
    assert str(parts.put(plan, "bin", add=True)) == "klt > center > int8 + bin"
    assert str(parts.put(plan, "tune")) == "klt > center > tune > int8"
    assert str(parts.put(plan, "keep")) == "klt > center > int8 | keep4 > int8"
    both = parts.put(parts.put(plan, "keep"), "pca", "again")
    assert str(both) == "klt > center > int8 | keep4 > pca64 > int8"
    assert str(parts.slide(both, Slot("keep"), "keep", 9)) == "klt > center > int8 | keep9 > pca64 > int8"
    assert str(parts.remove(both, Slot("keep"))) == str(plan)
    assert str(parts.remove(both, Slot("again", 0))) == "klt > center > int8 | keep4 > int8"


def test_what_cannot_be_is_said_in_a_sentence() -> None:
    plan = parse("klt > int8")
    with pytest.raises(PlanError, match="needs a codec"):
        parts.remove(plan, Slot("first", 1))
    with pytest.raises(PlanError, match="nowhere to go"):
        parts.move(plan, Slot("first", 0), 1)
    with pytest.raises(PlanError, match="must lie in 1 to 8"):
        parts.slide(plan, Slot("first", 1), "bits", 9)
    with pytest.raises(PlanError, match="keep must lie in 1 to 1000"):
        parts.slide(parts.put(plan, "keep"), Slot("keep"), "keep", 0)


def test_a_slider_offers_what_fits() -> None:
    plan = parse("pca64 > int8")
    stage = parts.slots(plan)[Slot("first")]
    found = parts.offered(plan, Slot("first"), parts.settings(stage, False)[0], 96)
    assert found[0] == 1 and found[-1] == 96 and 64 in found
    assert parts.stops(0, 8, 3) == list(range(9))
    assert parts.stops(1, 4096, 37)[:6] == [1, 2, 3, 4, 6, 8] and 37 in parts.stops(1, 4096, 37)
