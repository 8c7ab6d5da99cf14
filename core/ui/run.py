"""One sweep as the page sees it: what was asked, how far it is, what is measured so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import streamlit as st

from core.errors import ThinvecError
from core.evaluate.apart import label
from core.evaluate.lines import everything
from core.jobs import Job
from core.plan import parse
from core.recommend import BUDGETS, default_plans
from core.types import Interval, Result
from core.ui import controls, sentences, services, work
from core.ui.parts import draw, note, problem
from core.ui.points import EXACT, Point, gaussian, points_of
from core.ui.selftest import Health

POLL = "1s"
FEW = 3  # refusals that are said one by one


@dataclass(frozen=True)
class Run:
    """id: of the job; job: its state, None if it was never started; results: measured so far, in the order asked."""

    id: str
    params: dict[str, Any]
    job: Job | None
    results: list[Result]

    @property
    def plans(self) -> list[str]:
        return list(self.params["plans"])

    @property
    def active(self) -> bool:
        return self.job is not None and self.job.active

    @property
    def limit(self) -> list[tuple[float, float]]:
        return gaussian(self.job.result.get("limit", {})) if self.job else []

    def start(self) -> None:
        """Ask for it, or ask again."""
        services.submit("frontier", self.params)


def plans_of(text: str) -> list[str]:
    """Plans between semicolons, each in people's spelling. PlanError at the first that cannot be read."""
    return [str(parse(part)) for part in text.split(";") if part.strip()]


def sweep(vectors: str, dim: int, k: int, own: Sequence[str] = (), unseen: bool = False) -> Run:
    """The default plans and the reader's own on these vectors; started by itself when it was never asked for.

    unseen: learned on one half of the documents, measured on the other.
    """
    plans = list(dict.fromkeys([*default_plans(dim), *own]))
    sizes = [b for b in BUDGETS if b <= 2 * dim]
    params: dict[str, Any] = {"vectors": vectors, "plans": plans, "k": k, "seed": 0, "limit": sizes}
    params |= {"apart": True} if unseen else {}
    run = services.jobs().identify("frontier", params)
    if services.jobs().get(run) is None:
        services.submit("frontier", params)
    return Run(run, params, services.jobs().get(run), services.measured(filed(params), plans, k))


def filed(params: Mapping[str, Any]) -> str:
    """What the results of a run are filed under."""
    fingerprint = str(params["vectors"])
    return label(fingerprint) if params.get("apart") else fingerprint


def unseen_rows() -> bool:
    """Whether plans are to be learned on other rows than those that are searched."""
    return st.toggle(
        "Learned on other rows",
        key="unseen",
        bind="query-params",
        help="Codes are learned on one half of the documents and measured on the other: what large codebooks keep by "
        "heart no longer counts. Judgements are left out. Measured once, then kept.",
    )


def whole(vectors: str, dim: int, k: int, sizes: Sequence[int]) -> Run:
    """The whole catalogue at these sizes; it is started by a button, not by looking at it."""
    plans = list(_catalogue(dim, tuple(sizes)))
    params: dict[str, Any] = {"vectors": vectors, "plans": plans, "k": k, "seed": 0}
    run = services.jobs().identify("frontier", params)
    return Run(run, params, services.jobs().get(run), services.measured(vectors, plans, k))


@lru_cache(maxsize=64)
def _catalogue(dim: int, sizes: tuple[int, ...]) -> tuple[str, ...]:
    return everything(dim, sizes)


def together(first: Run, more: Run) -> Run:
    """Both as one picture: the first's limit line, the results of both."""
    known = {r.plan for r in first.results}
    results = [*first.results, *(r for r in more.results if r.plan not in known)]
    plans = list(dict.fromkeys([*first.plans, *more.plans]))
    return replace(first, params={**first.params, "plans": plans}, results=results)


def points(run: Run, show: str, health: Health) -> list[Point]:
    """Measured plans as a chart wants them; those without this measure are left out."""
    if show == "speed":
        values = {r.plan: Interval(*[r.queries_per_second] * 3) for r in run.results}
    else:
        values = services.estimates(run.results, show)
    return points_of(run.results, values, {r.plan: health.broken(r.plan) for r in run.results})


def exact(run: Run, show: str) -> float | None:
    """What float32 reaches by this measure, where it was measured."""
    found = next((r for r in run.results if r.plan == EXACT), None)
    if found is None:
        return None
    return found.float_queries_per_second if show == "speed" else _mean(found, show)


def _mean(r: Result, show: str) -> float | None:
    i = services.estimates([r], show).get(r.plan)
    return i.mean if i else None


def largest(run: Run, dim: int) -> float:
    """Bytes of the largest plan asked for, so that the axis stands still while points arrive."""
    return max(float(parse(p).nbytes(dim)) for p in run.plans if p != EXACT)


def watch(run: Run, otherwise: str) -> None:
    """The progress line, `otherwise` when there is none to tell; while the run goes on it looks again every second and
    redraws the page when something is new.
    """
    seen = len(run.results)

    def panel(run_id: str) -> None:
        job = services.jobs().get(run_id)
        if job is None or not job.active:
            st.rerun()
        done = len(services.measured(filed(run.params), run.plans, run.params["k"]))
        if done != seen:
            st.rerun()
        work.waiting(run_id, job.fraction, said(job, done, len(run.plans)), "cancel")

    if run.active:
        st.fragment(panel, run_every=POLL)(run.id)
        return
    draw(note(otherwise))
    if run.job and (text := sentences.ended(run.job.state, seen, len(run.plans), run.job.error)):
        problem(text) if run.job.state == "failed" else draw(note(text))
        st.button("Run again", key="again", on_click=run.start)
    refused(run.job.result.get("refused", {}) if run.job else {})


def refused(reasons: Mapping[str, str]) -> None:
    """Plans that could not be measured, each with its reason; many of them fold away."""
    if len(reasons) <= FEW:
        draw(*(note(f"{plan} was not measured: {why}") for plan, why in reasons.items()))
        return
    with st.expander(f"{len(reasons)} plans could not be measured"):
        draw(*(note(f"{plan}: {why}") for plan, why in reasons.items()))


def said(job: Job, done: int, total: int) -> str:
    """The progress of a sweep in words."""
    if job.state == "queued" or (not done and "Measuring" not in job.stage):
        return (
            sentences.progress(job.state, done, total, job.eta, job.position) if job.state == "queued" else "Starting."
        )
    if "Gaussian" in job.stage:
        return "All plans are measured. Drawing the Gaussian rate–distortion line."
    return sentences.progress(job.state, min(done + 1, total), total, job.eta, doing=job.stage.partition(": ")[2])


def own_plans(choose: Callable[[str], None]) -> list[str]:
    """A box for the reader's own plans; a plan that cannot be read is answered with a caret, and nothing is run.

    `choose` is called with the first of new ones: it opens as soon as it is measured.
    """

    def changed() -> None:
        with suppress(ThinvecError):
            choose(next(iter(plans_of(st.session_state["plans"])), ""))

    controls.follow("plans")
    text = st.text_input(
        "Your own plans",
        key="plans",
        bind="query-params",
        placeholder="klt > wpq40; pca96 > int4",
        help="Separated by semicolons; measured with the others.",
        on_change=changed,
    )
    controls.kept("plans", text)
    try:
        return plans_of(text or "")
    except ThinvecError as e:
        problem(e)
    return []
