"""The command line: the same core as the pages, for scripts. `python -m core --help` says what there is.

Figures go to standard output, one line each, as soon as they are known (`--json`: one object per line). What is wrong
goes to standard error as one sentence, with exit code 2.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from core.errors import ThinvecError
from core.verbs import Parser, verbs

OVERVIEW = """\
How few bytes per vector can you get away with, and what do you lose?

  python -m core encode demo --out V.npz               vectors of the demo corpus
  python -m core frontier V.npz --bytes 16,32,48       what each plan keeps at these sizes
  python -m core recommend V.npz --bytes 48            one plan for 48 bytes per vector, and why
  python -m core diagnose V.npz --check                what these vectors ask of a code; every advice measured
  python -m core compare V.npz "int4" "klt > wpq48"    two plans, paired, query by query
  python -m core verify V.npz "klt > wpq48"            measured again from nothing: do the figures on file hold?
  python -m core losses V.npz "bin | keep4 > int8"     where the recall goes; rerank: what looking again brings back
  python -m core ledger V.npz "klt > wpq48"            every byte, in memory, on disk, in engines
  python -m core scale V.npz --rows 10000000           what will be left when the corpus grows; hard: who pays
  python -m core search V.npz "klt > wpq48" --text "inverse of a matrix"
  python -m core report V.npz --out R.html             all of it as one file that needs no network
  python -m core codecs                                what there is to choose from; codecs NAME explains one
  python -m core doctor                                does every codec still do its sums right?

A plan is written as stages: "klt > wpq48", "pca96 > int4", "bin | keep4 > int8".
V.npz holds `docs` and `queries` (n, d), float16 or float32; codecs may learn from `train_queries` as well, and `qrels`
(query number, document number, grade) adds judged quality. Measured figures are kept in $THINVEC_HOME, by default
~/.cache/thinvec, and are not measured twice.
"""


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
    found = top.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    for name, verb in verbs().items():
        p = found.add_parser(name, help=verb.ABOUT, description=verb.ABOUT)
        p.add_argument("--json", action="store_true", help="one JSON object per line, for programs")
        p.set_defaults(run=verb.run)
        verb.options(p)
    return top
