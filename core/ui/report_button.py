"""Take it along: the report of what a page shows as one file, its facts for programs, all plans for a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.recommend import read
from core.report import Facts, Subject, card, gather, page, slug, table
from core.types import Budget
from core.ui import selftest, services
from core.ui.data import Data
from core.ui.parts import draw, small
from core.ui.run import filed

SAID = "One file with every figure and how it was measured. It opens anywhere, also without a network."
LATER = "There is something to take along as soon as a plan is measured."
FORMS: tuple[tuple[str, str, str, Callable[[Facts], str]], ...] = (
    ("Report", "html", "text/html", page),
    ("Facts, for programs", "json", "application/json", card),
    ("All plans, for spreadsheets", "csv", "text/csv", table),
)


def button(
    source: Data,
    k: int,
    budget: float | Mapping[str, Any],
    advice: Mapping[str, Any] | None = None,
    limit: Sequence[tuple[float, float]] = (),
    unseen: bool = False,
) -> None:
    """A button that opens onto the three files; each is made when it is asked for, from what is measured by then.

    budget: bytes per vector, or as the Budget page states it; advice: the card of that page; limit: the Gaussian line
    as (bytes, recall), by default what the store knows; unseen: learned on one half of the documents.
    """
    vectors = source.vectors
    assert vectors
    asked = read(budget) if isinstance(budget, Mapping) else Budget(bytes_per_vector=float(budget))
    subject = Subject(vectors, k, 0, asked, unseen, advice, {f"{b:g}": r for b, r in limit})
    with st.popover("Report", width=104, key="report"), st.container(width=280):
        if not services.all_measured(filed({"vectors": vectors, "apart": unseen}), k):
            draw(small(LATER))
            return
        draw(small(SAID))
        facts = _gatherer(subject)
        name = slug(str(source.meta["name"]), vectors, k)
        for label, ending, kind, make in FORMS:
            st.download_button(
                f"{label} ({ending.upper()})",
                data=_maker(facts, make),
                file_name=f"{name}.{ending}",
                mime=kind,
                on_click="ignore",
                key=f"report_{ending}",
                width="stretch",
            )


def _gatherer(subject: Subject) -> Callable[[], Facts]:
    """The facts, when they are asked for, in a thread that knows nothing of this session: all goes with it."""
    store, health = services.store(), selftest.health()

    def broken(plans: Iterable[str]) -> dict[str, str]:
        return {plan: fault for plan in plans if (fault := health.broken(plan))}

    return lambda: gather(store, subject, broken)


def _maker(facts: Callable[[], Facts], make: Callable[[Facts], str]) -> Callable[[], bytes]:
    return lambda: make(facts()).encode("utf-8", "replace")
