"""Every byte of a plan: the picture, the table, what codes take at rest, and what engines would need instead."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from core import words
from core.evaluate.at_rest import AtRest
from core.evaluate.engines import Engine, engines
from core.evaluate.ledger import AGAIN, ledger
from core.plan import parse
from core.types import Result
from core.ui.browser import Screen
from core.ui.charts import CONFIG
from core.ui.ledger_charts import describe_bars, ledger_bars
from core.ui.ledger_growth import Limit, describe_growth, growth
from core.ui.ledger_words import finding, rows_of, units
from core.ui.parts import draw, head, line, note, small, table
from core.ui.theme import Look
from core.ui.work import asked


def panel(
    result: Result, rows: int, look: Look, screen: Screen, budget: Mapping[str, Any] | None = None, seed: int = 0
) -> None:
    """The byte ledger of a measured plan at this many vectors. budget: what was asked for, `memory` or `bytes`."""
    draw(head("Every byte", f"{result.plan} at {words.plural(rows, 'vector')}"))
    away = _away(result, budget)
    bill = ledger(result, rows, away)
    draw(note(finding(bill)))
    width = screen.chart if screen.narrow else min(screen.chart, 744)
    st.plotly_chart(
        ledger_bars(bill, look=look, width=width, narrow=screen.narrow),
        key="ledger bars", theme=None, config=CONFIG, alt=describe_bars(bill),
    )  # fmt: skip
    draw(rows_of(bill), small(units(bill)))
    _at_rest(result, rows, seed)
    _growth(result, rows, away, limit_of(budget, result.dim), look, screen)
    _engines(result, rows, screen)


def _away(result: Result, budget: Mapping[str, Any] | None) -> bool:
    """Whether a reranker's codes lie on disk: asked of the reader, where the plan has a reranker."""
    if AGAIN not in result.ledger:
        return False
    return st.toggle(
        "The reranker reads from disk", bool(budget and "disk" in budget), key="ledger_disk", bind="query-params",
        help="Candidates are ranked again by codes that need not lie in memory: a few reads per query.",
    )  # fmt: skip


def _at_rest(result: Result, rows: int, seed: int) -> None:
    """Codes as an archive would hold them, written by a job."""
    params = {"vectors": result.trial.vectors, "plan": result.plan, "seed": seed}
    found = asked("at_rest", params, "Writing the codes as they would lie in an archive")
    if not found or "codes" not in found:
        return
    sizes = {"Codes at rest": found["codes"]} | ({"Rerank codes at rest": found["rerank"]} if "rerank" in found else {})
    draw("<hr>", head("At rest", "entropy-coded byte by byte, for archives; rows cannot be read one by one"))
    for name, facts in sizes.items():
        size = AtRest(**facts)
        draw(at_rest_line(name, size, rows))
    draw(small(_written(AtRest(**found["codes"]), rows)))


def at_rest_line(name: str, size: AtRest, rows: int) -> str:
    """Bytes per vector at rest, and of how many."""
    scaled = size.scaled(rows)
    held = words.per_vector(size.held / size.rows)
    value = f"{words.size(scaled.total)}, {words.per_vector(scaled.total / rows)} per vector"
    return line(name, value, f"{scaled.share:.3f} of {held}")


def _written(size: AtRest, rows: int) -> str:
    whole = "all" if size.exact else f"a sample of {words.count(size.coded)}"
    said = f"Really written for {whole} of {words.count(size.rows)} rows, tables included; every row can be recovered."
    return said if rows == size.rows and size.exact else f"{said} Scaled to {words.count(rows)}."


def limit_of(budget: Mapping[str, Any] | None, dim: int) -> Limit | None:
    """The line to stay under."""
    if budget and budget.get("memory"):
        return Limit(total=float(budget["memory"]))
    if budget and budget.get("bytes"):
        return Limit(per_vector=float(budget["bytes"]))
    return Limit(per_vector=4 * dim / float(budget["ratio"])) if budget and budget.get("ratio") else None


def _growth(result: Result, rows: int, away: bool, limit: Limit | None, look: Look, screen: Screen) -> None:
    """Memory as the corpus grows."""
    bill = ledger(result, rows, away)
    draw("<hr>", head("Memory as the corpus grows", "exact for what each vector brings; codebooks stay as they are"))
    if limit and limit.total:
        draw(note(room(result, away, limit)))
    st.plotly_chart(
        growth(
            lambda n: ledger(result, n, away), rows,
            look=look, family=parse(result.plan).family, limit=limit, narrow=screen.narrow,
        ),
        key="ledger growth", theme=None, config=CONFIG, alt=describe_growth(bill),
    )  # fmt: skip


def room(result: Result, away: bool, limit: Limit) -> str:
    """How many vectors a total holds: memory is a line, what all share and what each brings."""
    one, two = (ledger(result, n, away).memory for n in (1_000_000, 2_000_000))
    each = (two - one) / 1_000_000
    holds = max(0, int((limit.total - (2 * one - two)) // each))
    floats = int(limit.total // (4 * result.dim))
    return (
        f"{words.size(limit.total)} holds {words.about(holds)} vectors of this plan, {words.about(floats)} in float32."
    )


def _engines(result: Result, rows: int, screen: Screen) -> None:
    """What engines need for codes of about this size, by their own formulas."""
    first = result.bytes_per_vector - result.ledger.get(AGAIN, 0.0)
    draw(
        "<hr>", head("In an engine", f"the setting nearest to {words.per_vector(first)}, by each engine’s own formula")
    )
    found = {name: (e, e.nearest(result.dim, first)) for name, e in engines().items()}
    body = []
    for e, setting in found.values():
        bill = setting.ledger(rows)
        cells = [e.name, words.size(bill.memory), words.size(bill.disk)]
        body.append(cells if screen.narrow else [e.name, setting.name, words.per_vector(setting.codes), *cells[1:]])
    heads = ["Engine", "Memory", "Disk"] if screen.narrow else ["Engine", "Setting", "Codes", "Memory", "Disk"]
    draw(
        table(heads, body, "tv-knobs" if not screen.narrow else ""),
        small("These are other codes than the plan’s, of about as many bytes: they keep other neighbours."),
    )
    chosen = st.selectbox(
        "Formula of", list(found), format_func=lambda n: found[n][0].name, key="ledger_engine", bind="query-params",
        width=220,
    )  # fmt: skip
    draw(explained(found[chosen][0], result.dim, first, rows))


def explained(engine: Engine, dim: int, nbytes: float, rows: int) -> str:
    """An engine's setting: its parts, the formula and where that is from."""
    setting = engine.nearest(dim, nbytes)
    bill = setting.ledger(rows)
    body = [[x.part.capitalize(), words.size(x.memory), words.size(x.disk)] for x in bill.lines]
    body.append(["All", words.size(bill.memory), words.size(bill.disk)])
    return "".join(
        [
            f'<p class="tv-big">{escape(setting.name)}</p>',
            table(["Part", "Memory", "Disk"], body, "tv-ledger"),
            note(f"Bytes for N vectors of d = {dim}: {setting.formula}."),
            small(f"{engine.name} {engine.version}, {engine.source}. {engine.second_hand}"),
        ]
    )
