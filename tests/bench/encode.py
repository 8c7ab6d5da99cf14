"""Documents per second of each engine beside plain `SentenceTransformer.encode` (batch 32), taking turns in one run.

python -m tests.bench.encode [--texts 256] [--rounds 3]

Every engine encodes the same documents of the demo corpus.
Ratios are of medians; the cosine is the least to float32 of any document.
The openvino engines are measured where the extra `fast` is installed.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

import numpy as np

from core.corpus.demo import demo
from core.encode import engines
from core.encode.minilm import installed, minilm
from core.types import Rows
from tests.bench.data import say

os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--texts", type=int, default=256)
    ask.add_argument("--rounds", type=int, default=3)
    args = ask.parse_args()
    every = demo("small").texts
    chosen = np.random.default_rng(0).choice(len(every), min(args.texts, len(every)), replace=False)
    texts = [every[i] for i in chosen]
    runs = contestants()
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    made: dict[str, Rows] = {}
    for _ in range(args.rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            made[name] = run(texts)
            seconds[name].append(time.perf_counter() - start)
    plain, reference = np.median(seconds["plain"]), made["plain"]
    say(f"{len(texts)} documents of the demo corpus, {args.rounds} rounds, load {os.getloadavg()[0]:.1f}\n")
    say("  docs/s  x plain  least cosine  engine")
    for name, took in seconds.items():
        middle = float(np.median(took))
        cosine = float((made[name] * reference).sum(1).min())
        say(f"{len(texts) / middle:8.1f} {plain / middle:8.2f} {cosine:13.5f}  {name}")
    say(f"\nchosen by itself: {minilm().engine}")


def contestants() -> dict[str, Callable[[list[str]], Rows]]:
    """Plain sentence-transformers, then our slices of like length on every engine that there is here; all warm."""
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(str(installed()), device="cpu")
    runs: dict[str, Callable[[list[str]], Rows]] = {
        "plain": lambda texts: np.asarray(original.encode(texts, batch_size=32, normalize_embeddings=True))
    }
    ours = minilm(fast=False)
    runs["ours, torch float32"] = ours.documents
    for name, run in engines.candidates(ours.model):
        engine = minilm(fast=False)
        engine.model[0].model = engines.swapped(run, ours.model[0].model.config)
        runs[f"ours, {name}"] = engine.documents
    for run in runs.values():
        run(["warm", "up"])
    return runs


if __name__ == "__main__":
    main()
