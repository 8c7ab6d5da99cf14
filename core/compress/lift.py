"""One more dimension turns search by Euclidean distance, or for large inner products, into the search that there is.

z = [x, −‖x‖²/2] and [q, 1] give ⟨q, x⟩ − ‖x‖²/2, which ranks as −‖q − x‖² does: vectors of any length are searched by
distance. With mips=1 the last entry is √(R² − ‖x‖²), R the largest length seen, and the query's is 0: inner products
stay as they are and all documents get length R, which suits codes made for directions. Unit vectors need neither.
Not before a rotation: the query's 1 then weighs the error of every dimension (recall@10 0.92 where `lift > int4` has
0.94, small demo corpus).

Paper: Bachrach et al. (2014), Speeding up the Xbox recommender system using a Euclidean transformation for
inner-product spaces.
Bytes: none of its own; the codec behind it codes d + 1 dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.stage import Transform, arg
from core.types import Rows, Scores, State, Train


@dataclass(frozen=True)
class Lift(Transform):
    """A last entry of −‖x‖²/2 (distance) or √(R² − ‖x‖²) (inner product); undoing drops it."""

    name: ClassVar[str] = "lift"
    examples: ClassVar[tuple[str, ...]] = ("lift", "lift(mips=1)")
    encoding_only: ClassVar[tuple[str, ...]] = ("radius",)

    mips: int = arg(0, 0, 1, "keep inner products, and give documents one length", keyword=True)

    def dim(self, d: int) -> int:
        return d + 1

    def fit(self, train: Train) -> State:
        return {"radius": np.sqrt(squares(train.rows).max(keepdims=True))} if self.mips else {}

    def apply(self, s: State, x: Rows) -> Rows:
        if self.mips:
            last = np.sqrt(np.maximum(s["radius"] ** 2 - squares(x), np.float32(0)))
        else:
            last = squares(x) / np.float32(-2)
        return np.concatenate([x, last[:, None]], axis=1)

    def undo(self, s: State, z: Rows) -> Rows:
        return np.ascontiguousarray(z[:, :-1])

    def query(self, s: State, q: Rows) -> Rows:
        last = np.full((len(q), 1), 0 if self.mips else 1, np.float32)
        return np.concatenate([q, last], axis=1)

    def score(self, q: Rows, x: Rows) -> Scores:
        """What is kept up to a constant per query: ⟨q, x⟩, less ‖x‖²/2 where distance is lifted."""
        scores: Scores = q @ x.T
        return scores if self.mips else scores - squares(x) / np.float32(2)


def squares(x: Rows) -> Rows:
    """‖x‖² of each row (n,)."""
    out: Rows = np.einsum("ij,ij->i", x, x)
    return out
