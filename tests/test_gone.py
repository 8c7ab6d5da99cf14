"""A link outlives its data: the figures are shown, and nothing can be added to them."""

from __future__ import annotations

from core.evaluate.answer import measured
from core.evaluate.measure import Shared
from core.store import Store, home
from core.types import Vectors
from tests.others import other
from tests.screen import opened, words


def test_a_link_to_data_that_is_gone_shows_what_was_measured(small: Vectors) -> None:
    store, vectors = Store(home()), other(small, 5)
    gone = vectors.fingerprint
    for result in measured(store, Shared(vectors), ["int4", "bin"]):
        assert result.n == 600
    at = opened("corpus", data=gone)
    said = words(at)
    assert "The data of this link is gone" in said
    assert "int4" in said and "600 documents, 32 dimensions, 24 queries" in said
    assert not at.exception
