"""Every fact of a report, gathered from the store: nothing is measured here that was not asked for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import StoreError, ThinvecError
from core.evaluate import losses, peers, shipped
from core.evaluate.answer import known_limit
from core.evaluate.apart import label
from core.evaluate.intervals import intervals
from core.evaluate.ledger import Ledger, ledger
from core.evaluate.lines import BUDGETS
from core.evaluate.peers import SIZES, Standing
from core.evaluate.results import Results
from core.recommend import ceiling, choose, facts
from core.report.subject import Subject, one_line
from core.store import Store
from core.types import Floats, Interval, Result

MEASURES = ("recall", "ndcg", "mrr")
DEMO = "demo small"  # the corpus whose figures are shipped
UNKNOWN = "not known, because the vectors are gone"

Broken = Callable[[Iterable[str]], Mapping[str, str]]  # plans -> those that fail a self-test, and how
Levels = Callable[[str], list[losses.Level]]  # plan -> where its recall goes; nothing where that is not known


@dataclass(frozen=True)
class Facts:
    """results: from few bytes to many. estimates: measure -> plan or library -> mean with its interval.

    card: the recommendation as `core.recommend.facts` has it, None with the reason in `nothing`. chosen: its measured
    result; bill: its bytes at the rows that were asked for; steps: where its recall goes. faults: plan -> failed test.
    machine: which measured what came with the demo, '' for other data.
    """

    subject: Subject
    meta: Mapping[str, Any]
    results: tuple[Result, ...]
    libraries: tuple[Standing, ...]
    estimates: Mapping[str, Mapping[str, Interval]]
    limit: Mapping[int, float]
    card: Mapping[str, Any] | None
    nothing: str
    chosen: Result | None
    bill: Ledger | None
    steps: tuple[Mapping[str, Any], ...]
    faults: Mapping[str, str]
    machine: str
    date: str

    @property
    def cap(self) -> float | None:
        """Bytes per vector that the budget allows, None where it does not limit them."""
        most = ceiling(self.subject.budget, int(self.meta["dim"]), int(self.meta["n"]))
        return most if math.isfinite(most) else None


def gather(store: Store, subject: Subject, broken: Broken = lambda plans: {}, levels: Levels | None = None) -> Facts:
    """The facts about a subject. ThinvecError when nothing was measured.

    levels: where the recall of a plan goes; by default what the store knows of that.
    """
    filed = label(subject.vectors) if subject.apart else subject.vectors
    found = Results(store).all(filed, subject.k, subject.seed)
    if not found:
        raise ThinvecError(f"Nothing is measured on vectors {subject.vectors} at k = {subject.k}. Run a sweep first.")
    meta = _meta(store, subject, found)
    faults = broken([r.plan for r in found])
    card, nothing = _card(store, subject, found, faults)
    chosen = next((r for r in found if card and r.plan == card["plan"]), None)
    libraries = [] if subject.apart else peers.known(store, subject.vectors, SIZES, int(meta["dim"]), subject.k)
    return Facts(
        subject=subject,
        meta=meta,
        results=tuple(sorted(found, key=lambda r: (r.bytes_per_vector, r.plan))),
        libraries=tuple(sorted(libraries, key=lambda s: (s.peer.nbytes, str(s.peer)))),
        estimates={name: _estimates(found, libraries, name) for name in MEASURES},
        limit=_limit(store, subject),
        card=card,
        nothing=nothing,
        chosen=chosen,
        bill=ledger(chosen, int(card["rows"]), bool(card["on_disk"])) if chosen and card else None,
        steps=_steps(store, subject, chosen, levels),
        faults=faults,
        machine=_machine(store, meta),
        date=time.strftime("%Y-%m-%d", time.gmtime()),
    )


def _meta(store: Store, subject: Subject, found: Sequence[Result]) -> dict[str, Any]:
    """What is known of the vectors, its words on one line each; from the results where the vectors are gone."""
    if subject.meta is not None:
        meta = dict(subject.meta)
    elif store.has_vectors(subject.vectors):
        meta = store.vectors_meta(subject.vectors)
    else:
        r = found[0]
        sizes = {"n": r.n, "dim": r.dim, "q": len(r.recall), "train_q": 0, "judgements": 0, "corpus": None}
        meta = {**sizes, "name": f"vectors {subject.vectors}", "encoder": UNKNOWN, "query_source": UNKNOWN}
    return meta | {key: one_line(str(meta[key])) for key in ("name", "encoder", "query_source")}


def _machine(store: Store, meta: Mapping[str, Any]) -> str:
    """Where and when the figures that come with the demo were measured."""
    told = shipped.told(store) if meta["name"] == DEMO else {}
    return f"{one_line(told['machine'])}, {one_line(told['date'])}" if told else ""


def _card(
    store: Store, subject: Subject, found: Sequence[Result], faults: Mapping[str, str]
) -> tuple[Mapping[str, Any] | None, str]:
    """The recommendation: the run's own, or the choice among all that is measured; or why there is none."""
    if subject.card is not None:
        return subject.card, ""
    unseen = [] if subject.apart else Results(store).all(label(subject.vectors), subject.k, subject.seed)
    try:
        return facts(choose(found, subject.budget, unseen, faults)), ""
    except StoreError:
        raise
    except ThinvecError as e:
        return None, str(e)


def _estimates(found: Sequence[Result], libraries: Sequence[Standing], measure: str) -> dict[str, Interval]:
    """Means with intervals of one measure, by plan; a library's under its factory string."""
    values: dict[str, Floats | None] = {r.plan: getattr(r, measure) for r in found}
    values |= {f"faiss {s.peer}": getattr(s, measure) for s in libraries}
    groups: dict[int, dict[str, Floats]] = {}
    for name, v in values.items():
        if v is not None and len(v) > 1:
            groups.setdefault(len(v), {})[name] = v
    said = [zip(some, intervals([*some.values()]), strict=True) for some in groups.values()]
    return {name: i for pairs in said for name, i in pairs}


def _limit(store: Store, subject: Subject) -> dict[int, float]:
    """The Gaussian line as far as it was drawn."""
    own = {int(size): r for size, r in subject.limit.items()}
    return own if own or subject.apart else known_limit(store, subject.vectors, BUDGETS, subject.k, subject.seed)


def _steps(store: Store, subject: Subject, chosen: Result | None, levels: Levels | None) -> tuple[dict[str, Any], ...]:
    if chosen is None or subject.apart:
        return ()
    asked = levels or (lambda plan: losses.known(store, subject.vectors, plan, subject.k, subject.seed))
    found = asked(chosen.plan)
    return tuple(losses.facts(step, subject.seed) for step in losses.steps(found, subject.seed)) if found else ()
