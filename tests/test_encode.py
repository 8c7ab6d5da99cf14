"""Encoders and the driver: prompts, hash check, precision, and work that goes on after an interruption, bit by bit."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.encode import driver, encode, encoder, engines, minilm, sentence
from core.errors import EncoderError
from core.store import Store
from core.types import Corpus
from tests.tiny import checkpoint

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoint(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    rng = np.random.default_rng(3)
    texts = ["".join(rng.choice(list(LETTERS + " "), int(rng.integers(2, 60)))) + f" {i}" for i in range(100)]
    qrels = np.array([[0, 1, 1]], np.int64)
    return Corpus("letters", (*texts, texts[7]), ("alpha of beta", texts[3]), ("gamma",), qrels, "given")


class Broken(Exception):
    pass


def test_a_folder_is_an_encoder_with_prompts(tiny: Path) -> None:
    e = encoder(str(tiny))
    rows = e.documents(["alpha beta", "the gamma of deltas", "a"])
    assert (rows.shape, rows.dtype, e.dim) == ((3, 32), np.float32, 32)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    asked = e.queries(["alpha beta"])
    assert float((asked[0] * rows[0]).sum()) < 0.9999, "queries and documents have different prompts"
    by_hand = e.model.encode(["passage: alpha beta"], prompt="", normalize_embeddings=True)
    np.testing.assert_allclose(by_hand, rows[:1], atol=2e-2)
    assert encoder(str(tiny)) is e


def test_rows_stay_in_the_order_of_the_texts(tiny: Path) -> None:
    e = sentence.load(str(tiny), fast=False)
    texts = ["a", "alpha beta gamma delta the of", "the", "alpha beta of"] * 3
    rows = e.documents(texts)
    for i, text in enumerate(texts[:4]):
        np.testing.assert_allclose(rows[i], e.documents([text])[0], atol=1e-5)
        np.testing.assert_allclose(rows[i], rows[i + 8], atol=1e-6)
    assert e.documents([]).shape == (0, 32)


@pytest.mark.parametrize("name", ["no/such-model-anywhere", "./nowhere", " "])
def test_what_is_no_model_says_so(name: str) -> None:
    with pytest.raises(EncoderError, match="minilm"):
        encoder(name)


def test_pickled_weights_are_refused(tiny: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    folder = shutil.copytree(tiny, tmp_path / "pickled")
    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(EncoderError, match="safetensors"):
        encoder(str(folder))


def test_minilm_checks_its_weights(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="missing"):
        minilm.minilm(tmp_path)
    known = (minilm.installed() / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(known[:-1] + bytes([known[-1] ^ 1]))
    with pytest.raises(EncoderError, match="sha256"):
        minilm.minilm(tmp_path)


def test_minilm_finds_what_is_meant_on_a_faithful_engine() -> None:
    texts = ["Sort an array in ascending order.", "Invert a square matrix.", "x" * 3000]
    fast, plain = minilm.minilm(), minilm.minilm(fast=False)
    assert (plain.engine, fast.dim, fast.model.max_seq_length) == (engines.FLOAT32, 384, 256)
    a, b = fast.documents(texts), plain.documents(texts)
    assert float((a * b).sum(1).min()) >= 0.9998
    asked = fast.queries(["ordering the numbers of a list"])
    assert int((asked @ a.T).argmax()) == 0
    assert (fast.identity == plain.identity) == (fast.engine == plain.engine)


def test_an_engine_that_is_not_faithful_is_not_taken(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def noisy(model: object) -> object:
        def run(**inputs: torch.Tensor) -> torch.Tensor:
            made = plain(**inputs).last_hidden_state
            return made + 0.5 * torch.sin(torch.arange(made.numel())).reshape(made.shape)

        yield "noise", run

    model = sentence.load(str(tiny), fast=False).model
    plain = model[0].model
    monkeypatch.setattr(engines, "candidates", noisy)
    before = model.encode(["alpha"])
    assert engines.fastest(model) == engines.FLOAT32
    np.testing.assert_array_equal(model.encode(["alpha"]), before)


def test_encoding_says_where_it_is_and_keeps_the_corpus(tiny: Path, corpus: Corpus, tmp_path: Path) -> None:
    said: list[tuple[float, str]] = []
    store = Store(tmp_path)
    v = encode(corpus, str(tiny), store, lambda fraction, stage: said.append((fraction, stage)))
    assert (v.docs.shape, v.queries.shape, v.train_queries.shape) == ((101, 32), (2, 32), (1, 32))
    np.testing.assert_array_equal(v.docs[7], v.docs[100])
    np.testing.assert_array_equal(v.qrels, corpus.qrels)
    fractions = [fraction for fraction, _ in said]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert "per second" in said[-1][1]
    assert "left" in said[-1][1]
    assert driver.encoded_by(store, v.fingerprint)["engine"] == encoder(str(tiny)).engine
    assert not list((tmp_path / "blocks").glob("*"))


def test_the_same_question_is_answered_from_disk(
    tiny: Path, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    first = encode(corpus, str(tiny), store)
    monkeypatch.setattr(driver, "one_list", None)
    assert encode(corpus, str(tiny), store).fingerprint == first.fingerprint


def test_an_interrupted_run_goes_on_and_changes_no_bit(
    tiny: Path, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "BLOCK", 16)
    whole = encode(corpus, str(tiny), Store(tmp_path / "whole"))
    e, store, made = encoder(str(tiny)), Store(tmp_path / "cut"), []

    class Counting:
        name, dim, engine, identity = e.name, e.dim, e.engine, e.identity

        def documents(self, texts, progress):
            if len(made) in (2, 5):
                made.append("cut")
                raise Broken
            made.append(tuple(texts))
            return e.documents(texts, progress)

        queries = documents

    for _ in range(2):
        with pytest.raises(Broken):
            encode(corpus, Counting(), store)
    v = encode(corpus, Counting(), store)
    blocks = [block for block in made if block != "cut"]
    assert len(blocks) == len(set(blocks)), "no finished block is made twice"
    np.testing.assert_array_equal(v.docs, whole.docs)
    assert len(v.docs) == 101


def test_a_killed_process_goes_on(tiny: Path, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "killed"
    fp = Store(home).save_corpus(corpus)
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom core.encode import driver\nfrom core.store import Store\n"
        "driver.BLOCK = 16\nstore = Store(Path(sys.argv[1]))\n"
        "driver.encode(store.load_corpus(sys.argv[2]), sys.argv[3], store, lambda f, s: time.sleep(0.5))\n"
    )
    command = [sys.executable, "-W", "ignore", "-c", script, str(home), fp, str(tiny)]
    process = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[1])
    until = time.monotonic() + 300
    while len(list(home.glob("blocks/*/*/[0-9]*.npy"))) < 2:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = len(list(home.glob("blocks/*/*/[0-9]*.npy")))
    assert 2 <= kept < 7
    assert not list(home.glob("encoded/*.json"))
    monkeypatch.setattr(driver, "BLOCK", 16)
    e, made = encoder(str(tiny)), []
    monkeypatch.setattr(sentence.Sentence, "documents", counted(made, sentence.Sentence.documents))
    resumed = encode(corpus, e, Store(home))
    assert len(made) == 7 - kept, "finished blocks of the killed process are read, not made"
    np.testing.assert_array_equal(resumed.docs, encode(corpus, e, Store(tmp_path / "whole")).docs)


def counted(made: list[int], work):
    def documents(self, texts, progress):
        made.append(len(texts))
        return work(self, texts, progress)

    return documents


def test_time_is_spoken_as_people_say_it() -> None:
    assert [driver.spoken(s) for s in (0, 41.2, 89, 95, 3600)] == ["0 s", "41 s", "89 s", "2 min", "60 min"]
