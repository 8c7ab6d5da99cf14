"""LanceDB: an index of codes and row ids in lists, read from disk through a cache; the vector column stays."""

from __future__ import annotations

from math import ceil

from core.errors import PlanError
from core.evaluate.engines import Engine, Setting, packed, pieces, spelled
from core.evaluate.ledger import Line, everywhere, on_disk

KINDS = ("IVF_FLAT", "IVF_SQ", "IVF_PQ", "IVF_RQ")
ROW_ID = 8  # bytes in memory; in the file they are packed and often take 2


def setting(dim: int, kind: str = "IVF_PQ", partitions: int = 256, pieces_: int = 48, bits: int = 1) -> Setting:
    """An index with num_partitions; IVF_PQ takes num_sub_vectors of 8 bits, IVF_RQ (RaBitQ) num_bits per dimension."""
    sizes = {
        "IVF_FLAT": (4 * dim, "4 d", 0, kind),
        "IVF_SQ": (dim, "d", 0, kind),
        "IVF_PQ": (pieces_, f"{pieces_}", 256 * 4 * dim, f"{kind}, num_sub_vectors={pieces_}"),
        "IVF_RQ": (
            bits * packed(dim, 1) + (12 if bits == 1 else 20),
            f"{spelled(bits)} + {12 if bits == 1 else 20}",
            0,
            f"{kind}, num_bits={bits}",
        ),
    }
    if kind not in sizes:
        raise PlanError(f"LanceDB builds {', '.join(KINDS)}, got '{kind}'.")
    codes, text, learned, name = sizes[kind]

    def parts(rows: int) -> tuple[Line, ...]:
        return (
            everywhere("codes", codes * rows),
            everywhere("ids", ROW_ID * rows),
            everywhere("codebooks and centroids", learned + 4 * dim * partitions),
            on_disk("originals", 4 * dim * rows),
        )

    held = f"memory, all lists in the cache, N · ({text} + {ROW_ID}) + 4 d · {partitions}"
    held += f"{' + 1,024 d' if learned else ''}; disk the same and 4 d N"
    return Setting(f"{name}, num_partitions={partitions}", dim, codes, held, parts)


def settings(dim: int) -> tuple[Setting, ...]:
    """Every kind of code, product codes of three sizes, RaBitQ at 1 to 4 bits."""
    sizes = sorted({pieces(dim, ceil(dim / f)) for f in (4, 8, 16)}, reverse=True)
    return (
        *(setting(dim, kind) for kind in ("IVF_FLAT", "IVF_SQ")),
        *(setting(dim, "IVF_PQ", pieces_=m) for m in sizes),
        *(setting(dim, "IVF_RQ", bits=b) for b in (1, 2, 4)),
    )


ENGINE = Engine(
    "LanceDB",
    "0.40",
    "https://docs.lancedb.com/indexing/quantization; bytes per vector from files that lancedb 0.40.0 writes",
    settings,
    "The page describes codes without a formula: factors and ids are read off files; ids are packed smaller on disk.",
)
