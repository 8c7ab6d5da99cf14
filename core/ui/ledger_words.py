"""The byte ledger in words and as a table, for pages and reports."""

from __future__ import annotations

from html import escape

from core import words
from core.evaluate.ledger import AGAIN, COLUMNS, Ledger

HEADS = ("Part", "Memory", "Disk", "Pipeline")


def finding(bill: Ledger) -> str:
    """What a search needs, and what lies elsewhere."""
    said = f"A search reads {words.size(bill.memory)}, {words.per_vector(bill.per_vector('memory'))} per vector, "
    said += f"where float32 takes {words.size(bill.floats)}."
    parts = {x.part: x for x in bill.lines}
    if (again := parts.get(AGAIN)) and not again.memory:
        return f"{said} It also reads candidates from {words.size(again.disk)} on disk."
    if bill.pipeline > 1.02 * bill.memory:
        return f"{said} Adding documents takes {words.size(bill.pipeline - bill.memory)} more."
    return said


def rows_of(bill: Ledger) -> str:
    """The table: a line per part, then all of them, then per vector."""
    body = "".join(_row(x.part.capitalize(), [words.size(getattr(x, c)) for c in COLUMNS]) for x in bill.lines)
    body += _row("All", [words.size(bill.total(c)) for c in COLUMNS], " class=on")
    body += _row("Per vector", [words.per_vector(bill.per_vector(c)) for c in COLUMNS])
    top = "".join(f'<th title="{escape(COLUMNS[c])}">{h}</th>' for c, h in zip(COLUMNS, HEADS[1:], strict=True))
    return f'<table class="tv-ledger"><thead><tr><th>{HEADS[0]}</th>{top}</tr></thead><tbody>{body}</tbody></table>'


def _row(name: str, cells: list[str], kind: str = "") -> str:
    return f"<tr{kind}><td>{escape(name)}</td>{''.join(f'<td>{escape(c)}</td>' for c in cells)}</tr>"


def units(bill: Ledger) -> str:
    """Which gigabytes these are, and what a file adds."""
    headers = next(x.disk for x in bill.lines if x.part == "file headers")
    both = f"{words.size(bill.disk)} of disk is {words.decimal(bill.disk)}"
    kept = "Pipeline: all that must exist to search and to add documents."
    return f"{kept} Powers of 1,024: {both}. {words.count(headers)} bytes of the file are headers."
