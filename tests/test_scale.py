"""Recall at many sizes from one pass, what is known by heart, and forecasts that hold."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from core.errors import DataError, PlanError, ThinvecError
from core.evaluate.decline import decline
from core.evaluate.measure import Shared, answers
from core.evaluate.metrics import recall
from core.evaluate.rebuilt import over, within
from core.evaluate.scale import Halves, grid, known, sized
from core.evaluate.thin import ranked, recall_at, searched
from core.evaluate.truth import truth
from core.plan import parse
from core.search.built import build, train_for
from core.store import Store
from core.types import Vectors

TWO = "bin(mean=1) | keep4 > int4"


@pytest.fixture(scope="module")
def large() -> Vectors:
    """12,000 documents and 150 queries, of 32 dimensions with a falling spectrum."""
    rows = np.random.default_rng(3).standard_normal((12_150, 32)) * 0.93 ** np.arange(32)
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return Vectors(rows[:12_000], rows[12_000:], name="large")


@pytest.mark.parametrize("plan", ["int4", "bin", "pq8x8", TWO])
def test_walking_lists_is_searching_the_part(small: Vectors, plan: str) -> None:
    recipe = parse(plan)
    made = build(recipe, train_for(small), small.docs)
    lists = ranked(made, small.docs, small.queries, [(5, 300), (1, 300)])
    inside = np.random.default_rng(1).permutation(600) < 300
    part = np.ascontiguousarray(small.docs[inside])
    for k, found in zip((5, 1), searched(lists, inside, (5, 1), recipe.keep), strict=True):
        hits = over(made, part).search(small.queries, k)
        assert found == pytest.approx(recall(hits.ids, truth(part, small.queries, k), part, small.queries, k))


def test_the_whole_is_measured_as_everywhere(small: Vectors) -> None:
    shared = Shared(small)
    made = build(parse("bin"), shared.train, small.docs)
    found = recall_at(ranked(made, small.docs, small.queries, [(10, 600)]), [(10, 600)])[:, 0]
    ids = answers(made.search, small.queries, 10).ids
    assert found == pytest.approx(recall(ids, shared.truth(10), small.docs, small.queries, 10))


def test_parts_that_are_too_small_are_refused(small: Vectors) -> None:
    lists = ranked(build(parse("bin"), train_for(small), small.docs), small.docs, small.queries, [(5, 600)])
    with pytest.raises(ThinvecError, match="larger parts"):
        list(searched(lists, np.arange(600) < 3, (5,)))


def test_grid_asks_fewer_neighbours_of_fewer_documents() -> None:
    assert grid(4000, 10)[-1] == (10, 4000)
    assert {n for k, n in grid(4000, 1)} == {4000, 2000, 1000, 500, 250}
    assert (5, 250) in grid(4000, 10)
    assert (10, 250) not in grid(4000, 10)
    assert grid(200, 100)[-1] == (100, 200)
    with pytest.raises(DataError, match="at least 1,000 documents"):
        grid(400, 500)


def test_a_line_in_probits_is_found_again() -> None:
    rng, normal = np.random.default_rng(0), NormalDist()
    pairs = grid(10_000, 10)

    def exact(k: int, n: float) -> float:
        return normal.cdf(1.5 - 0.1 * np.log(n / k) - 0.3 / k**0.5)

    values = np.stack([exact(k, n) + 0.02 * rng.standard_normal(400) for k, n in pairs], axis=1)
    fit = decline(pairs, values, 10)
    near, far, beyond = (fit.at(n) for n in (10_000, 100_000, 10_000_000))
    assert near.mean == pytest.approx(exact(10, 10_000), abs=0.005)
    assert far.low < exact(10, 100_000) < far.high
    assert beyond.low < exact(10, 10_000_000) < beyond.high
    assert near.high - near.low < far.high - far.low < beyond.high - beyond.low
    assert (fit.largest, fit.deepest) == (10_000, pytest.approx(10_000))


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_recall_at_its_ends_stays_there(value: float) -> None:
    pairs = grid(1000, 10)
    told = decline(pairs, np.full((20, len(pairs)), value), 10).at(5000)
    assert 0 <= told.low <= told.mean <= told.high <= 1
    assert told.mean == pytest.approx(value, abs=0.001)


def test_the_decline_says_what_it_lacks() -> None:
    with pytest.raises(ThinvecError, match="recall@10 at one size"):
        decline([(1, 100)], np.ones((5, 1)), 10)
    with pytest.raises(ThinvecError, match="2 queries or more at 1 sizes"):
        decline([(1, 100)], np.ones((1, 1)), 1)


def test_forecasts_hold(large: Vectors) -> None:
    """Fitted on a sixth of the documents; at least five of six plans lie within bands that say something."""
    whole, some = Shared(large), replace(large, docs=large.docs[:2000])
    halves, train, held = Halves(some), train_for(some), []
    for plan in ("int4", "bin", "pq8x8", "klt > wpq8", "pca12 > int8", TWO):
        told = halves.measure(plan).forecast(12_000)
        made = build(parse(plan), train, large.docs)
        ids = answers(made.search, large.queries, 10).ids
        found = float(recall(ids, whole.truth(10), large.docs, large.queries, 10).mean())
        held.append(told.low <= found <= told.high)
        assert told.high - told.low < 0.14
    assert sum(held) >= 5


def test_what_is_known_by_heart_is_seen(large: Vectors) -> None:
    few = replace(large, docs=large.docs[:600])
    learned, plain = (Halves(few).measure(plan) for plan in ("pq16x8", "bin"))
    assert learned.by_heart.low > 0.05
    assert learned.doubt == ""
    assert float(learned.seen.mean()) > 0.95
    assert plain.by_heart.low <= 0 <= plain.by_heart.high
    assert "cannot be told apart" in plain.doubt
    assert learned.forecast(600).mean > learned.forecast(60_000).mean
    assert learned.forecast(600).mean > learned.decline.at(600).mean


def test_sizes_memory_and_the_tested_range(small: Vectors) -> None:
    s = Halves(small).measure("klt > wpq8", 5)
    assert list(s.measured) == [300]
    assert (s.largest, s.learned, s.documents) == (300, 300, 600)
    made = build(parse("klt > wpq8"), Halves(small).trains[0], small.docs)
    unread = sum(made.state_bytes[name] for name in made.encoding_only)
    assert s.state_bytes == sum(made.state_bytes.values()) - unread
    assert s.memory(10**7) == 8 * 10**7 + s.state_bytes
    assert s.outside(300) == ""
    assert "2.0 × as many" in s.outside(600)
    assert s.outside(1501).startswith("far outside")


def test_it_is_kept(small: Vectors, tmp_path) -> None:
    store, halves = Store(tmp_path), Halves(small)
    assert known(store, small.fingerprint, "bin", 5) is None
    first = sized(store, halves, "bin", 5)
    again = known(store, small.fingerprint, "bin", 5)
    assert again is not None
    assert (again.grid, again.plan, again.learned, again.state_bytes) == (
        first.grid,
        "bin",
        first.learned,
        first.state_bytes,
    )
    assert np.array_equal(again.unseen, first.unseen)
    assert again.forecast(10_000) == first.forecast(10_000) == Halves(small).measure("bin", 5).forecast(10_000)


def test_a_graph_is_built_anew_at_every_size(small: Vectors) -> None:
    halves = Halves(small)
    s = halves.measure("int8 | hnsw4(search=300)", 5)
    plain = halves.measure("int8", 5)
    assert s.grid == ((5, 300),)  # fewer neighbours are better served by the same beam: they tell nothing of more
    np.testing.assert_allclose(s.unseen[:, 0], plain.unseen[:, plain.grid.index((5, 300))], atol=0.05)
    assert s.index.startswith("hnsw4(search=300) is built anew at each size") and plain.index == ""
    made = build(parse("int8 | hnsw4(search=300)"), halves.trains[0], halves.rows[1])
    links = sum(a.nbytes for name, a in made.index.items() if name != "entry")
    assert s.bytes_per_vector == pytest.approx(32 + links / 300)
    assert s.memory(600) - s.memory(300) == pytest.approx(300 * (32 + links / 300))
    assert s.state_bytes == plain.state_bytes + 4


def test_a_graph_that_sees_little_recalls_little(large: Vectors) -> None:
    some = replace(large, docs=large.docs[:4000], queries=large.queries[:60])
    narrow, wide = (Halves(some).measure(f"f32 | hnsw4(build=20,search={beam})") for beam in (10, 200))
    assert [n for _, n in narrow.grid] == [500, 1000, 2000]
    assert narrow.measured[2000].high < wide.measured[2000].low
    assert narrow.forecast(20_000).high - narrow.forecast(20_000).low > 0.05
    inside = np.arange(0, 4000, 4)
    made = build(parse("int8 | hnsw4 | keep2 > f16"), train_for(some), some.docs)
    part = within(made, inside)
    assert (part.codes == over(made, some.docs[inside]).codes).all()
    assert part.rerank is not None and part.index["links0"].shape == (1000, 8)


def test_lists_are_not_forecast_and_it_says_why(small: Vectors) -> None:
    with pytest.raises(PlanError, match="from one drawing of so many lists to another"):
        Halves(small).measure("bin | ivf16")


def test_what_cannot_be_cut_is_said(small: Vectors) -> None:
    with pytest.raises(DataError, match="at least 40 documents"):
        Halves(replace(small, docs=small.docs[:30])).measure("bin")
    with pytest.raises(PlanError):
        Halves(small).measure("nonsense")
    with pytest.raises(DataError, match="neighbours need at least"):
        Halves(small).measure("bin", 400)
