"""What each verb of the command line does: it asks the core, and says what it answers as soon as it is known."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DataError, EncoderError, PlanError, ThinvecError
from core.store import Store, home
from core.vectorfile import load, save
from core.worker import vectors_of

if TYPE_CHECKING:
    from core.evaluate.measure import Shared
    from core.types import Corpus, Result


def encode(args: argparse.Namespace) -> int:
    """Texts to V.npz."""
    if args.out.suffix != ".npz":
        raise DataError(f"Vectors are written as .npz, got --out {args.out}. Name it {args.out.with_suffix('.npz')}.")
    start, store = time.perf_counter(), Store(home())
    corpus = _corpus(args, store)
    v = vectors_of(corpus, args.encoder, store, _progress)
    save(args.out, v, corpus.texts)
    train = 0 if v.train_queries is None else len(v.train_queries)
    facts = {"out": str(args.out), "documents": len(v.docs), "dim": v.dim, "queries": len(v.queries)}
    facts |= {"train_queries": train, "query_source": v.query_source, "encoder": v.encoder}
    facts |= {"seconds": round(time.perf_counter() - start, 3)}
    _say(
        args,
        facts,
        f"{args.out}: {len(v.docs):,} documents of {v.dim} numbers by {v.encoder}, "
        f"{len(v.queries):,} held-out and {train:,} training queries ({v.query_source}), {facts['seconds']:.1f} s",
    )
    return 0


def frontier(args: argparse.Namespace) -> int:
    """Every plan, measured."""
    from core.evaluate.answer import limit_line, measured
    from core.evaluate.lines import EVERY, everything
    from core.recommend import default_plans, frontier_plans

    store, shared = Store(home()), _shared(args)
    dim = shared.vectors.dim
    refused: dict[str, ThinvecError] = {}
    if args.everything:
        plans = [*everything(dim, args.bytes or EVERY, refused.__setitem__)]
    else:
        plans = _plans(args) or [*(frontier_plans(args.bytes, dim) if args.bytes else default_plans(dim))]
    wide = max(map(len, plans))
    if not args.json:
        sys.stdout.write(_row(wide, *HEADS) + "\n")
    for r in measured(store, shared, plans, args.k, refused.__setitem__, args.fresh):
        size = math.ceil(r.bytes_per_vector)
        facts = _facts(r, args.rows, limit_line(store, shared, [size], args.k)[size])
        _say(args, facts, _line(wide, facts))
    for plan, e in refused.items():
        sys.stderr.write(f"thinvec: {plan}: {e}\n")
    return 2 if refused and (args.plans or len(refused) == len(plans)) else 0


def recommend(args: argparse.Namespace) -> int:
    """One plan for a budget."""
    from core.evaluate.answer import measured
    from core.evaluate.apart import LEAST, apart
    from core.recommend import frontier_plans
    from core.recommend import recommend as advise
    from core.types import Budget

    store, shared = Store(home()), _shared(args)
    refused: dict[str, ThinvecError] = {}
    plans = _plans(args) or [*frontier_plans([math.floor(args.bytes)], shared.vectors.dim)]
    results = list(measured(store, shared, plans, args.k, refused.__setitem__, args.fresh))
    taken, unseen = advise(results, Budget(args.bytes), args.rows).plan, []
    if len(shared.vectors.docs) >= LEAST:
        other = apart(shared.vectors, args.seed, _progress)
        unseen = list(measured(store, other, [taken], args.k, refused.__setitem__, args.fresh))
    advice = asdict(advise(results, Budget(args.bytes), args.rows, unseen))
    recall, not_taken = advice["recall"], advice["refused"] | {plan: str(e) for plan, e in refused.items()}
    facts = {
        "plan": advice["plan"],
        "bytes_per_vector": advice["bytes_per_vector"],
        "overhead_per_vector": advice["overhead_per_vector"],
        "recall": recall["mean"],
        "recall_low": recall["low"],
        "recall_high": recall["high"],
        "runners_up": advice["runners_up"],
        "refused": not_taken,
        "why": advice["why"],
    }
    others = "".join(f"\n  {plan}: {reason}" for plan, reason in not_taken.items())
    _say(args, facts, f"{advice['plan']}\n{advice['why']}\nNot taken:{others or ' nothing else was measured.'}")
    return 0


def search(args: argparse.Namespace) -> int:
    """The documents that a plan finds for a text."""
    from core.encode import encoder
    from core.evaluate.answer import built
    from core.evaluate.measure import Shared
    from core.plan import parse

    plan = str(parse(args.plan))
    vectors, texts, made_by = load(args.vectors)
    name = args.encoder or made_by
    if not name:
        raise EncoderError(f"{args.vectors} does not say which model made it. Name it: --encoder minilm.")
    asked = encoder(name).queries([args.text])
    if asked.shape[1] != vectors.dim:
        raise EncoderError(
            f"{name} makes vectors of {asked.shape[1]} numbers, {args.vectors} holds {vectors.dim}. "
            "Name the model that made them: --encoder NAME."
        )
    hits = built(Store(home()), Shared(vectors, args.seed), plan).search(asked, args.k)
    for rank, (i, score) in enumerate(zip(hits.ids[0].tolist(), hits.scores[0].tolist(), strict=True), 1):
        if i >= 0:
            text = texts[i] if texts else None
            facts = {"rank": rank, "document": i, "score": score, "text": text}
            _say(args, facts, f"{rank:>3}  {score:6.3f}  {i:>8}  {_plain(text or '')[:90]}")
    return 0


def codecs(args: argparse.Namespace) -> int:
    """The catalogue, or one stage of it explained."""
    from core.catalogue import GROUPS, catalogue, grouped
    from core.stage import did_you_mean

    if not args.name:
        for group, entries in grouped().items():
            if not args.json:
                sys.stdout.write(f"\n{GROUPS[group]}\n")
            for e in entries:
                _say(args, asdict(e), f"  {e.name:8} {e.idea}")
        return 0
    if args.name not in catalogue():
        raise PlanError(f"nothing in the catalogue is called '{args.name}'{did_you_mean(args.name, catalogue())}")
    e = catalogue()[args.name]
    told = [f"{e.name}: {e.idea}", e.how, e.form]
    told += [f"{name}: {text}" for name, text in (("Bytes", e.bytes), ("Paper", e.paper), ("Claim", e.claim)) if text]
    told += [f"{k.name} = {k.default} ({k.low} to {k.high}): {k.what}" for k in e.knobs]
    told += [f"For example: {'; '.join(e.examples)}"]
    _say(args, asdict(e), "\n".join(filter(None, told)))
    return 0


def doctor(args: argparse.Namespace) -> int:
    """Self-tests of every codec."""
    from core.compress.doctor import checks

    code = 0
    for name, ok, detail in checks():
        code = code if ok else 1
        _say(args, {"name": name, "ok": ok, "detail": detail}, f"{'ok    ' if ok else 'FAILED'}  {name}: {detail}")
    return code


def _corpus(args: argparse.Namespace, store: Store) -> Corpus:
    from core.corpus import read
    from core.corpus.demo import demo
    from core.corpus.queries import hold_out
    from core.types import Vectors

    if args.input in ("demo", "demo-large"):
        return demo("large" if args.input == "demo-large" else "small", store)
    path = Path(args.input)
    found = read(path.name, path, **({"column": args.column} if args.column else {}))
    if isinstance(found, Vectors):
        raise DataError(f"{path} holds vectors already. Give it to frontier, recommend or search.")
    return found if found.queries else hold_out(found, args.queries, seed=0)


def _plans(args: argparse.Namespace) -> list[str]:
    """Plans between semicolons, in people's spelling; PlanError before anything is measured."""
    from core.plan import parse

    return [str(parse(text)) for text in args.plans.split(";") if text.strip()]


