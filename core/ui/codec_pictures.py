"""What a plan does to one vector, as small pictures: numbers as bars, the code as bits, what comes back with its error.

All are SVG of our own making, inside images: pages drop any other SVG. So colours are written out, from a `Look`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from core import words
from core.evaluate.portrait import Mini, Portrait
from core.types import Floats
from core.ui.parts import head, small
from core.ui.theme import Look

WIDTH, HIGH = 310, 34  # of a strip, in units that the page stretches to its width
NUMBERS = 128  # of a strip, at most
COLUMNS, LINES = 64, 16  # of the picture of a code, at most

RULES = """
.tv-strip{margin:8px 0 0}
.tv-strip p{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 10px;font-size:13px;line-height:1.4}
.tv-strip p span{color:var(--tv-muted)}
.tv-strip img{display:block;width:100%;height:auto;margin-top:2px}
.tv-bits-key{display:flex;flex-wrap:wrap;gap:0 12px;font-size:13px;color:var(--tv-muted);margin-top:3px}
.tv-bits-key i{display:inline-block;width:9px;height:9px;margin-right:5px}
.tv .tv-mini{display:block;width:132px;height:22px;margin-top:2px}
.tv-funnel{height:9px;background:var(--tv-card);margin:1px 0 7px}
.tv-funnel i{display:block;height:9px;min-width:2px}
"""


def drawn(p: Portrait, look: Look, colour: str, stage: str = "") -> str:
    """The whole story of one vector, top to bottom; the step of `stage` wears the colour."""
    top = float(np.abs(p.before).max()) or 1.0
    out = [strip("the vector", words.plural(len(p.before), "number"), bars(p.before, look.muted, look, top))]
    for step in p.steps[1:]:
        on = colour if stage and step.name.startswith(stage) else look.muted
        name = f'after <b class="tv-plan">{escape(step.name)}</b>'
        out.append(strip(name, words.plural(len(step.values), "number"), bars(step.values, on, look)))
    out.append(code(p, look, colour))
    if len(p.steps) > 1:
        reach = float(max(np.abs(p.given).max(), np.abs(p.decoded).max())) or 1.0
        back = bars(p.decoded, colour, look, reach, p.given)
        out.append(strip("what the code stands for", "line: what went in", back))
    out.append(strip("what comes back", "line: the vector", bars(p.after, colour, look, top, p.before)))
    lost = f"{100 * p.error:.{1 if p.error < 0.1 else 0}f} % of the squared length"
    out.append(strip("the error, same scale", lost, bars(p.before - p.after, look.lost, look, top)))
    return "".join(out)


def strip(name: str, aside: str, picture: str, key: str = "") -> str:
    """A picture under its name (our own HTML) and what there is to say of it (text)."""
    return f'<div class="tv-strip"><p><span>{name}</span> <span>{escape(aside)}</span></p>{picture}{key}</div>'


def bars(values: Floats, colour: str, look: Look, top: float = 0, line: Floats | None = None) -> str:
    """Numbers as bars about a middle line; `top` is the value that fills the height, `line` is drawn over them."""
    reach, over = top or float(np.abs(values).max()) or 1.0, ""
    if line is not None:
        path = _steps(line[:NUMBERS], WIDTH, HIGH, reach, False)
        over = f'<path d="{path}" fill="none" stroke="{look.ink}" stroke-width="0.7" opacity="0.75"/>'
    said = f"{min(len(values), NUMBERS)} numbers as bars, the largest {np.abs(values).max():.2g}"
    return image(
        f'<path d="{_steps(values[:NUMBERS], WIDTH, HIGH, reach)}" fill="{colour}"/>'
        f'<path d="M0 {HIGH / 2}H{WIDTH}" stroke="{look.line}" stroke-width="0.6"/>{over}',
        WIDTH,
        HIGH,
        said,
    )


def code(p: Portrait, look: Look, colour: str) -> str:
    """The bits of the code as they lie, 64 on a line: filled is one, pale is zero; a colour for each part."""
    most, cell = COLUMNS * LINES, WIDTH / COLUMNS
    shown = np.arange(len(p.bits))
    if len(shown) > most:  # the last line is the code's own: side information lies there
        shown = np.concatenate([shown[: most - COLUMNS], shown[-COLUMNS:]])
    bits, owner = p.bits[shown], np.repeat([name for name, _ in p.runs], [size for _, size in p.runs])[shown]
    colours = dict(zip(p.spent, [colour, look.ink, *[look.muted] * len(p.spent)], strict=False))
    cells = "".join(
        f'<path d="{_cells(owner == name, cell)}" fill="{c}" opacity="0.16"/>'
        f'<path d="{_cells((owner == name) & (bits == 1), cell)}" fill="{c}"/>'
        for name, c in colours.items()
    )
    said = ", ".join(f"{name} {words.plural(size, 'bit')}" for name, size in p.spent.items())
    key = "".join(
        f'<span><i style="background:{colours[name]}"></i>{escape(name)} {words.plural(size, "bit")}</span>'
        for name, size in p.spent.items()
    )
    cut = f", the first {most - COLUMNS} and last {COLUMNS} bits" if len(p.bits) > most else ""
    picture = image(cells, WIDTH, -(-len(bits) // COLUMNS) * cell, f"the code, bit by bit: {said}")
    return strip("its code", words.per_vector(len(p.bits) / 8) + cut, picture, f'<div class="tv-bits-key">{key}</div>')


def thumbnail(m: Mini, look: Look, colour: str) -> str:
    """Before, bits, after in 132 × 22; for a transform an arrow stands in the place of the bits."""
    before, after = np.array(m.before), np.array(m.after)
    top = float(np.abs(before).max()) or 1.0
    reach = top if m.bits else float(np.abs(after).max()) or 1.0
    left = f'<path d="{_steps(before, 46, 22, top)}" fill="{look.muted}"/>'
    right = f'<path transform="translate(86)" d="{_steps(after, 46, 22, reach)}" fill="{colour}"/>'
    middle = f'<path d="M58 11H74M69 7L74 11L69 15" fill="none" stroke="{look.muted}"/>'
    if m.bits:
        bits = np.array(m.bits)
        middle = (
            f'<g transform="translate(53 1.4)"><path d="{_cells(bits >= 0, 3.2, 8)}" fill="{colour}" opacity="0.16"/>'
            f'<path d="{_cells(bits == 1, 3.2, 8)}" fill="{colour}"/></g>'
        )
    said = f"{m.plan}: a vector, {'its bits, what comes back' if m.bits else 'what becomes of it'}"
    return image(left + middle + right, 132, 22, said, "tv-mini")


def image(inner: str, width: float, high: float, said: str, kind: str = "") -> str:
    """SVG of our own making as an image with its alt text, which also shows on hover."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {high:.1f}">{inner}</svg>'
    source = "data:image/svg+xml," + quote(svg, safe=" =:/'(),;-")
    return f'<img class="{kind}" alt="{escape(said)}" title="{escape(said)}" src="{source}">'


