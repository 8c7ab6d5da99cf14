"""Every byte of a plan, and what engines would need instead."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from core import words
from core.store import Store, home
from core.verbs import Parser, count, plan_of, say, shared, vectors_options

if TYPE_CHECKING:
    from core.evaluate.engines import Engine
    from core.evaluate.ledger import Ledger
    from core.search.built import Built

ABOUT = "Every byte of a plan: memory while searching, disk, pipeline; at rest; and what engines would need."


def options(p: Parser) -> None:
    """What it takes."""
    vectors_options(p)
    p.add_argument("plan", metavar="PLAN", help='such as "klt > wpq48" or "bin | keep4 > f32"')
    p.add_argument("--rows", type=count, metavar="N", help="for so many vectors (default: those in V.npz)")
    p.add_argument("--rerank-on-disk", action="store_true", help="what candidates are ranked again by lies on disk")
    p.add_argument(
        "--engine", nargs="+", default=[], metavar="NAME", help="its nearest setting, by its own formula; or all"
    )


def run(args: argparse.Namespace) -> int:
    """A line per part with its three columns, then all, per vector, at rest, and the engines that were asked for."""
    from core.evaluate.answer import built
    from core.evaluate.engines import engine, engines
    from core.evaluate.ledger import ledger_of

    names = [*engines()] if "all" in args.engine else args.engine
    asked = [engine(name) for name in names]
    made = built(Store(home()), shared(args), plan_of(args.plan))
    bill = ledger_of(made, args.rows, args.rerank_on_disk)
    if not args.json:
        say(args, {}, f"{bill.plan} at {words.plural(bill.rows, 'vector')} of {bill.dim} dimensions")
    _bill(args, bill, {"plan": bill.plan})
    _at_rest(args, made, bill.rows)
    for e in asked:
        _engine(args, e, bill, made.codebook.nbytes)
    return 0


def _bill(args: argparse.Namespace, bill: Ledger, about: dict[str, object]) -> None:
    """The lines of a ledger, their sums, and their sums per vector."""
    from core.evaluate.ledger import COLUMNS

    if not args.json:
        say(args, {}, _row("", *COLUMNS))
    about = {**about, "rows": bill.rows}
    for x in bill.lines:
        say(args, {**about, **asdict(x)}, _row(x.part, *(words.size(getattr(x, c)) for c in COLUMNS)))
    totals: dict[str, float] = {c: bill.total(c) for c in COLUMNS}
    say(args, {**about, "part": "all", **totals}, _row("all", *map(words.size, totals.values())))
    if not args.json:
        say(args, {}, _row("in powers of 1,000", *map(words.decimal, totals.values())))
    each: dict[str, float] = {c: bill.per_vector(c) for c in COLUMNS}
    say(args, {**about, "part": "per vector", **each}, _row("per vector", *map(words.per_vector, each.values())))


def _at_rest(args: argparse.Namespace, made: Built, rows: int) -> None:
    """Entropy-coded codes, scaled to the rows asked for."""
    from core.evaluate.at_rest import at_rest

    books = {"codes at rest": made.codes} | ({"rerank codes at rest": made.rerank[1]} if made.rerank else {})
    for name, codes in books.items():
        size = at_rest(codes, args.seed)
        scaled = size.scaled(rows)
        facts = {"part": name, **asdict(scaled), "total": scaled.total, "share": scaled.share}
        how = "" if size.exact else f", from {words.count(size.coded)} rows"
        share = f"{words.per_vector(scaled.total / rows)} per vector, {scaled.share:.3f} of the codes{how}"
        say(args, facts, f"{_row(name, words.size(scaled.total))}  {share}")


def _engine(args: argparse.Namespace, e: Engine, bill: Ledger, nbytes: float) -> None:
    """An engine's setting nearest to these codes: its ledger, formula and source."""
    setting = e.nearest(bill.dim, nbytes)
    if not args.json:
        say(args, {}, f"\n{e.name} {e.version}: {setting.name}, {words.per_vector(setting.codes)} of codes")
    about = {"engine": e.name, "version": e.version, "setting": setting.name, "codes": setting.codes}
    _bill(args, setting.ledger(bill.rows), about)
    facts = {**about, "formula": setting.formula, "source": e.source, "second_hand": e.second_hand}
    say(args, facts, f"{setting.formula}\n{e.source}" + (f"\n{e.second_hand}" if e.second_hand else ""))


def _row(name: str, *cells: str) -> str:
    return name.ljust(24) + "".join(cell.rjust(12) for cell in cells)
