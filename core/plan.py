"""A whole configuration as text: parse, print, slug.

pca64 > pq16x8(rounds=30) + int4 | keep4 > f16        for people
pca64.pq16x8_rounds30-int4--keep4.f16                 for URLs and file names
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from core.compress.chain import Chain, Sum, Wrapped
from core.compress.parse import Reader, read_codec
from core.errors import PlanError
from core.search import Flat, Index, indexes
from core.stage import Codec, Stage

MOST = 400  # characters of a plan


@dataclass(frozen=True)
class Plan:
    """codec, index, and optionally: look again at keep · k candidates through a second codec."""

    codec: Codec
    index: Index = field(default_factory=Flat)
    keep: int = 0
    rerank: Codec | None = None

    def __str__(self) -> str:
        parts = [str(self.codec)]
        if self.index != Flat():
            parts.append(str(self.index))
        if self.rerank is not None:
            parts.append(f"keep{self.keep} > {self.rerank}")
        return " | ".join(parts)

    @property
    def slug(self) -> str:
        """The same plan in letters, digits and . _ - only."""
        text = str(self).replace(" | ", "--").replace(" > ", ".").replace(" + ", "-")
        return re.sub(r"\(([^)]*)\)", lambda m: "_" + m[1].replace(",", "_").replace("=", ""), text)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Every stage, in the order in which it is written."""
        return (*steps(self.codec), self.index, *(steps(self.rerank) if self.rerank else ()))

    @property
    def version(self) -> str:
        """Names the versions of all stages: it is part of every cache key."""
        return " ".join(f"{s.name}:{s.version}" for s in self.stages)

    @property
    def family(self) -> str:
        """flagship, vector, scalar, binary, cut, sum or floats: how charts colour it."""
        if self.rerank is not None or any(isinstance(c, Sum) for c in (self.codec, getattr(self.codec, "codec", None))):
            return "sum"
        families = [s.family for s in steps(self.codec)]
        if "cut" in families:
            return "cut"
        return families[-1]

    def nbytes(self, d: int) -> int:
        """Bytes per vector, the reranker's included."""
        return self.codec.nbytes(d) + (self.rerank.nbytes(d) if self.rerank else 0)

    def ledger(self, d: int) -> dict[str, float]:
        """Where they go; the values add up to nbytes(d)."""
        more = {"rerank codes": float(self.rerank.nbytes(d))} if self.rerank else {}
        return {**self.codec.ledger(d), **more}


def steps(codec: Codec) -> tuple[Stage, ...]:
    """The single stages of a codec."""
    if isinstance(codec, Chain):
        return (*codec.transforms, *steps(codec.codec))
    if isinstance(codec, Wrapped):
        return (codec.wrapper, *steps(codec.codec))
    if isinstance(codec, Sum):
        return tuple(s for p in codec.parts for s in steps(p))
    return (codec,)


def unslug(text: str) -> str:
    """People's spelling of a slug; people's spelling stays as it is."""
    if re.search(r"[\s>+|(]", text):
        return text
    text = re.sub(r"((?:_[a-z]+\d+)+)", lambda m: "(" + re.sub(r"_([a-z]+)(\d+)", r",\1=\2", m[1])[1:] + ")", text)
    return text.replace("--", " | ").replace("-", " + ").replace(".", " > ")


@lru_cache(maxsize=10_000)
def parse(text: str) -> Plan:
    """A plan from either spelling. PlanError, with a caret under the place, for anything else."""
    if len(text) > MOST:
        raise PlanError(f"a plan has at most {MOST} characters, got {len(text)}.")
    reader = Reader(unslug(text.strip()))
    codec, keep = read_codec(reader), 0
    index: Index = Flat()
    rerank: Codec | None = None
    while reader.take("mark", "|"):
        reader.peek()
        start = reader.at
        if rerank is not None:
            reader.fail("nothing follows the reranker.", start)
        if reader.take("word", "keep"):
            keep = int(reader.need("number", "", "a number after keep"))
            if not 1 <= keep <= 1000:
                reader.fail(f"keep must lie in 1 to 1000, got {keep}.", start)
            reader.need("mark", ">", "'>' and the codec to rerank with")
            rerank = read_codec(reader)
        else:
            stage = reader.stage({**indexes(), "keep": Stage}, "index")
            assert isinstance(stage, Index)
            index = stage
    if reader.peek()[0] != "end":
        reader.fail("expected >, +, | or the end.")
    return Plan(codec, index, keep, rerank)
