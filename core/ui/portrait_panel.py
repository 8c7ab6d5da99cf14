"""Pictures of a plan that need it fitted: one vector under it, and which dimension got how many bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import words
from core.compress.allocation import Allocation, dealt
from core.evaluate.answer import built_path
from core.evaluate.portrait import LEARN, Mini, Portrait, read
from core.plan import Plan, parse
from core.types import Result
from core.ui import cards, codec_pictures, part_charts, services, work
from core.ui.charts import CONFIG
from core.ui.data import Data
from core.ui.fitted import kept
from core.ui.parts import draw, head, note, small
from core.ui.theme import Look

PATIENCE = 15.0  # seconds that a picture may take to learn before it waits to be asked for
KIND = "portrait"


def asked(source: Data, plan: str, fit_seconds: float | None = None) -> tuple[list[Portrait], Allocation] | None:
    """The plan drawn from life; None while that is under way, which this then says and watches.

    fit_seconds: what learning it on all documents took, where that is known. Plans that take long to learn wait for a
    click.
    """
    params = {"vectors": source.vectors, "plans": [plan], "seed": 0}
    found = work.known(KIND, params) or {}
    if not found and not work.active(KIND, params) and slow(plan, source.meta["n"], fit_seconds):
        draw(small("It takes a while to learn, so it is drawn on request."))
        st.button("Draw it", key=f"draw {plan}", on_click=work.start, args=(KIND, params))
        return None
    found = work.asked(KIND, params, f"Drawing {plan}") or {}
    if why := found.get("refused", {}).get(plan):
        draw(note(f"{plan} cannot be drawn here: {why}"))
    told = found.get("drawn", {}).get(plan)
    return read(told) if told else None


def slow(plan: str, n: int, fit_seconds: float | None) -> bool:
    """Whether learning this plan on a sample keeps a reader waiting: as long as was measured, or trained by descent."""
    if fit_seconds is not None:
        return fit_seconds * min(1.0, LEARN / n) > PATIENCE
    return any(f.name == "epochs" for stage in parse(plan).stages for f in fields(stage))


def bit_budget(
    source: Data, plan: str, look: Look, fit_seconds: float | None = None, busy: bool = False, key: str = "bits"
) -> None:
    """Where the bits of any plan go: heading, sentence, picture. A plan that is kept fitted is looked into at once;
    any other is learned on a sample, but not while a sweep keeps the processor `busy`. `key` tells two on a page apart.
    """
    assert source.vectors
    recipe = parse(plan)
    draw(bits_head(recipe.codec.nbytes(source.meta["dim"]), recipe.rerank is not None))
    with frame(recipe, key):
        share = None
        if kept(source.vectors, plan):
            path = built_path(services.store(), source.vectors, plan)
            share = dealt(services.built(str(path)).codebook)
        elif busy:
            draw(small("Drawn when the sweep is over."))
            return
        if share is None and (found := asked(source, plan, fit_seconds)):
            share = found[1]
        if share:
            draw_bits(share, look, look.family[recipe.family], key)


def bits_head(size: int, two: bool) -> str:
    """Where the 384 bits go."""
    return head(f"Where the {words.count(8 * size)} bits{' of the first code' if two else ''} go")


def frame(plan: Plan, key: str = "bits") -> DeltaGenerator:
    """Room for the picture, which takes what it takes before it is there."""
    return st.container(height=196 if plan.family == "flagship" else 236, border=False, key=key)


def draw_bits(share: Allocation, look: Look, colour: str, key: str = "bits") -> None:
    """The sentence and the picture."""
    draw(small(said(share)))
    chart = figure(share, look, colour)
    st.plotly_chart(chart, key=f"{key}-chart", theme=None, config=CONFIG, alt=described(share))


def figure(share: Allocation, look: Look, colour: str) -> go.Figure:
    """The deal of a water-filled codec with a slice for every 4 bytes, or what was measured of another."""
    if share.rows:
        return part_charts.effective(share.rates, share.ideal, look=look, colour=colour, dropped=share.dropped)
    slices = cards.bit_slices(share.rates)
    return part_charts.bits(share.variance, share.level, look=look, colour=colour, slices=slices)


def said(share: Allocation) -> str:
    """How to read the picture."""
    total = len(share.rates) + share.dropped
    if not share.rows:
        return (
            "Bits per dimension, by variance. Each slice is 4 bytes; "
            f"{share.active} of {words.count(total)} dimensions get any."
        )
    worth = max(float(share.rates.sum()), 0.0)
    more = " More than the code has: dimensions that vary together share bits." if worth > share.bits else ""
    return (
        f"½ log₂(variance / squared error) per dimension, by variance, on {words.count(share.rows)} documents it has "
        f"not seen; {words.count(worth)} in all.{more} Line: the ideal deal of the same bits."
    )


def described(share: Allocation) -> str:
    """Alt text."""
    total = len(share.rates) + share.dropped
    how = f"measured on {share.rows} documents" if share.rows else "as water-filling deals them"
    return f"Bits per dimension, {how}: {share.active} of {total} dimensions get any, at most {share.rates.max():.1f}."


def minis(source: Data, plans: Mapping[str, str]) -> dict[str, Mini]:
    """Thumbnails by stage, those that are drawn so far; drawing starts when it was never asked for."""
    params: dict[str, Any] = {"vectors": source.vectors, "shows": dict(plans), "seed": 0}
    job = services.jobs().get(services.jobs().identify("gallery", params))
    if job is None or job.state == "interrupted":
        work.start("gallery", params)
        return {}
    return {stage: _mini(told) for stage, told in job.result.get("minis", {}).items()}


def _mini(told: Mapping[str, Any]) -> Mini:
    return Mini(told["plan"], tuple(told["before"]), tuple(told["bits"]), tuple(told["after"]))


def life(source: Data, plan: str, stage: str, look: Look, measured: Result | None) -> None:
    """One vector under a plan that uses this stage, and where the bits go."""
    found = asked(source, plan, measured.fit_seconds if measured else None)
    if found is None:
        return
    drawn, share = found
    colour = look.family[parse(plan).family]
    for i, p in enumerate(drawn):
        if len(drawn) > 1:
            draw(head(("First", "Then")[i], ("the code that finds candidates", "the code that orders them")[i]))
        draw(codec_pictures.drawn(p, look, colour, stage))
    draw(f'<div style="margin-top:8px">{codec_pictures.told(drawn[0])}</div>')
    draw("<hr>", bits_head(share.bits // 8, len(drawn) > 1))
    with frame(parse(plan)):
        draw_bits(share, look, colour)
