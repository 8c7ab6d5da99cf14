"""What looking again brings and costs."""

from __future__ import annotations

import argparse

from core import words
from core.store import Store, home
from core.types import Interval
from core.verbs import Parser, plan_of, say, shared, vectors_options

ABOUT = "What looking again at more candidates brings and costs, and each engine's name for it."


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument(
        "plan", metavar="PLAN", help='the first stage, such as "klt > wpq48"; what it reranks with is left out'
    )
    p.add_argument("--codec", default="f16", metavar="CODEC", help="to rank candidates by (default f16)")
    p.add_argument("--target", type=float, metavar="R", help="recall to reach, such as 0.95")


def run(args: argparse.Namespace) -> int:
    """A line per depth, then one per engine for the depth that reaches the target, or else the knee."""
    from core.evaluate.knobs import KNOBS
    from core.evaluate.rerank import facts, looked_again

    found = looked_again(Store(home()), shared(args), plan_of(args.plan), plan_of(args.codec), args.k)
    enough = found.enough(args.target) if args.target is not None else None
    for depth in facts(found):
        marks = [w for w, keep in (("knee", found.knee), (f"reaches {args.target}", enough)) if keep == depth["keep"]]
        quality = f"nDCG@10 {words.estimate(Interval(*depth['ndcg']))}" if depth["ndcg"] else ""
        text = (
            f"keep{depth['keep']:<3} recall@{args.k} {words.estimate(Interval(*depth['recall'])):22} {quality:28} "
            f"looks at {depth['looked']:,.0f} + {depth['again']:,.0f} rows, reads {words.size(depth['bytes_read'])} "
        )
        say(
            args,
            {"plan": found.first, "codec": found.second, "k": args.k, **depth, "marks": marks},
            text + ", ".join(marks),
        )
    if args.target is not None and enough is None:
        say(args, {"target": args.target, "keep": None}, f"No depth measured surely reaches {args.target}.")
    if keep := enough or found.knee:
        for knob in KNOBS:
            value, fits = knob.value(keep, args.k), knob.allowed(keep, args.k)
            more = "" if fits else f", but it takes at most {knob.most}"
            line = (
                f"  {knob.engine:22} {knob.name} = {value} ({knob.means}){more}{f'; {knob.note}' if knob.note else ''}"
            )
            say(args, {"engine": knob.engine, "knob": knob.name, "value": value, "allowed": fits}, line)
    return 0
