"""The stages of the plan being built, a card each with its numbers, and the list of what can be added."""

from __future__ import annotations

from dataclasses import Field
from html import escape
from typing import Any

import streamlit as st

from core import words
from core.catalogue import GROUPS, catalogue, grouped
from core.plan import Plan
from core.stage import Stage
from core.ui import builder_parts as parts
from core.ui.browser import Screen
from core.ui.builder_parts import Slot, Where
from core.ui.builder_state import act
from core.ui.codec_cards import marked
from core.ui.parts import draw, head, line

CARD = 232  # pixels
ADDED = {"first": ("transform", "wrapper", "codec", "index"), "again": ("transform", "wrapper", "codec")}
RULES = """
.st-key-build-text input{font-family:var(--tv-mono);font-size:14px}
.st-key-build_first,.st-key-build_again{align-items:stretch}
[class*="st-key-build_card"]{padding:10px 12px 8px}
[class*="st-key-build_card"] [data-testid="stWidgetLabel"] p{font-size:13px;color:var(--tv-muted)}
.tv-stage i{font-style:normal;font-weight:400;color:var(--tv-muted);margin-right:5px}
.tv-stage{display:flex;justify-content:space-between;align-items:baseline;gap:8px}
.tv-stage b{font-family:var(--tv-mono);font-weight:600;overflow-wrap:anywhere}
.tv-stage span{color:var(--tv-muted);font-size:13px}
"""


def side(plan: Plan, where: Where, dim: int, screen: Screen, title: str) -> None:
    """A card for each stage of one of the plan's codecs, and the way to add others."""
    here = (where, "index", "keep") if where == "first" else (where,)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="content"):
            draw(head(title, "from left to right"))
        _menu(plan, where)
    with st.container(horizontal=not screen.narrow, key=f"build_{where}"):
        for slot, stage in parts.slots(plan).items():
            if slot.where in here:
                _card(plan, slot, stage, dim, screen)


def _card(plan: Plan, slot: Slot, stage: Stage | None, dim: int, screen: Screen) -> None:
    """One stage: its name, its numbers, and where it can go."""
    own = f"{slot.where} {slot.at}"
    name = stage.name if stage else "keep"
    entry = catalogue()[name]
    wide: Any = "stretch" if screen.narrow else CARD
    with st.container(border=True, width=wide, gap="xsmall", key=f"build_card {own}"):
        kind = "second look" if name == "keep" else entry.kind
        joined = f"<i>{sign}</i>" if (sign := parts.sign(plan, slot)) else ""
        draw(f'<div class="tv-stage"><b title="{escape(entry.idea)}">{joined}{name}</b><span>{kind}</span></div>')
        if stage is None:
            _slider(plan, slot, "keep", "candidates for each answer", parts.stops(1, 1000, plan.keep), plan.keep)
        else:
            for f in parts.settings(stage, keyword=False):
                _setting(plan, slot, stage, f, dim)
            if more := parts.settings(stage, keyword=True):
                changed = sum(getattr(stage, f.name) != f.default for f in more)
                label = words.plural(len(more), "setting") + (f", {changed} set" if changed else "")
                with st.popover(label, width="stretch", key=f"build more {own} {name}"):
                    for f in more:
                        _setting(plan, slot, stage, f, dim)
        with st.container(horizontal=True, gap="small"):
            for by, said in ((-1, "Left"), (1, "Right")):
                if parts.movable(plan, slot, by):
                    st.button(
                        said,
                        key=f"build {said} {own}",
                        type="tertiary",
                        on_click=act,
                        args=(parts.move, plan, slot, by),
                    )
            st.button(
                "Remove", key=f"build remove {own}", type="tertiary", on_click=act, args=(parts.remove, plan, slot)
            )


def _setting(plan: Plan, slot: Slot, stage: Stage, f: Field[Any], dim: int) -> None:
    """A number of a stage: a switch where there is nothing but 0 and 1, else a slider over what fits."""
    value, what = getattr(stage, f.name), f.metadata["what"]
    if (f.metadata["low"], f.metadata["high"]) != (0, 1):
        _slider(plan, slot, f.name, what, parts.offered(plan, slot, f, dim), value)
        return
    key = f"build {slot.where} {slot.at} {f.name}"
    _hold(key, bool(value))
    st.toggle(what, key=key, on_change=lambda: act(parts.slide, plan, slot, f.name, int(st.session_state[key])))


def _slider(plan: Plan, slot: Slot, name: str, what: str, offered: list[int], value: int) -> None:
    """A slider over these values; there is nothing to slide where there is one."""
    if len(offered) < 2:
        draw(line(what, words.count(value)))
        return
    key = f"build {slot.where} {slot.at} {name}"
    _hold(key, value)
    st.select_slider(
        what,
        offered,
        key=key,
        format_func=words.count,
        on_change=lambda: act(parts.slide, plan, slot, name, int(st.session_state[key])),
        help=f"{name}, {words.count(offered[0])} to {words.count(offered[-1])}; any value by text",
    )


def _menu(plan: Plan, where: Where) -> None:
    """What can be added here, by kind, each with its idea in a sentence."""
    with st.popover("Add a stage", key=f"build add {where}"):
        kinds = {g: [e for e in entries if e.kind in ADDED[where]] for g, entries in grouped().items()}
        if where == "first":
            kinds["sum"] = [catalogue()["keep"]]
        names = {GROUPS[g]: g for g, entries in kinds.items() if entries}
        chosen = st.selectbox("Kind", list(names), key=f"build kind {where}")
        add = st.toggle(
            "Beside the codec there is (+)",
            key=f"build sum {where}",
            help="Two codecs that add up: the second codes what the first missed. Off: it takes the other's place.",
        )
        for e in kinds[names[chosen]]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    e.name, key=f"build put {where} {e.name}", width=92, on_click=act,
                    args=(parts.put, plan, e.name, where, add),
                )  # fmt: skip
                with st.container(width="stretch"):
                    draw(f'<p class="tv-small">{marked(e.idea)}</p>')


def _hold(key: str, value: int) -> None:
    """Move a control to where the plan is; one that is there is left alone, or a quick second press would be lost."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value
