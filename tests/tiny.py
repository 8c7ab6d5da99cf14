"""A sentence-transformers checkpoint small enough to make in a test: two random BERT layers, a WordPiece vocabulary."""

from __future__ import annotations

import string
from pathlib import Path

WORDS = ("alpha", "beta", "gamma", "delta", "the", "of", "query", "passage", "##s", "##ing", ":", ".", ",")


def checkpoint(folder: Path, prompts: bool = True) -> Path:
    """Write the model with prompts for queries and documents; float32, 32 dimensions, 24 tokens."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = [*string.ascii_lowercase, *(f"##{c}" for c in string.ascii_lowercase), *string.digits]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *letters]
    made = folder / "parts"
    made.mkdir(parents=True)
    words = BertWordPieceTokenizer({word: i for i, word in enumerate(vocabulary)}, lowercase=True)
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    fast = PreTrainedTokenizerFast(tokenizer_object=words._tokenizer, model_max_length=24, **special)
    fast.save_pretrained(made)
    torch.manual_seed(0)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(vocabulary), max_position_embeddings=32, **size)).save_pretrained(made)
    asked = {"query": "query: ", "document": "passage: "} if prompts else None
    model = SentenceTransformer(modules=[Transformer(str(made)), Pooling(32, "mean")], prompts=asked, device="cpu")
    model.save(str(folder / "model"))
    return folder / "model"
