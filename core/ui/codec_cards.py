"""The catalogue drawn: a row for each stage, and the chosen one explained."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from core import words
from core.catalogue import GROUPS, Entry, Knob
from core.errors import ThinvecError
from core.plan import parse
from core.types import Result
from core.ui import services
from core.ui.parts import head, small
from core.ui.selftest import Health, Test

SAID = {
    "passed": "passes its self-tests",
    "failed": "fails a self-test",
    "waiting": "self-tests are not done yet",
    "none": "no self-test of its own; the laws of the test suite cover it",
}


def listing(
    group: str,
    entries: Sequence[Entry],
    chosen: str,
    health: Health,
    best: Mapping[str, Result],
    pictures: Mapping[str, str],
) -> str:
    """A group of the catalogue as a table; a click on a name opens it. pictures: thumbnails, our own HTML, by name."""
    drawn = '<th class="wide picture" title="One vector of this corpus: its first 36 numbers">{}</th>'
    middle = "Before, after" if group == "transform" else "" if group == "index" else "Before, bits, after"
    figure = drawn.format(middle) + '<th class="wide">Recall@10</th>'
    top = f'<thead><tr><th colspan="2">{escape(GROUPS[group])}</th>{figure}</tr></thead>'
    rows = "".join(
        _row(e, e.name == chosen, health.light(e.name), best.get(e.name), pictures.get(e.name, "")) for e in entries
    )
    widths = '<colgroup><col class="name"><col><col class="picture wide"><col class="figure wide"></colgroup>'
    return f'<table class="tv-codes">{widths}{top}<tbody>{rows}</tbody></table>'


def _row(e: Entry, on: bool, light: str, best: Result | None, picture: str) -> str:
    figure = ""
    if best is not None:
        i = services.estimates([best], "recall")[best.plan]
        figure = f'<span title="{escape(best.plan)}">{words.share(i)}</span>'
    formula = f'<span class="formula">Bytes: {escape(short(e.bytes))}</span>' if e.kind == "codec" and e.bytes else ""
    kind = " ".join(filter(None, ("on" if on else "", "broken" if light == "failed" else "")))
    name = f'<button type="button" data-plan="{escape(e.name)}">{escape(e.name)}</button>'
    return (
        f'<tr class="{kind}"><td>{lamp(light)}{name}</td><td>{marked(e.idea)}{formula}</td>'
        f'<td class="wide">{picture}</td><td class="wide">{figure}</td></tr>'
    )


def short(formula: str) -> str:
    """A byte formula without what explains it."""
    return formula.split(";")[0].split(". ")[0].rstrip(".")


def lamp(light: str) -> str:
    """A self-test light, with its meaning for those who do not see colours."""
    return f'<span class="light {light}" role="img" aria-label="{SAID[light]}" title="{SAID[light]}"></span>'


def opening(e: Entry, light: str) -> str:
    """Name, idea and how it works."""
    kind = {"codec": "Codec", "transform": "Transform", "wrapper": "Wrapper", "index": "Index"}.get(
        e.kind, "Composition"
    )
    said = [small(f"{kind}, {GROUPS[e.group].lower()}"), f'<p class="tv-big">{escape(e.name)}</p>']
    said += [f"<p>{marked(e.idea)}</p>"] + [_paragraph(t) for t in (e.how, e.form) if t]
    return "".join(said)


def marked(text: str) -> str:
    """A text of the catalogue, its `plans` in mono."""
    return re.sub(r"`([^`]+)`", r'<span class="tv-plan">\1</span>', escape(text))


def _paragraph(text: str) -> str:
    return f'<p class="tv-note" style="margin-top:6px">{marked(text)}</p>'


def facts(e: Entry, dim: int) -> str:
    """Bytes, paper, claim, settings and examples."""
    parts = [(name, text) for name, text in (("Bytes", e.bytes), ("Paper", e.paper), ("Claim", e.claim)) if text]
    said = "".join(f'<p class="tv-fact"><b>{name}</b> {marked(text)}</p>' for name, text in parts)
    if e.knobs:
        said += head("Settings") + knobs(e.knobs)
    if e.examples:
        said += head("Examples", f"at {dim} dimensions") + "".join(_example(text, dim) for text in e.examples)
    return said


def knobs(found: Sequence[Knob]) -> str:
    """Each number that a plan can set: its meaning, default and range."""
    rows = "".join(
        f'<tr><td><span class="tv-plan">{escape(k.name)}</span></td><td>{escape(k.what)}'
        f'<span class="formula">{"by name" if k.keyword else "by place"}, {k.low:,} to {k.high:,}</span></td>'
        f"<td>{k.default:,}</td></tr>"
        for k in found
    )
    return (
        f'<table class="tv-knobs"><thead><tr><th>Name</th><th>Meaning</th><th>Default</th></tr></thead>{rows}</table>'
    )


def _example(text: str, dim: int) -> str:
    try:
        size = words.per_vector(parse(text).nbytes(dim))
    except ThinvecError:
        size = ""
    return f'<div class="tv-l"><span class="tv-plan">{escape(text)}</span><span><i>{size}</i></span></div>'


def tests(found: Sequence[Test]) -> str:
    """Self-tests one by one, failures first."""
    rows = (
        f'<div class="tv-test">{lamp("passed" if t.passed else "failed")}'
        f"<span>{escape(t.name)} <i>{escape(t.found)}</i></span></div>"
        for t in sorted(found, key=lambda t: t.passed)
    )
    return "".join(rows)
