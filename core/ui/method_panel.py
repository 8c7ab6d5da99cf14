"""How everything is measured: every figure's definition, which way is better, the protocol, versions and seeds."""

from __future__ import annotations

from html import escape

from core.evaluate.method import ends, rules, versions
from core.evaluate.metrics import METRICS
from core.evaluate.speed import PROTOCOL
from core.ui.browser import Screen, columns
from core.ui.data import Data
from core.ui.parts import draw, head, line, small
from core.ui.theme import Look


def panel(source: Data, screen: Screen, look: Look, k: int) -> None:
    """Definitions on the left, rules and versions on the right."""
    left, right = columns(screen)
    with left:
        draw(head("Figures", "what they are and which way is better"), definitions(k))
    with right:
        draw(head("Rules"), *(f"<p><b>{escape(name)}</b></p>{small(text)}" for name, text in rules().items()))
        draw("<hr>", head("Speed"), small(PROTOCOL), "<hr>", head("Versions"))
        draw(*(line(name, found) for name, found in versions().items()))


def definitions(k: int) -> str:
    """Every metric: its name, direction, ends and definition."""
    rows = "".join(
        f"<dt>{escape(m.title(k))} <span>{escape(ends(m))}</span></dt><dd>{escape(m.explained(k))}</dd>"
        for m in METRICS.values()
    )
    return f'<dl class="tv-defs">{rows}</dl>'
