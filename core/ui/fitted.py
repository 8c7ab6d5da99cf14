"""A plan fitted to vectors, for pages that look inside it or search with it: learned by a job, read from disk."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.evaluate.answer import built_path
from core.search.built import Built
from core.ui import services
from core.ui.parts import draw, problem, small


def learn(params: dict[str, Any]) -> None:
    """Ask a worker for it."""
    services.submit("build", params)


def kept(vectors: str, plan: str) -> bool:
    """Whether the fitted plan is there to be read."""
    return built_path(services.store(), vectors, plan).exists()


def fitted(vectors: str, plan: str) -> Built | None:
    """The fitted plan; None while it is being learned, which this then says and watches."""
    path = built_path(services.store(), vectors, plan)
    if path.exists():
        return services.built(str(path))
    params: dict[str, Any] = {"vectors": vectors, "plans": [plan]}
    run = services.jobs().identify("build", params)
    job = services.jobs().get(run)
    if job is None or job.state == "done":  # never asked for, or its file was deleted
        learn(params)
    elif not job.active:
        problem(job.error or f"Learning {plan} ended early.")
        st.button("Try again", key=f"again {plan}", on_click=learn, args=(params,))
        return None

    def panel(run_id: str) -> None:
        job = services.jobs().get(run_id)
        if job is None or not job.active:
            st.rerun()
        draw(small("Waiting for the processor." if job.state == "queued" else f"{job.stage or 'Starting'} …"))

    st.fragment(panel, run_every="0.7s")(run)
    return None
