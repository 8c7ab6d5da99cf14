"""Where a plan fails: the spread over queries, the worst of them, and the groups that fare otherwise than the rest."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from core import verbs, words
from core.errors import DataError
from core.store import Store, home
from core.vectorfile import load, told
from core.verbs import Parser, count, plain, plan_of, say, vectors_options

if TYPE_CHECKING:
    from core.evaluate.hard import Found, Neighbours

ABOUT = "Show which queries a plan fails, and which queries and documents fare worse than the rest."


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("plan", metavar="PLAN", help='such as "klt > wpq48"')
    p.add_argument("--beside", metavar="PLAN", help="a second plan, to set beside the first")
    p.add_argument("--worst", type=count, default=10, metavar="N", help="queries to show (default 10)")


def run(args: argparse.Namespace) -> int:
    """Lines for the spread, the groups and the worst queries."""
    from core.evaluate.hard import found, neighbours
    from core.evaluate.slices import groupings, slices, unseen

    store, shared = Store(home()), verbs.shared(args)
    texts = load(args.vectors)[1]
    queries, columns = told(args.vectors)
    if len(queries) not in (0, len(shared.vectors.queries)) or {len(c) for c in columns.values()} - {len(texts)}:
        raise DataError(f"{args.vectors} has texts or columns of another length than its vectors. Encode it again.")
    plans = [plan_of(text) for text in (args.plan, args.beside) if text]
    near = neighbours(store, shared, args.k)
    ways = groupings(near, _lengths(queries), _lengths(texts), columns)
    every = [found(store, shared, plan, args.k) for plan in plans]
    for f in every:
        facts = {"what": "spread", "plan": f.plan, "recall": float(f.recall.mean()), "below_half": f.below}
        share = f"{100 * f.below:.1f} % of queries below a half, worst tenth {f.worst_tenth:.2f}"
        facts |= {"worst_tenth": f.worst_tenth}
        say(args, facts, f"{f.plan}: recall {f.recall.mean():.3f}, {share}")
    say(
        args,
        {"what": "unseen", "documents": unseen(near), "of": len(near.lists)},
        f"{unseen(near):,} of {len(near.lists):,} documents are no query's neighbour: nothing is known of them",
    )
    for f in every:
        if not args.json:
            sys.stdout.write(f"\n{f.plan}: share of true neighbours found, by group\n")
        for s in slices(f, near, ways, args.seed):
            mark = "too few to tell" if s.few else "differs from the rest" if s.differs else ""
            gap = words.difference(s.rest) if s.rest else ""
            line = (
                f"  {s.by[:24]:24} {s.name[:22]:22} {s.queries:>6,}  {words.estimate(s.recall):>20}  {gap:>24}  {mark}"
            )
            say(args, {"what": "group", "plan": f.plan, **asdict(s)}, line)
    _worst(args, every[0], near, queries, texts)
    return 0


def _worst(
    args: argparse.Namespace, f: Found, near: Neighbours, queries: tuple[str, ...], texts: tuple[str, ...]
) -> None:
    """The worst queries, with what each lost."""
    if not args.json:
        sys.stdout.write(f"\n{f.plan}: worst queries\n")
    kept = f.kept(near)
    for q in f.worst(args.worst):
        lost = near.true[q][~kept[q]].tolist()
        asked = queries[q] if queries else None
        facts = {"what": "query", "plan": f.plan, "query": q, "text": asked, "recall": float(f.recall[q]), "lost": lost}
        say(args, facts, f"  {f.recall[q]:.2f}  {q:>6}  {plain(asked or '')[:90]}")
        if not args.json:
            for i in lost[:3]:
                say(args, {}, f"            lost {i:>8}  {plain(texts[i] if texts else '')[:80]}")


def _lengths(texts: tuple[str, ...]) -> list[int]:
    """Words of each text."""
    return [len(t.split()) for t in texts]
