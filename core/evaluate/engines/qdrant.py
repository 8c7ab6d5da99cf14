"""Qdrant: codes, graph and ids in memory; originals are always kept, on disk only where they are told to."""

from __future__ import annotations

from math import ceil

from core.errors import PlanError
from core.evaluate.engines import Engine, Setting, spelled
from core.evaluate.ledger import Line, everywhere, in_memory, on_disk

KINDS = {  # quantization_config: bits per dimension
    "none": 32.0,
    "scalar int8": 8.0,
    "turbo 4 bits": 4.0,
    "binary 2 bits": 2.0,
    "binary 1.5 bits": 1.5,
    "binary": 1.0,
    "turbo 2 bits": 2.0,
    "product x16": 2.0,
    "product x32": 1.0,
    "product x64": 0.5,
}
TRACKER = 52  # bytes per point of the id tracker, always in memory
SPARE = 0.2  # for optimisers and the cache of the operating system


def setting(dim: int, quantisation: str = "binary", m: int = 16, originals_on_disk: bool = True) -> Setting:
    """A collection whose codes are pinned in memory (`always_ram`, since 1.19 `memory: pinned`)."""
    if quantisation not in KINDS:
        raise PlanError(f"Qdrant quantises to {', '.join(KINDS)}, got '{quantisation}'.")
    plain, bits = quantisation == "none", KINDS[quantisation]
    codes = ceil(dim * bits / 8)

    def parts(rows: int) -> tuple[Line, ...]:
        floats, away = 4.0 * dim * rows, originals_on_disk and not plain
        lines = (
            everywhere("codes", 0.0 if plain else codes * rows),
            on_disk("originals", floats) if away else everywhere("originals", floats),
            everywhere("graph", 2 * m * 4 * 1.2 * rows),
            everywhere("ids", TRACKER * rows),
        )
        return *lines, in_memory("a fifth to spare", SPARE * sum(x.memory for x in lines))

    size = "4 d" if plain else spelled(bits) + ("" if originals_on_disk else " + 4 d")
    text = f"memory 1.2 · ({size} + 2 m · 4 · 1.2 + {TRACKER}) · N, m = {m}; disk without the fifth, and 4 d N"
    return Setting(f"{quantisation}, m={m}", dim, codes, text, parts)


def rough(dim: int, rows: int) -> float:
    """The rule of thumb for vectors that all stay in memory: N · d · 4 · 1.5 bytes."""
    return rows * dim * 4 * 1.5


def settings(dim: int) -> tuple[Setting, ...]:
    """Every kind of code, with originals on disk."""
    return tuple(setting(dim, kind) for kind in KINDS)


ENGINE = Engine(
    "Qdrant",
    "1.19",
    "https://qdrant.tech/documentation/capacity-planning/ and the parts in github.com/qdrant/skills (qdrant-sizing)",
    settings,
    "Codebooks of product quantisation are not in the formula. All in memory, the rule of thumb is N · d · 4 · 1.5.",
)
