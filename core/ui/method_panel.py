"""How everything is measured: every figure's definition, which way is better, the protocol, versions and seeds."""

from __future__ import annotations

from collections.abc import Iterable
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
        draw(head("Rules"), listed((name, "", text) for name, text in rules().items()))
        draw("<hr>", head("Speed"), small(PROTOCOL), "<hr>", head("Versions"))
        draw(*(line(name, found) for name, found in versions().items()))


def definitions(k: int) -> str:
    """Every metric: its name, direction, ends and definition."""
    return listed((m.title(k), ends(m), m.explained(k)) for m in METRICS.values())


def listed(rows: Iterable[tuple[str, str, str]]) -> str:
    """Names, what is said beside each, and what each means."""
    each = (f"<dt>{escape(a)} <span>{escape(b)}</span></dt><dd>{escape(c)}</dd>" for a, b, c in rows)
    return f'<dl class="tv-defs">{"".join(each)}</dl>'
