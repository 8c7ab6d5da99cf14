"""Engines' sizes: the worked examples of their own pages, and files that they really write."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest

from core import words
from core.errors import DataError, PlanError
from core.evaluate.engines import (
    Setting,
    engine,
    engines,
    lancedb,
    milvus,
    opensearch,
    packed,
    pgvector,
    pieces,
    qdrant,
    spelled,
    usearch,
    weaviate,
)
from core.evaluate.engines import elasticsearch as es
from core.evaluate.engines import faiss as ours

MILLION = 1_000_000
NAMES = ("elasticsearch", "faiss", "lancedb", "milvus", "opensearch", "pgvector", "qdrant", "usearch", "weaviate")
ALL = [(name, s) for name in NAMES for s in engine(name).settings(384)]


def memory(setting: Setting, rows: int = MILLION) -> float:
    return setting.ledger(rows).memory


def disk(setting: Setting, rows: int = MILLION) -> float:
    return setting.ledger(rows).disk


def test_the_folder_is_the_list() -> None:
    assert tuple(engines()) == NAMES
    assert engine("Qdrant") is engines()["qdrant"]
    with pytest.raises(PlanError, match="did you mean 'milvus'"):
        engine("milvuss")


@pytest.mark.parametrize(("name", "setting"), ALL, ids=lambda v: v if isinstance(v, str) else v.name)
def test_every_setting_is_a_whole_bill(name: str, setting: Setting) -> None:
    small, large = setting.ledger(10_000), setting.ledger(10_000_000)
    assert engines()[name].source.startswith("https://")
    assert setting.formula.startswith("memory")
    for bill in (small, large):
        assert bill.disk == bill.pipeline
        assert min(min(x.memory, x.disk, x.pipeline) for x in bill.lines) >= 0
        assert bill.disk >= bill.rows * setting.codes or name == "qdrant"
    assert large.memory > 10 * small.memory
    with pytest.raises(DataError, match="at least 1 vector"):
        setting.ledger(0)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("faiss", "usearch")])
def test_originals_stay_on_disk(name: str) -> None:
    """What a person forgets: compressed codes come on top of the floats."""
    for setting in engine(name).settings(384):
        assert disk(setting) >= 1536 * MILLION


@pytest.mark.parametrize("dim", [100, 384, 1536])
@pytest.mark.parametrize("nbytes", [16, 48, 192, 1536])
def test_the_nearest_setting_is_nearest(dim: int, nbytes: int) -> None:
    for e in engines().values():
        near = e.nearest(dim, nbytes)
        gaps = [abs(np.log(s.codes / nbytes)) for s in e.settings(dim)]
        assert abs(np.log(near.codes / nbytes)) == min(gaps)


def test_nearest_at_48_bytes() -> None:
    found = {name: e.nearest(384, 48).name.split(",")[0] for name, e in engines().items()}
    assert found["elasticsearch"] == "bbq_hnsw"
    assert found["faiss"] == "PQ48x8"
    assert found["qdrant"] == "binary"
    assert found["opensearch"] == "compression_level 32x"


def test_elasticsearch() -> None:
    """The cases of Elastic's calculator (docs-builder, calculations.test.ts)."""
    assert memory(es.setting(768, "int8", graph=False)) == MILLION * (768 + 16)
    assert memory(es.setting(100, "int8", graph=False)) == MILLION * 116
    assert memory(es.setting(101, "int4", graph=False)) == MILLION * (51 + 16)
    assert memory(es.setting(768, "bbq", graph=False)) == MILLION * (96 + 14)
    assert memory(es.setting(65, "bbq", graph=False)) == MILLION * (16 + 14)
    assert memory(es.setting(384, "bbq")) == MILLION * (384 / 8 + 14 + 64)
    assert disk(es.setting(768, "none", graph=False)) == MILLION * 768 * 4
    assert disk(es.setting(768, "int8", m=16)) == MILLION * (3072 + 768 + 16 + 64)
    lists = ceil(MILLION / 384)
    assert disk(es.disk(768)) == lists * (768 + 16) + MILLION * 2 * (96 + 16) + MILLION * 3072
    assert memory(es.disk(768)) == lists * (768 + 16) + 0.05 * MILLION * 2 * (96 + 16)
    assert disk(es.disk(256)) == lists * (256 + 16) + MILLION * 2 * (128 + 16) + MILLION * 1024


@pytest.mark.parametrize(("compression", "gigabytes"), [(32, 0.176), (16, 0.211), (8, 0.282), (2, 0.704), (1, 1.267)])
def test_opensearch_levels(compression: int, gigabytes: float) -> None:
    """The examples of its pages, 1 million vectors of 256 dimensions, m = 16.

    For 2x the page writes 0.656 GB beside a product that is 0.704e9: GiB that were called GB.
    """
    need = memory(opensearch.setting(256, compression))
    assert need == pytest.approx(1.1 * (256 * opensearch.LEVELS[compression] / 8 + 8 * 16) * MILLION)
    assert need / 1e9 == pytest.approx(gigabytes, abs=6e-4)
    if compression == 2:
        assert need / 2**30 == pytest.approx(0.656, abs=6e-4)


