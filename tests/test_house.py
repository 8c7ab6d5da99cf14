"""The house keeps its order: imports point down, heavy ones come late, files stay short, nothing is unpickled."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = sorted((ROOT / "core").rglob("*.py"))
SCREEN = sorted((ROOT / "pages").glob("*.py")) + sorted((ROOT / "core/ui").rglob("*.py")) + [ROOT / "app.py"]

FLOORS = (
    ("__init__", "types", "errors", "words"),
    ("stage", "kernels", "scan", "scan_bits", "scan_popcount", "scan_rows", "store", "process"),
    ("corpus", "encode", "compress"),
    ("search",),
    ("plan", "catalogue"),
    ("evaluate", "project", "search.built"),  # a plan that is ready to search stands on plans
    ("recommend",),
    (  # drawn without a screen, so that pages and reports share it
        *("ui.theme", "ui.charts", "ui.labels", "ui.points", "ui.chart_marks", "ui.chart_names", "ui.frontier_chart"),
        *("ui.ledger_charts", "ui.ledger_words", "ui.losses_charts", "ui.losses_words", "ui.sentences", "ui.blocks"),
        "ui.advice_card",
    ),
    ("report",),
    ("export", "studies", "vectorfile"),
    ("jobs", "worker", "reporter", "work", "cli", "verbs", "__main__"),
    ("ui",),
)
HEAVY = {"torch", "faiss", "umap", "streamlit", "sentence_transformers", "sklearn", "plotly", "openvino"}
UNSAFE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def floor(module: str) -> int:
    """The floor of a module of core, by the longest name in the table that it starts with."""
    inner = module.removeprefix("core").lstrip(".") or "__init__"
    fits = [(len(name), i) for i, names in enumerate(FLOORS) for name in names if f"{inner}.".startswith(f"{name}.")]
    assert fits, f"{module} stands on no floor: give it one in FLOORS"
    return max(fits)[1]


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            names = [f"{node.module}.{a.name}" for a in node.names]
            yield from [name if name.startswith("core.") and known(name) else node.module for name in names]


@cache
def known(module: str) -> bool:
    place = ROOT / Path(*module.split("."))
    return place.is_dir() or place.with_suffix(".py").exists()


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    here = floor(name_of(path).removesuffix(".__init__"))
    for module in imported(path):
        if module.split(".")[0] == "core" and known(module):
            assert floor(module) <= here, f"{name_of(path)} (floor {here}) imports {module} (floor {floor(module)})"


def test_only_the_screen_imports_streamlit() -> None:
    for path in set(CORE) - set(SCREEN):
        assert "streamlit" not in {m.split(".")[0] for m in imported(path)}, path


def test_what_is_drawn_without_a_screen_needs_none() -> None:
    shared = floor("core.ui.theme")
    for path in (p for p in CORE if floor(name_of(p).removesuffix(".__init__")) == shared):
        assert "streamlit" not in {m.split(".")[0] for m in imported(path)}, path


def test_importing_core_is_light() -> None:
    modules = [name_of(p).removesuffix(".__init__") for p in CORE if p not in SCREEN and p.stem != "__main__"]
    code = f"import sys, {', '.join(modules)}; sys.stdout.write(' '.join({HEAVY!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == ""


@pytest.mark.parametrize("path", sorted({*CORE, *SCREEN, *(ROOT / "tests").glob("*.py")}), ids=name_of)
def test_files_and_functions_stay_short(path: Path) -> None:
    lines = path.read_text().count("\n")
    assert lines <= (120 if path.parent.name == "pages" else 300)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 50, node.name


@pytest.mark.parametrize("path", sorted({*CORE, *SCREEN}), ids=name_of)
def test_nothing_is_unpickled(path: Path) -> None:
    assert not UNSAFE & {m.split(".")[0] for m in imported(path)}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "numpy.load", "torch.load"):
            safe = {k.arg: ast.unparse(k.value) for k in node.keywords}
            assert safe.get("allow_pickle") == "False" or safe.get("weights_only") == "True", ast.unparse(node)


def test_no_drawer_for_everything() -> None:
    assert not [p for p in CORE if p.stem in {"utils", "util", "helpers", "misc", "common", "manager"}]
