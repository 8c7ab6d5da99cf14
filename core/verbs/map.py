"""Draw the documents in two dimensions, with what a plan keeps of each one's neighbourhood."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import verbs
from core.errors import DataError
from core.store import Store, home, replacing
from core.verbs import Parser, plan_of, progress, say, vectors_options

if TYPE_CHECKING:
    from core.project.kept import Kept, Near
    from core.project.picture import Picture

ABOUT = "Draw the documents in two dimensions, with what a plan keeps of each one's neighbourhood."
COLUMNS = "kind,number,x,y,kept"


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("--plan", default="klt > wpq48", metavar="PLAN", help='whose losses to show (default "klt > wpq48")')
    p.add_argument("--by", default="pca", choices=("pca", "umap"), help="the projection (default pca)")
    p.add_argument("--out", type=Path, metavar="FILE", help="write places and shares kept here, as .npz or .csv")


def run(args: argparse.Namespace) -> int:
    """How true the map is, and where the plan loses neighbours."""
    from core.project.crowding import LEAST, where
    from core.project.faithful import faithful
    from core.project.kept import kept, near
    from core.project.picture import picture

    if args.out and args.out.suffix not in (".npz", ".csv"):
        raise DataError(f"A map is written as .npz or .csv, got '{args.out}'. Name a file that ends so.")
    plan, store, shared = plan_of(args.plan), Store(home()), verbs.shared(args)
    drawn = picture(store, shared.vectors, args.by, args.seed, progress)
    trust = faithful(store, shared.vectors, args.by, args.seed, progress=progress)
    true = near(store, shared.vectors, args.k, args.seed, progress)
    found = kept(store, shared, plan, args.k, progress)
    lost = where(true, found)
    if lost is None:
        raise DataError(f"Dense and sparse tenths need at least {LEAST} documents, got {drawn.total}. Bring more.")
    if args.out:
        _written(args.out, drawn, true, found)
    figures = {
        "trustworthiness": trust.trustworthiness,
        "continuity": trust.continuity,
        "neighbours_shown": trust.shown,
    }
    figures |= {"kept": lost.every, "kept_densest_tenth": lost.dense, "kept_sparsest_tenth": lost.sparse}
    figures |= {"sparsest_less_densest": lost.gap}
    facts: dict[str, Any] = {"by": args.by, "plan": plan, "documents": drawn.total, "drawn": len(drawn.drawn)}
    facts |= {"asked": len(true.asked), "ranked": trust.n, "k": args.k}
    for name, i in figures.items():
        facts |= {name: i.mean, f"{name}_low": i.low, f"{name}_high": i.high}
    wide = max(map(len, figures))
    lines = [
        f"{name.replace('_', ' '):{wide}}  {i.mean:.3f} [{i.low:.3f}, {i.high:.3f}]" for name, i in figures.items()
    ]
    head = f"{args.by} of {len(drawn.drawn):,} of {drawn.total:,} documents"
    asked = f"{plan} asked for {args.k} neighbours of {len(true.asked):,}"
    say(args, facts, "\n".join([f"{head}; {asked}", *lines]))
    return 0


def _written(path: Path, drawn: Picture, true: Near, found: Kept) -> None:
    """One row per drawn document and query: its place, and how many neighbours are kept, −1 where it was not asked."""
    hits = np.full(drawn.total, -1)
    hits[true.asked] = found.hits[: len(true.asked)]
    of_queries = found.hits[len(true.asked) :]
    with replacing(path) as part:
        if path.suffix == ".npz":
            arrays: dict[str, Any] = {"drawn": drawn.drawn, "docs": drawn.docs, "queries": drawn.queries}
            arrays |= {"docs_kept": hits[drawn.drawn], "queries_kept": of_queries}
            np.savez(part, allow_pickle=False, **arrays)
            return
        with part.open("w") as out:
            out.write(COLUMNS + "\n")
            for kind, numbers, at, n in (
                ("document", drawn.drawn, drawn.docs, hits[drawn.drawn]),
                ("query", np.arange(len(drawn.queries)), drawn.queries, of_queries),
            ):
                rows = zip(numbers.tolist(), at.tolist(), n.tolist(), strict=True)
                out.writelines(f"{kind},{i},{x:.6g},{y:.6g},{h}\n" for i, (x, y), h in rows)