def test_opensearch_product_codes() -> None:
    graph = memory(opensearch.product(256, 32, segments=100))
    assert graph == pytest.approx(1.1 * ((32 + 24 + 128) * MILLION + 100 * (256 * 4 * 256)))
    assert graph / 2**30 == pytest.approx(0.215, abs=6e-4)
    lists = memory(opensearch.product(256, 64, lists=512, segments=100))
    assert lists / 2**30 == pytest.approx(0.171, abs=6e-4)


def test_qdrant() -> None:
    """The rule of thumb of its capacity page, and the parts of its sizing guide."""
    assert qdrant.rough(1024, MILLION) == 6_144_000_000
    assert f"{6_144_000_000 / 2**30:.2f}" == "5.72"
    parts = {x.part: x for x in qdrant.setting(384, "binary").ledger(MILLION).lines}
    assert parts["graph"].memory == MILLION * 16 * 2 * 4 * 1.2
    assert parts["ids"].memory == 52 * MILLION
    assert (parts["originals"].memory, parts["originals"].disk) == (0, 1536 * MILLION)
    kept = {x.part: x for x in qdrant.setting(384, "binary", originals_on_disk=False).ledger(MILLION).lines}
    assert kept["originals"].memory == 1536 * MILLION


def test_milvus() -> None:
    """The tables of its index page: 1 million vectors of 128 dimensions, in millions of bytes."""
    assert memory(milvus.ivf(128, "PQ", 2000, 8)) / 1e6 == pytest.approx(11.0, abs=0.05)
    assert memory(milvus.ivf(128, "SQ8", 2000)) / 1e6 == pytest.approx(131.0, abs=0.05)
    assert memory(milvus.ivf(128, "FLAT", 2000)) / 1e6 == pytest.approx(515.0, abs=0.05)
    assert memory(milvus.hnsw(128, "FLAT", 32)) == 640e6
    assert memory(milvus.hnsw(128, "PQ", 32, m=8)) == 136e6
    assert memory(milvus.ivf(128, "RABITQ", refine="SQ8")) == memory(milvus.ivf(128, "RABITQ")) + 128e6


def test_weaviate() -> None:
    """Its example: 1 million vectors of 384 dimensions with 64 connections; the rule of thumb beside it."""
    assert memory(weaviate.setting(384, "none", 64)) == MILLION * (1536 + 640)
    assert f"{MILLION * (1536 + 640) / 1e9:.1f}" == "2.2"
    assert weaviate.rough(384, MILLION) == 3_072_000_000
    assert weaviate.setting(768, "pq", segments=128).codes == 128
    assert weaviate.setting(100, "rq 8 bits").codes == 128  # filled up to a multiple of 64


def test_pgvector() -> None:
    """Bytes of values as its README has them; pages as in hnsw.h: 1,536 floats fill one, as many halves half of one."""
    assert [pgvector.value(1536, kind) for kind in ("vector", "halfvec", "bit")] == [6152, 3080, 200]
    assert pgvector.pages(1536, "vector", 16) == 1
    assert pgvector.pages(1536, "halfvec", 16) == 1 / 2
    assert 1 / 17 <= pgvector.pages(1536, "bit", 16) <= 1 / 16
    assert pgvector.pages(384, "vector", 16) == 1 / 4
    with pytest.raises(PlanError, match="cannot index 2500 dimensions"):
        pgvector.setting(2500, "vector")


@pytest.mark.parametrize(
    ("kind", "dim", "rows", "written"),
    [
        ({"kind": "IVF_RQ"}, 64, 8000, 175_072 + 1_360),
        ({"kind": "IVF_RQ"}, 128, 8000, 239_378 + 2_384),
        ({"kind": "IVF_RQ", "bits": 4}, 128, 8000, 688_782 + 2_384),
        ({"kind": "IVF_PQ", "pieces_": 16}, 64, 8000, 208_195 + 1_360),
        ({"kind": "IVF_SQ"}, 128, 8000, 1_041_239 + 2_384),
        ({"kind": "IVF_FLAT"}, 128, 8000, 4_110_165 + 2_386),
    ],
)
def test_lancedb(kind: dict[str, object], dim: int, rows: int, written: int) -> None:
    """Index files that lancedb 0.40.0 wrote for normal vectors in 4 lists: ids packed from 8 bytes to about 2."""
    setting = lancedb.setting(dim, partitions=4, **kind)  # type: ignore[arg-type]
    need = memory(setting, rows)
    assert need - 6.3 * rows == pytest.approx(written, rel=0.02)
    assert written < need


