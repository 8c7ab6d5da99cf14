"""Work that a page waits for: asked for once, watched while it goes on, its result drawn as it grows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core import words
from core.jobs import Job
from core.ui import sentences, services
from core.ui.parts import draw, note, problem


def asked(kind: str, params: Mapping[str, Any], what: str) -> Mapping[str, Any] | None:
    """What is known of this work so far, None before there is anything; it starts when it was never asked for.

    While it goes on its progress is shown where this is called, with a way to stop it, and the page is drawn again when
    more is known. `what` says what is being done, for people: "Measuring what the codes lose".
    """
    params = dict(params)
    run = services.jobs().identify(kind, params)
    job = services.jobs().get(run)
    if job is None:
        start(kind, params)
        job = services.jobs().get(run)
    if job is None:
        problem(st.session_state.pop("refused", "This run could not be started. Load the page again."))
        return None
    if job.active:
        st.fragment(_panel, run_every="1s")(run, what, dict(job.result))
    elif job.state != "done":
        _ended(job, kind, params)
    return job.result or None


def known(kind: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What is known of this work so far; nothing is started or shown."""
    job = services.jobs().get(services.jobs().identify(kind, dict(params)))
    return (job.result or None) if job else None


def active(kind: str, params: Mapping[str, Any]) -> bool:
    """Whether it waits or works."""
    job = services.jobs().get(services.jobs().identify(kind, dict(params)))
    return job is not None and job.active


def start(kind: str, params: Mapping[str, Any], afresh: bool = False) -> None:
    """Ask for it, or ask again; `afresh`: once more although it is done."""
    services.submit(kind, dict(params), afresh)


def said(job: Job, what: str) -> str:
    """How far it is, in words."""
    left = f", {words.wait(job.eta)}" if job.eta is not None else ""
    if job.state == "queued":
        return f"{what}: {sentences.queued(job.position).lower()}{left}."
    stage = job.stage if job.stage and job.stage != "Starting" else what
    return f"{stage}{left}. You can leave this page."


def _panel(run: str, what: str, seen: Mapping[str, Any]) -> None:
    """Looks every second; the whole page is drawn again when more is known."""
    job = services.jobs().get(run)
    if job is None or not job.active or job.result != seen:
        st.rerun()
    waiting(run, job.fraction, said(job, what), f"cancel {run}")


def waiting(run: str, fraction: float, text: str, key: str, stop: str = "Cancel") -> None:
    """A run's progress in words, with the way to stop it; who sees this waits for the run."""
    services.watching(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(fraction, text=text, width="stretch")
        st.button(stop, key=key, on_click=services.cancel, args=(run,), width="content")


def _ended(job: Job, kind: str, params: dict[str, Any]) -> None:
    """How it ended early, and the way to go on."""
    if job.state == "failed":
        problem(job.error or "The run failed without saying why. Run it again.")
    elif job.state == "cancelled":
        draw(note("Cancelled. What was measured is kept."))
    else:
        draw(note("Interrupted when the server stopped. Run again; what was measured is not measured twice."))
    st.button("Run again", key=f"again {job.id}", on_click=start, args=(kind, params))
