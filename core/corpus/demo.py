"""The demo corpus: documentation of packages that are installed anyway, so that real text is there without a download.

A document is the body of a documentation string and its query is the summary line; the judged answer (grade 2) is its
own document, and what stands under "See Also" is a further judged relation (grade 1).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.corpus import metadata
from core.corpus.docstrings import Docstring, docstrings
from core.corpus.queries import split_queries
from core.errors import DataError
from core.store import Store, digest, home, read_json, replacing, write_json
from core.types import Corpus, Progress, Vectors, silent

Size = Literal["small", "large"]
SMALL = ("numpy", "scipy", "sklearn")
LARGE = (
    *SMALL,
    *("pandas", "torch", "networkx", "sympy", "transformers", "plotly", "streamlit", "numba", "pyarrow", "PIL"),
    *("sentence_transformers", "huggingface_hub", "altair", "narwhals", "pydantic", "joblib", "rich", "mpmath"),
    *("fsspec", "umap", "pynndescent", "faiss"),
)
PARSER = 2  # raise it when the same sources give another corpus
TINY = 40  # characters: a shorter body says nothing to search for
SHIPPED = Path(__file__).resolve().parents[2] / "assets" / "demo-small.npz"
OWN, RELATED = 2, 1  # grades


def demo(size: Size = "small", store: Store | None = None) -> Corpus:
    """The demo corpus, parsed once per set of package versions and then kept in the store (default: the one at home).

    Small: numpy, scipy and scikit-learn; 6,782 documents with the pinned versions.
    Large: all of `LARGE` that is installed; 43,139 documents with the pinned versions.
    Queries are split by hash: one half to learn from, the other held out (1,000 at most).
    """
    if size not in ("small", "large"):
        raise DataError(f"The demo corpus comes as 'small' or 'large', got '{size}'. Choose one of them.")
    store = store or Store(home())
    packages = versions(SMALL if size == "small" else LARGE)
    place = store.path("demo", digest("demo", PARSER, packages) + ".json")
    if place.exists():
        return store.load_corpus(read_json(place)["corpus"])
    corpus = build(f"demo {size}", [entry for package in packages for entry in docstrings(package)])
    write_json(place, {"corpus": store.save_corpus(corpus)})
    return corpus


def demo_vectors(corpus: Corpus, store: Store, progress: Progress = silent) -> Vectors:
    """Vectors of a demo corpus by minilm. Texts that are shipped with their rows need no model; the rest is encoded."""
    from core.encode.driver import rows
    from core.encode.minilm import minilm

    keys, shipped = shipped_rows()
    place = {key: i for i, key in enumerate(keys.tolist())}
    texts = (*corpus.texts, *corpus.queries, *corpus.train_queries)
    marks = [mark(text) for text in texts]
    missing = tuple({text: None for text, m in zip(texts, marks, strict=True) if m not in place})
    out = np.empty((len(texts), shipped.shape[1]), np.float32)
    known = np.array([m in place for m in marks], bool)
    out[known] = shipped[[place[m] for m in marks if m in place]]
    if missing:
        progress(0.0, "Loading minilm")
        made = rows([("documents", missing)], minilm(), store, progress)[0]
        at = {text: i for i, text in enumerate(missing)}
        out[~known] = made[[at[text] for text, k in zip(texts, known.tolist(), strict=True) if not k]]
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    docs, queries, train = np.split(out, [len(corpus.texts), len(corpus.texts) + len(corpus.queries)])
    return Vectors(docs, queries, train, corpus.qrels, corpus.name, "minilm", corpus.query_source)


def is_demo(corpus: Corpus) -> bool:
    """Whether `demo` made this corpus."""
    return corpus.name in ("demo small", "demo large")


def all_shipped(corpus: Corpus) -> bool:
    """Whether every text has a shipped row, so that `demo_vectors` needs no model."""
    if not SHIPPED.exists():
        return False
    known = set(shipped_rows()[0].tolist())
    return all(mark(text) in known for text in (*corpus.texts, *corpus.queries, *corpus.train_queries))


def shipped_rows(path: Path = SHIPPED) -> tuple[NDArray[np.uint64], NDArray[np.float16]]:
    """The rows in `assets/`: marks uint64 (n,) and float16 (n, 384)."""
    with np.load(path, allow_pickle=False) as f:
        return f["marks"], f["rows"]


def ship(corpus: Corpus, vectors: Vectors, path: Path = SHIPPED) -> None:
    """Write the file that `shipped_rows` reads, for these texts; done once per set of pinned versions."""
    texts = (*corpus.texts, *corpus.queries, *corpus.train_queries)
    train = vectors.docs[:0] if vectors.train_queries is None else vectors.train_queries
    rows = np.concatenate([vectors.docs, vectors.queries, train]).astype(np.float16)
    marks, first = np.unique(np.array([mark(text) for text in texts], np.uint64), return_index=True)
    with replacing(path) as part:
        np.savez(part, allow_pickle=False, marks=marks, rows=rows[first])


def mark(text: str) -> int:
    """64 bits of the hash of a text: its name in the shipped file."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Installed packages of these, with the versions of what they come from."""
    owners = packages_distributions()
    found = {}
    for package in packages:
        try:
            found[package] = version(owners.get(package, [package])[0])
        except PackageNotFoundError:
            continue
    return found


