"""The right-hand cards of the map: what became of each exact neighbour at every step of bytes; how true the map is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from core import words
from core.project.kept import Moves, moves
from core.types import Corpus, Interval, Vectors
from core.ui.map_state import Known, Ladder, Pick
from core.ui.parts import head, line, small

SIGNS = {"kept": ("●", "kept"), "level": ("○", "another as near took its place"), "lost": ("✕", "lost")}
NAME = 90  # characters of a text
TRUSTED = {
    "trustworthiness": (
        "Trustworthiness",
        "1 when all who stand near each other on the map are true neighbours; strangers count by how far they are",
    ),
    "continuity": ("Continuity", "1 when all true neighbours stand near each other on the map"),
    "shown": (
        "Neighbours shown",
        "Share of the ten exact nearest documents that are among the ten nearest on the map",
    ),
}


def name(corpus: Corpus | None, number: int, longest: int = NAME) -> str:
    """A document's id, else the beginning of its text, else its number; escaped."""
    if corpus and corpus.ids and corpus.ids[number].strip():
        return words.plain(corpus.ids[number], longest)
    if corpus and corpus.texts[number].strip():
        return words.plain(corpus.texts[number], longest)
    return f"Document {number + 1:,}"


def ending(label: str, longest: int = 18) -> str:
    """The end of a long id, which says more than its beginning: …linalg.norm."""
    return label if len(label) <= longest or "&" in label else "…" + label[1 - longest :]


def title(corpus: Corpus | None, v: Vectors, picked: Pick) -> str:
    """What is picked, in its own words; escaped."""
    if not picked.query:
        return name(corpus, picked.number, 160)
    texts = corpus.queries if corpus and len(corpus.queries) == len(v.queries) else ()
    return words.plain(texts[picked.number], 160) if texts else f"Query {picked.number + 1:,}"


def fates(known: Known, steps: Ladder, picked: Pick) -> dict[int, Moves]:
    """Bytes -> what became of the neighbours, as far as that is known."""
    if known.near is None or picked.row is None:
        return {}
    found = {size: known.kept.get(plan) for size, plan in steps.plans.items()}
    return {size: moves(known.near, kept, picked.row) for size, kept in found.items() if kept}


def matrix(corpus: Corpus | None, v: Vectors, known: Known, steps: Ladder, picked: Pick) -> str:
    """Its exact nearest, one per row; whether each step of bytes still finds them, one per column."""
    top = [
        f'<p class="tv-small">Selected {picked.word}</p>',
        f'<p class="tv-h tv-picked">{title(corpus, v, picked)}</p>',
    ]
    if known.near is None:
        return "".join([*top, small("Its exact nearest appear here as soon as they are known.")])
    if picked.row is None:
        return "".join([*top, small("This document is not among those that were asked. Pick a coloured point.")])
    found = fates(known, steps, picked)
    ids = [int(i) for i in known.near.ids[picked.row] if i >= 0]
    clickable = set(known.near.asked.tolist())
    rows = [_row(rank, corpus, i, found, steps, i in clickable) for rank, i in enumerate(ids, 1)]
    span = "".join(_column(size, plan, size == steps.size) for size, plan in steps.plans.items())
    table = (
        f'<table class="tv-near"><colgroup><col class="rank"><col>{"<col class=step>" * len(steps.plans)}</colgroup>'
        f'<thead><tr><th colspan="2">Its exact {_ten(len(ids))} nearest</th><th colspan="{len(steps.plans)}">'
        f"found at … bytes</th></tr><tr><th></th><th></th>{span}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    return "".join([*top, table, _reading(found, steps, known)])


def _ten(n: int) -> str:
    return "ten" if n == 10 else str(n)


def _column(size: int, plan: str, on: bool) -> str:
    """A step of bytes; a click on it moves the slider."""
    button = f'<button type="button" data-plan="b{size}" title="{escape(plan)}">{size:,}</button>'
    return f"<th{' class=on aria-current=true' if on else ''}>{button}</th>"


def _row(
    rank: int, corpus: Corpus | None, number: int, found: Mapping[int, Moves], steps: Ladder, clickable: bool
) -> str:
    label = name(corpus, number)
    seen = ending(label) if corpus and corpus.ids else label
    kind = " class=mono" if corpus and corpus.ids else ""
    text = (
        f'<button type="button" data-plan="d{number}"{kind}>{seen}</button>'
        if clickable
        else f"<span{kind}>{seen}</span>"
    )
    cells = [f'<td class="rank">{rank}</td><td class="name" title="{label}">{text}</td>']
    for size in steps.plans:
        fate = found[size].fate[rank - 1] if size in found else ""
        sign, said = SIGNS.get(fate, ("·", "not measured yet"))
        on = " on" if size == steps.size else ""
        cells.append(f'<td class="{fate or "open"}{on}" title="{said} at {size:,} B" aria-label="{said}">{sign}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _reading(found: Mapping[int, Moves], steps: Ladder, known: Known) -> str:
    now = found.get(steps.size)
    if now is None:
        why = known.refused.get(steps.plan)
        return small(f"{steps.plan} cannot be used here: {why}" if why else f"{steps.plan} is not measured yet.")
    signs = '<span class="kept">●</span> kept <span class="lost">✕</span> lost'
    if any("level" in moves.fate for moves in found.values()):
        signs += ' <span class="kept">○</span> another as near took its place'
    said = f"At {steps.size:,} bytes {now.held} of {len(now.fate)} are kept"
    if now.gained:
        more = "one other took the place" if len(now.gained) == 1 else f"{len(now.gained)} others took the places"
        said += f'; {more}, drawn as <span class="gained">+</span>'
    return f'<p class="tv-small tv-signs">{signs}. {said}.</p>'


def trusted(known: Mapping[str, Any], method: str) -> str:
    """How far the map can be believed, each figure with its interval."""
    lines = []
    for key, (label, meaning) in TRUSTED.items():
        if key in known.get("trust", {}):
            found = Interval(*known["trust"][key])
            lines.append(line(label, words.share(found), words.bounds(found), hint=meaning))
        else:
            lines.append(line(label, "…", hint=meaning))
    if "n" in known:
        lines.append(
            small(
                f"Of the map by {method}, {known['k']} neighbours; a sample of {words.count(known['n'])} of the "
                f"{words.count(known['drawn'])} documents drawn. What stands apart on the map may be close in truth: "
                "trust the lines, not the gaps."
            )
        )
    return "".join(lines)


def heading() -> str:
    """Of the card below the matrix."""
    return head("How far to trust this picture")


def labels(fate: Sequence[str]) -> list[str]:
    """What is written at each neighbour of the map by exact rank: 'kept, 7', 'lost, rank 5'."""
    held = sum(f == "kept" for f in fate)
    said = {"kept": f"kept, {held}", "level": "as near"}
    few = sum(f == "lost" for f in fate) <= 4
    return [
        (f"lost, rank {rank}" if few else f"lost, {sum(x == 'lost' for x in fate)}") if f == "lost" else said[f]
        for rank, f in enumerate(fate, 1)
    ]
