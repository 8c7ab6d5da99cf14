"""What a report is about: vectors, k, seed and a budget; or a run in the store, found by its id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import StoreError
from core.recommend import read
from core.store import Store, read_json
from core.types import Budget, Vectors

ID = re.compile("[0-9a-f]{16}")
KINDS = ("frontier", "advise")  # kinds of run that a report can be made of
USUAL = Budget(bytes_per_vector=48)
HIDDEN = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")  # marks that turn the order of what follows
LONGEST = 200  # characters of a name


@dataclass(frozen=True)
class Subject:
    """vectors: their fingerprint; budget: what the recommendation is for; apart: learned on one half of the documents.

    card, limit: a recommendation and a Gaussian line that are known already; meta: of vectors that the store has not.
    run: the id it was found by; note: how that run ended early.
    """

    vectors: str
    k: int = 10
    seed: int = 0
    budget: Budget = USUAL
    apart: bool = False
    card: Mapping[str, Any] | None = None
    limit: Mapping[str, float] = field(default_factory=dict)
    meta: Mapping[str, Any] | None = None
    run: str = ""
    note: str = ""


def of_run(store: Store, run: str, budget: Budget = USUAL) -> Subject:
    """The subject of a run; `budget` is for one that had none. StoreError, one sentence, where there is no such run."""
    if not ID.fullmatch(run):
        raise StoreError(f"A run has an id of 16 digits from 0-9 and a-f, got '{one_line(run, 60)}'. Copy it whole.")
    folder = store.path("runs", run)
    if not (folder / "spec.json").exists():
        raise StoreError(f"No run {run} is in the store {store.root}. `python -m core report` lists those that are.")
    spec, status = read_json(folder / "spec.json"), read_json(folder / "status.json")
    kind, params, found = spec["kind"], spec["params"], status.get("result", {})
    if kind not in KINDS:
        raise StoreError(f"Run {run} is of the kind {kind}; a report is made of {' or '.join(KINDS)}.")
    return Subject(
        vectors=str(params["vectors"]),
        k=int(params.get("k", 10)),
        seed=int(params.get("seed", 0)),
        budget=read(params["budget"]) if kind == "advise" else budget,
        apart=bool(params.get("apart")),
        card=found.get("card"),
        limit=found.get("limit", {}),
        run=run,
        note=_ending(status["state"], kind, found),
    )


def _ending(state: str, kind: str, found: Mapping[str, Any]) -> str:
    """What speaks against taking a run for finished."""
    unfinished = {"queued": "is not finished", "running": "is not finished", "cancelled": "was cancelled"}
    if state != "done":
        return f"This run {unfinished.get(state, 'ended early')}: what was measured until then is below."
    return "The recommendation rests on a sample." if kind == "advise" and not found.get("whole", True) else ""


def runs(store: Store) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """(id, kind, state, parameters) of every run that a report can be made of, newest first."""
    for path in sorted((store.root / "runs").glob("*/spec.json"), key=lambda p: -p.stat().st_mtime):
        spec = read_json(path)
        if spec["kind"] in KINDS and ID.fullmatch(path.parent.name):
            yield path.parent.name, spec["kind"], read_json(path.parent / "status.json")["state"], spec["params"]


def meta_of(v: Vectors) -> dict[str, Any]:
    """As `Store.vectors_meta`, of vectors that are not in the store."""
    train = 0 if v.train_queries is None else len(v.train_queries)
    sizes = {"n": len(v.docs), "dim": v.dim, "q": len(v.queries), "train_q": train, "judgements": len(v.qrels)}
    return {**sizes, "name": v.name, "encoder": v.encoder, "query_source": v.query_source, "corpus": None}


def one_line(text: str, longest: int = LONGEST) -> str:
    """Somebody's words on one line, cut, without what a reader cannot see: control characters, marks of direction."""
    shown = "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in HIDDEN.sub("", text))
    shown = " ".join(shown.split())
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def slug(name: str, vectors: str, k: int) -> str:
    """A file name of plain letters that no other corpus has: demo-small-1a2b3c4d-k10."""
    plain = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    return f"{plain or 'vectors'}-{vectors[:8]}-k{k}"
