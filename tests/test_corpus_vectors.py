"""Readers of vectors: rows come out at length 1; headers are judged before memory is taken or anything unpickled."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib import format as npf

from core.corpus import read
from core.corpus.source import Limits
from core.errors import DataError
from core.types import Vectors

RNG = np.random.default_rng(0)
DOCS = RNG.standard_normal((40, 6)).astype(np.float32)
QUERIES = RNG.standard_normal((5, 6)).astype(np.float32)


def npy(a: Any, pickled: bool = False) -> bytes:
    out = io.BytesIO()
    np.save(out, a, allow_pickle=pickled)
    return out.getvalue()


def npz(**arrays: Any) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def header(shape: tuple[int, ...], kind: str = "<f4") -> bytes:
    out = io.BytesIO()
    npf.write_array_header_1_0(out, {"descr": kind, "fortran_order": False, "shape": shape})
    return out.getvalue()


def parquet(column: Any, name: str = "embedding") -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table({name: column, "n": pa.array(range(len(column)))}), out)
    return out.getvalue()


def unit(a: np.ndarray) -> np.ndarray:
    return a / np.linalg.norm(a, axis=1, keepdims=True)


def test_npz_is_read_at_length_one() -> None:
    judged = np.array([[0, 39, 2], [4, 0, 1]], np.int32)
    v = read("v.npz", npz(docs=DOCS * 3, queries=QUERIES.astype(np.float16), train_queries=QUERIES[:2], qrels=judged))
    assert isinstance(v, Vectors)
    np.testing.assert_allclose(v.docs, unit(DOCS), atol=1e-6)
    np.testing.assert_allclose(v.queries, unit(QUERIES), atol=1e-3)
    assert {a.dtype for a in (v.docs, v.queries, v.train_queries)} == {np.dtype(np.float32)}
    assert (v.qrels.tolist(), v.qrels.dtype, v.query_source) == (judged.tolist(), np.int64, "given")


def test_other_members_are_left_alone() -> None:
    packed = npz(docs=DOCS, queries=QUERIES, texts=np.array(["a", "b"]), encoder=np.array("minilm"))
    assert len(read("v.npz", packed).docs) == 40


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_holds_rows_out(dtype: type, order: Any, tmp_path: Path) -> None:
    path = tmp_path / "v.npy"
    np.save(path, np.asarray(DOCS, dtype, order=order))
    v = read("v.npy", path)
    assert (v.docs.shape, v.queries.shape, v.query_source) == ((32, 6), (8, 6), "held-out documents")
    both = np.concatenate([v.docs, v.queries])
    np.testing.assert_allclose(np.sort(both, axis=0), np.sort(unit(DOCS), axis=0), atol=2e-3)
    assert v.docs.flags.c_contiguous
    np.testing.assert_array_equal(v.docs, read("v.npy", path.read_bytes()).docs)


def test_npz_without_queries_holds_rows_out_and_keeps_training_queries() -> None:
    v = read("v.npz", npz(docs=DOCS, train_queries=QUERIES))
    assert (len(v.docs), len(v.queries), len(v.train_queries)) == (32, 8, 5)


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("name", ["embedding", "mine"])
def test_parquet_lists(fixed: bool, name: str) -> None:
    import pyarrow as pa

    flat = pa.array(DOCS.ravel())
    column = pa.FixedSizeListArray.from_arrays(flat, 6) if fixed else pa.array(DOCS.astype(np.float64).tolist())
    v = read("v.parquet", parquet(column, name), column=name)
    assert (len(v.docs), len(v.queries), v.dim) == (32, 8, 6)
    assert read("v.parquet", parquet(column, name)).fingerprint == v.fingerprint


def spoilt(row: int, value: float) -> np.ndarray:
    a = DOCS.copy()
    a[row] = value
    return a


def evil() -> bytes:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("it was unpickled",))

    return header((1,), "|O") + pickle.dumps(Evil())


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docs.npy", npy(np.zeros((200_000, 64), np.float32)))
    return out.getvalue()


def lying() -> bytes:
    """The header promises a small array, the stream holds a large one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("docs.npy", header((2, 2)) + b"\0" * 4096)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("v.npy", b"alpha, beta\ngamma\n", "it starts with ‘alpha, beta’"),
        ("v.npy", b"", "not a numpy array"),
        ("v.npy", npy(DOCS)[:-4], "cut off or damaged"),
        ("v.npy", npy(DOCS) + b"more", "cut off or damaged"),
        ("v.npy", npy(DOCS)[:20], "not a numpy array"),
        ("v.npy", header((10**9, 10**9)), "more than the 4 GiB allowed"),
        ("v.npy", header((10**30, 4)), "more than the 4 GiB allowed"),
        ("v.npy", header((-4, -4)), "negative"),
        ("v.npy", header((6_000_000, 1)), "6,000,000 rows, more than"),
        ("v.npy", evil(), "Python objects"),
        ("v.npy", npy(np.array([{"a": 1}], object), pickled=True), "Python objects"),
        ("v.npy", npy(np.array(["a", "b"])), "expected float16 or float32"),
        ("v.npy", npy(np.zeros((3, 3), np.int8)), "holds int8"),
        ("v.npy", npy(DOCS[0]), "shape (6,)"),
        ("v.npy", npy(np.zeros((3, 0), np.float32)), "shape (3, 0)"),
        ("v.npy", npy(DOCS[:0]), "no rows"),
        ("v.npy", npy(DOCS[:3]), "at least 5"),
        ("v.npy", npy(spoilt(7, np.nan)), "row 7 holds NaN or infinity"),
        ("v.npy", npy(spoilt(8, -np.inf)), "row 8 holds NaN or infinity"),
        ("v.npy", npy(spoilt(9, 0)), "row 9 is all zeros"),
        ("v.npz", b"PK and nothing", "no readable zip archive"),
        ("v.npz", npz(docs=DOCS)[:-30], "no readable zip archive"),
        ("v.npz", npz(vectors=DOCS), "no array 'docs'; there is vectors"),
        ("v.npz", npz(docs=DOCS, queries=QUERIES[:, :4]), "4 dimensions where docs have 6"),
        ("v.npz", npz(docs=DOCS, queries=spoilt(2, np.nan)), "queries: row 2"),
        ("v.npz", npz(docs=DOCS, queries=QUERIES, train_queries=spoilt(1, 0)), "train_queries: row 1"),
        ("v.npz", npz(docs=DOCS, queries=QUERIES, qrels=np.array([[5, 0, 1]])), "names query 5, but there are 5"),
        ("v.npz", npz(docs=DOCS, queries=QUERIES, qrels=np.array([[0, 40, 1]])), "names document 40"),
        ("v.npz", npz(docs=DOCS, queries=QUERIES, qrels=np.array([[0, -1, 1]])), "names document -1"),
        ("v.npz", npz(docs=DOCS, queries=QUERIES, qrels=np.ones((2, 3))), "must be integers"),
        ("v.npz", npz(docs=DOCS, queries=QUERIES, qrels=np.ones((2, 2), int)), "of shape (m, 3)"),
        ("v.npz", npz(docs=DOCS, qrels=np.array([[0, 0, 1]])), "judgements but no queries"),
        ("v.npz", bomb(), "times its size"),
        ("v.npz", lying(), "cut off or damaged"),
        ("v.parquet", parquet([[1.0, 2.0], [3.0]]), "row 1 of 'embedding' has 1 numbers, the first has 2"),
        ("v.parquet", parquet([[1.0, 2.0], None]), "row 1"),
        ("v.parquet", parquet([[1.0, 2.0], [0.0, 0.0]]), "row 1 is all zeros"),
    ],
)
def test_one_clear_sentence(name: str, data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=r"^[^\n]*\.$") as caught:
        read(name, data)
    assert words in str(caught.value)


