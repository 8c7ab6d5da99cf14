"""A folder of reports with an index: plain files that can be hosted anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from core import words
from core.report.document import document, page
from core.report.facts import Facts
from core.report.record import card
from core.report.rows import table
from core.report.sections import MARK, headline
from core.report.subject import slug
from core.store import replacing


@dataclass(frozen=True)
class Entry:
    """A report of the gallery: the name of its files without their endings, and the bytes of the page."""

    facts: Facts
    name: str
    size: int


def put(facts: Facts, folder: Path) -> Entry:
    """Write a report, its card and its table into a folder."""
    name = slug(str(facts.meta["name"]), facts.subject.vectors, facts.subject.k)
    html = page(facts)
    for ending, text in (("html", html), ("json", card(facts)), ("csv", table(facts))):
        write(folder / f"{name}.{ending}", text)
    return Entry(facts, name, len(html.encode()))


def index(entries: Iterable[Entry]) -> str:
    """The page that lists them; it needs no script."""
    rows = "".join(map(_row, entries))
    heading = (
        f'<header><div class="brand">{MARK}<span>Thinvec</span></div><h1>How few bytes per vector are enough?</h1>'
    )
    note = "Each report is one file that needs no network: what every plan keeps of a corpus, with intervals."
    return document("Thinvec reports", f'{heading}<p class="tv-note">{note}</p></header>{rows}')


def _row(e: Entry) -> str:
    meta, s = e.facts.meta, e.facts.subject
    about = f"{words.plural(meta['n'], 'document')}, {meta['dim']} dimensions ({meta['encoder']}), k = {s.k}, "
    about += f"{words.plural(len(e.facts.results), 'plan')}, {e.facts.date}"
    more = f'<a href="{e.name}.json">card (JSON)</a> · <a href="{e.name}.csv">all plans (CSV)</a>'
    return (
        f'<section><h2><a href="{e.name}.html">{escape(headline(e.facts))}</a></h2>'
        f'<p><bdi>{escape(meta["name"])}</bdi></p><p class="tv-note">{escape(about)}</p>'
        f'<p class="tv-small">{words.size(e.size)} · {more}</p></section>'
    )


def write(path: Path, text: str) -> None:
    """A whole file or none; line ends as they are."""
    with replacing(path) as part:
        part.write_bytes(text.encode("utf-8", "replace"))