def _shared(args: argparse.Namespace) -> Shared:
    from core.evaluate.apart import apart
    from core.evaluate.measure import Shared

    make = apart if getattr(args, "apart", False) else Shared
    return make(load(args.vectors)[0], args.seed, _progress)


def _progress(fraction: float, stage: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{stage} ({fraction:.0%})\x1b[K" + ("\n" if fraction >= 1 else ""))


def _facts(r: Result, rows: int | None, line: float) -> dict[str, Any]:
    from core.evaluate.intervals import interval

    recall = interval(r.recall)
    return {
        "plan": r.plan,
        "bytes_per_vector": r.bytes_per_vector,
        "overhead_per_vector": r.overhead(rows),
        "recall": recall.mean,
        "recall_low": recall.low,
        "recall_high": recall.high,
        "k": r.k,
        "ndcg": None if r.ndcg is None else float(r.ndcg.mean()),
        "fit_seconds": r.fit_seconds,
        "encode_seconds": r.encode_seconds,
        "queries_per_second": r.queries_per_second,
        "float_queries_per_second": r.float_queries_per_second,
        "looked": r.looked,
        "limit_recall": line,
    }


HEADS = (
    "plan",
    "bytes",
    "overhead",
    "recall, 95 % interval",
    "nDCG@10",
    "fit s",
    "encode s",
    "queries/s",
    "x float",
    "limit",
)


def _line(wide: int, f: dict[str, Any]) -> str:
    recall = f"{f['recall']:.3f} [{f['recall_low']:.3f}, {f['recall_high']:.3f}]"
    ndcg = "" if f["ndcg"] is None else f"{f['ndcg']:.3f}"
    pace = f["queries_per_second"] / f["float_queries_per_second"]
    spent = (f"{f['fit_seconds']:.2f}", f"{f['encode_seconds']:.2f}", f"{f['queries_per_second']:,.0f}", f"{pace:.1f}")
    size, shared = f"{f['bytes_per_vector']:,.0f}", f"{f['overhead_per_vector']:,.1f}"
    return _row(wide, f["plan"], size, shared, recall, ndcg, *spent, f"{f['limit_recall']:.3f}")


def _row(wide: int, plan: str, *cells: str) -> str:
    widths = (6, 9, 22, 8, 7, 9, 10, 8, 6)
    return plan.ljust(wide) + " ".join(cell.rjust(w) for cell, w in zip(cells, widths, strict=True))


def _plain(text: str) -> str:
    """One line that a terminal cannot mistake for a command."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _say(args: argparse.Namespace, facts: dict[str, Any], text: str) -> None:
    """One line out, at once: the facts with --json (what cannot be known is null), otherwise the text."""
    if args.json:
        known = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in facts.items()}
        text = json.dumps(known)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
