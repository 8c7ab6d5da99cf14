"""The byte ledger: every column adds up to bytes that really exist, in files and in arrays."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.errors import DataError
from core.evaluate import ledger as module
from core.evaluate.ledger import archive, ledger, ledger_of
from core.evaluate.measure import Shared, measure
from core.plan import parse
from core.search.built import Built, build, train_for
from core.types import Trial, Vectors

GOLDEN = sorted(p for p in (Path(__file__).parent / "golden").glob("*.npz") if not p.name.endswith(".expected.npz"))
PLANS = (
    "int8",
    "klt > wpq5",
    "bin | keep4 > f32",
    "pca8 > int8 + int4 | keep3 > f16",
    "int8 | ivf16(probe=4)",
    "int8 | hnsw8",
    "klt > wpq5 | ivf16(probe=4) | keep2 > int8",
)


def fitted(plan: str, vectors: Vectors) -> Built:
    return build(parse(plan), train_for(vectors), vectors.docs)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_disk_is_the_file_of_every_codec(path: Path, tmp_path: Path) -> None:
    built = Built.load(path)
    built.save(tmp_path / "again.npz")
    assert ledger_of(built).disk == (tmp_path / "again.npz").stat().st_size


@pytest.mark.parametrize("plan", PLANS)
def test_columns_are_bytes_that_exist(plan: str, small: Vectors, tmp_path: Path) -> None:
    built = fitted(plan, small)
    built.save(tmp_path / "built.npz")
    bill, state = ledger_of(built), built.state_bytes
    codes = built.codes.nbytes + (built.rerank[1].nbytes if built.rerank else 0)
    assert bill.disk == (tmp_path / "built.npz").stat().st_size
    assert bill.memory == codes + sum(size for name, size in state.items() if name not in built.encoding_only)
    assert bill.pipeline == codes + sum(state.values())
    assert bill.floats == small.docs.nbytes
    assert len({x.part for x in bill.lines}) == len(bill.lines)


@pytest.mark.parametrize("plan", PLANS)
def test_a_result_says_what_the_fitted_plan_says(plan: str, small: Vectors) -> None:
    kept: list[Built] = []
    result = measure(small, Trial(small.fingerprint, parse(plan).slug), Shared(small), kept.append)
    assert ledger(result) == ledger_of(kept[0])
    assert ledger(result, 7_000) == ledger_of(kept[0], 7_000)
    assert ledger(result, rerank_on_disk=True) == ledger_of(kept[0], rerank_on_disk=True)


def test_two_stages_never_pass_for_the_first(small: Vectors) -> None:
    rng = np.random.default_rng(0)
    docs = rng.standard_normal((300, 384)).astype(np.float32)
    wide = Vectors(docs / np.linalg.norm(docs, axis=1, keepdims=True), docs[:4])
    bill = ledger_of(fitted("bin | keep4 > f32", wide), 100_000_000, rerank_on_disk=True)
    parts = {x.part: x for x in bill.lines}
    assert (parts["codes"].memory, parts["codes"].disk) == (48e8, 48e8)
    assert (parts["rerank codes"].memory, parts["rerank codes"].disk) == (0, 1536e8)
    assert bill.per_vector("memory") == pytest.approx(48, abs=1e-3)
    assert bill.per_vector("disk") == pytest.approx(48 + 1536, abs=1e-3)
    assert bill.per_vector("pipeline") == pytest.approx(48 + 1536, abs=1e-3)
    within = ledger_of(fitted("bin | keep4 > f32", wide), 100_000_000)
    assert within.per_vector("memory") == pytest.approx(1584, abs=1e-3)


def test_maps_that_encode_are_on_disk_alone(small: Vectors) -> None:
    built = fitted("klt > wpq5", small)
    line = next(x for x in ledger_of(built).lines if x.part == "only to add documents")
    assert line.memory == 0
    assert line.disk == line.pipeline == sum(built.state_bytes[name] for name in built.encoding_only) > 0


def test_what_vectors_share_does_not_grow(small: Vectors) -> None:
    built, n = fitted("int8 | ivf16(probe=4)", small), len(small.docs)
    once, more = ({x.part: x for x in ledger_of(built, rows).lines} for rows in (n, 10 * n))
    assert more["codes"].memory == 10 * once["codes"].memory == 10 * built.codes.nbytes
    assert more["ids"].memory == 10 * once["ids"].memory == 10 * 4 * n
    assert more["lists or graph"].memory == once["lists or graph"].memory == 16 * 32 * 4 + 17 * 4
    assert more["codebooks and maps"].memory == once["codebooks and maps"].memory


def test_links_of_a_graph_grow(small: Vectors) -> None:
    built, n = fitted("int8 | hnsw8", small), len(small.docs)
    graph = built.state_bytes
    once, more = ({x.part: x for x in ledger_of(built, rows).lines} for rows in (n, 10 * n))
    links = sum(size for name, size in graph.items() if name.startswith("index.")) - graph["index.entry"]
    assert more["lists or graph"].memory == pytest.approx(10 * links + graph["index.entry"])
    assert once["lists or graph"].memory == links + graph["index.entry"]


@pytest.mark.parametrize("sizes", [(1,), (100, 5_000, 40), (5_000, 5_000, 5_000)])
def test_archives_beyond_two_gibibytes(sizes: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes and places past the limit take more bytes in a zip; the limit is lowered to see it."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 4_000)
    monkeypatch.setattr(module, "LIMIT", 4_000)
    arrays = {f"{'name' * i}x": np.zeros(size, np.uint8) for i, size in enumerate(sizes)}
    np.savez(tmp_path / "a.npz", **arrays)
    assert archive([(k, a.nbytes) for k, a in arrays.items()]) == (tmp_path / "a.npz").stat().st_size


def test_no_rows_are_refused(small: Vectors) -> None:
    with pytest.raises(DataError, match="at least 1 vector, got 0"):
        ledger_of(fitted("int8", small), 0)
