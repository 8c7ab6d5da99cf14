"""The demo corpus: documentation strings are cut as promised, judged as promised, and cost no second parse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.corpus import demo, docstrings
from core.errors import DataError
from core.store import Store
from core.types import Corpus, Vectors

SOURCE = '''
"""Module of shapes. It holds circles and squares, and what is round about them.

See Also
--------
Circle : something round
"""
raise RuntimeError("nothing is imported")

class Circle:
    """A round thing, e.g. a coin.

    A round thing, e.g. a coin. Every point has the same distance from the middle of it.

    See Also
    --------
    shapes.square, nothing.known : has corners
        more about it
    :func:`Circle.area`

    Notes
    -----
    Rather round.
    """

    def area(self):
        """area(self, /)
        --

        Return the area :math:`\\\\pi r^2` of it."""

    def _same(self):
        """Return a copy.

        Every point has the same distance from the middle, said differently here.
        """

if True:
    def square(side):
        """Make a square with four sides
        :param side: how long each of the four sides shall be
        """

add_newdoc("pack.shapes", "compiled", """compiled(x)

    Compute it in a compiled language.

    Parameters stand in a section of their own, as elsewhere.
    """)
'''


@pytest.fixture
def entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, docstrings.Docstring]:
    for name, text in {
        "__init__.py": "",
        "shapes.py": SOURCE,
        "broken.py": "def (",
        "tests/test_it.py": SOURCE,
        "latin.py": b'"""Caf\xe9. Some more words here."""',
    }.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.syspath_prepend(tmp_path)
    return {e.name: e for e in docstrings.docstrings("pack")}


def test_docstrings_are_cut_in_summary_body_and_relations(entries: dict[str, docstrings.Docstring]) -> None:
    assert list(entries) == [
        "pack.shapes",
        "pack.shapes.Circle",
        "pack.shapes.Circle._same",
        "pack.shapes.square",
        "pack.shapes.compiled",
    ]
    module, circle = entries["pack.shapes"], entries["pack.shapes.Circle"]
    assert module.summary == "Module of shapes."
    assert (module.body, module.see) == ("It holds circles and squares, and what is round about them.", ("Circle",))
    assert circle.summary == "A round thing, e.g. a coin."
    assert circle.body == "Every point has the same distance from the middle of it.\n\nNotes\n-----\nRather round."
    assert circle.see == ("shapes.square", "nothing.known", "Circle.area")
    assert entries["pack.shapes.square"].summary == "Make a square with four sides"
    assert entries["pack.shapes.compiled"].summary == "Compute it in a compiled language."
    assert "pack" not in sys.modules


def test_a_corpus_is_built_with_grades(entries: dict[str, docstrings.Docstring]) -> None:
    twin = docstrings.Docstring("pack.twin", "Twin of it.", entries["pack.shapes"].body, ())
    c = demo.build("d", [*entries.values(), twin])
    assert c.ids[0] == "pack.shapes"
    assert len(c.texts) == len(set(c.texts)) == 5
    named = {entries[name].summary: i for i, name in enumerate(entries)} | {"Twin of it.": 0}
    judged = {(c.queries[q], d): grade for q, d, grade in c.qrels.tolist()}
    assert c.queries
    for query in c.queries:
        assert judged.pop((query, named[query])) == 2
    circle, square = entries["pack.shapes.Circle"].summary, entries["pack.shapes.square"].summary
    expected = {}
    if circle in c.queries:
        expected[circle, named[square]] = 1
    if "Module of shapes." in c.queries:
        expected["Module of shapes.", named[circle]] = 1
    assert judged == expected


def test_see_also_means_the_nearest_thing() -> None:
    def entry(name: str, *see: str) -> docstrings.Docstring:
        return docstrings.Docstring(name, name, f"body of {name}", see)

    asks = entry("a.x.one", "fit", "b.fit", "linalg.norm", "none")
    things = [entry("b.fit"), entry("a.y.fit"), entry("a.x.fit"), entry("a.linalg._impl.norm"), entry("a.norm")]
    found = [e.name for e in demo.related(asks, demo.by_last_part([asks, *things]))]
    assert found == ["a.x.fit", "b.fit", "a.linalg._impl.norm"]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, Store]:
    store = Store(tmp_path_factory.mktemp("demo"))
    return demo.demo("small", store), store


def test_the_small_demo_is_what_it_promises(small: tuple[Corpus, Store], monkeypatch: pytest.MonkeyPatch) -> None:
    c, store = small
    assert 6000 < len(c.texts) < 7600
    assert len(c.queries) == 1000
    assert 2800 < len(c.train_queries) < 3700
    assert len(set(c.texts)) == len(c.texts) == len(c.ids)
    assert not set(c.queries) & set(c.train_queries)
    own = c.qrels[c.qrels[:, 2] == 2]
    assert set(own[:, 0].tolist()) == set(range(1000))
    assert 300 < (c.qrels[:, 2] == 1).sum() < 1500
    for query, doc, _ in own.tolist():
        assert c.queries[query] not in c.texts[doc]
    monkeypatch.setattr(demo, "docstrings", None)
    again = demo.demo("small", store)
    assert again.fingerprint == c.fingerprint
    assert again.query_source == "summary lines"


def test_only_two_sizes() -> None:
    with pytest.raises(DataError, match="'small' or 'large'"):
        demo.demo("medium")  # type: ignore[arg-type]


def test_nothing_is_imported_to_read_it() -> None:
    code = (
        "import sys\nfrom core.corpus.docstrings import docstrings\n"
        "assert len(docstrings('scipy')) > 2000\nassert 'scipy' not in sys.modules, 'scipy was imported'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[1])


def test_shipped_rows_serve_the_demo_without_a_model(
    small: tuple[Corpus, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    c, store = small
    marks, rows = demo.shipped_rows()
    known = set(marks.tolist())
    assert (rows.dtype, rows.shape) == (np.float16, (len(known), 384))
    assert demo.SHIPPED.stat().st_size < 12 << 20
    chosen = [i for i, text in enumerate(c.texts) if demo.mark(text) in known]
    assert len(chosen) > 0.9 * len(c.texts), "make the shipped rows again for the pinned versions"
    part = Corpus("part", tuple(c.texts[i] for i in chosen[:500]), tuple(c.texts[i] for i in chosen[500:520]), ())
    monkeypatch.setattr("core.encode.minilm.minilm", None)
    v = demo.demo_vectors(part, store)
    assert (v.docs.shape, v.queries.shape, v.encoder) == ((500, 384), (20, 384), "minilm")
    np.testing.assert_allclose(np.linalg.norm(v.docs, axis=1), 1, atol=1e-6)


def test_shipping_is_what_is_read(small: tuple[Corpus, Store], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    docs = rng.standard_normal((3, 384)).astype(np.float32)
    docs /= np.linalg.norm(docs, axis=1, keepdims=True)
    c = Corpus("c", ("a", "b", "c"), ("b",))
    demo.ship(c, Vectors(docs, docs[1:2]), tmp_path / "rows.npz")
    marks, rows = demo.shipped_rows(tmp_path / "rows.npz")
    assert marks.tolist() == sorted(demo.mark(text) for text in c.texts)
    for i, text in enumerate(c.texts):
        np.testing.assert_array_equal(rows[marks.tolist().index(demo.mark(text))], docs[i].astype(np.float16))


def test_shipped_rows_are_what_minilm_makes_and_the_rest_is_encoded(small: tuple[Corpus, Store]) -> None:
    from core.encode.minilm import minilm

    c, store = small
    marks, _ = demo.shipped_rows()
    known = set(marks.tolist())
    chosen = tuple(t for t in c.texts if demo.mark(t) in known)[::1500]
    mixed = Corpus("mixed", (*chosen, "A text that nobody has shipped."), chosen[:1], (), query_source="given")
    v = demo.demo_vectors(mixed, store)
    plain = minilm(fast=False).documents(mixed.texts)
    assert float((v.docs * plain).sum(1).min()) > 0.9998
