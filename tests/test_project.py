"""The map: where things stand, how true that is, which neighbours a plan keeps; known answers, and who may be asked."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core import cli
from core.errors import DataError, PlanError
from core.evaluate.measure import Shared
from core.evaluate.metrics import recall
from core.evaluate.truth import truth
from core.project import picture as pictures
from core.project.aligned import ids_of, landed
from core.project.budgets import LINES, line, lines, sizes
from core.project.crowding import apart, crowding
from core.project.faithful import faithful, shown, trusted, without
from core.project.kept import KEPT, LEVEL, LOST, Kept, Near, kept, moves, near
from core.project.pca import Pca
from core.project.picture import Picture, picture, sample
from core.store import Store
from core.types import Interval, Vectors
from core.work import kept as kept_run
from core.work import moved as moved_run
from core.work import project as project_run


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path)


class Told:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.result: dict[str, Any] = {}
        self.stages: list[str] = []

    def __call__(self, fraction: float, stage: str) -> None:
        assert 0 <= fraction <= 1
        self.stages.append(stage)

    def known(self, **result: Any) -> None:
        self.result |= result


def cloud(n: int, d: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((n, d)) * 0.8 ** np.arange(d)
    return rows.astype(np.float32)


def test_pca_finds_the_two_widest_directions() -> None:
    rows = cloud(4000, 6) * np.array([1, 9, 1, 5, 1, 1], np.float32) + 3
    pca = Pca.fit(rows)
    assert np.abs(pca.axes[0]).argmax() == 1 and pca.axes[0, 1] > 0
    assert np.abs(pca.axes[1]).argmax() == 3 and pca.axes[1, 3] > 0
    assert np.allclose(pca.axes @ pca.axes.T, np.eye(2), atol=1e-6)
    places = pca.place(rows)
    assert np.allclose(places.mean(0), 0, atol=1e-3)
    centred = rows - rows.mean(0)
    whole = np.linalg.svd(centred, compute_uv=False) ** 2
    assert pca.share == pytest.approx(whole[:2].sum() / whole.sum(), rel=1e-4)
    assert (places**2).sum() == pytest.approx(whole[:2].sum(), rel=1e-4)


def test_pca_of_one_dimension_is_a_line() -> None:
    places = Pca.fit(cloud(50, 1)).place(cloud(50, 1))
    assert np.ptp(places[:, 0]) > 0 and np.ptp(places[:, 1]) == 0


def test_trust_is_that_of_scikit_learn_and_one_for_a_true_map() -> None:
    from sklearn.manifold import trustworthiness

    rows, flat = cloud(300, 8), cloud(300, 8)[:, :2].copy()
    trust, whole = trusted(rows, flat, 7)
    assert trust.mean() == pytest.approx(trustworthiness(rows, flat, n_neighbors=7), abs=1e-5)
    assert whole.mean() == pytest.approx(trustworthiness(flat, rows, n_neighbors=7), abs=1e-5)
    assert trusted(flat, flat * 3 + 1, 7)[0].min() == trusted(flat, flat, 7)[1].min() == 1


def test_neighbours_shown_are_all_when_two_dimensions_are_all_there_is() -> None:
    angle = np.sort(np.random.default_rng(0).uniform(0, 2 * np.pi, 400))
    circle = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    assert shown(circle, circle, 10).mean() == pytest.approx(1, abs=0.002)
    assert shown(circle, circle[::-1].copy() * [1, -3], 10).shape == (400,)


def test_a_document_is_not_its_own_neighbour() -> None:
    ids = np.array([[4, 7, 9], [1, 2, 3], [8, 8, 5]])
    assert without(ids, np.array([7, 6, 8])).tolist() == [[4, 9], [1, 2], [8, 5]]


def test_a_smaller_sample_lies_within_a_larger_one() -> None:
    few, many = sample(1000, 50, 3), sample(1000, 400, 3)
    assert set(few) < set(many) and (np.diff(many) > 0).all()
    assert sample(30, 50, 3).tolist() == list(range(30))


def test_a_map_is_worked_out_once(store, small, monkeypatch) -> None:
    first = picture(store, small, "pca")
    monkeypatch.setattr(Pca, "fit", None)
    again = picture(store, small, "pca")
    assert np.array_equal(first.docs, again.docs) and np.array_equal(first.queries, again.queries)
    assert first.docs.shape == (600, 2) and first.queries.shape == (24, 2)
    with pytest.raises(DataError, match="no projection called 'tsne'"):
        picture(store, small, "tsne")


def test_documents_that_are_not_drawn_have_no_place(store, small, monkeypatch) -> None:
    monkeypatch.setattr(pictures, "DRAWN", 100)
    drawn = picture(store, small, "pca")
    assert len(drawn.drawn) == len(drawn.docs) == 100 and drawn.total == 600
    missing = np.setdiff1d(np.arange(600), drawn.drawn)[:5]
    assert np.isnan(drawn.of(missing)).all()
    assert np.array_equal(drawn.of(drawn.drawn[:7]), drawn.docs[:7])


def test_trust_of_a_kept_map(store, small) -> None:
    found = faithful(store, small, "pca")
    for i in (found.trustworthiness, found.continuity, found.shown):
        assert 0 < i.low < i.mean < i.high <= 1
    assert (found.n, found.drawn, found.k) == (600, 600, 10)
    assert found == faithful(store, small, "pca")


def test_float32_keeps_everything_and_fewer_bits_less(store, small) -> None:
    shared = Shared(small)
    true = near(store, small)
    assert true.ids.shape == (624, 10)
    assert not (true.ids[:600] == np.arange(600)[:, None]).any()
    whole = truth(small.docs, small.docs[:5], 11).ids[:, 1:]
    assert np.array_equal(true.ids[:5], whole)
    exact, rough = (kept(store, shared, plan).hits for plan in ("f32", "klt > wsq8"))
    assert (exact == 10).all()
    assert 3 < rough.mean() < 9.8


def test_queries_keep_what_recall_says(store, small) -> None:
    shared = Shared(small)
    found = kept(store, shared, "int2")
    told = recall(found.ids[600:], shared.truth(10), small.docs, small.queries, 10)
    assert np.allclose(found.hits[600:] / 10, told)


def test_what_a_plan_keeps_is_worked_out_once(store, small, monkeypatch) -> None:
    first = kept(store, Shared(small), "int4")
    monkeypatch.setattr("core.project.kept.built", None)
    assert np.array_equal(first.ids, kept(store, Shared(small), "int4").ids)


def test_identical_documents_stand_for_each_other(store, small) -> None:
    docs = np.repeat(small.docs[:60], 10, axis=0)
    v = Vectors(docs, small.queries, name="twins")
    found = kept(store, Shared(v), "f32", k=4)
    assert (found.hits == 4).all()
    true = near(store, v, 4)
    assert all(moves(true, found, row).held == 4 for row in range(0, 600, 37))


def test_fewer_documents_than_neighbours(store, small) -> None:
    v = Vectors(small.docs[:6], small.queries, name="few")
    true, found = near(store, v), kept(store, Shared(v), "f32")
    assert (true.ids[:6] >= 0).sum(1).tolist() == [5] * 6
    assert found.hits.tolist() == [5] * 6 + [6] * 24
    assert moves(true, found, 0).fate == (KEPT,) * 5


def test_moves_tell_kept_from_level_from_lost_and_gained() -> None:
    true = Near(np.array([0]), np.array([[5, 6, 7, 8]]), np.array([[0.9, 0.8, 0.7, 0.6]], np.float32))
    found = Kept("p", np.array([[5, 11, 20, 21]]), np.array([[True, True, False, False]]))
    told = moves(true, found, 0)
    assert told.fate == (KEPT, LOST, LOST, LEVEL)  # 11 is as near as the fourth, whose place it has taken
    assert told.gained == (20, 21) and told.held == 2
    assert true.radius[0] == pytest.approx(np.sqrt(2 - 2 * 0.6))


def test_losses_gather_where_they_were_put() -> None:
    radius = np.linspace(0.1, 1, 1000)
    rng = np.random.default_rng(0)
    crowd = crowding(radius, np.where(radius < 0.3, 0.4, 0.9) + rng.normal(0, 0.1, 1000))
    assert crowd.gap.low > 0.4 and crowd.n == 100 and crowd.needed == 0
    alike = crowding(radius, rng.normal(0.8, 0.1, 1000))
    assert alike.gap.low < 0 < alike.gap.high and alike.needed > 100
    with pytest.raises(DataError, match="at least 20 documents, got 7"):
        crowding(radius[:7], radius[:7])


def test_square_and_add() -> None:
    gap = apart(Interval(0.7, 0.66, 0.73), Interval(0.5, 0.46, 0.53))
    assert (gap.mean, gap.low, gap.high) == (pytest.approx(0.2), pytest.approx(0.15), pytest.approx(0.25))


@pytest.mark.parametrize("dim", [32, 96, 384, 768])
def test_every_line_rises_and_fits(dim: int) -> None:
    assert set(lines(dim)) <= set(LINES) and "klt > wpq" in lines(dim)
    for name in lines(dim):
        found = line(name, dim)
        assert list(found) == sorted(found) and 2 <= len(found) <= 5
        assert max(found) <= max(sizes(dim))
    assert sizes(384) == (16, 32, 48, 96, 192)


def test_a_line_of_ones_own() -> None:
    assert list(line("int8; pca96>int4 ;", 384).values()) == ["pca96 > int4", "int8"]
    with pytest.raises(PlanError, match="did you mean"):
        line("klt > wqp48", 384)
    with pytest.raises(PlanError, match="makes no plan"):
        line(" ; ", 384)


def test_decoded_float_rows_land_where_they_stood(store, small) -> None:
    found = landed(store, Shared(small), ["f32", "int2"], "pca")
    start = picture(store, small, "pca").of(found["f32"].ids)
    assert np.abs(found["f32"].places - start).max() < 1e-5
    moved = np.linalg.norm(found["int2"].places - start, axis=1)
    assert np.median(moved) > 1e-3
    assert found["int2"].ids.tolist() == ids_of(picture(store, small, "pca")).tolist()
    assert np.abs(found["int2"].again - start).max() < 1e-5


def test_umap_repeats_and_its_transform_finds_the_documents_again(store, small) -> None:
    v = Vectors(small.docs[:150], small.queries, name="few")
    first = picture(store, v, "umap")
    assert np.isfinite(first.docs).all() and first.queries.shape == (24, 2)
    found = landed(store, Shared(v), ["f32"], "umap")["f32"]
    width = float(np.ptp(first.docs, axis=0).max())
    assert np.array_equal(found.places, found.again)
    assert np.median(np.linalg.norm(found.places - first.docs, axis=1)) < 0.15 * width
    assert np.array_equal(picture(Store(store.root / "again"), v, "umap").docs, first.docs)
    few = replace(v, docs=small.docs[:12])
    with pytest.raises(DataError, match="at least 20 documents, got 12"):
        picture(store, few, "umap")


def test_runs_say_where_their_arrays_are(store, small) -> None:
    params = {"vectors": store.save_vectors(small), "seed": 0}
    told = Told()
    project_run.run(store, params, told)
    assert store.path("arrays", f"{told.result['map']}.npz").exists()
    assert set(told.result["trust"]) == {"trustworthiness", "continuity", "shown"}
    told = Told()
    kept_run.run(store, params | {"plans": ["int4", "had > int2"], "k": 10}, told)
    assert set(told.result["kept"]) | set(told.result["refused"]) == {"int4", "had > int2"}
    assert store.path("arrays", f"{told.result['near']}.npz").exists()
    assert any("Asking int4" in stage for stage in told.stages)
    told = Told()
    moved_run.run(store, params | {"plans": ["int4"], "method": "pca"}, told)
    assert store.path("arrays", f"{told.result['landed']['int4']}.npz").exists()


@pytest.mark.parametrize("suffix", ["csv", "npz"])
def test_the_command_line_writes_the_map(tmp_path, monkeypatch, capsys, small, suffix: str) -> None:
    monkeypatch.setenv("THINVEC_HOME", str(tmp_path / "home"))
    np.savez(tmp_path / "v.npz", docs=small.docs, queries=small.queries)
    out = tmp_path / f"map.{suffix}"
    assert cli.main(["map", str(tmp_path / "v.npz"), "--plan", "int4", "--out", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["plan"] == "int4" and facts["asked"] == 600
    assert facts["kept_densest_tenth_low"] <= facts["kept_densest_tenth"] <= 1
    if suffix == "csv":
        rows = out.read_text().splitlines()
        assert rows[0] == "kind,number,x,y,kept" and len(rows) == 625
        assert rows[1].startswith("document,0,") and rows[-1].startswith("query,23,")
    else:
        with np.load(out, allow_pickle=False) as made:
            assert made["docs"].shape == (600, 2) and made["queries_kept"].shape == (24,)
    assert cli.main(["map", str(tmp_path / "v.npz"), "--out", "map.exe"]) == 2
    assert "written as .npz or .csv" in capsys.readouterr().err


def test_a_picture_is_a_plain_record() -> None:
    drawn = Picture(np.array([1, 4]), np.zeros((2, 2), np.float32), np.zeros((0, 2), np.float32), 6)
    assert np.isnan(drawn.of(np.array([0, 5]))).all() and not np.isnan(drawn.of(np.array([4]))).any()
