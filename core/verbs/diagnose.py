"""Look at vectors before anything is compressed: what they are like, and what that advises."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core import verbs
from core.types import Floats
from core.verbs import Parser, say, vectors_options

ABOUT = "Look at vectors before anything is compressed: findings, and advice with the figures behind it."
UNIT = 1e-3  # lengths that differ less were made 1 by whoever wrote the file


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("--check", action="store_true", help="measure whether each advice holds")


def run(args: argparse.Namespace) -> int:
    """Every finding; with --check, whether it held. The exit code is 1 when one did not."""
    from core.evaluate.diagnose import diagnose
    from core.evaluate.held import FAILED, held

    shared, code = verbs.shared(args), 0
    lengths = norms(args.vectors, len(shared.vectors.docs))
    found = diagnose(shared.vectors, args.seed, args.k, lengths)
    if not args.json:
        known = () if lengths is not None else ("lengths: not known, every row is of length 1",)
        sys.stdout.write("Looked at " + "; ".join((*found.looked, *known)) + ".\n\n")
    for finding in found.findings:
        facts = asdict(finding)
        text = "".join(f"  {f.name:48} {f.said}\n" for f in finding.figures)
        text = f"{finding.title}\n{text}  {finding.verdict}\n  > {finding.advice}\n"
        if args.check and finding.check:
            result = held(shared, finding.check, args.k)
            facts |= {"held": result.state, "said": result.said, "gap": asdict(result.gap)}
            text += f"  {result.said}\n"
            code = 1 if result.state == FAILED else code
        say(args, facts, text)
    return code


def norms(path: Path, n: int) -> Floats | None:
    """Lengths of the n documents as they lie in the file; None where they are all alike, or some became queries."""
    if path.suffix not in (".npy", ".npz"):
        return None
    with path.open("rb") as file:
        kept = np.load(file, allow_pickle=False)
        docs = kept["docs"] if path.suffix == ".npz" else kept
    found = np.sqrt(np.square(docs, dtype=np.float64).sum(1))
    return None if len(found) != n or np.ptp(found) < UNIT * found.mean() else found
