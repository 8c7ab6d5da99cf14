"""What a point of the map may be coloured by: neighbours kept, words in the text, or any column of the corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from core import words
from core.types import Corpus, Floats
from core.ui.theme import MARKS, Look

LIGHT = ("#3B0B3F", "#5A1653", "#782864", "#933E74", "#AA5884", "#BE7596", "#CE93AB", "#DBB0C1", "#E4CBD6", "#E9E3E8")
DARK = ("#FFE3EC", "#F9C3D6", "#EDA5C1", "#DC8AAE", "#C5719C", "#A95B8A", "#8A4976", "#6B3A60", "#4E2F4A", "#383039")
SEQUENTIAL = {"light": LIGHT, "dark": DARK}  # loss is loud, the kept recede; lightness is monotone
SHARE, LENGTH = "Neighbours kept", "Words per document"
OTHER = "other"
MOST = 7  # values of a column that have a colour of their own
FAMILIES = ("vector", "flagship", "scalar", "binary", "cut", "sum", "sparse")


@dataclass(frozen=True)
class Paint:
    """codes (m,): which of `colours` each point has; symbols: plotly's, one per colour; said (m,): for the hover.

    heading, low, high: words above the map and at the ends of the ramp; names: of the colours, () for a ramp.
    """

    codes: NDArray[np.uint8]
    colours: tuple[str, ...]
    heading: str
    said: tuple[str, ...]
    symbols: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    names: tuple[str, ...] = ()


def offered(corpus: Corpus | None) -> list[str]:
    """Names of what can be shown, the share of neighbours first."""
    columns = [name for name, values in corpus.columns.items() if len(set(values)) > 1] if corpus else []
    return list(dict.fromkeys([SHARE, *([LENGTH] if corpus else []), *columns]))


def by_share(hits: NDArray[np.int64] | None, n: int, k: int, look: Look) -> Paint:
    """Of n documents by how many of their k neighbours are kept (n,); None while that is not known."""
    ramp = SEQUENTIAL[look.name]
    heading, ends = "Neighbours kept by each document", (f"0 of {k}", f"all {k}")
    if hits is None:
        return Paint(np.zeros(n, np.uint8), (look.muted,), heading, (), low=ends[0], high=ends[1])
    steps = np.clip(np.ceil(hits * 10 / k) - 1, 0, 9).astype(np.uint8)
    names = [f"{i} of {k} neighbours kept" for i in range(k + 1)]
    return Paint(steps, ramp, heading, tuple(names[h] for h in hits), low=ends[0], high=ends[1])


def by_length(lengths: Floats, look: Look) -> Paint:
    """By words of the text (n,), in ten steps that hold as many documents each; long texts are dark on light."""
    ramp = SEQUENTIAL[look.name][::-1]
    steps = np.searchsorted(np.quantile(lengths, np.arange(1, 10) / 10), lengths, side="left").astype(np.uint8)
    said = tuple(words.plural(int(x), "word") for x in lengths)
    ends = (f"{lengths.min():,.0f} words", f"{lengths.max():,.0f}")
    return Paint(steps, ramp, "Words per document, in tenths", said, low=ends[0], high=ends[1])


def by_column(name: str, values: Sequence[str], look: Look) -> Paint:
    """By a column's values (n,): the seven most frequent, and all others together."""
    top = [value for value, _ in sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]]
    rest = len(set(values)) > len(top)
    place = {value: i for i, value in enumerate(top)}
    codes = np.array([place.get(value, len(top)) for value in values], np.uint8)
    families = FAMILIES[: len(top)]
    colours = [look.family[f] for f in families] + ([look.pooled] if rest else [])
    symbols = [MARKS[f].symbol for f in families] + (["circle"] if rest else [])
    names = [*top, *([OTHER] if rest else [])]
    said = tuple(words.plain(value, 60) for value in values)
    return Paint(codes, tuple(colours), name, said, tuple(symbols), names=tuple(names))


def legend(paint: Paint, aside: str = "") -> str:
    """The heading line of the map: what is drawn, and the ramp or the names that read it. HTML."""
    head = f'<p class="tv-h">{escape(paint.heading)}{f" <span>{escape(aside)}</span>" if aside else ""}</p>'
    if paint.names:
        signs = [MARKS[f].sign for f in FAMILIES[: len(paint.names)]] + ["●"] * (len(paint.names) - MOST)
        key = "".join(
            f'<span><b style="color:{colour}">{sign}</b> {words.plain(name, 24)}</span>'
            for name, colour, sign in zip(paint.names, paint.colours, signs, strict=False)
        )
        return f'<div class="tv-ramp">{head}<div class="names">{key}</div></div>'
    ramp = paint.colours if len(paint.colours) > 1 else ()
    cells = "".join(f'<i style="background:{c}"></i>' for c in ramp)
    ends = (escape(paint.low), escape(paint.high)) if ramp else ("", "")
    label = f"Ten steps from {ends[0]} to {ends[1]}"
    key = f'{ends[0]}<span class="steps" role="img" aria-label="{label}">{cells}</span>{ends[1]}'
    return f'<div class="tv-ramp">{head}<div>{key if ramp else ""}</div></div>'
