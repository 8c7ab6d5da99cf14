"""Everything that was found, as files to keep, to send and to host."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core import verbs
from core.errors import DataError, ThinvecError
from core.store import Store, home
from core.types import Budget, Vectors
from core.verbs import Parser, count, progress, say, seed

if TYPE_CHECKING:
    from core.evaluate.losses import Level
    from core.report import Facts, Subject

ABOUT = "A report as one HTML file that needs no network; a card for programs; a table of all plans; or a gallery."
DEMO = "demo"


def options(p: Parser) -> None:
    """What it takes."""
    what = "the id of a run of the app, V.npz, or demo; without any, the runs in the store are listed"
    p.add_argument("subjects", nargs="*", metavar="RUN", help=what)
    p.add_argument("--out", type=Path, metavar="R.html", help="the page (default: report.html)")
    p.add_argument("--card", type=Path, metavar="C.json", help="the facts, for programs")
    p.add_argument("--csv", type=Path, metavar="P.csv", help="all measured plans, for spreadsheets")
    p.add_argument("--gallery", type=Path, metavar="FOLDER", help="a report of each, and an index.html of them")
    p.add_argument("--bytes", type=count, default=48, metavar="B", help="budget of the recommendation (default 48)")
    p.add_argument("--plans", default="", metavar='"P; P"', help="measure these plans of V.npz, between semicolons")
    p.add_argument("--k", type=count, default=10, help="neighbours per query of V.npz (default 10)")
    p.add_argument("--seed", type=seed, default=0, help="of everything that is drawn for V.npz (default 0)")


def run(args: argparse.Namespace) -> int:
    """One report, a gallery of them, or the list of what there is to report on."""
    from core.report.gallery import index, put, write

    store = Store(home())
    if not args.subjects:
        return listed(args, store)
    if args.gallery is None and len(args.subjects) > 1:
        raise ThinvecError(f"One report is of one run, got {len(args.subjects)}. Add --gallery FOLDER for several.")
    if args.gallery is None:
        _one(args, gathered(args, store, args.subjects[0]))
        return 0
    entries = []
    for name in args.subjects:
        entries.append(put(gathered(args, store, name), args.gallery))
        told(args, entries[-1].facts, args.gallery / f"{entries[-1].name}.html")
    write(args.gallery / "index.html", index(entries))
    say(args, {"out": str(args.gallery / "index.html")}, f"{args.gallery / 'index.html'}: {len(entries)} listed")
    return 0


def _one(args: argparse.Namespace, facts: Facts) -> None:
    """The files that were asked for; the page when none was named."""
    from core.report import card, page, table
    from core.report.gallery import write

    out = args.out or (None if args.card or args.csv else Path("report.html"))
    for path, make in ((out, page), (args.card, card), (args.csv, table)):
        if path is not None:
            write(path, make(facts))
            told(args, facts, path)


def told(args: argparse.Namespace, facts: Facts, path: Path) -> None:
    """What was written, and what it says."""
    from core.report.sections import headline

    size = path.stat().st_size
    text = f"{path}: {verbs.plain(headline(facts))} {len(facts.results)} plans, {size:,} bytes"
    say(args, {"out": str(path), "bytes": size, "plans": len(facts.results), "headline": headline(facts)}, text)


def listed(args: argparse.Namespace, store: Store) -> int:
    """Runs that a report can be made of, newest first."""
    from core.report import runs

    for run, kind, state, params in runs(store):
        name = store.vectors_meta(params["vectors"])["name"] if store.has_vectors(params["vectors"]) else "data gone"
        facts = {"run": run, "kind": kind, "state": state, "corpus": name, "k": params.get("k", 10)}
        say(args, facts, f"{run}  {kind:8} {state:11} k={facts['k']:<4} {verbs.plain(name)}")
    return 0


def gathered(args: argparse.Namespace, store: Store, name: str) -> Facts:
    """The facts about a run, about a file of vectors, or about the demo."""
    from core.report import gather, of_run
    from core.report.subject import one_line

    budget = Budget(bytes_per_vector=args.bytes)
    if name == DEMO:
        return measured(args, store, demo(store), budget)
    if Path(name).suffix in (".npz", ".npy") and Path(name).is_file():
        from core.vectorfile import load

        return measured(args, store, load(Path(name))[0], budget)
    if not re.fullmatch("[0-9a-f]{16}", name):
        shown = one_line(name, 80)
        raise DataError(
            f"'{shown}' is neither the id of a run (16 digits from 0-9 and a-f) nor a file V.npz. See --help."
        )
    subject = of_run(store, name, budget)
    return gather(store, subject, broken, lambda plan: at_hand(store, subject, plan))


def measured(args: argparse.Namespace, store: Store, v: Vectors, budget: Budget) -> Facts:
    """The plans of these vectors measured first, as `frontier` does; what was measured before is not repeated."""
    from core.evaluate import answer, losses
    from core.evaluate.lines import BUDGETS, default_plans
    from core.evaluate.measure import Shared
    from core.report import Subject, gather
    from core.report.subject import meta_of

    shared = Shared(v, args.seed, progress)
    plans, refused = verbs.plans(args) or [*default_plans(v.dim)], dict[str, ThinvecError]()
    for i, _ in enumerate(answer.measured(store, shared, plans, args.k, refused.__setitem__), 1):
        progress(i / (len(plans) + 1), f"Measured {i} of {len(plans)} plans")
    answer.limit_line(store, shared, [b for b in BUDGETS if b <= 2 * v.dim], args.k)
    if len(refused) == len(plans):
        raise next(iter(refused.values()))
    subject = Subject(v.fingerprint, args.k, args.seed, budget, meta=meta_of(v))
    facts = gather(store, subject, broken, lambda plan: [*losses.told(store, shared, plan, args.k)])
    progress(1.0, "Measured")
    return facts


def at_hand(store: Store, subject: Subject, plan: str) -> list[Level]:
    """Where the recall of a plan goes: known, or quick to find out: the plan is built, its vectors are here."""
    from core.evaluate import losses
    from core.evaluate.answer import built_path
    from core.evaluate.measure import Shared

    found = losses.known(store, subject.vectors, plan, subject.k, subject.seed)
    there = built_path(store, subject.vectors, plan, subject.seed).exists() and store.has_vectors(subject.vectors)
    if found or not there:
        return found
    shared = Shared(store.load_vectors(subject.vectors), subject.seed, progress)
    return [*losses.told(store, shared, plan, subject.k)]


def broken(plans: Iterable[str]) -> Mapping[str, str]:
    """Those that fail a self-test on this machine."""
    from core.recommend.sound import broken as failing

    return failing(plans)


def demo(store: Store) -> Vectors:
    """The vectors of the small demo corpus, and what came measured with it."""
    from core.corpus.demo import demo as corpus_of
    from core.evaluate import shipped
    from core.work.encode import vectors_of

    shipped.install(store)
    return vectors_of(corpus_of("small", store), "minilm", store, progress)
