"""What a table holds is shown before it is read: its columns, their first values, and the one that would be taken."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core import corpus as readers
from core.types import Corpus
from core.ui.columns import ROWS, columns

MANY = "id,title,abstract\n" + "".join(f'{i},Title {i},"Of {i}, at some\nlength."\n' for i in range(40))


def parquet(table: dict[str, list[object]]) -> bytes:
    raw = io.BytesIO()
    pq.write_table(pa.table(table), raw)
    return raw.getvalue()


def test_a_csv_shows_its_columns_and_first_values() -> None:
    found, usual = columns("a.csv", MANY.encode())
    assert list(found) == ["id", "title", "abstract"]
    assert usual == "abstract"
    assert found["title"] == [f"Title {i}" for i in range(ROWS)]
    assert found["abstract"][0] == "Of 0, at some\nlength."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_semicolons_and_encodings_are_those_of_the_reader(encoding: str) -> None:
    rows = "".join(f"{i};Gruß {i};Das Mädchen aß {i} Äpfel und fuhr über die Brücke nach Köln\n" for i in range(60))
    raw = f"Nummer;Überschrift;Inhalt\n{rows}".encode(encoding)
    found, usual = columns("a.csv", raw)
    corpus = readers.read("a.csv", raw)
    assert isinstance(corpus, Corpus)
    assert list(found) == ["Nummer", "Überschrift", "Inhalt"]
    assert found[usual][:3] == list(corpus.texts[:3])


@pytest.mark.parametrize("extra", range(4))
def test_a_letter_at_the_end_of_the_sample_is_not_cut(extra: int) -> None:
    rows = "".join(f"{i},{'ä' * 500}\n" for i in range(200))
    found, usual = columns("a.csv", ("i" * (extra + 1) + f",text\n{rows}").encode())
    assert usual == "text"
    assert found["text"] == ["ä" * 500] * ROWS


def test_the_usual_column_is_the_one_that_is_read() -> None:
    lines = b'{"n": 1, "title": "T", "body": "first"}\n{"n": 2, "title": "U", "body": "second"}\n'
    table = parquet({"n": [1, 2], "name": ["a", "b"], "words": ["a longer text", "and another"]})
    for name, raw in {"a.jsonl": lines, "a.parquet": table, "a.tsv": MANY.replace(",", "\t").encode()}.items():
        found, usual = columns(name, raw)
        corpus = readers.read(name, raw)
        assert isinstance(corpus, Corpus)
        assert found[usual][:2] == list(corpus.texts[:2])
        assert "n" not in found


def test_a_parquet_of_vectors_offers_its_lists() -> None:
    rows: list[object] = np.eye(6, dtype=np.float32).tolist()
    found, usual = columns("a.parquet", parquet({"text": list("abcdef"), "embedding": rows}))
    assert usual == "embedding"
    assert list(found) == ["text", "embedding"]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.csv", b""),
        ("a.csv", bytes(range(256)) * 20),
        ("a.csv", b"only,a,head\n"),
        ("a.parquet", b"PAR1 no table"),
        ("a.jsonl", b'{"text": "a"\n'),
        ("a.jsonl", b'"a"\n"b"\n'),
        ("a.jsonl", b'{"n": 1}\n'),
        ("a.csv", b"PK\x03\x04"),
    ],
)
def test_what_cannot_be_understood_is_left_to_the_reader(name: str, raw: bytes) -> None:
    _, usual = columns(name, raw)
    assert usual == ""
