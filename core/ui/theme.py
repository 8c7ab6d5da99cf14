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
    passed: str
    pooled: str  # libraries, whatever their family
    band: str  # rgba, the best-so-far band
    family: dict[str, str]


@dataclass(frozen=True)
class Mark:
    """How a family is drawn, whatever the theme: it survives print and colour blindness."""

    words: str
    symbol: str  # plotly's name of the marker
    dash: str
    width: float
    size: float = 9.0
    sign: str = "●"  # the marker as a letter


MARKS = {
    "flagship": Mark("Flagship", "circle", "solid", 2.75),
    "vector": Mark("Vector", "square", "2px,3px", 1.5, sign="■"),
    "scalar": Mark("Scalar", "diamond", "8px,3px", 1.5, 11.0, sign="◆"),
    "binary": Mark("Binary", "triangle-up", "8px,3px,2px,3px", 1.5, 11.0, sign="▲"),
    "sparse": Mark("Sparse", "star", "4px,3px", 1.5, 12.0, sign="★"),
    "cut": Mark("Cuts", "triangle-down", "12px,4px", 1.5, 11.0, sign="▼"),
    "sum": Mark("Sums, two-stage", "cross", "2px,2px,8px,2px", 1.5, 10.0, sign="✚"),
    "floats": Mark("Floats", "pentagon", "solid", 1.0, 11.0, sign="⬟"),
}

LIGHTS = ("#D42E06", "#063C66", "#007F50", "#6430E0", "#7860BF", "#5C3F0E", "#BB1494", "#4F5861")
DARKS = ("#F0561A", "#86ADFF", "#6FE8B8", "#BC55EC", "#A0BF43", "#F5D547", "#DD9AA4", "#7F8994")

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
    passed="#1B6E3C",
    pooled="#68727D",
    band="rgba(26,32,39,0.075)",
    family=dict(zip(MARKS, LIGHTS, strict=True)),
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
    passed="#6CC58E",
    pooled="#97A3B0",
    band="rgba(232,236,241,0.10)",
    family=dict(zip(MARKS, DARKS, strict=True)),
)


def look(name: str | None) -> Look:
    """The theme of this name; light when the browser has not said."""
    return DARK if name == "dark" else LIGHT
