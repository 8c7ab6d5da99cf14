"""The store keeps what was worked out once: corpora, vectors and arrays, each under the hash of its content.

Everything is written beside its place and renamed into it: a reader sees all or nothing, even when a writer is killed.
Texts are JSON lines, arrays are `.npy` (read by memory map) or `.npz`; nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from core.errors import StoreError
from core.types import Corpus, Vectors

KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,199}")
LISTS = ("texts", "queries", "train_queries", "ids")  # the long parts of a corpus, one JSON line per text
ARRAYS = ("docs", "queries", "train_queries", "qrels")


def home() -> Path:
    """$THINVEC_HOME, or ~/.cache/thinvec."""
    return Path(os.environ.get("THINVEC_HOME") or Path.home() / ".cache" / "thinvec")


def digest(*parts: object) -> str:
    """16 hex digits of the canonical JSON of these parts: equal parts, equal digest, in every process."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that becomes `path` when the block ends well, and vanishes when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid4().hex}{path.suffix}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record so that a reader sees the old one or the new one, never half of it."""
    with replacing(path) as part:
        part.write_text(json.dumps(record, sort_keys=True))


def read_json(path: Path) -> dict[str, Any]:
    """Read a record; StoreError when it is missing or damaged."""
    try:
        record: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        raise StoreError(f"{path.name} is not in the store: no {path}. Make it again.") from None
    except ValueError as e:
        raise StoreError(f"{path} is damaged ({e}). Delete it and run again.") from None
    return record


@dataclass(frozen=True)
class Store:
    """A folder on disk: `root/kind/key`. Several processes may read and write it at once."""

    root: Path

    def path(self, kind: str, key: str) -> Path:
        """Where `key` of this kind lives or would live; StoreError for a key that could leave the folder."""
        if not KEY.fullmatch(key) or not KEY.fullmatch(kind):
            raise StoreError(f"'{kind}/{key}' cannot be a place in the store. Use the id of a run, corpus or vectors.")
        return self.root / kind / key

    def save_corpus(self, c: Corpus) -> str:
        """Keep a corpus as JSON lines; its fingerprint."""
        fp = c.fingerprint
        head = {
            "name": c.name,
            "query_source": c.query_source,
            "qrels": c.qrels.tolist(),
            **{name: len(getattr(c, name)) for name in LISTS},
            "columns": list(c.columns),
        }
        with replacing(self.path("corpora", f"{fp}.jsonl")) as part, part.open("w") as out:
            out.write(json.dumps(head) + "\n")
            for name in LISTS:
                out.writelines(json.dumps(text) + "\n" for text in getattr(c, name))
            out.writelines(json.dumps(values) + "\n" for values in c.columns.values())
        return fp

    def load_corpus(self, fp: str) -> Corpus:
        """The corpus with this fingerprint; StoreError when it is not here."""
        path = self.path("corpora", f"{fp}.jsonl")
        if not path.exists():
            raise StoreError(f"Corpus {fp} is not in the store {self.root}. Load it again.")
        with path.open() as lines:
            head = json.loads(next(lines))
            parts = {name: tuple(json.loads(line) for line in islice(lines, head[name])) for name in LISTS}
            columns = {name: tuple(json.loads(next(lines))) for name in head.get("columns", ())}
        qrels = np.array(head["qrels"], np.int64).reshape(-1, 3)
        return Corpus(head["name"], query_source=head["query_source"], qrels=qrels, columns=columns, **parts)

    def save_vectors(self, v: Vectors, corpus: str | None = None) -> str:
        """Keep vectors as `.npy`, and the fingerprint of the corpus they were made of; their own fingerprint."""
        fp = v.fingerprint
        folder = self.path("vectors", fp)
        if not self.has_vectors(fp):
            folder.parent.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(prefix=f".{fp}-", dir=folder.parent))
            try:
                for name in ARRAYS:
                    if (a := getattr(v, name)) is not None:
                        np.save(part / f"{name}.npy", a, allow_pickle=False)
                self._note(part, v, corpus)
                part.rename(folder)
            except OSError:
                if not self.has_vectors(fp):  # unless another process was first with the same arrays
                    raise
            finally:
                shutil.rmtree(part, ignore_errors=True)
        self._note(folder, v, corpus or self.vectors_meta(fp)["corpus"])
        return fp

    def _note(self, folder: Path, v: Vectors, corpus: str | None) -> None:
        sizes = {"n": len(v.docs), "dim": v.dim, "q": len(v.queries), "judgements": len(v.qrels)}
        words = {"name": v.name, "encoder": v.encoder, "query_source": v.query_source, "corpus": corpus}
        train = 0 if v.train_queries is None else len(v.train_queries)
        write_json(folder / "meta.json", {**sizes, **words, "train_q": train})

    def has_vectors(self, fp: str) -> bool:
        """Whether these vectors are here; False for anything that is no fingerprint."""
        return bool(KEY.fullmatch(fp)) and (self.root / "vectors" / fp / "meta.json").exists()

    def vectors_meta(self, fp: str) -> dict[str, Any]:
        """name, encoder, query_source, corpus (fingerprint or None), n, dim, q, train_q, judgements; reads no array."""
        return read_json(self.path("vectors", fp) / "meta.json")

    def load_vectors(self, fp: str) -> Vectors:
        """The vectors with this fingerprint, read-only memory maps; StoreError when they are not here."""
        if not self.has_vectors(fp):
            raise StoreError(f"Vectors {fp} are not in the store {self.root}. Encode or load them again.")
        folder, meta = self.path("vectors", fp), self.vectors_meta(fp)
        arrays = {p.stem: np.load(p, "r", allow_pickle=False) for p in folder.glob("*.npy")}
        v = Vectors(**arrays, **{key: meta[key] for key in ("name", "encoder", "query_source")})
        v.__dict__["fingerprint"] = fp  # known: hashing would read every page of the maps
        return v

    def remember(self, key: str, make: Callable[[], Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
        """Arrays by content key: read when they are here, otherwise made, kept and returned."""
        path = self.path("arrays", f"{key}.npz")
        if path.exists():
            try:
                with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                    return dict(kept)
            except (OSError, ValueError, zipfile.BadZipFile) as e:
                raise StoreError(f"{path} is damaged ({e}). Delete it and run again.") from None
        arrays = {name: np.asarray(a) for name, a in make().items()}
        with replacing(path) as part:
            np.savez(part, allow_pickle=False, **arrays)
        return arrays
