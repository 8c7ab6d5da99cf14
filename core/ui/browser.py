"""What only the browser knows or can do: how wide it is, a click on a row of ours, the clipboard, what it has opened.

Which data a browser has opened is kept in that browser alone: nobody else is shown it, and it is there tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.ui import services, state

EYES = """
let about = "";
export default function({data, setStateValue, setTriggerValue}) {
  const app = document.querySelector('[data-testid="stApp"]');
  const told = {width: data.width, dark: data.dark, mine: data.mine, me: data.me};
  const tell = (name, value) => { if (told[name] !== value) { told[name] = value; setStateValue(name, value); } };
  const look = () => {
    tell("width", Math.min(data.widest, Math.floor(window.innerWidth / 20) * 20));
    const light = getComputedStyle(app).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0);
    tell("dark", light < 384);
  };
  let waiting;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(look, 150); };
  const click = (e) => {
    const row = e.target.closest("[data-plan]");
    if (row) setTriggerValue("plan", row.dataset.plan);
  };
  const dressed = new MutationObserver(soon);
  dressed.observe(app, {attributes: true, attributeFilter: ["class"]});
  window.addEventListener("resize", soon);
  document.addEventListener("click", click);
  if (about && about !== data.about) document.querySelector('[data-testid="stMain"]').scrollTo(0, 0);
  about = data.about;
  try {
    const mine = (localStorage.getItem("thinvec") || "").split(" ").filter(Boolean);
    const now = [...new Set([...data.mine.split(" ").filter(Boolean), ...mine])].slice(0, 50).join(" ");
    localStorage.setItem("thinvec", now);
    tell("mine", now);
    if (!localStorage.getItem("thinvec.me")) localStorage.setItem("thinvec.me", data.me);
    tell("me", localStorage.getItem("thinvec.me"));
  } catch { }
  look();
  return () => {
    clearTimeout(waiting);
    dressed.disconnect();
    window.removeEventListener("resize", soon);
    document.removeEventListener("click", click);
  };
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


WIDEST = 1280  # pixels: from here on the page is as wide as it gets
COLUMNS = (744, 348)


@dataclass(frozen=True)
class Screen:
    """How wide the window is, in pixels, and what that means for a page."""

    width: int = WIDEST

    @property
    def narrow(self) -> bool:
        """A phone: one column, smaller type, shorter tables."""
        return self.width < 640

    @property
    def stacked(self) -> bool:
        """Too narrow for two columns side by side."""
        return self.width < 1080

    @property
    def edge(self) -> int:
        """The space left and right of a page, as in the CSS."""
        return 16 if self.narrow else 40

    @property
    def chart(self) -> int:
        """Width of the main chart."""
        room = min(self.width - 2 * self.edge, WIDEST - 160)
        left, right = COLUMNS
        return room if self.stacked else (room - 28) * left // (left + right)


def watch(chosen: Callable[[str], None], about: str = "") -> Screen:
    """The reader's screen; `chosen` is called with the plan of a table row that was clicked.

    The page runs again when the width or the theme changes. It starts at its top when it is about other data, or about
    another thing chosen from a list that stands below it.
    """
    width = int(st.session_state.get("width", WIDEST))
    dark = state.theme().name == "dark"
    me = services.me()
    if re.fullmatch("[0-9a-f]{16}", name := st.query_params.get("data") or st.session_state.get("kept data", "")):
        opened(name)
    subject = st.query_params.get("data", "") + (f" {about}" if Screen(width).stacked else "")

    def on_plan() -> None:
        if plan := st.session_state["eyes"].get("plan"):
            chosen(plan)

    seen = _eyes(
        key="eyes",
        data={"width": width, "dark": dark, "widest": WIDEST, "about": subject, "mine": " ".join(mine()), "me": me},
        default={"width": width, "dark": dark, "mine": " ".join(mine()), "me": me},
        on_width_change=lambda: None,
        on_dark_change=lambda: None,
        on_plan_change=on_plan,
        on_mine_change=lambda: None,
        on_me_change=lambda: None,
    )
    if str(seen.me) != me:  # a page that was loaded again: the browser knows its name, the one made up is gone
        services.jobs().forget(me)
        st.session_state["me"] = str(seen.me)
    known, told = mine(), str(seen.mine).split()
    if set(told) - set(known):
        st.session_state["mine"] = list(dict.fromkeys([*known, *told]))
        st.rerun()
    if int(seen.width) != width:
        st.session_state["width"] = int(seen.width)
        st.rerun()
    return Screen(width)


def mine() -> list[str]:
    """Ids of the data that this browser has opened, newest first."""
    return list(st.session_state.get("mine", ()))


def opened(name: str) -> None:
    """Note that this browser has opened this data."""
    if name not in mine():
        st.session_state["mine"] = [name, *mine()]


def columns(screen: Screen) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The evidence and what explains it: side by side, or one below the other."""
    if screen.stacked:
        return st.container(), st.container()
    left, right = st.columns(COLUMNS, gap="medium")
    return left, right


def copy_link() -> None:
    """A button that copies the address: it holds the whole state of the page."""
    _copy(key="copy", width=104, height=38)
