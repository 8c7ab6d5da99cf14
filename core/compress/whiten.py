"""Give every direction of the documents the same variance and take it back in the queries, so that no score changes.

z = Λ^−½ Vᵀ(x − μ) for documents and Λ^½ Vᵀq for queries, where VΛVᵀ is the documents' covariance; small eigenvalues
are raised to a thousandth of their mean. One range then fits all dimensions; ranges of each dimension's own gain
nothing by it (the codes are those of `pca`). With group=g, random groups of g dimensions are whitened, and turned no
more than that needs (ZCA). Whitening queries like documents instead would be another similarity, with other neighbours.

Paper: Zhuo et al. (2023), WhitenedCSE: whitening-based contrastive learning of sentence embeddings (the groups).
Bytes: none of its own; the two maps, 8 d² bytes, are shared by all vectors.
Claim: the paper trains with the groups, which is not done here. With one shared range, `int4(shared=1,dual=1)`, small
demo corpus (6,782 x 384), recall@10: 0.946 alone, 0.833 after `pca384`, 0.908 after whiten, 0.949 with group=6.
Whitening repairs what principal axes do to one range; it is no gain over leaving the axes alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.compress.affine import Affine
from core.compress.pca import moments, ordered_eigh
from core.stage import arg
from core.types import Floats, State, Train

FLOOR = 1e-3  # of the mean eigenvalue: directions that hardly vary are not blown up


@dataclass(frozen=True)
class Whiten(Affine):
    """All dimensions at once along their principal axes, or random groups of them by ZCA, which turns them least."""

    name: ClassVar[str] = "whiten"
    examples: ClassVar[tuple[str, ...]] = ("whiten", "whiten(group=6)")

    group: int = arg(0, 0, 65536, "dimensions whitened together, drawn at random; 0 is all", keyword=True)

    @classmethod
    def sized(cls, size: int, dim: int) -> tuple[str, ...]:
        return (f"whiten > int{8 * size // dim}(shared=1,dual=1)",) if 1 <= 8 * size // dim <= 8 else ()

    def fit(self, train: Train) -> State:
        mean, cov = train.once("moments", lambda: moments(train.rows))
        documents, queries = self._grouped(cov, train.rng()) if self.group else halves(cov)
        floats = {"mean": mean, "document_map": documents, "query_map": queries}
        return {name: a.astype(np.float32) for name, a in floats.items()}

    def _grouped(self, cov: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """The maps of shuffled groups, each on its own place: V Λ^∓½ Vᵀ per group, zero elsewhere."""
        documents, queries = np.zeros((2, *cov.shape))
        for dims in shuffled(len(cov), self.group, rng):
            at = np.ix_(dims, dims)
            axes = ordered_eigh(cov[at])[1]
            down, up = halves(cov[at])
            documents[at], queries[at] = down @ axes.T, up @ axes.T
        return documents, queries


def shuffled(d: int, size: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """The dimensions in random order, cut into groups of about `size`, as even as d allows."""
    return np.array_split(rng.permutation(d), max(1, round(d / size)))


def halves(cov: Floats) -> tuple[Floats, Floats]:
    """V Λ^−½ and V Λ^½ of a covariance, its eigenvalues raised to the floor."""
    values, axes = ordered_eigh(cov)
    spread = np.sqrt(np.maximum(values, max(FLOOR * values.mean(), 1e-30)))
    return axes / spread, axes * spread