def test_memory_is_refused_by_the_header_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npf, "read_array", None)
    packed = npz(docs=DOCS, queries=QUERIES)
    with pytest.raises(DataError, match="more than the 900 B allowed"):
        read("v.npy", npy(DOCS.astype(np.float16))[: 128 + 480], Limits(nbytes=900))
    with pytest.raises(DataError, match="40 rows, more than the 39 allowed"):
        read("v.npz", packed, Limits(rows=39))


def test_parquet_is_weighed_before_it_is_unpacked() -> None:
    import pyarrow as pa

    flat = pa.array(np.ones(64 * 20_000, np.float32))
    small = parquet(pa.FixedSizeListArray.from_arrays(flat, 64))
    words = parquet(pa.array(["x" * 4000] * 20_000), "text")
    assert max(len(small), len(words)) < 1 << 20
    with pytest.raises(DataError, match=r"needs 4.883 MiB, more than the 1 MiB"):
        read("v.parquet", small, Limits(nbytes=1 << 20))
    with pytest.raises(DataError, match=r"more than the 1 MiB"):
        read("v.parquet", words, Limits(nbytes=1 << 20))


def test_a_damaged_member_is_found() -> None:
    packed = bytearray(npz(docs=DOCS, queries=QUERIES))
    packed[400] ^= 255
    with pytest.raises(DataError, match="CRC"):
        read("v.npz", bytes(packed))


def test_empty_lists_of_queries_are_as_none() -> None:
    found = read("v.npz", npz(docs=DOCS, queries=QUERIES, train_queries=QUERIES[:0], qrels=np.empty((0, 3), int)))
    assert isinstance(found, Vectors) and found.train_queries is None and len(found.queries) == 5
    held = read("v.npz", npz(docs=DOCS, queries=QUERIES[:0]))
    assert isinstance(held, Vectors) and held.query_source == "held-out documents"
    with pytest.raises(DataError, match="holds no rows"):
        read("my-qrels.npz", npz(docs=DOCS[:0]))
