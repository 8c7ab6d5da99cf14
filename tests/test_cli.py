"""The command line says what the core measured, in the words that scripts rely on, and one sentence when it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core import cli
from core.errors import DataError
from core.types import Vectors
from core.vectorfile import load, save

FRONTIER = [
    "plan", "bytes_per_vector", "overhead_per_vector", "recall", "recall_low", "recall_high", "k", "ndcg",
    "fit_seconds", "encode_seconds", "queries_per_second", "float_queries_per_second", "looked", "limit_recall",
]  # fmt: skip
RECOMMEND = [
    "plan", "bytes_per_vector", "overhead_per_vector", "recall", "recall_low", "recall_high",
    "runners_up", "refused", "why",
]  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("THINVEC_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def bare(tmp_path, small) -> str:
    """As anyone would write it: no training queries, no judgements, half precision."""
    np.savez(tmp_path / "bare.npz", docs=small.docs.astype(np.float16), queries=small.queries.astype(np.float16))
    return str(tmp_path / "bare.npz")


@pytest.fixture
def full(tmp_path, small) -> str:
    save(tmp_path / "full.npz", small, [f"text {i}" for i in range(len(small.docs))])
    return str(tmp_path / "full.npz")


class Say:
    """Runs a command; keeps its exit code, lines and complaints."""

    def __init__(self, capsys) -> None:
        self.capsys = capsys

    def __call__(self, *argv: str) -> tuple[int, list[str], str]:
        try:
            code = cli.main(argv)
        except SystemExit as e:
            code = e.code
        out, err = self.capsys.readouterr()
        return code, out.splitlines(), err


@pytest.fixture
def say(capsys) -> Say:
    return Say(capsys)


def test_frontier_gives_one_object_per_plan(say, full) -> None:
    code, lines, err = say("frontier", full, "--plans", "klt.wpq8; int8;pq8x8", "--k", "5", "--json")
    assert (code, err) == (0, "")
    rows = {r["plan"]: r for r in map(json.loads, lines)}
    assert set(rows) == {"klt > wpq8", "int8", "pq8x8"}
    for r in rows.values():
        assert list(r) == FRONTIER
        assert r["k"] == 5
        assert 0 <= r["recall_low"] <= r["recall"] <= r["recall_high"] <= 1
        assert 0 < r["ndcg"] <= 1
        assert 0 < r["limit_recall"] <= 1
        assert r["looked"] == 600
        assert min(r["fit_seconds"], r["encode_seconds"]) >= 0
        assert min(r["queries_per_second"], r["float_queries_per_second"]) > 0
    assert rows["klt > wpq8"]["bytes_per_vector"] == 8
    assert rows["int8"]["bytes_per_vector"] == 32
    assert rows["int8"]["recall"] > rows["klt > wpq8"]["recall"]
    assert rows["int8"]["limit_recall"] > rows["klt > wpq8"]["limit_recall"]


def test_what_is_not_known_is_null(say, bare) -> None:
    _, lines, _ = say("frontier", bare, "--plans", "int8", "--json")
    assert json.loads(lines[0])["ndcg"] is None


def test_rows_share_the_overhead(say, full) -> None:
    def overhead(*more: str) -> float:
        return json.loads(say("frontier", full, "--plans", "pq8x8", "--json", *more)[1][0])["overhead_per_vector"]

    assert overhead("--rows", "1") == pytest.approx(600 * overhead())
    assert 256 * 32 * 4 <= overhead("--rows", "1") < 1.1 * 256 * 32 * 4


def test_budgets_choose_the_plans(say, full) -> None:
    code, lines, _ = say("frontier", full, "--bytes", "4,8", "--json")
    rows = [json.loads(line) for line in lines]
    assert code == 0
    assert {"klt > wpq4", "klt > wpq8", "pq8x8", "f32"} <= {r["plan"] for r in rows}


def test_the_same_question_is_answered_from_disk_unless_fresh(say, full) -> None:
    command = ("frontier", full, "--plans", "pq8x8", "--json")
    first = say(*command)
    assert say(*command) == first
    assert json.loads(say(*command, "--fresh")[1][0])["fit_seconds"] != json.loads(first[1][0])["fit_seconds"]


def test_without_json_it_is_a_table(say, full) -> None:
    _, lines, _ = say("frontier", full, "--plans", "klt > wpq8; int4")
    assert lines[0].split()[:3] == ["plan", "bytes", "overhead"]
    assert len(lines) == 3
    assert len({len(line) for line in lines}) == 1
    assert any(line.startswith("klt > wpq8 ") for line in lines)


def test_a_plan_that_does_not_fit_the_rows_leaves_the_others(say, full) -> None:
    code, lines, err = say("frontier", full, "--plans", "int4; mrl64 > int8", "--json")
    assert code == 2
    assert [json.loads(line)["plan"] for line in lines] == ["int4"]
    assert err.startswith("thinvec: mrl64 > int8: ")


def test_recommend_chooses_within_the_budget(say, full) -> None:
    code, lines, err = say("recommend", full, "--bytes", "8", "--json")
    assert (code, err) == (0, "")
    *tried, advice = map(json.loads, lines)
    assert {t["tried"]["plan"] for t in tried} > {advice["plan"]}
    assert list(advice)[: len(RECOMMEND)] == RECOMMEND
    assert advice["last"]
    assert advice["bytes_per_vector"] <= 8
    assert 0 <= advice["recall_low"] <= advice["recall"] <= advice["recall_high"] <= 1
    assert isinstance(advice["runners_up"], list)
    assert advice["plan"] not in advice["refused"]
    assert all(advice["refused"].values())
    assert advice["why"]


def test_recommend_for_people_says_why(say, full) -> None:
    code, lines, _ = say("recommend", full, "--bytes", "8", "--plans", "pq8x8; int4")
    assert code == 0
    assert "pq8x8" in lines[lines.index("") + 1 :]
    assert any("int4" in line and "over" in line for line in lines[2:])


class Echo:
    """An encoder that answers every query with one document."""

    def __init__(self, row: np.ndarray) -> None:
        self.row = row

    def queries(self, texts, progress=None) -> np.ndarray:
        return np.repeat(self.row[None], len(texts), 0)


def test_search_shows_the_texts(say, full, small, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr("core.encode.encoder", lambda name: asked.append(name) or Echo(small.docs[17]))
    for _ in range(2):  # fitted, and read from disk
        code, lines, _ = say("search", full, "int8", "--text", "seventeen", "--k", "3", "--json")
        hits = [json.loads(line) for line in lines]
        assert code == 0
        assert [h["rank"] for h in hits] == [1, 2, 3]
        assert (hits[0]["document"], hits[0]["text"]) == (17, "text 17")
        assert hits[0]["score"] == pytest.approx(1, abs=0.02)
    assert asked == ["none", "none"]
    assert "text 17" in say("search", full, "int8", "--text", "seventeen")[1][0]


def test_search_needs_to_know_the_encoder(say, bare, small, monkeypatch) -> None:
    code, _, err = say("search", bare, "int8", "--text", "x")
    assert code == 2
    assert "does not say which model made it. Name it: --encoder minilm" in err
    monkeypatch.setattr("core.encode.encoder", lambda name: Echo(small.docs[17]))
    _, lines, _ = say("search", bare, "int8", "--text", "x", "--encoder", "echo", "--json")
    assert json.loads(lines[0])["text"] is None
    monkeypatch.setattr("core.encode.encoder", lambda name: Echo(small.docs[17, :8]))
    code, _, err = say("search", bare, "int8", "--text", "x", "--encoder", "echo")
    assert code == 2
    assert "makes vectors of 8 numbers" in err


def test_a_terminal_is_not_spoken_to_by_texts(say, tmp_path, small, monkeypatch) -> None:
    save(tmp_path / "v.npz", small, ["\x1b[2J\ud800 two\nlines"] * 600)
    monkeypatch.setattr("core.encode.encoder", lambda name: Echo(small.docs[0]))
    _, lines, _ = say("search", str(tmp_path / "v.npz"), "int8", "--text", "x", "--k", "2")
    assert len(lines) == 2
    assert lines[0].endswith("[2J two lines")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["frontier", "gone.npz", "--json"], "gone.npz"),
        (["frontier", "FULL", "--plans", "pq8x8; klt > wqp8"], "did you mean"),
        (["frontier", "FULL", "--bytes", "16,many"], "a whole number from 1 is needed, got 'many'"),
        (["frontier", "FULL", "--k", "0"], "a whole number from 1 is needed"),
        (["frontier", "FULL", "--seed", "-1"], "a whole number from 0 is needed, got '-1'"),
        (["recommend", "FULL"], "--bytes"),
        (["recommend", "FULL", "--bytes", "2", "--plans", "int8"], "Nothing fits 2 B"),
        (["search", "FULL", "pqq8", "--text", "x", "--encoder", "minilm"], "did you mean 'pq'"),
        (["encode", "FULL", "--out", "again.npz"], "holds vectors already"),
        (["encode", "demo", "--out", "vectors.npy"], "vectors.npz"),
        (["encode", "gone.csv", "--out", "v.npz"], "gone.csv"),
        (["sing"], "sing"),
        ([], "VERB"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_exit_code_2(say, full, tmp_path, argv, words) -> None:
    code, lines, err = say(*[full if a == "FULL" else a for a in argv])
    assert code == 2
    assert lines == []
    assert words in err
    assert err.startswith("thinvec: ")
    assert "Traceback" not in err


def test_a_file_of_vectors_comes_back_with_its_words(tmp_path, small: Vectors) -> None:
    texts = ["naïve", "", "lone \ud800", *["x"] * 597]
    save(tmp_path / "v.npz", small, texts)
    v, back, encoder = load(tmp_path / "v.npz")
    assert (list(back), encoder, v.encoder, v.query_source) == (texts, "none", "none", "given")
    assert np.array_equal(v.qrels, small.qrels)
    assert np.allclose(v.docs, small.docs, atol=1e-6)
    assert v.train_queries.shape == small.train_queries.shape


def test_texts_of_others_are_read_too(tmp_path, small) -> None:
    def texts(a: np.ndarray) -> tuple[str, ...]:
        np.savez(tmp_path / "v.npz", docs=small.docs, queries=small.queries, texts=a, allow_pickle=True)
        return load(tmp_path / "v.npz")[1]

    assert texts(np.array(["a", "bc"] * 300))[:3] == ("a", "bc", "a")
    with pytest.raises(DataError, match="2 texts for 600 documents"):
        texts(np.array(["a", "b"]))
    with pytest.raises(DataError, match="neither JSON"):
        texts(np.arange(600))
    with pytest.raises(DataError, match="words that cannot be read"):
        texts(np.array(["a", None] * 300, object))


def test_texts_follow_their_rows_when_some_are_held_out(tmp_path, small) -> None:
    names = np.array([f"{row[0]:.6f}" for row in small.docs])
    np.savez(tmp_path / "v.npz", docs=small.docs, texts=names)
    v, texts, _ = load(tmp_path / "v.npz")
    assert len(v.docs) == 480 and texts == tuple(f"{row[0]:.6f}" for row in v.docs)


def test_an_error_cannot_speak_to_the_terminal(say, tmp_path) -> None:
    (tmp_path / "t.jsonl").write_text('{"\\u001b[2J": 1}\n')
    code, _, err = say("encode", str(tmp_path / "t.jsonl"), "--out", str(tmp_path / "v.npz"))
    assert code == 2 and "[2J" in err and "\x1b" not in err


def test_the_doctor_is_content(say) -> None:
    code, lines, err = say("doctor")
    assert (code, err) == (0, "")
    assert len(lines) > 5
    assert all(line.startswith("ok ") for line in lines)


def test_a_sick_codec_is_reported(say, monkeypatch) -> None:
    checks = [("int", True, "exact"), ("pq", False, "off by one")]
    monkeypatch.setattr("core.compress.doctor.checks", lambda: iter(checks))
    code, lines, _ = say("doctor")
    assert code == 1
    assert [line.split()[0] for line in lines] == ["ok", "FAILED"]
    assert json.loads(say("doctor", "--json")[1][1]) == {"name": "pq", "ok": False, "detail": "off by one"}


def test_a_reader_that_leaves_early_is_no_error(full) -> None:
    command = f"{sys.executable} -m core frontier {full} --plans 'bin;int4;int8' --json | head -n 1"
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert json.loads(run.stdout)["plan"]
    assert run.stderr == ""


def test_from_a_text_file_to_a_search(tmp_path) -> None:
    lines = [f"Recipe number {i}: {what}" for i in range(30) for what in ("boil an egg", "bake bread", "peel fruit")]
    (tmp_path / "lines.txt").write_text("\n".join([*lines, "The determinant of a square matrix."]))

    def run(*argv: str) -> str:
        done = subprocess.run([sys.executable, "-m", "core", *argv], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    made = json.loads(run("encode", str(tmp_path / "lines.txt"), "--out", str(tmp_path / "v.npz"), "--json"))
    assert made["dim"] == 384
    assert made["documents"] + made["queries"] + made["train_queries"] >= 91
    first = run("search", str(tmp_path / "v.npz"), "int8", "--text", "how to cook eggs", "--k", "1", "--json")
    assert "egg" in json.loads(first)["text"]
