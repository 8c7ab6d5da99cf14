"""Laws of indexes: which rows are looked at may lose neighbours, never invent, repeat or misorder them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from core.catalogue import catalogue
from core.errors import FitError, PlanError
from core.plan import parse
from core.search import indexes
from core.search.built import Built, build, train_for
from core.search.hnsw import Hnsw
from core.search.ivf import Ivf, assigned
from core.search.view import View
from core.types import Vectors

CODECS = ["f32", "int8", "bin(mean=1)", "klt > wpq8", "pq8x8", "pca16 > int8 + int4"]
EXAMPLES = [e for kind in indexes().values() for e in kind.examples if e != "flat"]
EVERYWHERE = ["ivf7(probe=7)", "ivf16(probe=9999)", "hnsw4(search=600)", "hnsw16(search=600)"]


def made(small: Vectors, text: str) -> Built:
    return build(parse(text), train_for(small), small.docs)


def test_the_folder_is_the_list() -> None:
    assert set(indexes()) == {"flat", "ivf", "hnsw"}
    assert {e.name for e in catalogue().values() if e.kind == "index"} == set(indexes())
    assert [k.name for k in catalogue()["hnsw"].knobs] == ["m", "build", "search"]


@pytest.mark.parametrize("text", ["ivf256(probe=16)", "ivf64", "hnsw16(build=200,search=128)", "hnsw8"])
def test_plans_with_an_index_print_and_parse_back(text: str) -> None:
    plan = parse(f"klt > wpq8 | {text} | keep4 > int8")
    assert str(plan) == f"klt > wpq8 | {text} | keep4 > int8"
    assert parse(plan.slug) == plan
    assert f"{plan.index.name}:1" in plan.version


def test_settings_out_of_range_are_explained() -> None:
    with pytest.raises(PlanError, match="lists must lie in 1 to 65536, got 0"):
        parse("f32 | ivf0")
    with pytest.raises(PlanError, match="no setting 'probes'"):
        parse("f32 | ivf16(probes=3)")


@pytest.mark.parametrize("index", EVERYWHERE)
@pytest.mark.parametrize("codec", CODECS)
def test_an_index_that_looks_everywhere_is_flat(codec: str, index: str, small: Vectors) -> None:
    flat, other = made(small, codec), made(small, f"{codec} | {index}")
    a, b = flat.search(small.queries, 20), other.search(small.queries, 20)
    assert b.looked == len(small.docs)
    scores = View(flat.codebook, flat.codes, small.queries).scorer()(flat.codes)
    slack = 1e-5 * np.abs(scores).max()
    assert np.abs(np.take_along_axis(scores, a.ids, 1) - np.take_along_axis(scores, b.ids, 1)).max() < slack
    assert (a.ids == b.ids).mean() > 0.97  # equal scores of coarse codes may swap


@pytest.mark.parametrize("index", EXAMPLES)
@pytest.mark.parametrize("codec", CODECS)
def test_ids_are_unique_and_scores_fall(codec: str, index: str, small: Vectors) -> None:
    built = made(small, f"{codec} | {index}")
    hits = built.search(small.queries, 12)
    assert hits.ids.shape == hits.scores.shape == (24, 12)
    assert hits.ids.dtype == np.int64 and hits.scores.dtype == np.float32
    for ids, scores in zip(hits.ids, hits.scores, strict=True):
        real = ids[ids >= 0]
        assert len(set(real.tolist())) == len(real)
        assert (np.diff(scores[ids >= 0]) <= 0).all()
        assert (scores[ids < 0] == -np.inf).all() and (ids[len(real) :] == -1).all()
    whole = View(built.codebook, built.codes, small.queries).scorer()(built.codes)
    own = np.take_along_axis(whole, np.maximum(hits.ids, 0), 1)
    assert np.abs(own - hits.scores)[hits.ids >= 0].max() < 1e-4 * np.abs(whole).max()
    assert 0 < hits.looked < len(small.docs)


@pytest.mark.parametrize("index", EXAMPLES)
def test_one_query_is_answered_as_among_many(index: str, small: Vectors) -> None:
    built = made(small, f"int8 | {index}")
    many = built.search(small.queries, 10)
    for i in range(6):
        assert (built.search(small.queries[i : i + 1], 10).ids[0] == many.ids[i]).all()
    assert built.search(small.queries[:0], 10).ids.shape == (0, 10)


@pytest.mark.parametrize("index", ["ivf3(probe=3)", "hnsw4"])
def test_more_neighbours_than_documents(index: str, small: Vectors) -> None:
    hits = build(parse(f"f32 | {index} | keep2 > int8"), train_for(small), small.docs[:5]).search(small.queries, 10)
    assert hits.ids.shape == (24, 5) and (np.sort(hits.ids, 1) == np.arange(5)).all()


@pytest.mark.parametrize("index", EXAMPLES)
def test_same_seed_same_index_and_it_survives_the_disk(index: str, small: Vectors, tmp_path: Path) -> None:
    np.random.seed(3)
    before = np.random.get_state()[1].copy()  # type: ignore[union-attr,index]
    one, two = (made(small, f"klt > wpq8 | {index} | keep4 > int8") for _ in range(2))
    assert (np.random.get_state()[1] == before).all()  # type: ignore[index]
    assert one.index and all((a == two.index[name]).all() for name, a in one.index.items())
    one.save(tmp_path / "built.npz")
    again = Built.load(tmp_path / "built.npz")
    assert again.state_bytes == one.state_bytes
    assert (again.search(small.queries, 10).ids == one.search(small.queries, 10).ids).all()


def test_the_arrays_of_an_index_are_on_the_bill(small: Vectors) -> None:
    ivf, hnsw = made(small, "int8 | ivf16"), made(small, "int8 | hnsw8")
    bill = ivf.state_bytes
    assert bill["index.centroids"] == 16 * 32 * 4
    assert bill["index.ids"] == 600 * 4 and bill["index.starts"] == 17 * 4
    assert hnsw.state_bytes["index.links0"] == 600 * 2 * 8 * 4
    assert not any(name.startswith("index.") for name in made(small, "int8").state_bytes)
    assert ivf.plan.index.reads(ivf.index, 10) == 16 * 32 * 4 + 600 * 4 * 8 / 16


def test_lists_hold_every_row_once_where_its_centre_is_nearest(small: Vectors) -> None:
    state = Ivf(16).fit(small.docs, 0)
    assert (np.sort(state["ids"]) == np.arange(600)).all()
    centres = state["centroids"]
    far = ((small.docs[:, None] - centres) ** 2).sum(2)
    for c, (a, b) in enumerate(zip(state["starts"][:-1], state["starts"][1:], strict=True)):
        assert (far[state["ids"][a:b]].argmin(1) == c).mean() > 0.99
    assert (assigned(centres, centres) == np.arange(16)).all()


def test_lists_are_learned_so_that_rows_lie_near_their_centre(small: Vectors) -> None:
    learned, drawn = Ivf(16).fit(small.docs, 0)["centroids"], small.docs[:16]
    lost = [((small.docs - c[assigned(small.docs, c)]) ** 2).sum() for c in (learned, drawn)]
    assert lost[0] < 0.8 * lost[1]


def test_looking_further_finds_no_less(small: Vectors) -> None:
    exact = made(small, "f32").search(small.queries, 10).ids

    def kept(text: str) -> tuple[float, float]:
        hits = made(small, f"f32 | {text}").search(small.queries, 10)
        return np.mean([len({*a} & {*b}) for a, b in zip(hits.ids.tolist(), exact.tolist(), strict=True)]), hits.looked

    for ladder in (
        ["ivf32(probe=1)", "ivf32(probe=4)", "ivf32(probe=16)", "ivf32(probe=32)"],
        ["hnsw4(search=10)", "hnsw4(search=40)", "hnsw4(search=600)"],
    ):
        figures = [kept(text) for text in ladder]
        assert figures == sorted(figures)
        assert figures[-1][0] == 10.0


def test_links_lead_to_rows_and_reach_them_all(small: Vectors) -> None:
    state = Hnsw(4).fit(small.docs, 0)
    links = state["links0"]
    assert links.shape == (600, 8) and links.max() < 600 and links.min() >= -1
    assert all((np.diff(state[f"nodes{i}"]) > 0).all() for i in (1,))
    assert set(state["links1"][state["links1"] >= 0].tolist()) <= set(state["nodes1"].tolist())
    reached = {int(state["entry"][0])}
    edge = reached
    while edge:
        edge = set(links[list(edge)].ravel().tolist()) - reached - {-1}
        reached = reached | edge
    assert len(reached) == 600


def test_too_many_lists_and_strangers_are_explained(small: Vectors) -> None:
    with pytest.raises(FitError, match="ivf256 makes 256 lists of 40 documents"):
        build(parse("f32 | ivf256"), train_for(small), small.docs[:40])
    for index in ("ivf16", "hnsw8"):
        with pytest.raises(FitError, match=r"width 32, got an array of shape \(2, 33\)"):
            made(small, f"f32 | {index}").search(np.ones((2, 33), np.float32), 3)


def test_every_setting_of_an_index_is_declared() -> None:
    assert all("what" in f.metadata for kind in indexes().values() for f in fields(kind))
