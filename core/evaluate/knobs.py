"""One depth, eight names: how each engine is told to look again at so many candidates.

Most multiply the number of answers asked for; Weaviate counts candidates. The names are from the engines' own
documentation; what they rescore with is whatever they keep: usually the float originals.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Knob:
    """The setting of one engine. absolute: it counts candidates, instead of multiplying k; most: its largest value."""

    engine: str
    name: str
    absolute: bool = False
    most: int = 0
    note: str = ""

    def value(self, keep: int, k: int) -> int:
        """What to set it to for keep · k candidates."""
        return keep * k if self.absolute else keep

    def allowed(self, keep: int, k: int) -> bool:
        """Whether the engine takes that value."""
        return not self.most or self.value(keep, k) <= self.most

    @property
    def means(self) -> str:
        """What the number is."""
        return "candidates" if self.absolute else "times k"


KNOBS = (
    Knob("Qdrant", "oversampling", note="with rescore: true"),
    Knob("Elasticsearch", "rescore_vector.oversample", most=10, note="1 to 10"),
    Knob("OpenSearch", "rescore.oversample_factor", most=100, note="1 to 100; check that rescoring is on"),
    Knob("Weaviate", "rescoreLimit", absolute=True, note="set on the collection, whatever k a query asks for"),
    Knob("LanceDB", "refine_factor"),
    Knob("Milvus", "refine_k", note="on an index built with refine"),
    Knob("sentence-transformers", "rescore_multiplier", note="rescores with the quantised documents"),
    Knob("faiss", "k_factor", note="of IndexRefine"),
)