def build(name: str, entries: list[Docstring]) -> Corpus:
    """Documentation strings -> corpus. Equal bodies are one document, equal summaries one query of several answers."""
    number: dict[str, int] = {}
    kept = [e for e in entries if len(e.body) >= TINY]
    for e in kept:
        number.setdefault(e.body, len(number))
    named = by_last_part(kept)
    grades: dict[str, dict[int, int]] = defaultdict(dict)
    for e in (e for e in kept if len(e.summary.split()) > 1):
        judged = grades[e.summary]
        judged[number[e.body]] = OWN
        for other in related(e, named):
            judged.setdefault(number[other.body], RELATED)
    ids: dict[int, str] = {}
    for e in kept:
        ids.setdefault(number[e.body], e.name)
    queries = tuple(grades)
    qrels = np.array([(i, doc, g) for i, q in enumerate(queries) for doc, g in grades[q].items()], np.int64)
    corpus = Corpus(name, tuple(number), queries, (), qrels.reshape(-1, 3), "summary lines", tuple(ids.values()))
    return split_queries(replace(corpus, columns=places(corpus.ids)))


def places(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Where things stand in their packages: numpy.fft.helper.fftfreq -> package numpy, module numpy.fft."""
    parts = [name.split(".") for name in names]
    return metadata.columns({"package": [p[0] for p in parts], "module": [".".join(p[:2]) for p in parts]})


def by_last_part(entries: list[Docstring]) -> dict[str, list[Docstring]]:
    """Entries by the last part of their name: 'fft' -> [numpy.fft._pocketfft.fft, …]."""
    table: dict[str, list[Docstring]] = defaultdict(list)
    for e in entries:
        table[e.name.rpartition(".")[2]].append(e)
    return table


def related(entry: Docstring, named: dict[str, list[Docstring]]) -> Iterator[Docstring]:
    """What the names under "See Also" mean: of the things so called, the one that is nearest in the tree of modules."""
    here = entry.name.split(".")
    for name in entry.see:
        parts = name.split(".")
        fits = [e for e in named.get(parts[-1], []) if e is not entry and within(parts, e.name.split("."))]
        if fits:
            yield max(fits, key=lambda e: shared(here, e.name.split(".")))


def within(parts: list[str], path: list[str]) -> bool:
    """Whether `parts` stand in `path` in this order: linalg.norm in numpy.linalg._linalg.norm."""
    rest = iter(path)
    return all(part in rest for part in parts)


def shared(a: list[str], b: list[str]) -> int:
    """How many leading parts two dotted names share."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
