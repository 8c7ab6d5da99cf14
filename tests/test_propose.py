"""Budgets are read and said; what is proposed fits, the promising first; samples grow as plans drop out."""

from __future__ import annotations

import pytest

from core.errors import ThinvecError
from core.plan import parse
from core.recommend import ceiling, indexed, propose, read, said, written
from core.recommend.propose import proposals, resized
from core.recommend.sample import Size, ladder
from core.types import Budget

GIB = 1 << 30


@pytest.mark.parametrize("dim", [64, 384, 768, 1024])
@pytest.mark.parametrize("size", [4, 8, 16, 48, 96, 192, 384])
def test_what_is_proposed_fits_and_can_be_read(dim: int, size: int) -> None:
    plans = propose(dim, 10_000, Budget(size))
    assert len(set(plans)) == len(plans) >= 4
    assert all(str(parse(plan)) == plan and 1 <= parse(plan).nbytes(dim) <= size for plan in plans)
    if 8 < size <= dim:
        assert {"flagship", "vector"} <= {parse(plan).family for plan in plans} or 2 * size > dim
        assert any(parse(plan).nbytes(dim) < 0.8 * size for plan in plans), "smaller ones, in case they do as well"


def test_the_promising_come_first_and_the_cheap_among_equals() -> None:
    plans = propose(384, 10_000, Budget(48))
    assert plans[:2] == ("klt > wpq48", "klt > wrq48")
    assert plans.index("opq48x8") < plans.index("bin") < plans.index("pca48 > int8")
    assert any(" | keep" in plan for plan in plans)


def test_a_ratio_is_bytes_and_the_strictest_limit_holds() -> None:
    assert propose(384, 10_000, Budget(ratio=32)) == propose(384, 10_000, Budget(48))
    assert ceiling(Budget(96, ratio=32, rows=10**7, memory=GIB), 384, 10_000) == 48
    assert ceiling(Budget(rows=10**7, memory=GIB), 384, 10_000) == pytest.approx(107.37, abs=0.01)
    assert ceiling(Budget(memory=480_000), 384, 10_000) == 48  # as many rows as there are


def test_memory_leaves_room_for_codebooks_and_disk_for_what_reranks() -> None:
    sizes = {parse(plan).nbytes(384) for plan in propose(384, 10_000, Budget(rows=10**7, memory=GIB))}
    assert max(sizes) <= 107
    assert any(90 <= size <= 100 for size in sizes)
    two = [parse(plan) for plan in propose(384, 10_000, Budget(rows=10**7, memory=GIB, disk=10 * GIB))]
    far = [plan for plan in two if plan.nbytes(384) > 107]
    assert far
    for plan in far:
        assert plan.rerank is not None
        assert plan.codec.nbytes(384) <= 107
        assert plan.nbytes(384) * 10**7 <= 10 * GIB
    assert not [p for p in propose(384, 10_000, Budget(rows=10**7, memory=GIB, disk=GIB)) if parse(p).nbytes(384) > 107]


def test_an_aim_is_tried_at_many_sizes() -> None:
    sizes = {parse(plan).nbytes(384) for plan in propose(384, 10_000, Budget(recall=0.95))}
    assert {16, 32, 48, 96, 192, 384} <= sizes
    assert 40 <= parse(propose(384, 10_000, Budget(recall=0.95))[0]).nbytes(384) <= 256, "from the middle outwards"
    assert max(parse(p).nbytes(384) for p in propose(384, 10_000, Budget(96, recall=0.95))) <= 96


def test_what_is_too_small_for_anything_is_said() -> None:
    with pytest.raises(ThinvecError, match=r"No plan is as small as 0\.5 B per vector; allow 1 B"):
        propose(384, 10_000, Budget(0.5))
    with pytest.raises(ThinvecError, match="needs a limit or an aim"):
        propose(384, 10_000, Budget())


