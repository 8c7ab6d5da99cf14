"""USearch: one graph over vectors of any number type; the file is what is in memory."""

from __future__ import annotations

from core.errors import PlanError
from core.evaluate.engines import Engine, Setting, packed, spelled
from core.evaluate.ledger import Line, everywhere, on_disk

KINDS = {"f32": 32, "f16": 16, "bf16": 16, "i8": 8, "b1": 1}  # bits per dimension
KEY, LEVEL, SLOT, COUNT = 8, 2, 4, 4  # bytes of a key, a level, a link, and the number of links
HEADER = 112  # bytes of the file before the nodes


def setting(dim: int, dtype: str = "i8", connectivity: int = 16) -> Setting:
    """An index of this dtype: m links per node on upper levels, 2 m on the lowest."""
    if dtype not in KINDS:
        raise PlanError(f"USearch stores {', '.join(KINDS)}, got '{dtype}'.")
    codes, m = packed(dim, KINDS[dtype]), connectivity
    node = KEY + LEVEL + COUNT + SLOT * 2 * m
    above = (COUNT + SLOT * m) / (m - 1)  # an upper level holds one of m vectors of the level below

    def parts(rows: int) -> tuple[Line, ...]:
        return (
            everywhere("codes", codes * rows),
            everywhere("graph and keys", (node + above) * rows),
            on_disk("levels and header", LEVEL * rows + HEADER),
        )

    text = f"memory N · ({spelled(KINDS[dtype])} + 14 + 8 m + (4 + 4 m) / (m − 1)), m = {m}; disk 2 N + 112 more"
    return Setting(f"{dtype}, connectivity={m}", dim, codes, text, parts)


def settings(dim: int) -> tuple[Setting, ...]:
    """Every number type."""
    return tuple(setting(dim, kind) for kind in KINDS)


ENGINE = Engine(
    "USearch",
    "2.26",
    "https://github.com/unum-cloud/USearch, include/usearch/index.hpp; checked against files that 2.26.6 writes",
    settings,
    "Vectors on upper levels are drawn by chance, and their mean is given. Memory is reserved in arenas that double: "
    "`memory_usage` of 2.26.6 reads up to about twice this, and 16 MiB at least.",
)
