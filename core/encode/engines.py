"""What computes the transformer: the fastest engine whose vectors keep a cosine of 0.9999 to plain float32.

Each candidate is tried on a few probe texts before it is trusted; the one taken is recorded with the vectors.
The transformer inside a sentence-transformers model is swapped, its tokenizer, prompts and pooling stay as they are.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FLOAT32 = "torch float32"
TOKENS = {"input_ids", "attention_mask", "token_type_ids"}  # what a text transformer may read
FAITHFUL = 0.9999  # least cosine to float32, on every probe text
PROBE = (
    "short",
    "Where does the time go when a large array is sorted?",
    "Compute the eigenvalues of a symmetric matrix, in ascending order, each repeated according to its multiplicity.",
    "The 1973 oil crisis began when members of an organisation proclaimed an embargo; prices rose fourfold. " * 4,
    "def f(x, y=0.5): return [x ** y for _ in range(10)]  # 3.14159 1e-9 ½ \N{GREEK SMALL LETTER ALPHA} ≤ 7 %",
    "Parameters\n----------\nx : array_like\n    Input.\naxis : int, optional\n    Axis along which to compute. " * 16,
)

Run = Callable[..., Any]  # input_ids=…, attention_mask=…, … -> token embeddings (batch, tokens, width), float32


def fastest(model: SentenceTransformer) -> str:
    """Swap in the first candidate that is faithful; the name of the engine that is then in place."""
    transformer = model[0]
    plain = getattr(transformer, "model", None)
    if plain is None or model.device.type != "cpu" or not reads_tokens(transformer) or not inputs(model) <= TOKENS:
        return FLOAT32
    reference = probe(model)
    for name, run in candidates(model):
        transformer.model = swapped(run, plain.config)
        if float((probe(model) * reference).sum(1).min()) >= FAITHFUL:
            return name
    transformer.model = plain
    return FLOAT32


def reads_tokens(transformer: Any) -> bool:
    """Whether it is a plain text transformer: tokens in, one vector per token out."""
    text = getattr(transformer, "modality_config", {}).get("text", {})
    return text.get("method") == "forward" and text.get("method_output_name") in ("last_hidden_state", None)


def inputs(model: SentenceTransformer) -> set[str]:
    """Names of the tensors that this model's tokenizer makes of a text."""
    import torch

    return {name for name, value in model.preprocess(["text"]).items() if isinstance(value, torch.Tensor)}


def candidates(model: SentenceTransformer) -> Iterator[tuple[str, Run]]:
    """Engines to try, fastest first, each made when it is asked for."""
    import torch

    half = bool(torch.cpu.get_capabilities().get("avx512_bf16") or torch.cpu.get_capabilities().get("amx_bf16"))
    plain: torch.nn.Module = model[0].model  # type: ignore[assignment]
    if find_spec("openvino"):
        from core.encode.openvino import compiled

        for precision in ("bfloat16", "float32") if half else ("float32",):
            yield f"openvino {precision}", compiled(plain, sorted(inputs(model)), precision)
    if half:
        yield "torch bfloat16", bfloat16(plain)


def bfloat16(plain: Any) -> Run:
    """The same transformer with weights and activations of 16 bits; what leaves it is float32, so pooling is exact."""
    import torch

    small = copy.deepcopy(plain).to(torch.bfloat16)
    return lambda **inputs: small(**inputs).last_hidden_state.float()


def swapped(run: Run, config: Any) -> Any:
    """A module that looks like a transformer to sentence-transformers and computes by `run`."""
    import torch
    from transformers.modeling_outputs import BaseModelOutput

    class Swapped(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.config = config
            self.where = torch.nn.Parameter(torch.zeros(1))  # tells device and dtype

        def forward(self, **given: Any) -> Any:
            return BaseModelOutput(last_hidden_state=run(**{k: v for k, v in given.items() if k in TOKENS}))

    return Swapped().eval()


def probe(model: SentenceTransformer) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The probe texts as unit rows."""
    rows = model.encode(list(PROBE), batch_size=len(PROBE), normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(rows, np.float32)