def test_indexes_look_at_no_more_than_asked() -> None:
    plans = indexed("klt > wpq48", 384, 10_000, Budget(recall=0.8, looked=1000))
    assert {parse(plan).index.name for plan in plans} == {"ivf", "hnsw"}
    assert {parse(p).index.name for p in indexed("klt > wpq48", 384, 10_000, Budget(60, looked=1000))} == {"ivf"}
    for plan in map(parse, plans):
        if plan.index.name == "ivf":
            assert plan.index.probe / plan.index.lists * 10_000 <= 1000
        assert str(plan.codec) == "klt > wpq48"
    assert indexed("klt > wpq48", 384, 10_000, Budget(looked=10_000)) == ("klt > wpq48",)
    two = indexed("bin | keep4 > int8", 384, 10_000, Budget(looked=500))
    assert all(plan.endswith("keep4 > int8") for plan in two)
    assert max(parse(p).nbytes(384) for p in propose(384, 10_000, Budget(48, looked=500))) == 44, "lists take 4"


def test_a_family_at_another_size() -> None:
    first = next(p for p in proposals(384, 10_000, Budget(48)) if p.plan == "klt > wpq48")
    assert [p.plan for p in resized(first, 40, 384)] == ["klt > wpq40"]
    assert resized(first, 200, 384) == ()


@pytest.mark.parametrize(
    ("n", "plans", "rows", "stay"),
    [(3_000, 16, [], []), (5_000, 16, [2_000], [4]), (10_003, 16, [2_000, 4_000], [8, 4]), (10_003, 4, [], [])],
)
def test_samples_double_while_plans_halve(n: int, plans: int, rows: list[int], stay: list[int]) -> None:
    sizes = ladder(n, 500, plans, 4)
    assert ([s.rows for s in sizes], [s.stay for s in sizes]) == (rows, stay)


def test_large_corpora_have_many_rungs_and_no_sample_of_most_rows() -> None:
    sizes = ladder(10**6, 500, 64, 4)
    assert sizes == [Size(2_000, 200, 32), Size(4_000, 400, 16), Size(8_000, 500, 8), Size(16_000, 500, 4)]


@pytest.mark.parametrize(
    ("params", "budget", "words"),
    [
        ({"bytes": "48"}, Budget(48), "48 B per vector"),
        ({"ratio": 32}, Budget(ratio=32), "1/32 of float32"),
        (
            {"rows": "10,000,000", "memory": "1GiB", "disk": "10 GB"},
            Budget(rows=10_000_000, memory=1 << 30, disk=1e10),
            "10,000,000 rows in 1.0 GiB of memory and 9.3 GiB of disk",
        ),
        (
            {"recall": ".95", "bytes": 96},
            Budget(96, recall=0.95),
            "96 B per vector, recall 0.95 or more at",
        ),
        (
            {"looked": "20000", "ndcg": 0.98, "disk": ""},
            Budget(ndcg=0.98, looked=2e4),
            "at most 20,000 rows looked at",
        ),
    ],
)
def test_budgets_are_read_said_and_written(params: dict[str, object], budget: Budget, words: str) -> None:
    assert read(params) == budget
    assert words in said(budget)
    assert read(written(budget)) == budget


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "needs a limit or an aim"),
        ({"rows": 1000}, "needs a limit or an aim"),
        ({"bytes": -1}, "more than 0, got -1"),
        ({"bytes": 0}, "more than 0, got 0"),
        ({"recall": 1.2}, "between 0 and 1, got recall 1.2"),
        ({"memory": "1 gigabyte"}, "memory is a number, or a size such as 1GiB"),
        ({"recall": "1GiB"}, "recall is a number"),
        ({"byte": 48}, "no 'byte'; did you mean 'bytes'"),
    ],
)
def test_budgets_that_cannot_be_meant_are_refused_in_one_sentence(params: dict[str, object], words: str) -> None:
    with pytest.raises(ThinvecError, match=words) as e:
        read(params)
    assert str(e.value).count(". ") == 0
