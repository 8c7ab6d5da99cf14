"""Small pieces of HTML that pages and reports are made of. All text is escaped here, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def note(text: str) -> str:
    """A grey line."""
    return f'<p class="tv-note">{escape(text)}</p>'


def small(text: str) -> str:
    """A smaller grey line."""
    return f'<p class="tv-small">{escape(text)}</p>'


def head(text: str, aside: str = "") -> str:
    """The heading of a part, and what it means."""
    return f'<p class="tv-h">{escape(text)}{f" <span>{escape(aside)}</span>" if aside else ""}</p>'


def line(name: str, value: str, aside: str = "", kind: str = "", hint: str = "") -> str:
    """A name and its value, right-aligned; `aside` is greyer, `hint` shows on hover."""
    more = f" <i>{escape(aside)}</i>" if aside else ""
    title = f' title="{escape(hint)}"' if hint else ""
    return f'<div class="tv-l {kind}"{title}><span>{escape(name)}</span><span>{escape(value)}{more}</span></div>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table of texts; all is escaped."""
    top = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f'<table class="{kind}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
