"""Try where the ranges of scalar codes come from: how large a sample, and how the ends are set."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from core import verbs, words
from core.verbs import Parser, progress, say, sizes, vectors_options

ABOUT = "Try where the ranges of scalar codes come from: sample sizes, and rules for the ends."
HEADS = (
    "sample",
    "recall, 95 % interval",
    "to min–max of all",
    "over samples",
    "clipped",
    "queries clipped",
    "coded queries",
)


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("--bits", type=verbs.count, default=4, help="bits per dimension, 1 to 8 (default 4)")
    p.add_argument("--percent", type=float, default=0.1, help="documents cut off at each end (default 0.1)")
    p.add_argument("--samples", type=sizes, default=[], metavar="N,N,…", help="sample sizes; all documents are added")
    p.add_argument("--dimension", type=verbs.seed, metavar="J", help="the values of this dimension, with clip lines")


def run(args: argparse.Namespace) -> int:
    """A line per rule and sample size, or the histogram of a dimension."""
    from core.evaluate.calibrate import studio
    from core.evaluate.clip_lines import histograms

    vectors = verbs.shared(args).vectors
    if args.dimension is not None:
        found = histograms(vectors, args.bits, args.percent, seed=args.seed).of(args.dimension)
        facts = asdict(found) | {"edges": found.edges.tolist(), "counts": found.counts.tolist()}
        lines = "".join(f"\n{rule:34} {low:+.4f} to {high:+.4f}" for rule, (low, high) in found.lines.items())
        say(args, facts, f"Dimension {args.dimension}: {found.edges[0]:+.4f} to {found.edges[-1]:+.4f}{lines}")
        return 0
    if not args.json:
        sys.stdout.write(_row("rule", *HEADS) + "\n")
    for c in studio(vectors, args.bits, args.percent, args.k, args.seed, args.samples, progress):
        over = f"{c.lowest:.3f} to {c.highest:.3f}" if c.samples > 1 else "one sample"
        cells = (f"{c.sample:,}", words.estimate(c.recall), words.difference(c.gap), over)
        clipped = (f"{c.clipped:.2%}", f"{c.queries_clipped:.2%}", words.share(c.coded))
        say(args, asdict(c), _row(c.rule, *cells, *clipped))
    return 0


def _row(rule: str, *cells: str) -> str:
    widths = (7, 22, 24, 16, 8, 15, 13)
    return f"{rule:34}" + " ".join(cell.rjust(w) for cell, w in zip(cells, widths, strict=True))
