"""The catalogue says of every stage what it is, what it costs and how it is set, and everything can be swept."""

from __future__ import annotations

import numpy as np
import pytest

from core import catalogue as told
from core.catalogue import GROUPS, Entry, catalogue, concerned, grouped, idea
from core.compress import codecs, transforms
from core.errors import ThinvecError
from core.evaluate.lines import ENOUGH, everything, plans_at, widest
from core.evaluate.measure import Shared
from core.evaluate.peers import known, peers, standing
from core.plan import parse
from core.reporter import Reporter
from core.store import Store, read_json, write_json
from core.types import Vectors
from core.ui.codec_life import proposed
from core.ui.selftest import Health, sorted_out
from core.work.doctor import run as doctor

ENTRIES = list(catalogue().values())
CODECS = [e for e in ENTRIES if e.kind == "codec"]
DIMS = (48, 384, 768)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_every_stage_has_an_idea_and_a_place(entry: Entry) -> None:
    assert entry.idea[0].isupper() and entry.idea.endswith(".") and len(entry.idea) > 20
    assert entry.group in GROUPS
    assert entry.examples
    assert not any(label in entry.how for label in ("Paper:", "Bytes:", "Claim:"))


@pytest.mark.parametrize("entry", CODECS, ids=lambda e: e.name)
def test_every_codec_says_its_bytes(entry: Entry) -> None:
    assert entry.bytes, f"{entry.name} has no line 'Bytes: …' in the docstring of its module"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_settings_are_those_that_plans_take(entry: Entry) -> None:
    for knob in entry.knobs:
        assert knob.low <= knob.default <= knob.high
        assert knob.what and not knob.what.endswith(".")


def test_groups_hold_every_stage_once() -> None:
    names = [e.name for entries in grouped().values() for e in entries]
    assert sorted(names) == sorted(catalogue())
    assert set(names) >= {*codecs(), *transforms(), "+", "keep"}
    assert next(iter(grouped())) == "flagship"


def test_docstrings_are_read_as_they_are_written() -> None:
    pq = catalogue()["pq"]
    assert pq.idea == "Product quantisation: cut the vector into m pieces, k-means each, and store m indices."
    assert pq.paper.startswith("Jégou, Douze, Schmid (2011)")
    assert pq.bytes.startswith("⌈m · bits / 8⌉")
    assert [(k.name, k.default, k.keyword) for k in pq.knobs][:2] == [("m", 48, False), ("bits", 8, False)]
    assert idea(codecs()["pq"]) == pq.idea


def test_a_reader_finds_entries_by_any_word() -> None:
    assert catalogue()["rot"].mentions("ROTATION random")
    assert catalogue()["pq"].mentions("jégou")
    assert not catalogue()["f"].mentions("rotation")
    assert all(e.mentions("") for e in ENTRIES)


@pytest.mark.parametrize(
    ("check", "stages"),
    [
        ("int8, error over Δ²/12", {"int"}),
        ("klt > wpq6, bytes and scores", {"klt", "wpq"}),
        ("pq5x8: error", {"pq"}),
        ("pq16 is better than a coin", {"pq"}),
        ("Lloyd–Max, 2 bits", set()),
        ("share lost at λ = 1/i, 768 dimensions, 32 B", set()),
    ],
)
def test_self_tests_are_laid_at_the_right_door(check: str, stages: set[str]) -> None:
    assert concerned(check) == stages


def test_the_source_is_the_same_until_it_changes() -> None:
    assert told.source() == told.source()
    assert len(told.source()) == 16


@pytest.mark.parametrize("dim", DIMS)
def test_everything_holds_the_whole_catalogue_near_its_budgets(dim: int) -> None:
    sizes, refused = (8, 16, 48, 96), {}
    plans = everything(dim, sizes, refused.__setitem__)
    assert len(set(plans)) == len(plans)
    assert plans[-1] == "f32"
    used = {s.name for plan in plans for s in parse(plan).stages}
    assert all(isinstance(e, ThinvecError) for e in refused.values())
    if dim == 384:
        assert used >= {*codecs(), *transforms()} - {"f", "bf"}, "floats alone are too large for these budgets"


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("size", [16, 48, 192])
def test_plans_at_a_budget_nearly_use_it(dim: int, size: int) -> None:
    for stage in (*codecs().values(), *transforms().values()):
        for plan in plans_at(stage, size, dim):
            assert ENOUGH * size < parse(plan).nbytes(dim) <= size, plan
            assert stage.name in {s.name for s in parse(plan).stages}


def test_fewer_dimensions_make_a_codec_fit() -> None:
    assert widest(parse("int8").codec, 20, 96) == 20
    assert widest(parse("f32").codec, 16, 96) == 0


def test_the_page_proposes_plans_for_sums_too() -> None:
    assert proposed(catalogue()["+"], 384)[0] == "klt > wpq8 + wpq8"
    assert all("keep4" in plan for plan in proposed(catalogue()["keep"], 384))
    assert proposed(catalogue()["flat"], 384) == []


def test_the_doctor_keeps_what_it_found_while_it_works(tmp_path, monkeypatch) -> None:
    found = [("int8, error", True, "0.99"), ("pq5x8, bytes", np.bool_(False), "gap 1")]
    monkeypatch.setattr("core.compress.doctor.checks", lambda: iter(found))
    write_json(tmp_path / "status.json", {"state": "queued", "owner": "1:1", "time": 0.0})
    doctor(Store(tmp_path), {"source": told.source()}, Reporter(tmp_path))
    status = read_json(tmp_path / "status.json")
    assert status["result"]["tests"] == [["int8, error", True, "0.99"], ["pq5x8, bytes", False, "gap 1"]]
    tests = sorted_out(status["result"]["tests"])
    assert Health(None, tests).broken("rot > pq8x8") == "pq5x8, bytes: gap 1"
    assert Health(None, tests).broken("int8") == ""
    assert Health(None, tests).light("pq") == "failed"


def test_peers_keep_to_the_budget() -> None:
    for size in (8, 16, 48, 96, 192):
        found = list(peers(size, 384))
        assert found
        assert all(p.nbytes <= size for p in found)
        assert len({str(p) for p in found}) == len(found)


def test_a_peer_is_measured_once_and_without_centring_queries(tmp_path, small: Vectors) -> None:
    store, shared = Store(tmp_path), Shared(small)
    peer = next(p for p in peers(32, 32) if p.factory == "SQ8")
    first = standing(store, shared, peer, 5)
    assert first.recall.mean() > 0.98
    assert len(first.ndcg) == len(first.mrr) == 24
    assert first.queries_per_second > 0
    kept = known(store, small.fingerprint, [32], 32, 5)
    assert [s.peer for s in kept] == [peer]
    assert (kept[0].recall == first.recall).all()
    turned = next(p for p in peers(16, 32) if p.factory == "EDEN2" and p.dims)
    assert np.mean(standing(store, shared, turned, 5).recall) > 0.7
