"""Which queries and documents fare worse, and columns of what is known of documents, from file to group."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.corpus import metadata, read
from core.corpus.queries import hold_out
from core.errors import DataError, ThinvecError
from core.evaluate.hard import Found, Neighbours, found, neighbours
from core.evaluate.measure import Shared
from core.evaluate.slices import FEW, Grouping, groupings, slices, unseen
from core.store import Store
from core.types import Corpus, Vectors
from core.vectorfile import load, save, told


def made(queries: int, k: int, seed: int = 0, documents: int = 400) -> Neighbours:
    rng = np.random.default_rng(seed)
    ids = np.stack([rng.permutation(documents)[: k + 1] for _ in range(queries)])
    scores = np.sort(rng.random((queries, k + 1)).astype(np.float32))[:, ::-1]
    lists = np.bincount(ids[:, :k].ravel(), minlength=documents)
    return Neighbours(k, ids, scores, lists, rng.random(documents))


def answers(near: Neighbours, keep: np.ndarray) -> Found:
    """Finds the true neighbours that `keep` (q, k) says."""
    return Found("bin", keep.mean(1), np.where(keep, near.true, -1))


def test_neighbours_and_what_is_found(small: Vectors, tmp_path: Path) -> None:
    store, shared = Store(tmp_path), Shared(small)
    near = neighbours(store, shared, 5)
    exact = shared.truth(6)
    assert np.array_equal(near.ids, exact.ids)
    assert np.allclose(near.gap, exact.scores[:, 4] - exact.scores[:, 5])
    assert near.lists.sum() == 24 * 5
    assert unseen(near) == int((near.lists == 0).sum())
    i = int(np.flatnonzero(near.lists)[0])
    others = np.delete(small.docs @ small.docs[i], i)
    assert near.twin[i] == pytest.approx(others.max(), abs=1e-6)
    assert np.isnan(near.twin[near.lists == 0]).all()
    f = found(store, shared, "f32", 5)
    assert f.recall.min() == 1
    assert f.kept(near).all()
    again = found(store, Shared(small), "f32", 5)
    assert np.array_equal(again.ids, f.ids)
    lossy = found(store, shared, "bin", 5)
    assert lossy.kept(near).mean() == pytest.approx(lossy.recall.mean(), abs=0.05)


def test_spread_in_figures() -> None:
    recall = np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0])
    f = Found("bin", recall, np.zeros((10, 5), np.int64))
    assert f.below == 0.3
    assert f.worst_tenth == 0
    assert f.worst(3) == [0, 1, 2]
    values, share = f.steps
    assert values.tolist() == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert share.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 1])


def test_a_group_that_is_worse_is_seen_and_others_are_not() -> None:
    near, rng = made(300, 10), np.random.default_rng(1)
    hard = np.repeat(rng.random((300, 1)) < 0.3, 10, 1)
    keep = rng.random((300, 10)) < np.where(hard, 0.6, 0.9)
    noise = rng.integers(0, 3, (300, 10))
    ways = [Grouping("kind", ("easy", "hard"), hard.astype(np.int64)), Grouping("noise", ("a", "b", "c"), noise)]
    every = slices(answers(near, keep), near, ways)
    easy, worse = every[0], every[1]
    assert worse.recall.mean == pytest.approx(keep[hard].mean())
    assert worse.recall.low < 0.6 < worse.recall.high
    assert worse.rest is not None
    assert worse.rest.mean == pytest.approx(keep[hard].mean() - keep[~hard].mean())
    assert worse.differs
    assert easy.differs
    assert not any(s.differs for s in every[2:])
    assert sum(s.pairs for s in every[:2]) == 3000
    assert (worse.queries, worse.pairs) == (int(hard[:, 0].sum()), int(hard.sum()))


def test_intervals_of_groups_cover_the_truth() -> None:
    """Pairs of one query stand together: intervals that drew pairs would be far too narrow."""
    near, rng, covered = made(100, 10), np.random.default_rng(2), 0
    for turn in range(60):
        rate = rng.beta(2, 1, (100, 1))
        group = rng.integers(0, 2, (100, 10))
        every = slices(answers(near, rng.random((100, 10)) < rate), near, [Grouping("g", ("a", "b"), group)], turn)
        covered += every[0].recall.low <= 2 / 3 <= every[0].recall.high
    assert 0.86 < covered / 60 <= 1


def test_few_queries_are_never_told_apart() -> None:
    near = made(100, 5)
    group = np.zeros((100, 5), np.int64)
    group[: FEW - 1] = 1
    keep = np.ones((100, 5), bool)
    keep[: FEW - 1] = False
    small = slices(answers(near, keep), near, [Grouping("g", ("rest", "few"), group)])[1]
    assert small.few
    assert not small.differs
    assert small.recall.mean == 0
    one = made(1, 5)
    with pytest.raises(ThinvecError, match="at least 2 queries"):
        slices(answers(one, np.ones((1, 5), bool)), one, [])


def test_ways_to_group() -> None:
    near = made(60, 5)
    kinds = tuple("ab"[i % 2] for i in range(400))
    ways = {g.by: g for g in groupings(near, range(60), range(400), {"kind": kinds, "same": ("x",) * 400})}
    assert set(ways) == {"Gap after neighbour 5", "Neighbour is in", "Near-duplicate", "Words in query",
                         "Words in neighbour", "kind"}  # fmt: skip
    asked = ways["Words in query"]
    assert asked.names == ("0 to 14", "15 to 29", "30 to 44", "45 to 59")
    assert np.array_equal(asked.group[:, 0], np.arange(60) // 15)
    spelled = np.array(ways["kind"].names)[ways["kind"].group]
    assert np.array_equal(spelled, np.array(kinds)[near.true])
    many = groupings(near, columns={"id": tuple(map(str, range(400)))})[-1]
    assert many.names[-1] == "others"
    assert len(many.names) == 9


def test_columns_are_kept_where_they_make_groups() -> None:
    rows = [{"topic": "ab"[i % 2], "id": str(i), "year": 2000 + i % 3, "one": "x", "tags": ["a"]} for i in range(12)]
    found = metadata.fields([{**r, "metadata": {"place": "here" if i < 6 else None}} for i, r in enumerate(rows)])
    assert set(found) == {"topic", "year", "place"}
    assert found["place"][0] == "here"
    assert found["place"][-1] == ""
    assert found["year"][:3] == ("2000", "2001", "2002")
    assert metadata.columns({"long": ["a" * 300, "b"] * 4}) == {}


def test_columns_come_from_files(tmp_path: Path) -> None:
    rows = [("text number " + "word " * (i + 3), "ab"[i % 2], i) for i in range(10)]
    table = "body,topic,id\n" + "".join(f"{t},{topic},{i}\n" for t, topic, i in rows)
    lines = "\n".join(json.dumps({"_id": str(i), "text": t, "title": "", "topic": topic}) for t, topic, i in rows)
    topics = tuple(topic for _, topic, _ in rows)
    for c in (read("t.csv", table.encode()), read("t.jsonl", lines.encode())):
        assert isinstance(c, Corpus)
        assert dict(c.columns) == {"topic": topics}
    (tmp_path / "corpus.jsonl").write_text(lines)
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/corpus.tsv").write_text("".join(f"{i}\tl{i % 2}\n" for i in range(10)))
    c = read("b", tmp_path)
    assert isinstance(c, Corpus)
    assert dict(c.columns) == {"topic": topics, "label": tuple(f"l{i % 2}" for i in range(10))}
    held = hold_out(c)
    assert len(held.columns["topic"]) == len(held.texts)
    assert all(held.columns["topic"][i] == topics[c.texts.index(t)] for i, t in enumerate(held.texts))


def test_columns_are_kept_and_change_no_fingerprint(tmp_path: Path) -> None:
    store = Store(tmp_path)
    plain = Corpus("c", ("a", "b", "c", "d"), ("q",))
    c = replace(plain, columns={"kind": ("x", "y", "x", "y")})
    assert c.fingerprint == plain.fingerprint
    path = store.path("corpora", f"{store.save_corpus(plain)}.jsonl")
    head, *rest = path.read_text().splitlines(keepends=True)
    old = {name: value for name, value in json.loads(head).items() if name != "columns"}
    path.write_text(json.dumps(old) + "\n" + "".join(rest))  # as it was saved before there were columns
    assert store.load_corpus(plain.fingerprint).columns == {}
    assert store.load_corpus(store.save_corpus(c)).columns == c.columns


def test_a_vector_file_remembers_queries_and_columns(small: Vectors, tmp_path: Path) -> None:
    path, texts = tmp_path / "v.npz", [f"text {i}" for i in range(600)]
    queries, kinds = [f"query {i}" for i in range(24)], ["ab"[i % 2] for i in range(600)]
    save(path, small, texts, queries, {"kind": kinds})
    assert load(path)[1] == tuple(texts)
    assert told(path) == (tuple(queries), {"kind": tuple(kinds)})
    save(path, small, texts)
    assert told(path) == ((), {})
    np.savez(path, docs=small.docs, columns=np.frombuffer(b"[1", np.uint8))
    with pytest.raises(DataError, match="no JSON object of lists"):
        told(path)
