"""Answers side by side: ranks, how far each moved from the exact order, what was lost and what was gained."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core import words
from core.ui import sentences

SHOWN = 240  # characters of a text


def column(
    head: str,
    lines: Sequence[str],
    ids: Sequence[int],
    exact: Sequence[int],
    texts: Sequence[str],
    names: Sequence[str],
    judged: Sequence[int],
) -> str:
    """One list of answers as HTML. exact: float32's answers; `ids` that are the same object are float32's own."""
    own = ids is exact
    lost, _gained = sentences.moved(exact, ids)
    rows = [entry(str(r), i, texts, names, i in judged, "" if own else move(r, i, exact)) for r, i in enumerate(ids, 1)]
    gone = [
        entry("–", i, texts, names, i in judged, f'<em class="lost">× lost, was {exact.index(i) + 1}</em>')
        for i in lost
    ]
    return "".join(
        [
            f'<p class="tv-big">{escape(head)}</p>',
            *(f'<p class="tv-small tv-cut" title="{escape(line)}">{escape(line) or "&nbsp;"}</p>' for line in lines),
            *rows,
            f'<p class="tv-small" style="margin:14px 0 6px">Lost from the exact {len(exact)}</p>' if gone else "",
            *gone,
        ]
    )


def move(rank: int, i: int, exact: Sequence[int]) -> str:
    """Where an answer stood in the exact order."""
    if i not in exact:
        return f'<em class="gained">+ gained, not in the exact {len(exact)}</em>'
    before = exact.index(i) + 1
    return f"<em>{'same rank' if before == rank else f'{chr(8593) if before > rank else chr(8595)} from {before}'}</em>"


def entry(rank: str, i: int, texts: Sequence[str], names: Sequence[str], judged: bool, mark: str) -> str:
    """One answer in rows of one height, so that columns line up: name and mark, then two lines of text.

    A name too long for its place keeps its end, which tells more: …arrayprint.format_float_positional.
    """
    name = words.plain(names[i], 160) if names else f"row {words.count(i)}"
    text = f'<div class="text">{words.plain(texts[i], SHOWN)}</div>' if texts else ""
    star = ' <em class="gained" title="a judged answer to this query">✓ judged</em>' if judged else ""
    told = f'<span class="tv-plan" title="{name}"><bdi>{name}</bdi></span><span>{star} {mark}</span>'
    return f'<div class="tv-hit"><b>{rank}</b><div><div class="top">{told}</div>{text}</div></div>'
