"""Search for the plan that a budget allows: small samples first, the best in full, with reasons."""

from __future__ import annotations

import argparse

from core import verbs, words
from core.errors import ThinvecError
from core.store import Store, home
from core.vectorfile import load
from core.verbs import Parser, progress, say, vectors_options

ABOUT = "Search for the plan that a budget allows, and say why."

SIZES = "1GiB, 500MB: GiB and MiB are powers of 1,024, GB and MB of 1,000"

SUCH = "--bytes 48, --ratio 32, --rows 10000000 --memory 1GiB, or --recall 0.95"


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("--bytes", metavar="B", help="bytes per vector, at most")
    p.add_argument("--ratio", metavar="R", help="at most one R-th of float32")
    p.add_argument("--rows", metavar="N", help="vectors that there will be (default: those in the file)")
    p.add_argument("--memory", metavar="SIZE", help=f"memory for all of them, codebooks included ({SIZES})")
    p.add_argument("--disk", metavar="SIZE", help="disk for all of them; codes that rerank may then lie there")
    p.add_argument("--recall", metavar="X", help="recall@k to reach, at the fewest bytes")
    p.add_argument("--ndcg", metavar="X", help="share of float32's nDCG@10 to keep, at the fewest bytes")
    p.add_argument("--looked", metavar="N", help="rows that a query may look at")
    p.add_argument("--plans", default="", metavar='"P; P"', help="try these plans instead, between semicolons")


def run(args: argparse.Namespace) -> int:
    """What is tried, as it is tried; then the card. Interrupted, the best so far."""
    from core.recommend import NAMES, Best, Cut, Question, facts, race, read, text
    from core.recommend.sound import broken

    asked = {name: value for name in NAMES if (value := getattr(args, name)) is not None}
    if not asked:
        raise ThinvecError(f"A budget is needed, such as {SUCH}; see recommend --help.")
    budget = read(asked)
    plans, best = verbs.plans(args), None
    head = "" if args.json else f"{'plan':44} {'bytes':>6}  {'rows':>7}  recall@{args.k}, 95 % interval\n"
    ask = Question(Store(home()), load(args.vectors)[0], budget, args.k, args.seed, progress, broken)
    try:
        for event in race(ask, plans):
            if isinstance(event, Best):
                best = event
            elif not isinstance(event, Cut):
                shown = (
                    f"{event.plan:44} {event.bytes_per_vector:6,.0f}  {event.rows:7,}  {words.estimate(event.recall)}"
                )
                say(args, {"tried": event.record()}, head + shown)
                head = ""
    except KeyboardInterrupt:
        if best is None:
            raise
    assert best is not None
    note = "" if best.last else "Interrupted; the best so far:\n"
    say(args, facts(best.advice) | {"last": best.last, "whole": best.whole}, f"\n{note}{text(best.advice)}")
    return 0
