"""A plan fitted to vectors, for pages that look inside it or search with it: learned by a job, read from disk."""

from __future__ import annotations

from typing import Any

from core.evaluate.answer import built_path
from core.search.built import Built
from core.ui import services, work


def kept(vectors: str, plan: str) -> bool:
    """Whether the fitted plan is there to be read."""
    return built_path(services.store(), vectors, plan).exists()


def fitted(vectors: str, plan: str) -> Built | None:
    """The fitted plan; None while it is being learned, which this then says and watches."""
    params: dict[str, Any] = {"vectors": vectors, "plans": [plan]}
    if not kept(vectors, plan) and work.known("build", params):  # it was learned, and its file deleted
        work.start("build", params, afresh=True)
    if not kept(vectors, plan):
        work.asked("build", params, f"Learning {plan}")
    if not kept(vectors, plan):
        return None
    return services.built(str(built_path(services.store(), vectors, plan)))
