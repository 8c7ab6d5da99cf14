"""faiss: the index is one array after another, so its size follows from the factory string byte for byte."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil

from core.errors import PlanError
from core.evaluate.engines import Engine, Setting, pieces
from core.evaluate.ledger import Line, everywhere, on_disk

SPEC = re.compile(r"(?:IVF(?P<lists>\d+),|HNSW(?P<m>\d+),)?(?P<codes>[^,]+)(?:,(?P<again>RFlat|Refine\([^,()]+\)))?")
SQ = {"SQ8": 8, "SQ6": 6, "SQ4": 4, "SQfp16": 16}
HEADS = {"Flat": 45, "SQ": 81, "PQ": 86, "RaBitQ": 74}  # bytes of an index of this kind before its arrays
LISTED = {"Flat": 139, "SQ": 184, "PQ": 180, "RaBitQ": 169}  # the same in lists, the quantiser of the lists included
LINKED, REFINED = 105, 41  # beside that for a graph, and for a second stage
RARE = 1e-9  # levels of a graph that are less probable are left out


@dataclass(frozen=True)
class Kind:
    """Codes of one kind at a width: bytes of one vector, of what is learned, and of headers, flat or in lists."""

    kind: str
    code: int
    learned: int
    more: int = 0  # bytes of headers that only some of the kind have

    @property
    def head(self) -> int:
        return HEADS[self.kind] + self.more

    @property
    def listed(self) -> int:
        return LISTED[self.kind] + self.more


def kind(spec: str, dim: int, listed: bool = False) -> Kind:
    """Flat, SQ8, SQ6, SQ4, SQfp16, PQMxB, RaBitQ or RaBitQB. PlanError for what is not among them."""
    if spec == "Flat":
        return Kind("Flat", 4 * dim, 0)
    if spec in SQ:
        return Kind("SQ", ceil(dim * SQ[spec] / 8), 0 if spec == "SQfp16" else 8 * dim)
    if found := re.fullmatch(r"PQ(\d+)x(\d+)", spec):
        m, bits = int(found[1]), int(found[2])
        return Kind("PQ", ceil(m * bits / 8), 4 * dim << bits)
    if found := re.fullmatch(r"RaBitQ([1-9])?", spec):
        bits = int(found[1] or 1)
        centre = 0 if listed else 4 * dim
        return Kind("RaBitQ", ceil(dim / 8) * bits + (8 if bits == 1 else 20), centre, 0 if bits == 1 else 8)
    raise PlanError(f"the size of '{spec}' is not known; there is Flat, {', '.join(SQ)}, PQ48x8 and RaBitQ4.")


def links(m: int) -> tuple[int, int, float]:
    """Of a graph with m links: levels there can be, bytes per vector, and the mean of those on upper levels."""
    levels = 0
    while m**-levels * (1 - 1 / m) >= RARE:
        levels += 1
    return levels, 4 + 8 + 8 * m, 4 * m * sum(m**-level for level in range(1, levels))


def setting(dim: int, spec: str) -> Setting:
    """A factory string: codes, flat, in lists (IVF1024,PQ48x8) or on a graph (HNSW32,SQ8), perhaps with RFlat.

    Codes and lists are exact; of a graph the vectors on upper levels are drawn by chance, and their mean is given.
    """
    found = SPEC.fullmatch(spec)
    if not found:
        raise PlanError(f"'{spec}' is no factory string whose size is known; write IVF1024,PQ48x8,RFlat for instance.")
    lists, m = int(found["lists"] or 0), int(found["m"] or 0)
    first = kind(found["codes"], dim, bool(lists))
    again = found["again"] and kind("Flat" if found["again"] == "RFlat" else found["again"][7:-1], dim)
    levels, each, above = links(m) if m else (0, 0, 0.0)
    head = first.listed if lists else first.head + (LINKED + 8 * levels + 4 * (levels + 1) if m else 0)

    def parts(rows: int) -> tuple[Line, ...]:
        second = again.code * rows if again else 0
        return (
            everywhere("codes", first.code * rows),
            everywhere("ids", 8 * rows if lists else 0),
            everywhere("lists or graph", (4 * dim + 8) * lists + (each + above) * rows),
            everywhere("codebooks", first.learned + (again.learned if again else 0)),
            everywhere("rerank codes", second),
            on_disk("file headers", head + (REFINED + again.head if again else 0)),
        )

    each_of = [f"{first.code:,}", *(["8"] if lists else []), *(["12 + 8 m + 4 m / (m − 1)"] if m else [])]
    each_of += [f"{again.code:,}"] if again else []
    learned = first.learned + (again.learned if again else 0)
    held = f"({' + '.join(each_of)}) · N" if len(each_of) > 1 else f"{each_of[0]} N"
    held += (f" + {learned:,} codebooks" if learned else "") + (f" + (4 d + 8) · {lists:,}" if lists else "")
    held += f", m = {m}" if m else ""
    return Setting(spec, dim, first.code, f"memory {held}; disk the same and headers", parts)


def settings(dim: int) -> tuple[Setting, ...]:
    """Flat codes of every kind, and two with lists, two on a graph, and one that looks again at floats."""
    sizes = sorted({pieces(dim, ceil(dim / f)) for f in (2, 4, 8, 16, 24)}, reverse=True)
    specs = ["Flat", *SQ, *(f"PQ{m}x8" for m in sizes), "RaBitQ", "RaBitQ2", "RaBitQ4", "HNSW32,Flat", "HNSW32,SQ8"]
    middle = pieces(dim, ceil(dim / 8))
    specs += ["IVF1024,SQ8", f"IVF1024,PQ{middle}x8", f"IVF1024,PQ{middle}x8,RFlat"]
    return tuple(setting(dim, spec) for spec in specs)


ENGINE = Engine(
    "faiss",
    "1.15.1",
    "https://github.com/facebookresearch/faiss, impl/index_write.cpp; checked against faiss.serialize_index",
    settings,
)
