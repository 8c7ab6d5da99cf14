"""Compare two plans on the same queries: every figure as a paired difference."""

from __future__ import annotations

import argparse
import sys

from core import verbs, words
from core.store import Store, home
from core.verbs import Parser, plan_of, say, vectors_options

ABOUT = "Compare two plans on the same queries: every figure as a paired difference."


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("a", metavar="PLAN", help='such as "klt > wpq48"')
    p.add_argument("b", metavar="OTHER", help="the plan that it is compared with")
    p.add_argument("--queries", type=verbs.count, default=5, metavar="N", help="name the N queries they differ on most")


def run(args: argparse.Namespace) -> int:
    """Paired differences with their intervals, who wins how many queries, and where they differ most."""
    from core.evaluate.answer import measured
    from core.evaluate.compare import compared, extremes, figures, summed
    from core.evaluate.metrics import METRICS

    shared = verbs.shared(args)
    plans = [plan_of(args.a), plan_of(args.b)]
    found = {r.plan: r for r in measured(Store(home()), shared, list(dict.fromkeys(plans)), args.k)}
    a, b = (found[plan] for plan in plans)
    pairs = compared(a, b, args.seed)
    if not args.json:
        sys.stdout.write(f"{a.plan} against {b.plan}. {summed(pairs, b.plan)}\n{_row(*HEADS)}\n")
    for name, pair in pairs.items():
        title = METRICS[name].title(args.k)
        facts = {"metric": name, "title": title, "a": a.plan, "b": b.plan, "a_mean": pair.a.mean, "b_mean": pair.b.mean}
        facts |= {"gap": pair.gap.mean, "low": pair.gap.low, "high": pair.gap.high, "verdict": pair.verdict}
        facts |= {"better": pair.better, "alike": pair.alike, "worse": pair.worse, "queries": len(pair.values)}
        facts |= {"queries_needed": pair.needed}
        counts = f"{pair.better:,}/{pair.alike:,}/{pair.worse:,}"
        means = f"{pair.a.mean:.3f}", f"{pair.b.mean:.3f}"
        say(args, facts, _row(title, *means, words.difference(pair.gap), counts, pair.verdict))
    for name, (x, y) in figures(a, b).items():
        title = METRICS[name].title(args.k)
        say(args, {"metric": name, "title": title, "a_mean": x, "b_mean": y, "gap": x - y}, _row(title, *_plain(x, y)))
    pair = pairs["recall"]
    for i in extremes(pair, args.queries).tolist():
        of = {"query": i, "recall_a": float(a.recall[i]), "recall_b": float(b.recall[i])}
        told = f"query {i}: recall {a.recall[i]:.2f} and {b.recall[i]:.2f}"
        say(args, of | {"gap": float(pair.values[i])}, f"{told}, {words.signed(float(pair.values[i]))}")
    return 0


HEADS = ("figure", "a", "b", "a less b, 95 %", "better/alike/worse", "verdict")


def _plain(x: float, y: float) -> list[str]:
    places = 0 if max(x, y) > 2 else 3
    return [f"{x:,.{places}f}", f"{y:,.{places}f}", words.signed(x - y, places), "", ""]


def _row(name: str, *cells: str) -> str:
    widths = (6, 6, 24, 19)
    body = "  ".join(cell.rjust(w) for cell, w in zip(cells, widths, strict=False))
    return f"{name:28}{body}  {cells[-1]}"
