"""Measure a plan again, from nothing, and say whether its figures hold: nobody has to believe a link."""

from __future__ import annotations

import streamlit as st

from core.evaluate.apart import unlabel
from core.types import Result
from core.ui import services, work
from core.ui.parts import draw, note, small

HELP = "Learns, encodes and searches once more, from the vectors alone, and compares every query with the file."


def panel(chosen: Result) -> None:
    """A button that asks for it, how far that is, and what came of it."""
    trial = chosen.trial
    vectors, apart = unlabel(trial.vectors)
    params = {"vectors": vectors, "plan": trial.plan, "k": trial.k, "seed": trial.seed, "apart": apart}
    job = services.jobs().get(services.jobs().identify("verify", params))
    if job is not None:
        known = work.asked("verify", params, f"Measuring {trial.plan} again")
        if known:
            draw((small if known["same"] else note)(f"Measured again. {known['said']}"))
        if job.state != "done":
            return
    st.button("Measure again", key="verify", on_click=work.start, args=("verify", params, True), help=HELP)