def funnel(rows: Sequence[tuple[str, float]], colour: str) -> str:
    """How many vectors each step of a search touches; the bars' lengths are the counts."""
    most = max(count for _, count in rows)
    return "".join(
        f'<div class="tv-l"><span>{escape(name)}</span><span>{words.count(count)}</span></div>'
        f'<div class="tv-funnel"><i style="width:{100 * count / most:.3f}%;background:{colour}"></i></div>'
        for name, count in rows
    )


def looked(n: int, k: int, seen: Mapping[str, float], colour: str, plan: str = "") -> str:
    """What an index does: the vectors there are, those whose codes it scores, the answers."""
    rows = [("vectors", float(n)), *seen.items(), ("answers", float(k))]
    aside = f"of a search with {plan}" if plan else ""
    return head("What a query touches", aside) + funnel(rows, colour)


def told(p: Portrait) -> str:
    """Where the picture comes from."""
    cut = f"The first {NUMBERS} numbers are drawn. " if len(p.before) > NUMBERS else ""
    return small(
        f"{cut}Learned on {words.plural(p.learned, 'document')} of this corpus; document {words.count(p.row)} is not "
        f"one of them. Cosine between it and what comes back: {p.cosine:.3f}."
    )


def _steps(values: Floats, width: float, high: float, top: float, closed: bool = True) -> str:
    """A path of steps about the middle, closed to be filled or open to be drawn."""
    middle, wide = high / 2, width / max(len(values), 1)
    ys = middle - np.clip(values / top, -1, 1) * (middle - 0.5)
    ends = np.arange(1, len(values) + 1) * wide
    parts = [f"M0 {middle:g}"] if closed else [f"M0 {ys[0]:.1f}"]
    parts += [f"V{y:.1f}H{x:.1f}" for x, y in zip(ends, ys, strict=True)]
    return "".join(parts) + (f"V{middle:g}Z" if closed else "")


def _cells(which: NDArray[np.bool_], cell: float, columns: int = COLUMNS) -> str:
    """The squares of a grid whose bits are meant, as one path."""
    side = cell - cell / 8
    square = f"h{side:.1f}v{side:.1f}h-{side:.1f}z"
    return "".join(f"M{i % columns * cell:.1f} {i // columns * cell:.1f}{square}" for i in np.flatnonzero(which))
