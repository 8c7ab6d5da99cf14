"""Readers of texts: what is found by itself, what is chosen, and one clear sentence for what cannot be used."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.corpus import read
from core.corpus.queries import first_sentence, hold_out, hold_out_rows, split_queries
from core.corpus.source import Limits
from core.errors import DataError
from core.types import Corpus, Vectors

BEIR = {
    "corpus.jsonl": '{"_id": "a", "title": "Tea", "text": "Hot water."}\n{"_id": "b", "title": "", "text": "Cold."}\n',
    "queries.jsonl": '{"_id": "1", "text": "hot?"}\n{"_id": "2", "text": "cold?"}\n{"_id": "3", "text": "other?"}\n',
    "qrels/test.tsv": "query-id\tcorpus-id\tscore\n2\tb\t2\n1\ta\t1\n1\tnowhere\t1\n",
}


def zipped(files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_csv_finds_delimiter_and_column(mark: str) -> None:
    rows = [("name", "text"), ("one", '"first, ""quoted"" and; long"'), ("two", '"over\ntwo lines"')]
    c = read("t.csv", "\n".join(mark.join(row) for row in rows).encode())
    assert c.texts == ('first, "quoted" and; long', "over\ntwo lines")
    assert read("t.csv", "\n".join(mark.join(row) for row in rows).encode(), column="name").texts == ("one", "two")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp1251"])
def test_encoding_is_sniffed(encoding: str) -> None:
    words = "Каждый охотник желает знать, где сидит фазан" if encoding == "cp1251" else "Größe, naïve façade où l’été"
    text = "id,text\n" + "".join(f'{i},"{words} {i}"\n' for i in range(20))
    assert read("t.csv", text.encode(encoding)).texts[3] == f"{words} 3"


def test_the_longest_column_is_the_text_and_ids_are_kept() -> None:
    c = read("t.tsv", b"id\tkind\tremark\nx\tshort\tthis one says much more\ny\tshort\tand so does this\n")
    assert (c.texts[0], c.ids, c.queries) == ("this one says much more", ("x", "y"), ())


def test_words_like_na_are_texts() -> None:
    assert read("t.csv", b"text\nNA\nnull\n1e5\n").texts == ("NA", "null", "1e5")


def test_lines_and_paragraphs() -> None:
    text = b"one\r\nstill one\r\n\r\n \r\ntwo\n\nthree\n"
    assert read("t.txt", text).texts == ("one", "still one", "two", "three")
    assert read("t.txt", text, unit="paragraph").texts == ("one\r\nstill one", "two", "three")


def test_jsonl_fields(tmp_path: Path) -> None:
    lines = b'{"id": 1, "title": "T", "text": "a b", "other": "c"}\n\n{"id": 2, "text": "d", "other": "e"}\n'
    assert read("t.jsonl", lines).texts == ("T a b", "d")
    assert read("t.jsonl", lines).ids == ("1", "2")
    assert read("t.jsonl", lines, column="other").texts == ("c", "e")
    assert read("t.jsonl", b'"x"\n"y"').texts == ("x", "y")
    (tmp_path / "t.jsonl").write_bytes(lines)
    assert read("t.jsonl", tmp_path / "t.jsonl").texts == ("T a b", "d")


def test_parquet_of_texts() -> None:
    import pandas as pd

    out = io.BytesIO()
    pd.DataFrame({"n": [1, 2], "body": ["first", "second"], "id": [7, 8]}).to_parquet(out)
    c = read("t.parquet", out.getvalue())
    assert (c.texts, c.ids) == (("first", "second"), ("7", "8"))


@pytest.mark.parametrize("how", ["folder", "zip", "zip with a folder"])
def test_beir(how: str, tmp_path: Path) -> None:
    if how == "folder":
        for name, text in BEIR.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        c = read("set", tmp_path)
    else:
        prefix = "set/" if "folder" in how else ""
        c = read("set.zip", zipped({prefix + name: text for name, text in BEIR.items()}))
    assert c.texts == ("Tea Hot water.", "Cold.")
    assert (c.queries, c.train_queries) == (("hot?", "cold?"), ("other?",))
    assert sorted(c.qrels.tolist()) == [[0, 0, 1], [1, 1, 2]]


def test_beir_training_queries_and_a_split_when_there_are_none() -> None:
    more = {**BEIR, "queries_train.jsonl": '{"_id": "t", "text": "train?"}\n'}
    assert read("b.zip", zipped(more)).train_queries == ("other?", "train?")
    many = [{"_id": str(i), "text": f"question {i}"} for i in range(2400)]
    judged = "q\tc\ts\n" + "".join(f"{i}\t{'ab'[i % 2]}\t1\n" for i in range(2400))
    c = read("b.zip", zipped({**BEIR, "queries.jsonl": "\n".join(map(json.dumps, many)), "qrels/test.tsv": judged}))
    assert len(c.queries) == 1000
    assert 1100 < len(c.train_queries) < 1300
    assert not set(c.queries) & set(c.train_queries)
    assert "half" in c.query_source
    for query, doc, _ in c.qrels.tolist():
        assert doc == int(c.queries[query].split()[1]) % 2


CORPUS = Corpus("c", tuple(f"Document {i} is here. More of it." for i in range(40)), (), ids=tuple(map(str, range(40))))


def test_held_out_documents_leave_the_base() -> None:
    c = hold_out(CORPUS, "documents")
    assert (len(c.queries), len(c.texts), len(c.ids)) == (8, 32, 32)
    assert set(c.queries) | set(c.texts) == set(CORPUS.texts)
    assert (c.query_source, len(c.qrels)) == ("held-out documents", 0)
    assert hold_out(CORPUS, "documents").fingerprint == c.fingerprint
    assert hold_out(CORPUS, "documents", seed=1).fingerprint != c.fingerprint
    assert len(hold_out(CORPUS, "documents", count=3).queries) == 3


def test_first_sentences_ask_for_their_document() -> None:
    c = hold_out(CORPUS, "first sentences")
    assert c.texts == CORPUS.texts
    assert len(c.queries) + len(c.train_queries) == 40
    for query, doc, _ in c.qrels.tolist():
        assert c.texts[doc].startswith(c.queries[query])
    assert sorted(c.qrels[:, 0].tolist()) == list(range(len(c.queries)))
    assert first_sentence("Costs 3.5 euros to send! Then more.") == "Costs 3.5 euros to send!"
    assert first_sentence("A title\nand text") == "A title"


def test_splits_do_not_depend_on_the_order() -> None:
    c = Corpus("c", ("d",), tuple(f"q{i}" for i in range(50)), qrels=np.array([[i, 0, i] for i in range(1, 50)]))
    turned = Corpus("c", ("d",), c.queries[::-1])
    assert set(split_queries(c).queries) == set(split_queries(turned).queries)
    for query, _, grade in split_queries(c).qrels.tolist():
        assert split_queries(c).queries[query] == f"q{grade}"


def test_too_few_documents_or_another_way() -> None:
    with pytest.raises(DataError, match="at least 5"):
        hold_out(Corpus("c", ("a", "b"), ()))
    with pytest.raises(DataError, match="first sentences"):
        hold_out(CORPUS, "titles")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="at least 5"):
        hold_out_rows(Vectors(np.eye(3, dtype=np.float32), np.empty((0, 3), np.float32)))


TWICE = {**BEIR, "corpus.jsonl": BEIR["corpus.jsonl"].replace('"b"', '"a"')}
LOST = {**BEIR, "qrels/test.tsv": "q\tc\ts\n77\t88\t1\n"}
TORN = {**BEIR, "qrels/test.tsv": "q\tc\ts\n1 a b c d\n"}
SQUARE = {**BEIR, "qrels/test.tsv": "q\tc\ts\n1\ta\t²\n"}
BOMB = {"corpus.jsonl": b"0" * (64 << 20)}


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("t.csv", b"", "no rows"),
        ("t.csv", b"text\n", "no rows"),
        ("t.csv", b"id,text\n1,a\n2, \n", "document 2 is empty"),
        ("t.csv", b"id,text\n1,a\n1,b\n", "'1' stands twice, in rows 1 and 2"),
        ("t.csv", b'text,b\n"open,1\n', "quotes"),
        ("t.csv", b"text\n\0\n", "not text"),
        ("t.csv", b"\x93NUMPY\x01\0", "a numpy array, not text"),
        ("t.csv", zipped(BEIR), "a zip archive, not text"),
        ("t.txt", b"\n \n", "no rows"),
        ("t.jsonl", b'{"text": "a"}\n{"text": \n', "line 2 is not JSON"),
        ("t.jsonl", b"[1]\n", "is a list"),
        ("t.jsonl", b'{"n": 1}\n', "no text among n"),
        ("t.jsonl", b'{"text": "a"}\n{"n": 1}\n', "document 2 has no 'text'"),
        ("t.jsonl", b'{"text": "a"}\n{"text": null}\n', "document 2 has a NoneType"),
        ("t.jsonl", b"[" * 200_000, "line 1"),
        ("t.parquet", b"PAR1 and then nothing", "no parquet table"),
        ("t.zip", zipped(SQUARE), "line 2 is not 'query-id"),
        ("t.zip", b"not a zip", "no readable zip"),
        ("t.zip", zipped(BEIR)[:-40], "no readable zip"),
        ("t.zip", zipped({"notes.txt": "x"}), "no corpus.jsonl"),
        ("t.zip", zipped({"../corpus.jsonl": "x"}), "points out of the archive"),
        ("t.zip", zipped({"/etc/corpus.jsonl": "x"}), "points out of the archive"),
        ("t.zip", zipped({"a\\..\\..\\corpus.jsonl": "x"}), "points out of the archive"),
        ("t.zip", zipped(BOMB), "times its size"),
        ("t.zip", zipped(TWICE), "document id 'a' stands twice"),
        ("t.zip", zipped(LOST), "no query and document that are there"),
        ("t.zip", zipped(TORN), "line 2"),
        ("t.exe", b"MZ", "no reader knows"),
    ],
)
def test_one_clear_sentence(name: str, data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=r"(?s)^[^\n]*\.$") as caught:
        read(name, data)
    assert words in str(caught.value)


def test_limits_hold_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="more than the 10 B allowed"):
        read("t.txt", b"0123456789a", Limits(nbytes=10))
    with pytest.raises(DataError, match="3 rows, more than the 2 allowed"):
        read("t.txt", b"a\nb\nc", Limits(rows=2))
    with pytest.raises(DataError, match="members"):
        read("t.zip", zipped(BEIR), Limits(members=2))
    monkeypatch.setattr(zipfile.ZipFile, "read", None)
    with pytest.raises(DataError, match="more than the 50 B allowed"):
        read("t.zip", zipped({"corpus.jsonl": "0" * 60}), Limits(nbytes=50 * 1))
    sparse = tmp_path / "big.csv"
    with sparse.open("wb") as f:
        f.truncate(6 << 30)
    with pytest.raises(DataError, match="6 GiB, more than the 4 GiB"):
        read("big.csv", sparse)


def test_options_that_do_not_fit_and_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="takes no such option"):
        read("t.txt", b"a", column="text")
    with pytest.raises(DataError, match="no column 'nope'; there is text"):
        read("t.csv", b"text\na\n", column="nope")
    with pytest.raises(DataError, match="cannot be opened"):
        read("t.csv", tmp_path / "t.csv")
    with pytest.raises(DataError, match="'line' or a 'paragraph'"):
        read("t.txt", b"a", unit="word")
