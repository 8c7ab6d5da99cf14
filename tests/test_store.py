"""The store gives back what it was given, by content, and never half of it."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from core.errors import StoreError
from core.evaluate.results import Results
from core.store import Store, digest, home, replacing
from core.types import Corpus, Result, Trial, Vectors

ODD = 'tab\t"quote"\nline\u2028separator, naïve, 字, lone \ud800'


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path)


def a_result(vectors: str, plan: str = "klt > wpq8", **changes) -> Result:
    result = Result(
        trial=Trial(vectors, plan),
        n=600,
        dim=32,
        recall=np.array([1.0, 0.1, 0.7]),
        ndcg=np.array([0.5, 1 / 3]),
        mrr=np.array([np.nan, 1.0]),
        bytes_per_vector=8.0,
        ledger={"codes": 7.5, "scale": 0.5},
        state_bytes={"0.map": 4096, "1.centroids": 1024},
        encoding_only=("0.map",),
        fit_seconds=0.1,
        encode_seconds=0.2,
        queries_per_second=1e4,
        batch_queries_per_second=2e4,
        float_queries_per_second=3e3,
        float_batch_queries_per_second=4e3,
        looked=600.0,
        limit_recall=None,
    )
    return replace(result, **changes)


def same(a: Result, b: Result) -> bool:
    def equal(x, y) -> bool:
        return np.array_equal(x, y, equal_nan=True) if isinstance(x, np.ndarray) else x == y

    return all(equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(Result))


def test_a_digest_depends_on_content_alone() -> None:
    assert digest({"b": 1, "a": [2, None]}) == digest({"a": (2, None), "b": 1})
    assert digest("ab", "c") != digest("a", "bc")
    assert len(digest()) == 16
    with pytest.raises(TypeError):
        digest(np.zeros(3))  # the text of a long array leaves most of it out


def test_home_can_be_chosen(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("THINVEC_HOME", str(tmp_path))
    assert home() == tmp_path
    monkeypatch.delenv("THINVEC_HOME")
    assert home().parts[-2:] == (".cache", "thinvec")


@pytest.mark.parametrize("key", ["../x", "a/b", "", ".hidden", "a\0b", "x" * 300])
def test_no_key_leaves_the_store(store, key) -> None:
    with pytest.raises(StoreError):
        store.path("runs", key)
    assert not store.has_vectors(key)


def test_a_corpus_comes_back_whole(store) -> None:
    c = Corpus("c", ("a", "", ODD), ("q",), ("t1", ODD), np.array([[0, 2, 1]]), "titles", ("i", "j", "k"))
    fp = store.save_corpus(c)
    back = store.load_corpus(fp)
    assert (back.texts, back.queries, back.train_queries, back.ids) == (c.texts, c.queries, c.train_queries, c.ids)
    assert (back.name, back.query_source, back.fingerprint) == ("c", "titles", c.fingerprint)
    assert back.qrels.dtype == np.int64
    assert np.array_equal(back.qrels, c.qrels)
    assert store.load_corpus(store.save_corpus(Corpus("none", (), ()))).qrels.shape == (0, 3)
    with pytest.raises(StoreError, match="Load it again"):
        store.load_corpus("0" * 16)


def test_vectors_come_back_as_read_only_maps(store, small) -> None:
    fp = store.save_vectors(small, corpus="c0ffee")
    back = store.load_vectors(fp)
    assert isinstance(back.docs, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        back.docs[0, 0] = 1
    fresh = Vectors(back.docs, back.queries, back.train_queries, back.qrels)
    assert fresh.fingerprint == back.fingerprint == small.fingerprint == fp
    assert (back.name, back.encoder, back.query_source) == ("small", "none", "given")


def test_vectors_without_training_queries_or_judgements(store, small) -> None:
    bare = Vectors(small.docs, small.queries)
    back = store.load_vectors(store.save_vectors(bare))
    assert back.train_queries is None
    assert back.qrels.shape == (0, 3)


def test_saving_vectors_again_renames_them_and_keeps_their_corpus(store, small) -> None:
    fp = store.save_vectors(small, corpus="c0ffee")
    assert store.save_vectors(replace(small, name="other")) == fp
    meta = store.vectors_meta(fp)
    assert {k: meta[k] for k in ("name", "corpus", "n", "dim", "q", "train_q", "judgements")} == {
        "name": "other", "corpus": "c0ffee", "n": 600, "dim": 32, "q": 24, "train_q": 60, "judgements": 24,
    }  # fmt: skip
    assert [p.name for p in (store.root / "vectors").iterdir()] == [fp]


def test_unknown_vectors_are_one_sentence(store) -> None:
    assert not store.has_vectors("0" * 16)
    with pytest.raises(StoreError, match="Encode or load them again"):
        store.load_vectors("0" * 16)


def test_arrays_are_made_once(store) -> None:
    made = []

    def make() -> dict[str, np.ndarray]:
        made.append(1)
        return {"ids": np.arange(6).reshape(2, 3), "one": np.array(0.5)}

    for _ in range(3):
        kept = store.remember("truth-abc", make)
        assert kept["ids"].tolist() == [[0, 1, 2], [3, 4, 5]]
        assert kept["one"] == 0.5
    assert len(made) == 1


def test_a_damaged_array_file_is_named(store) -> None:
    store.remember("x", lambda: {"a": np.arange(3)})
    store.path("arrays", "x.npz").write_bytes(b"PK\3\4 torn")
    with pytest.raises(StoreError, match=r"x\.npz is damaged.*Delete it"):
        store.remember("x", lambda: {"a": np.arange(3)})


def test_pickled_objects_are_neither_written_nor_read(store) -> None:
    with pytest.raises(ValueError, match="pickle"):
        store.remember("x", lambda: {"a": np.array([{}], object)})
    path = store.path("arrays", "y.npz")
    np.savez(path, allow_pickle=True, a=np.array([{}], object))
    with pytest.raises(StoreError, match="pickle"):
        store.remember("y", lambda: {"a": np.arange(3)})


def test_a_writer_that_fails_leaves_the_old_file_alone(tmp_path) -> None:
    path = tmp_path / "f.txt"
    path.write_text("old")

    def torn() -> None:
        with replacing(path) as part:
            part.write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        torn()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_result_comes_back_equal(store) -> None:
    results, r = Results(store), a_result("v")
    results.save(r)
    assert same(results.load(r.trial), r)
    bare = a_result("v", "pq8x8", ndcg=None, mrr=None, limit_recall=0.5)
    results.save(bare)
    assert same(results.load(bare.trial), bare)


def test_both_spellings_of_a_plan_are_one_question(store) -> None:
    results = Results(store)
    results.save(a_result("v"))
    assert results.load(Trial("v", "klt.wpq8")) is not None
    for other in (Trial("w", "klt > wpq8"), Trial("v", "klt > wpq8", k=5), Trial("v", "klt > wpq8", seed=1)):
        assert results.load(other) is None


def test_results_of_code_that_has_changed_are_not_shown(store, monkeypatch) -> None:
    from core.evaluate import results as module

    results, r = Results(store), a_result("v")
    results.save(r)
    assert results.load(r.trial, version="klt:99 wpq:99") is None
    monkeypatch.setattr(module, "MEASURE", module.MEASURE + 1)
    assert results.load(r.trial) is None
    assert results.all("v") == []


def test_all_lists_by_vectors_and_k_oldest_first(store) -> None:
    results = Results(store)
    for plan in ("pq8x8", "klt > wpq8", "f32"):
        results.save(a_result("v", plan))
    results.save(a_result("w", "bin"))
    results.save(a_result("v", "bin", trial=Trial("v", "bin", k=5)))
    results.save(a_result("v", "pq8x8", looked=9.0))  # measured again: replaced, and now the newest
    assert [r.plan for r in results.all("v")] == ["klt > wpq8", "f32", "pq8x8"]
    assert results.all("v")[-1].looked == 9.0
    assert [r.plan for r in Results(store).all("v", k=5)] == ["bin"]


def test_a_damaged_result_is_named(store) -> None:
    results, r = Results(store), a_result("v")
    results.save(r)
    next((store.root / "results").glob("*.parquet")).write_bytes(b"torn")
    with pytest.raises(StoreError, match="Delete the folder"):
        results.load(r.trial)
