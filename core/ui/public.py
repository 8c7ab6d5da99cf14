"""The public demo: `THINVEC_DEMO=1` makes a server that strangers may use, on its own data, a few runs at a time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

MOST_WAITING = 8  # runs in the queue, of all visitors together
MOST_PLANS = 60  # of one run
CLOSED = frozenset({"encode", "peers", "drift"})  # kinds of run that take a model, other libraries, or a file
AT_HOME = "On your own machine there is no such limit: see the README, it takes two commands."


def public() -> bool:
    """Whether this server is a public demo."""
    return os.environ.get("THINVEC_DEMO") == "1"


def refusal(kind: str, params: Mapping[str, Any], waiting: int, shipped: bool) -> str:
    """Why a visitor of the public demo cannot have this run, or '' when nothing speaks against it.

    waiting: runs in the queue; shipped: whether the vectors are those that come with the demo.
    """
    if kind in CLOSED:
        return f"This public demo does not start runs of this kind ({kind}). {AT_HOME}"
    if kind != "doctor" and not shipped:
        return f"This public demo works on its own corpus only. {AT_HOME}"
    if len(params.get("plans", ())) > MOST_PLANS:
        return f"This public demo measures at most {MOST_PLANS} plans at once, got {len(params['plans'])}. {AT_HOME}"
    if waiting >= MOST_WAITING:
        return f"{waiting} runs of other visitors wait already. Try again in a few minutes. {AT_HOME}"
    return ""