@pytest.mark.parametrize(
    ("dtype", "rows", "written"),
    [("f32", 1000, 1_684_260), ("f16", 1000, 916_260), ("i8", 1000, 532_260), ("b1", 1000, 196_260),
     ("f32", 4000, 6_737_792), ("b1", 4000, 785_792)],
)  # fmt: skip
def test_usearch(dtype: str, rows: int, written: int) -> None:
    """Files that usearch 2.26.6 wrote for 384 dimensions; what chance adds on upper levels is within 0.5 % of all."""
    assert disk(usearch.setting(384, dtype), rows) == pytest.approx(written, rel=5e-3)
    upper = {1000: 61, 4000: 260}[rows]
    exact = rows * (packed(384, usearch.KINDS[dtype]) + 144) + 68 * upper + 112
    assert exact == written


FACTORY = ("Flat", "SQ8", "SQ6", "SQ4", "SQfp16", "PQ16x8", "PQ8x4", "RaBitQ", "RaBitQ2", "RaBitQ4",
           "IVF8,Flat", "IVF8,SQ8", "IVF8,SQfp16", "IVF8,PQ8x8", "IVF8,RaBitQ", "IVF8,RaBitQ4",
           "SQ4,RFlat", "PQ8x4,Refine(SQ8)", "HNSW16,SQ8", "HNSW32,Flat", "HNSW8,PQ8x4")  # fmt: skip


@pytest.mark.parametrize("spec", FACTORY)
def test_faiss_byte_for_byte(spec: str) -> None:
    """What faiss writes is what the formula says; of a graph, once the levels that chance drew are put in."""
    import faiss

    faiss.omp_set_num_threads(1)
    n, dim = 1000, 64
    x = np.random.default_rng(0).standard_normal((n, dim)).astype(np.float32)
    index = faiss.index_factory(dim, spec, faiss.METRIC_INNER_PRODUCT)
    base = faiss.downcast_index(index.base_index) if hasattr(index, "base_index") else index
    stored = faiss.downcast_index(base.storage) if hasattr(base, "storage") else base
    if hasattr(stored, "pq"):  # sizes do not depend on what is learned
        stored.do_polysemous_training = False
        stored.pq.cp.niter, stored.pq.cp.min_points_per_centroid = 1, 1
    index.train(x)
    index.add(x)
    expected = disk(ours.setting(dim, spec), n)
    if "HNSW" in spec:
        m = int(spec.split(",")[0][4:])
        drawn = int(faiss.vector_to_array(index.hnsw.levels).sum()) - n
        expected += 4 * m * drawn - n * ours.links(m)[2]
    assert len(faiss.serialize_index(index)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("spec", ["LSH", "IVF8", "OPQ8,PQ8x8", "PQ8", "RaBitQ12", "Flat,RFlat,RFlat"])
def test_faiss_refuses_what_it_cannot_size(spec: str) -> None:
    with pytest.raises(PlanError, match="size"):
        ours.setting(64, spec)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: es.setting(384, "int2"),
        lambda: opensearch.setting(384, 64),
        lambda: qdrant.setting(384, "int3"),
        lambda: milvus.ivf(384, "SQ1"),
        lambda: weaviate.setting(384, "lsh"),
        lambda: pgvector.setting(384, "int8"),
        lambda: lancedb.setting(384, "HNSW"),
        lambda: usearch.setting(384, "i4"),
    ],
)
def test_what_an_engine_does_not_have_is_explained(wrong: object) -> None:
    with pytest.raises(PlanError, match="got "):
        wrong()  # type: ignore[operator]


@pytest.mark.parametrize(("rows", "gibibytes"), [(100, 143.05), (250, 357.63), (1000, 1430.51)])
def test_gibibytes_are_not_gigabytes(rows: int, gibibytes: float) -> None:
    """384 numbers in float32: printed elsewhere as GB, really GiB."""
    total = disk(ours.setting(384, "Flat"), rows * MILLION) - 45
    assert total / 2**30 == pytest.approx(gibibytes, abs=0.005)
    assert total / 1e9 == pytest.approx(gibibytes * 1.073741824, rel=1e-4)
    assert words.size(100 * MILLION * 1536) == "143 GiB"
    assert words.decimal(100 * MILLION * 1536) == "154 GB"


def test_small_words() -> None:
    assert [spelled(b) for b in (32, 8, 4, 1, 1.5, 0.5)] == ["4 d", "d", "d / 2", "d / 8", "3 d / 16", "d / 16"]
    assert [packed(100, 1), packed(100, 1, 64), packed(7, 4)] == [13, 16, 4]
    assert [pieces(384, 48), pieces(100, 48), pieces(97, 48)] == [48, 25, 1]
