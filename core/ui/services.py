"""What all sessions share: the store, the queue of jobs, arrays read once, figures worked out once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from core.corpus.demo import all_shipped, demo
from core.corpus.demo import demo_vectors as from_shipped
from core.errors import ThinvecError
from core.evaluate import shipped
from core.evaluate.apart import label
from core.evaluate.intervals import difference, intervals, queries_needed
from core.evaluate.results import Results
from core.jobs import Jobs
from core.recommend.choose import choice
from core.search.built import Built
from core.store import Store, home
from core.types import Budget, Corpus, Floats, Interval, Result, Trial, Vectors
from core.ui import public
from core.ui.query_encoder import QueryEncoder

SHELF = 4_000  # results kept in memory: about 8 kB each


@st.cache_resource(show_spinner=False)
def store() -> Store:
    return Store(home())


@st.cache_resource(show_spinner=False, on_release=Jobs.close)
def jobs() -> Jobs:
    return Jobs(store(), one_lane=public.public())


def me() -> str:
    """Who this browser is, to the queue of jobs: random, and known to nobody else."""
    return str(st.session_state.setdefault("me", secrets.token_hex(8)))


def submit(kind: str, params: Mapping[str, Any], afresh: bool = False) -> None:
    """Ask for a run, `afresh` even if it is done. One that is refused leaves its reason for the page to say."""
    if public.public() and (reason := public.refusal(kind, params, jobs().waiting, _shipped(params))):
        st.session_state["refused"] = reason
        return
    try:
        watching(jobs().submit(kind, dict(params), afresh))
    except ThinvecError as e:
        st.session_state["refused"] = str(e)


def _shipped(params: Mapping[str, Any]) -> bool:
    """Whether a run is about the small demo, whose vectors are shipped."""
    return params.get("vectors") == demo_vectors(demo_corpus("small"))


def watching(run: str) -> None:
    """This browser waits for the run: nobody else can stop it meanwhile."""
    jobs().watched(run, me())


def cancel(run: str) -> None:
    """This browser waits no longer. A run that others wait for goes on, and that is said."""
    if not jobs().leave(run, me()):
        st.session_state["refused"] = "Somebody else waits for this run, so it goes on. You can leave this page."


@st.cache_resource(show_spinner=False, max_entries=2, on_release=QueryEncoder.close)
def query_encoder(name: str) -> QueryEncoder:
    return QueryEncoder(name)


@st.cache_resource(show_spinner=False, max_entries=4)
def vectors(fp: str) -> Vectors:
    return store().load_vectors(fp)


@st.cache_resource(show_spinner=False, max_entries=4)
def corpus(fp: str) -> Corpus:
    return store().load_corpus(fp)


@st.cache_resource(show_spinner="Opening the demo: reading the documentation strings of installed packages, once")
def demo_corpus(size: Literal["small", "large"]) -> str:
    """Fingerprint of the demo corpus; read from source files once, then kept in the store."""
    return demo(size, store()).fingerprint


@st.cache_resource(show_spinner="Reading the vectors of the demo")
def demo_vectors(fp: str) -> str | None:
    """Fingerprint of the demo's vectors where all of them are shipped; None where a model has to make some."""
    texts = corpus(fp)
    if not all_shipped(texts):
        return None
    for run in shipped.install(store()):
        jobs().settle(**run)
    return store().save_vectors(from_shipped(texts, store()), fp)


@st.cache_resource(show_spinner=False, max_entries=8)
def built(path: str) -> Built:
    """A fitted plan and its codes, read from where a worker left them."""
    return Built.load(Path(path))


@st.cache_resource(show_spinner=False)
def _shelf() -> dict[Any, Any]:
    return {}


def result(trial: Trial) -> Result | None:
    """The answer to a trial if it was measured."""
    return _results([trial]).get(trial)


def measured(fp: str, plans: Sequence[str], k: int, seed: int = 0) -> list[Result]:
    """The results there are for these plans."""
    trials = [Trial(fp, plan, k, seed) for plan in plans]
    found = _results(trials)
    return [found[trial] for trial in trials if trial in found]


def _results(trials: Sequence[Trial]) -> dict[Trial, Result]:
    """Answers to trials; once read they stay in memory."""
    shelf = _shelf()
    known: dict[Trial, Result] = {trial: shelf[trial] for trial in trials if trial in shelf}
    found = (
        Results(store()).several([trial for trial in trials if trial not in known]) if len(known) < len(trials) else {}
    )
    if len(shelf) + len(found) > SHELF:
        shelf.clear()
    shelf.update(found)
    return known | found


def all_measured(fp: str, k: int) -> list[Result]:
    """Every result there is on these vectors; read again when the store has grown."""
    stamps = [p.stat().st_mtime_ns for p in sorted((store().root / "results").glob("index.sqlite*")) if p.exists()]
    shelf, key = _shelf(), ("all", fp, k)
    if key not in shelf or shelf[key][0] != stamps:
        shelf[key] = stamps, Results(store()).all(fp, k)
    found: list[Result] = shelf[key][1]
    return found


def advised(results: Sequence[Result], budget: float) -> Result | None:
    """Which of these measured plans to take for so many bytes, as the Budget page chooses: what each keeps of rows that
    it has not learned from counts where that is known. None where none is as small.
    """
    results = [r for r in results if r.bytes_per_vector <= budget]
    if not results or len(results[0].recall) < 4:
        return max(results, key=lambda r: float(r.recall.mean()), default=None)  # too few queries to choose by half
    unseen = on_new_rows(results)
    shelf, key = _shelf(), ("advised", budget, *(r.trial for r in (*results, *unseen)))
    if key not in shelf:
        shelf[key] = choice(results, Budget(bytes_per_vector=budget), unseen, {}).taken.result
    found: Result = shelf[key]
    return found


def on_new_rows(results: Sequence[Result]) -> list[Result]:
    """The same plans learned on other rows than those searched, where that was measured."""
    if not results:
        return []
    first = results[0].trial
    return measured(label(first.vectors), [r.plan for r in results], first.k, first.seed)


def estimates(results: Sequence[Result], measure: str) -> dict[str, Interval]:
    """Mean and interval of a per-query measure, by plan; only what is new is resampled."""
    shelf = _shelf()
    new = [r for r in results if (measure, r.trial) not in shelf and len(_values(r, measure)) > 1]
    for r, i in zip(new, intervals([_values(r, measure) for r in new]) if new else [], strict=True):
        shelf[measure, r.trial] = i
    return {r.plan: shelf[measure, r.trial] for r in results if (measure, r.trial) in shelf}


def gap(a: Result, b: Result, measure: str = "recall") -> tuple[Interval, int]:
    """Paired difference a − b, and about how many queries would tell them apart."""
    shelf, key = _shelf(), (measure, a.trial, b.trial)
    if key not in shelf:
        x, y = _values(a, measure), _values(b, measure)
        shelf[key] = difference(x, y), queries_needed(x, y)
    found: tuple[Interval, int] = shelf[key]
    return found


def _values(r: Result, measure: str) -> Floats:
    values: Floats | None = getattr(r, measure)
    return r.recall[:0] if values is None else values


def close() -> None:
    """Stop every process that was started here."""
    st.cache_resource.clear()
