"""A race tries many plans on small samples and few in full, tells as it goes, and ends alike for the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import ThinvecError
from core.evaluate.results import Results
from core.plan import parse
from core.recommend import Best, Cut, Question, Tried, choose, facts, race
from core.recommend.heats import halved, octaves
from core.recommend.propose import proposals
from core.recommend.sample import Size, drawn
from core.recommend.sound import broken
from core.reporter import Reporter
from core.store import Store, write_json
from core.types import Budget, Trial, Vectors
from core.work import advise


@pytest.fixture(scope="module")
def wide() -> Vectors:
    """4,000 rows of 24 dimensions with a falling spectrum, 60 queries."""
    rng = np.random.default_rng(3)
    scale = 0.85 ** np.arange(24)
    docs = rng.standard_normal((4_000, 24)) * scale
    queries = docs[:60] + 0.3 * rng.standard_normal((60, 24)) * scale
    docs, queries = ((x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32) for x in (docs, queries))
    return Vectors(docs, queries)


@pytest.fixture(scope="module")
def events(wide: Vectors, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[object], Store]:
    store = Store(tmp_path_factory.mktemp("race"))
    return list(race(Question(store, wide, Budget(6), broken=broken))), store


def test_it_tries_small_first_and_ends_with_advice(events: tuple[list[object], Store], wide: Vectors) -> None:
    told, store = events
    tried = [e for e in told if isinstance(e, Tried)]
    assert tried[0].rows == 2_000
    assert {e.rung for e in tried} == {0, 1}
    assert max(e.rows for e in tried) == 4_000
    cut = next(e for e in told if isinstance(e, Cut))
    assert len(cut.stays) == 4
    assert {*cut.stays, *cut.out} == {e.plan for e in tried if e.rung == 0}
    assert set(cut.stays) <= {e.plan for e in tried if e.rung == 1}
    cards = [e for e in told if isinstance(e, Best)]
    assert not cards[0].whole
    assert [e.last for e in cards] == [False] * (len(cards) - 1) + [True]
    last = cards[-1].advice
    assert last.bytes_per_vector <= 6
    assert (last.n, last.unseen is not None) == (4_000, True)
    assert set(cut.out) <= set(last.refused)
    assert Results(store).load(Trial(wide.fingerprint, last.plan)) is not None, "what was measured in full is kept"


def test_the_same_data_and_seed_give_the_same_advice(
    events: tuple[list[object], Store], wide: Vectors, tmp_path: Path
) -> None:
    again = list(race(Question(Store(tmp_path), wide, Budget(6), broken=broken)))
    timeless = [{k: v for k, v in facts(told[-1].advice).items() if k != "changes"} for told in (events[0], again)]
    assert timeless[0] == timeless[1]
    assert [e for e in again if isinstance(e, Tried | Cut)] == [e for e in events[0] if isinstance(e, Tried | Cut)]


def test_it_may_be_stopped_at_any_time(wide: Vectors, tmp_path: Path) -> None:
    told = race(Question(Store(tmp_path), wide, Budget(6)))
    best = next(e for e in told if isinstance(e, Best))
    told.close()
    assert best.advice.bytes_per_vector <= 6


def test_an_aim_is_narrowed_down(wide: Vectors, tmp_path: Path) -> None:
    *_, last = race(Question(Store(tmp_path), wide, Budget(recall=0.9)))
    assert last.advice.met
    assert last.advice.bytes_per_vector < 24
    reasons = last.advice.refused
    assert any("does not reach recall 0.9" in reason for reason in reasons.values())


def test_rows_looked_at_take_an_index(wide: Vectors, tmp_path: Path) -> None:
    *_, last = race(Question(Store(tmp_path), wide, Budget(12, looked=400)))
    assert parse(last.advice.plan).index.name == "ivf"
    assert 4 < last.advice.bytes_per_vector <= 12, "the numbers of the rows in their lists are on the bill"
    assert "the index takes 4 B" in last.advice.why
    assert last.advice.refused["f32"].startswith("96 B, over by 84 B; 4,000 rows looked at, over by 3,600")


def test_given_plans_are_all_measured(wide: Vectors, tmp_path: Path) -> None:
    told = list(race(Question(Store(tmp_path), wide, Budget(12)), ["int4", "bin", "int8"]))
    assert [e.plan for e in told if isinstance(e, Tried)] == ["int4", "bin", "int8"]
    assert told[-1].advice.plan == "int4"
    with pytest.raises(ThinvecError, match="Nothing fits 2 B per vector; the smallest of these plans takes 24 B"):
        list(race(Question(Store(tmp_path), wide, Budget(2)), ["int8"]))


def test_a_plan_that_fails_its_self_test_makes_room_for_the_next(wide: Vectors, tmp_path: Path) -> None:
    bad = {"int4": "bytes and scores: it broke"}
    ask = Question(Store(tmp_path), wide, Budget(12), broken=lambda plans: {p: bad[p] for p in plans if p in bad})
    *_, last = race(ask, ["int4", "bin"])
    assert last.advice.plan == "bin"
    assert last.advice.refused["int4"] == "fails a self-test: bytes and scores: it broke"


def test_sound_plans_pass_and_a_broken_stage_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.compress import doctor
    from core.recommend import sound

    assert broken(["klt > wpq8", "bin | keep4 > int8"]) == {}
    sound._fault.cache_clear()
    monkeypatch.setattr(doctor, "consistent", lambda text, x: (text, not text.startswith("int"), "scores are off"))
    found = broken(["bin | keep4 > int8", "klt > wpq8"])
    sound._fault.cache_clear()
    assert set(found) == {"bin | keep4 > int8"}
    assert found["bin | keep4 > int8"].endswith(": scores are off")


def test_a_sample_teaches_half_of_its_rows_and_asks_only_the_half_that_chooses(wide: Vectors) -> None:
    sample = drawn(wide, Size(1_000, 20, 4), seed=0)
    shared = sample.shared
    assert len(shared.vectors.docs) == 1_000
    assert len(shared.train.rows) == 500
    assert {r.tobytes() for r in shared.train.rows} < {r.tobytes() for r in shared.vectors.docs}
    choosing = {r.tobytes() for r in wide.queries[0::2]}
    assert {r.tobytes() for r in shared.vectors.queries} < choosing
    larger = drawn(wide, Size(2_000, 30, 4), seed=0).shared
    assert {r.tobytes() for r in shared.vectors.docs} < {r.tobytes() for r in larger.vectors.docs}
    assert sample.glimpse("f32", 10).result.recall.min() == 1
    heart = sample.glimpse("rq4x8", 10)
    assert heart.known.mean() > heart.new.mean(), "it knows what it has learned from"


def test_the_best_by_known_rows_and_the_best_by_new_ones_stay_in_turn(wide: Vectors) -> None:
    budget = Budget(12, rows=4_000)
    sample = drawn(wide, Size(2_000, 30, 4), seed=0)
    field = [p for p in proposals(24, 4_000, budget) if p.size >= 6][:6]
    found = [(p, sample.glimpse(p.plan, 10)) for p in field]
    by_known = max(found, key=lambda pair: pair[1].known.mean())[0]
    by_new = max(found, key=lambda pair: pair[1].new.mean())[0]
    stays, out = halved(found, budget, 3)
    advised = choose([g.result for _, g in found], budget).plan
    assert {advised, by_known.plan, by_new.plan} <= {p.plan for p in stays}
    assert stays[0].plan == advised
    assert set(out) == {p.plan for p in field} - {p.plan for p in stays}
    assert by_new in halved(found, budget, 2, grows=True)[0]
    heavy = halved(found, Budget(rows=4_000, memory=1), 2)
    assert len(heavy[0]) == 2, "where nothing fits, the best go on so that something can be said"


def test_for_an_aim_those_near_the_crossing_stay() -> None:
    far = octaves([0.5, 0.2, 0.1, 0.05, 0.0], [8, 16, 16, 32, 64], 0.1)
    assert far[2] == 0, "the cheapest that reaches it"
    assert far[1] == pytest.approx(0.965, abs=0.001), "as cheap, but loses nearly twice as much"
    assert far[0] == far[3] == 1, "a doubling of bytes away, to either side"
    assert far[4] == 2
    assert octaves([0.5, 0.4], [8, 16], 0.1) == [1, 0], "where nothing reaches it, the dearest is nearest"


def test_the_job_reports_what_it_tries_and_the_best_so_far(small: Vectors, tmp_path: Path) -> None:
    store, folder = Store(tmp_path), tmp_path / "runs" / "r"
    fingerprint = store.save_vectors(small)
    write_json(folder / "status.json", {"state": "running"})
    report = Reporter(folder)
    advise.run(store, {"vectors": fingerprint, "budget": {"bytes": 12}, "plans": ["int2", "int3"], "k": 5}, report)
    known = json.loads((folder / "status.json").read_text())["result"]
    assert [t["plan"] for t in known["tried"]] == ["int2", "int3"]
    assert (known["card"]["plan"], known["card"]["k"], known["whole"], known["last"]) == ("int3", 5, True, True)
