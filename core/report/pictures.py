"""The figures of a report: drawn by the same builders as those of the pages, four times over.

A reader may be in the light or in the dark, on a wide screen or on a phone. The first figure is kept whole, the other
three as what differs from it, because nearly all of it is the same numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.report.facts import Facts

WIDE, NARROW = 820, 360  # pixels of the text's column; a narrow figure is stretched to the width there is
MANY = 400  # plans; of more, judged quality is in the table alone, so that the file stays under 6 MB


@dataclass(frozen=True)
class Picture:
    """alt: the figure in words; specs: what plotly draws, `light` whole, `dark`, `light narrow`, `dark narrow` as
    changes to it.
    """

    alt: str
    specs: Mapping[str, Any]


def pictures(facts: Facts) -> dict[str, Picture]:
    """The figures that the facts allow, by name: recall, ndcg, bytes, losses."""
    found = {"recall": frontier(facts, "recall")}
    if 1 < len(facts.estimates["ndcg"]) <= MANY:
        found["ndcg"] = frontier(facts, "ndcg")
    if facts.bill is not None:
        found["bytes"] = ledger(facts)
    if facts.steps:
        found["losses"] = losses(facts)
    return found


def frontier(facts: Facts, show: str) -> Picture:
    """What each byte buys, by recall or by judged quality."""
    from core.ui.frontier_chart import describe
    from core.ui.frontier_chart import frontier as drawn
    from core.ui.points import EXACT, gaussian, peer_points, points_of

    values = facts.estimates[show]
    shown = [x for x in facts.libraries if f"faiss {x.peer}" in values]
    points = points_of(facts.results, values, facts.faults)
    points += peer_points(shown, [values[f"faiss {x.peer}"] for x in shown])
    limit = gaussian({str(size): r for size, r in facts.limit.items()})
    exact = values[EXACT].mean if EXACT in values else None
    selected = facts.chosen.plan if facts.chosen else None

    def draw(look: Any, narrow: bool) -> Any:
        return drawn(
            points,
            look=look,
            budget=facts.cap,
            top=0.0,
            show=show,
            limit=limit,
            selected=selected,
            exact=exact,
            width=NARROW if narrow else WIDE,
            narrow=narrow,
        )

    return Picture(describe(points, show), _specs(draw))


def ledger(facts: Facts) -> Picture:
    """Every byte of the recommended plan."""
    from core.ui.ledger_charts import describe_bars, ledger_bars

    bill = facts.bill
    assert bill is not None

    def draw(look: Any, narrow: bool) -> Any:
        return ledger_bars(bill, look=look, width=NARROW if narrow else WIDE, narrow=narrow)

    return Picture(describe_bars(bill), _specs(draw))


def losses(facts: Facts) -> Picture:
    """Where the recall of the recommended plan goes."""
    from core.ui.losses_charts import Part, describe, waterfall

    parts = [Part.of(step) for step in facts.steps]

    def draw(look: Any, narrow: bool) -> Any:
        return waterfall(parts, look=look, target=facts.subject.budget.recall, narrow=narrow)

    return Picture(describe(parts), _specs(draw))


def _specs(draw: Callable[[Any, bool], Any]) -> dict[str, Any]:
    """All four, as `Picture` keeps them."""
    from core.ui.theme import DARK, LIGHT

    first = _plain(draw(LIGHT, False))
    others = {"dark": (DARK, False), "light narrow": (LIGHT, True), "dark narrow": (DARK, True)}
    return {"light": first} | {name: change(first, _plain(draw(*how))) for name, how in others.items()}


def _plain(figure: Any) -> Any:
    """A plotly figure as plain data, its numbers to five digits: that is less than a pixel."""
    return json.loads(figure.to_json(), parse_float=lambda text: float(f"{float(text):.5g}"))


def change(old: Any, new: Any) -> Any:
    """What turns old JSON into new: [new] where it is another thing, else an object of the parts that change."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        return {key: change(old[key], new[key]) for key in new if old[key] != new[key]}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return {str(i): change(a, b) for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b}
    return [new]


def changed(old: Any, by: Any) -> Any:
    """`old` with a change made to it: what the script of the page does."""
    if isinstance(by, list):
        return by[0]
    if isinstance(old, list):
        return [changed(a, by[str(i)]) if str(i) in by else a for i, a in enumerate(old)]
    return {key: changed(a, by[key]) if key in by else a for key, a in old.items()}
