"""What only the browser knows or can do: how wide it is, a click on a row of ours, the clipboard."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

EYES = """
export default function({data, setStateValue, setTriggerValue}) {
  const phone = window.matchMedia("(max-width: 640px)");
  const tell = () => { if (phone.matches !== data.narrow) setStateValue("narrow", phone.matches); };
  const click = (e) => {
    const row = e.target.closest("[data-plan]");
    if (row) setTriggerValue("plan", row.dataset.plan);
  };
  phone.addEventListener("change", tell);
  document.addEventListener("click", click);
  tell();
  return () => { phone.removeEventListener("change", tell); document.removeEventListener("click", click); };
}
"""
COPY_HTML = '<button type="button">Copy link</button>'
COPY_CSS = """
button{font:inherit;font-size:14px;color:var(--st-text-color);background:var(--st-background-color);cursor:pointer;
border:1px solid var(--st-border-color);border-radius:6px;padding:0 14px;height:38px;white-space:nowrap;width:100%}
button:hover{border-color:var(--st-text-color)}
"""
COPY_JS = """
export default function({parentElement}) {
  const button = parentElement.querySelector("button");
  button.onclick = async () => {
    try { await navigator.clipboard.writeText(window.location.href); button.textContent = "Copied"; }
    catch { window.prompt("Copy this link", window.location.href); }
    setTimeout(() => { button.textContent = "Copy link"; }, 1600);
  };
}
"""

_eyes = st.components.v2.component("thinvec.eyes", js=EYES)
_copy = st.components.v2.component("thinvec.copy", html=COPY_HTML, css=COPY_CSS, js=COPY_JS)


def watch(chosen: Callable[[str], None]) -> bool:
    """Whether the screen is narrow; `chosen` is called with the plan of a table row that was clicked."""
    narrow = bool(st.session_state.get("narrow", False))

    def on_plan() -> None:
        if plan := st.session_state["eyes"].get("plan"):
            chosen(plan)

    seen = _eyes(
        key="eyes",
        data={"narrow": narrow},
        default={"narrow": narrow},
        on_narrow_change=lambda: None,
        on_plan_change=on_plan,
    )
    if bool(seen.narrow) != narrow:
        st.session_state["narrow"] = bool(seen.narrow)
        st.rerun()
    return narrow


def copy_link() -> None:
    """A button that copies the address: it holds the whole state of the page."""
    _copy(key="copy", width=104, height=38)
