"""Any sentence-transformers model, by its name on the hub or as a local folder, with its own prompts.

Batches hold texts of like length, so little is spent on padding. Source: https://sbert.net
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.encode import engines
from core.errors import EncoderError
from core.types import Progress, Rows, silent

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH = 32  # texts that pass through the model together
SLICE = 256  # texts between two reports of progress


@dataclass(frozen=True)
class Sentence:
    """An encoder around a loaded sentence-transformers model."""

    name: str
    model: SentenceTransformer
    engine: str
    weights: str  # digest of the float32 weights

    @cached_property
    def dim(self) -> int:
        return int(self.model.get_embedding_dimension() or self.queries(["width"]).shape[1])

    @cached_property
    def identity(self) -> str:
        settings = f"{list(self.model)[1:]} {self.model.max_seq_length} {sorted(self.model.prompts.items())}"
        parts = (self.weights, settings, str(self.model.default_prompt_name), self.engine)
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()

    def documents(self, texts: Sequence[str], progress: Progress = silent) -> Rows:
        """Texts with the model's prompt for documents, if it has one -> unit float32 (n, dim)."""
        return self._rows(self.model.encode_document, texts, progress)

    def queries(self, texts: Sequence[str], progress: Progress = silent) -> Rows:
        """Texts with the model's prompt for queries, if it has one -> unit float32 (n, dim)."""
        return self._rows(self.model.encode_query, texts, progress)

    def _rows(self, encode: Callable[..., Any], texts: Sequence[str], progress: Progress) -> Rows:
        order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), i))
        parts: list[Rows] = []
        for start in range(0, len(order), SLICE):
            chosen = [texts[i] for i in order[start : start + SLICE]]
            rows = encode(chosen, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
            parts.append(np.asarray(rows, np.float32))
            progress((start + len(chosen)) / len(order), f"Encoding with {self.name}")
        if not parts:
            return np.empty((0, self.dim), np.float32)
        out = np.empty((len(texts), parts[0].shape[1]), np.float32)
        out[order] = np.concatenate(parts)
        return unit(out, self.name)


def unit(rows: Rows, who: str) -> Rows:
    """Rows of length 1; EncoderError when the model made a row that has no direction."""
    norms = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    bad = np.flatnonzero(~(np.isfinite(norms) & (norms > 0)).ravel())
    if len(bad):
        raise EncoderError(f"{who} made a vector of length {norms[bad[0], 0]} for text {bad[0]}. Use another model.")
    made: Rows = (rows / norms).astype(np.float32)
    return made


def load(name: str, folder: Path | None = None, fast: bool = True) -> Sentence:
    """The model of this name (or in this folder), on the fastest engine that keeps its vectors.

    fast: False keeps plain float32. Weights are read from safetensors only: other formats can run code when loaded.
    """
    from sentence_transformers import SentenceTransformer

    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    try:
        with quietly():
            model = SentenceTransformer(str(folder or name), model_kwargs={"use_safetensors": True})
    except (OSError, ValueError, RuntimeError, ImportError, KeyError, TypeError) as e:
        reason = " ".join(str(e).split())[:200]
        raise EncoderError(
            f"'{name}' could not be loaded as a sentence-transformers model ({type(e).__name__}: {reason}). "
            "Give 'minilm', a model name on the hub, or a folder with a safetensors checkpoint."
        ) from e
    weights = digest_of(model)
    engine = engines.fastest(model) if fast else engines.FLOAT32
    return Sentence(name, model, engine, weights)


def digest_of(model: SentenceTransformer) -> str:
    """16 hex digits of all weights, by name."""
    import torch

    h = hashlib.blake2b(digest_size=8)
    for name, tensor in sorted(model.state_dict().items()):
        h.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        h.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return h.hexdigest()


@contextmanager
def quietly() -> Iterator[None]:
    """Loading without progress bars on the terminal: a worker's log and a test's output stay readable."""
    from transformers.utils import logging as bars

    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            bars.enable_progress_bar()  # type: ignore[no-untyped-call]
