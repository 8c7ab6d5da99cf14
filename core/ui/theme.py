"""The colours of data: one family, one colour, one marker, one dash, in light and in dark."""

from __future__ import annotations

from dataclasses import dataclass

FONT = "'IBM Plex Sans', system-ui, sans-serif"
MONO = "'IBM Plex Mono', ui-monospace, monospace"


@dataclass(frozen=True)
class Look:
    """The colours of one theme, as hex. Families are in `family`, in the order of the legend."""

    name: str
    page: str
    card: str
    ink: str
    muted: str
    line: str
    lost: str
    gained: str
    error: str
    band: str  # rgba, the best-so-far band
    family: dict[str, str]


@dataclass(frozen=True)
class Mark:
    """How a family is drawn, whatever the theme: it survives print and colour blindness."""

    words: str
    symbol: str
    dash: str
    width: float
    size: float = 9.0


MARKS = {
    "flagship": Mark("water-filled product codes", "circle", "solid", 2.75),
    "vector": Mark("product quantisers", "square", "2px,3px", 1.5),
    "scalar": Mark("scalar quantisers", "diamond", "8px,3px", 1.5, 11.0),
    "binary": Mark("sign bits", "triangle-up", "8px,3px,2px,3px", 1.5, 11.0),
    "cut": Mark("dimension cuts", "triangle-down", "12px,4px", 1.5, 11.0),
    "sum": Mark("sums and two-stage plans", "cross", "2px,2px,8px,2px", 1.5, 10.0),
    "floats": Mark("floats", "pentagon", "solid", 1.0, 11.0),
}

LIGHT = Look(
    name="light",
    page="#FFFFFF",
    card="#F6F7F8",
    ink="#1A2027",
    muted="#59636E",
    line="#E1E5E9",
    lost="#A8480A",
    gained="#006A80",
    error="#B3261E",
    band="rgba(26,32,39,0.075)",
    family=dict(zip(MARKS, ("#D42E06", "#063C66", "#007F50", "#6430E0", "#5C3F0E", "#BB1494", "#4F5861"), strict=True)),
)

DARK = Look(
    name="dark",
    page="#0F1318",
    card="#171C23",
    ink="#E8ECF1",
    muted="#9CA7B3",
    line="#2B333D",
    lost="#F0965A",
    gained="#5CC4D8",
    error="#F2837B",
    band="rgba(232,236,241,0.10)",
    family=dict(zip(MARKS, ("#F0561A", "#86ADFF", "#6FE8B8", "#BC55EC", "#F5D547", "#DD9AA4", "#7F8994"), strict=True)),
)


def look(name: str | None) -> Look:
    """The theme of this name; light when the browser has not said."""
    return DARK if name == "dark" else LIGHT
