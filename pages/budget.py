"""What should I use? State what may be spent and what must be reached; get one plan, its rivals and its price."""

import streamlit as st

from core.ui import advice_card, browser, budget_form, budget_parts, controls, data, encoding, report_button, state
from core.ui.parts import draw, note, title


def choose(plan: str) -> None:
    state.go("frontier", data=source.id, plan=plan)


screen = browser.watch(choose)
top = st.container()
with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
    source = data.choose(top)
    k = controls.neighbours()
    browser.copy_link()
    share = st.container(width="content")
with st.container(horizontal=True, vertical_alignment="bottom", key="controls-more"):
    budget = budget_form.limits()
    budget |= budget_form.target(k)
    budget |= budget_form.more(budget)
if not source.vectors:
    with top:
        encoding.panel(source)
    st.stop()

left, right = browser.columns(screen)
with left:
    slot = st.container()
    search = budget_parts.searched(source, budget, k)
card = search.card
with top:
    title(advice_card.headline(card, {**budget, "dim": source.meta["dim"]}, source.meta["dim"], search.active))
    draw(note(budget_parts.provenance(search, source)))
with right:
    budget_parts.beside(search)
if card is not None:
    with slot:
        budget_parts.recommended(card, budget, source, k, screen, state.theme())
if card is not None and not search.active:
    with left:
        budget_parts.evidence(card, budget, source, k, screen, state.theme())
    with share:
        report_button.button(source, k, budget, card)
