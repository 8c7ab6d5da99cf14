"""Search with a plan, to see for yourself."""

from __future__ import annotations

import argparse

from core.errors import EncoderError
from core.store import Store, home
from core.vectorfile import load
from core.verbs import Parser, plain, plan_of, say, vectors_options

ABOUT = "Search with a plan, to see for yourself."


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("plan", metavar="PLAN", help='such as "klt > wpq48"')
    p.add_argument("--text", required=True, help="the query")
    p.add_argument("--encoder", help="the model that made V.npz, where the file does not say")


def run(args: argparse.Namespace) -> int:
    """The documents that a plan finds for a text."""
    from core.encode import encoder
    from core.evaluate.answer import built
    from core.evaluate.measure import Shared

    plan = plan_of(args.plan)
    vectors, texts, made_by = load(args.vectors)
    name = args.encoder or made_by
    if not name:
        raise EncoderError(f"{args.vectors} does not say which model made it. Name it: --encoder minilm.")
    asked = encoder(name).queries([args.text])
    if asked.shape[1] != vectors.dim:
        raise EncoderError(
            f"{name} makes vectors of {asked.shape[1]} numbers, {args.vectors} holds {vectors.dim}. "
            "Name the model that made them: --encoder NAME."
        )
    hits = built(Store(home()), Shared(vectors, args.seed), plan).search(asked, args.k)
    for rank, (i, score) in enumerate(zip(hits.ids[0].tolist(), hits.scores[0].tolist(), strict=True), 1):
        if i >= 0:
            text = texts[i] if texts else None
            facts = {"rank": rank, "document": i, "score": score, "text": text}
            say(args, facts, f"{rank:>3}  {score:6.3f}  {i:>8}  {plain(text or '')[:90]}")
    return 0
