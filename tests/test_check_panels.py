"""Diagnosis, calibration and drift, as pages and as commands: run as jobs, said, checked, and refused in a sentence."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cli import main
from core.evaluate.calibrate import Calibration, sample_sizes
from core.evaluate.clip_lines import histograms
from core.store import Store, home
from core.types import Interval, Vectors
from core.ui import calibrate_charts, diagnose_charts, diagnose_panel, drift_charts
from core.ui.theme import DARK, LIGHT
from core.vectorfile import save
from tests.screen import opened, services, until, words

__all__ = ["services"]  # a fixture


@pytest.fixture(scope="module")
def data(small: Vectors) -> str:
    return Store(home()).save_vectors(small)


@pytest.fixture(scope="module")
def file(small: Vectors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vectors") / "V.npz"
    save(path, small, ())
    return path


def test_the_data_are_diagnosed_and_an_advice_is_checked_on_demand(data: str) -> None:
    at = opened("evidence", about="The data", data=data)
    said = until(at, lambda w: "Local intrinsic dimension" in w)
    for title in ("Mean offset", "Prefixes", "Effective rank", "Hard queries", "Queries and documents"):
        assert title in said
    assert "The advice" not in said
    assert len(at.get("plotly_chart")) == 4
    at.button(key="diagnose_check_tails").click().run()
    assert "tails" in at.query_params["diagnose_checked"]
    said = until(at, lambda w: "Recall@10: int4" in w)
    assert "advice" in said
    again = opened("evidence", about="The data", data=data, diagnose_checked="tails")
    assert "Recall@10: int4" in words(again), "a link shows what was checked"
    assert "diagnose_check_tails" not in [b.key for b in again.button]


def test_calibration_says_what_a_small_sample_costs(data: str) -> None:
    at = opened("evidence", about="Calibration", data=data, calibrate_bits="8", calibrate_cut="5.0")
    said = until(at, lambda w: "Learned on 30 documents" in w and "Drawn when" not in w and "5 % at each end" in w)
    assert "8 bits from min to max of all documents keep" in said
    assert "int8(clip=500,shared=1)" in said
    until(at, lambda w: len(at.get("plotly_chart")) == 2)
    at.number_input(key="calibrate_dimension").set_value(31).run()
    assert not at.exception
    at.multiselect(key="calibrate_rules").set_value([]).run()
    assert not at.exception
    at.segmented_control(key="calibrate_sample").set_value(30).run()
    assert "one sample" not in words(at).split("<table")[1]


def test_drift_wants_a_batch_first(data: str) -> None:
    at = opened("evidence", about="Drift", data=data)
    assert "No later batch yet." in words(at)
    assert not at.get("plotly_chart")


def test_a_later_batch_is_tried(data: str, small: Vectors) -> None:
    at = opened("evidence", about="Drift", data=data, drift_plan="pca8 > int8")
    raw = io.BytesIO()
    np.save(raw, np.ascontiguousarray(small.docs[:200, ::-1]))
    at.file_uploader(key="drift_file_0").upload("<b>.npy", raw.getvalue(), "application/octet-stream").run()
    at.button(key="drift_use").click().run()
    assert "batch-" in str(at.query_params["drift_batch"])
    said = until(at, lambda w: "Reconstruction error" in w)
    assert '<p class="tv-fact"><b' in said
    assert "&lt;b&gt;.npy" in said
    assert len(at.get("plotly_chart")) == 2


def test_a_batch_that_cannot_be_read_says_why(data: str) -> None:
    at = opened("evidence", about="Drift", data=data)
    at.file_uploader(key="drift_file_0").upload("later.npy", b"id,title\n1,a\n", "application/octet-stream").run()
    at.button(key="drift_use").click().run()
    assert "later.npy is text, not an array" in words(at)
    assert not at.exception


def test_a_batch_of_another_width_says_so(data: str) -> None:
    at = opened("evidence", about="Drift", data=data)
    raw = io.BytesIO()
    np.save(raw, np.ones((60, 8), np.float32))
    at.file_uploader(key="drift_file_0").upload("wide.npy", raw.getvalue(), "application/octet-stream").run()
    at.button(key="drift_use").click().run()
    assert "The batch has shape (60, 8)" in until(at, lambda w: 'role="alert"' in w)


@pytest.mark.parametrize("batch", ["batch-0123456789abcdef", "../../etc"])
def test_an_unknown_batch_is_friendly(data: str, batch: str) -> None:
    at = opened("evidence", about="Drift", data=data, drift_batch=batch)
    assert 'role="alert"' in words(at)
    assert not at.exception


def test_a_wrong_plan_is_answered_with_a_caret(data: str) -> None:
    at = opened("evidence", about="Drift", data=data, drift_plan="klt > wqp48", drift_batch="batch-0123456789abcdef")
    assert "did you mean" in words(at)
    assert not at.exception


def told(capsys: pytest.CaptureFixture[str], *argv: object) -> tuple[int, list[dict[str, Any]]]:
    code = main([*map(str, argv), "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_diagnose_on_the_command_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, "diagnose", file, "--check")
    assert code in (0, 1)
    by_name = {f["name"]: f for f in found}
    assert by_name["tails"]["held"] in ("held", "failed", "open")
    assert by_name["tails"]["gap"]["low"] <= by_name["tails"]["gap"]["high"]
    assert main(["diagnose", str(file)]) == 0
    said = capsys.readouterr().out
    assert "Looked at moments: 600 of 600 documents" in said
    assert "lengths: not known" in said


def test_lengths_in_a_file_are_told(small: Vectors, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scale = np.random.default_rng(0).uniform(0.5, 2, (600, 1)).astype(np.float32)
    np.savez(tmp_path / "V.npz", docs=small.docs * scale, queries=small.queries)
    _, found = told(capsys, "diagnose", tmp_path / "V.npz")
    lengths = next(f for f in found if f["name"] == "lengths")
    assert lengths["figures"][0]["value"] == pytest.approx(scale.std() / scale.mean(), rel=1e-4)


def test_calibrate_on_the_command_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = told(capsys, "calibrate", file, "--bits", 4, "--samples", "30", "--percent", 1)
    assert [f["sample"] for f in found] == [600] * 5 + [30] * 5
    _, (one,) = told(capsys, "calibrate", file, "--dimension", 2)
    assert sum(one["counts"]) == 600
    assert main(["calibrate", str(file), "--percent", "80"]) == 2
    assert "0.01 to 49 %" in capsys.readouterr().err
    assert main(["calibrate", str(file), "--samples", "30"]) == 0
    assert "queries clipped" in capsys.readouterr().out


def test_drift_on_the_command_line(
    file: Path, small: Vectors, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "later.npy", small.docs[:200])
    _, (found,) = told(capsys, "drift", file, tmp_path / "later.npy", "--plan", "int4")
    assert found["verdict"] in ("fits", "open", "alone", "together")
    assert len(found["now"]["entropy"]) == 16
    assert main(["drift", str(file), str(tmp_path / "later.npy"), "--plan", "int4"]) == 0
    assert "values clipped" in capsys.readouterr().out


def calibration(rule: str, sample: int, mean: float) -> Calibration:
    i = Interval(mean, mean - 0.01, mean + 0.01)
    return Calibration(rule, "int4", sample, 5, i, Interval(0, 0, 0), mean, mean, 0.0, 0.0, i)


def test_the_pictures_of_calibration(small: Vectors) -> None:
    rows = [calibration(rule, n, m) for rule, m in (("a", 0.9), ("<b>", 0.901)) for n in (30, 600)]
    for look in (LIGHT, DARK):
        figure = calibrate_charts.by_sample(rows, sample_sizes(600), look=look)
        assert len(figure.data) == 2
        heights = [a.y * 1000 + a.yshift for a in figure.layout.annotations]
        assert abs(heights[0] - heights[1]) > 5
        assert "&lt;b&gt;" in [a.text for a in figure.layout.annotations]
    assert not calibrate_charts.by_sample(rows, sample_sizes(600), look=LIGHT, narrow=True).layout.annotations
    assert "Best: <b> on 30 documents" in calibrate_charts.describe(rows)
    found = histograms(small).of(0)
    drawn = calibrate_charts.values(found, look=LIGHT, rules=["min to max"])
    assert len(drawn.layout.shapes) == 2
    assert sum(drawn.data[0].y) == 600


def test_the_pictures_of_a_diagnosis() -> None:
    curve = {"at": [1, 2, 3, 4], "own": [0.25, 0.5, 0.75, 1.0], "best": [0.7, 0.8, 0.9, 1.0]}
    figure = diagnose_charts.prefixes(curve, look=LIGHT)
    assert [a.text for a in figure.layout.annotations] == ["best axes (PCA)", "own order"]
    assert "25% in the model’s order, 70% along the best axes" in diagnose_charts.describe_prefixes(curve)
    same = diagnose_charts.prefixes({**curve, "own": curve["best"]}, look=LIGHT)
    assert len(same.layout.annotations) == 1
    bars = {"edges": [0.0, 1.0, 2.0], "shares": [0.25, 0.75]}
    assert diagnose_charts.bars(bars, "x", look=DARK, colour="#fff").data[0].customdata[-1] == "1 or more"
    assert "between 1.0 and 2.0 (75%)" in diagnose_charts.describe_bars(bars, "x")


def test_advice_in_one_sentence() -> None:
    found = [
        {"advice": "Cut here. Because.", "check": {"kind": "plans"}},
        {"advice": "Look there.", "check": {"kind": "hard"}},
        {"advice": "Rotate.", "check": {"kind": "plans"}},
        {"advice": "Nothing.", "check": None},
    ]
    assert diagnose_panel.summed(found) == "Cut here; rotate."
    assert diagnose_panel.advice("Do <b>. Why") == "<b>Do &lt;b&gt;.</b> Why"


def test_the_pictures_of_drift() -> None:
    side = {"recall": {"mean": 0.8, "low": 0.7, "high": 0.9}}
    record = {"then": side, "now": side, "together": {"mean": 0.1, "low": 0.05, "high": 0.15}, "alone": None}
    rows = drift_charts.marks(record)
    assert [m.name for m in rows] == ["then", "now", "learned again"]
    assert (rows[2].recall.mean, rows[2].filled) == (pytest.approx(0.9), False)
    assert len(drift_charts.recalls(rows, look=DARK).data) == 1
    assert drift_charts.describe(rows).startswith("Recall: then 0.80 [0.70, 0.90]; now")
    assert len(drift_charts.entropies([8.0, 7], [6.0, 5], look=LIGHT).data) == 2
