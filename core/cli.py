"""The command line: the same core as the pages, for scripts. `python -m core --help` says what there is.

Figures go to standard output, one line each, as soon as they are known (`--json`: one object per line). What is wrong
goes to standard error as one sentence, with exit code 2.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

from core import commands
from core.errors import ThinvecError

Verbs: TypeAlias = "argparse._SubParsersAction[Parser]"

OVERVIEW = """\
How few bytes per vector can you get away with, and what do you lose?

  python -m core encode demo --out V.npz               vectors of the demo corpus
  python -m core frontier V.npz --bytes 16,32,48       what each plan keeps at these sizes
  python -m core recommend V.npz --bytes 48            one plan for 48 bytes per vector, and why
  python -m core search V.npz "klt > wpq48" --text "inverse of a matrix"
  python -m core codecs                                what there is to choose from; codecs NAME explains one
  python -m core doctor                                does every codec still do its sums right?

A plan is written as stages: "klt > wpq48", "pca96 > int4", "bin | keep4 > int8".
V.npz holds `docs` and `queries` (n, d), float16 or float32; codecs may learn from `train_queries` as well, and `qrels`
(query number, document number, grade) adds judged quality. Measured figures are kept in $THINVEC_HOME, by default
~/.cache/thinvec, and are not measured twice.
"""


class Parser(argparse.ArgumentParser):
    """argparse, with errors of one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say it and leave."""
        self.exit(2, f"thinvec: {message}. Try {self.prog} --help.\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. The exit code: 0 is good, 1 is a failed self-test, 2 is something to mend."""
    args = parser().parse_args(argv)
    try:
        return int(args.run(args))
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except (ThinvecError, OSError, MemoryError) as e:
        sys.stderr.write(f"thinvec: {_sentence(e)}\n")
        return 2


def _sentence(e: Exception) -> str:
    """What is wrong, without anything that a terminal could mistake for a command."""
    if isinstance(e, MemoryError):
        return "Memory ran out. Try fewer rows, or a machine with more."
    if isinstance(e, OSError):
        return (
            f"{e.filename or 'A file'} cannot be used: {e.strerror or e}. Check its name, rights and room on the disk."
        )
    return "".join(c if c.isprintable() or c == "\n" else " " for c in str(e))


def parser() -> Parser:
    """Every verb and option; the help texts are the manual."""
    top = Parser("python -m core", description=OVERVIEW, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = top.add_subparsers(metavar="VERB", required=True, parser_class=Parser)

    p = _verb(verbs, "encode", commands.encode, "Turn texts into vectors, with queries to judge them by.")
    p.add_argument(
        "input", metavar="INPUT", help="csv, tsv, jsonl, txt, parquet, a BEIR folder or zip, demo or demo-large"
    )
    p.add_argument("--out", type=Path, required=True, metavar="V.npz", help="the file to write")
    p.add_argument("--encoder", default="minilm", help="minilm (default), a sentence-transformers name, or a folder")
    p.add_argument("--column", help="the column that holds the text, where a table has several")
    how = ("documents", "first sentences")
    p.add_argument("--queries", choices=how, default=how[0], help="made from these when the input brings none")

    p = _verb(verbs, "frontier", commands.frontier, "Measure what plans keep, beside what they cost.")
    _vectors(p)
    p.add_argument("--bytes", type=_sizes, metavar="B,B,…", help="budgets per vector; every family is tried at each")
    p.add_argument("--everything", action="store_true", help="every stage of the catalogue, in plans of these sizes")
    p.add_argument("--apart", action="store_true", help="learn on one half of the documents, measure on the other")
    _measuring(p)

    p = _verb(verbs, "recommend", commands.recommend, "Measure the plans that fit a budget, and choose one.")
    _vectors(p)
    p.add_argument("--bytes", type=_count, required=True, metavar="B", help="the budget per vector")
    _measuring(p)

    p = _verb(verbs, "search", commands.search, "Search with a plan, to see for yourself.")
    _vectors(p)
    p.add_argument("plan", metavar="PLAN", help='such as "klt > wpq48"')
    p.add_argument("--text", required=True, help="the query")
    p.add_argument("--encoder", help="the model that made V.npz, where the file does not say")

    p = _verb(verbs, "codecs", commands.codecs, "List the catalogue, or explain one stage of it.")
    p.add_argument("name", metavar="NAME", nargs="?", default="", help="a stage, such as wpq")

    _verb(verbs, "doctor", commands.doctor, "Test every codec against values that are known exactly.")
    return top


def _verb(verbs: Verbs, name: str, run: Callable[[argparse.Namespace], int], about: str) -> Parser:
    p = verbs.add_parser(name, help=about, description=about)
    p.add_argument("--json", action="store_true", help="one JSON object per line, for programs")
    p.set_defaults(run=run)
    return p


def _vectors(p: Parser) -> None:
    p.add_argument("vectors", type=Path, metavar="V.npz", help="docs, queries; perhaps train_queries and qrels")
    p.add_argument("--k", type=_count, default=10, help="neighbours per query (default 10)")
    p.add_argument("--seed", type=_seed, default=0, help="of everything that is drawn (default 0)")


def _measuring(p: Parser) -> None:
    p.add_argument("--plans", default="", metavar='"P; P"', help="measure these plans instead, between semicolons")
    p.add_argument("--rows", type=_count, metavar="N", help="share codebooks and maps between so many vectors")
    p.add_argument("--fresh", action="store_true", help="measure again what was measured before")


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"a whole number from 1 is needed, got '{text}'")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a whole number from 0 is needed, got '{text}'")
    return int(text)


def _sizes(text: str) -> list[int]:
    return [_count(part.strip()) for part in text.split(",")]
