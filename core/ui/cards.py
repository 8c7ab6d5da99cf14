"""The selected plan explained: what it keeps, against whom, where its bits and bytes go, what its stages do."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from core import words
from core.catalogue import idea
from core.evaluate.intervals import difference, queries_needed
from core.evaluate.peers import Standing
from core.plan import Plan, parse
from core.types import Interval, Result
from core.ui import sentences, services
from core.ui.part_charts import ledger_bar
from core.ui.parts import head, line, small
from core.ui.theme import Look

if TYPE_CHECKING:
    from core.types import Floats


def verdict(chosen: Result, results: Sequence[Result], peer: Standing | None = None, picked: str = "") -> str:
    """The chosen plan: recall, against the best other at no more bytes, judged quality, speed, time to learn."""
    recall = services.estimates([chosen], "recall")[chosen.plan]
    out = [
        small(f"Picked for {picked}, of the plans shown" if picked else "Selected plan"),
        f'<p class="tv-big">{escape(chosen.plan)}</p>',
        line(f"Recall@{chosen.k}", words.share(recall), words.bounds(recall), hint="95 % interval, paired bootstrap"),
    ]
    for new in services.estimates(services.on_new_rows([chosen]), "recall").values():
        hint = "Learned on one half of the documents, measured on the other"
        out.append(line("of rows it has not seen", words.share(new), words.bounds(new), hint=hint))
    out.append(
        line(
            "Bytes per vector",
            words.per_vector(chosen.bytes_per_vector),
            words.of_float(chosen.bytes_per_vector, chosen.dim),
        )
    )
    if rival := best_other(chosen, results):
        out.append(over(rival.plan, *services.gap(chosen, rival)))
    if peer and len(peer.recall) == len(chosen.recall):
        gap, needed = difference(chosen.recall, peer.recall), queries_needed(chosen.recall, peer.recall)
        out.append(over(f"faiss {peer.peer}", gap, needed))
    ndcg = services.estimates([chosen], "ndcg").get(chosen.plan)
    if ndcg:
        out.append(line("Judged nDCG@10", words.share(ndcg), words.bounds(ndcg)))
    out.append(
        line(
            "Speed, one query at a time",
            f"{words.times(pace(chosen))} float32",
            hint=f"{words.count(chosen.queries_per_second)} queries/s by one thread",
        )
    )
    out.append(
        line(
            "Learned in",
            words.seconds(chosen.fit_seconds),
            hint=f"and {words.count(chosen.n)} documents encoded in {words.seconds(chosen.encode_seconds)}",
        )
    )
    return "".join(
        [
            *out,
            small(sentences.judged(recall.mean, judged_gap(chosen, results))),
            trade(chosen, results),
        ]
    )


def over(rival: str, gap: Interval, needed: int) -> str:
    """How far ahead of another, or that the two cannot be told apart."""
    return (
        f'<div class="tv-l"><span>over <span class="tv-plan">{escape(rival)}</span></span>'
        f"<span>{parted(sentences.compared(gap, needed))}</span></div>"
    )


def parted(text: str) -> str:
    """A figure with its interval in grey; words stay as they are."""
    figure, bracket, rest = text.partition(" [")
    return f"{escape(figure)} <i>[{escape(rest)}</i>" if bracket else escape(text)


def pace(r: Result) -> float:
    """Queries per second over those of float32 flat, same run, one at a time."""
    return r.queries_per_second / r.float_queries_per_second


def best_other(chosen: Result, results: Sequence[Result]) -> Result | None:
    """The best of the other plans that take no more bytes."""
    return max(others(chosen, results), key=lambda r: float(r.recall.mean()), default=None)


def others(chosen: Result, results: Sequence[Result]) -> list[Result]:
    """The other plans that take no more bytes."""
    return [r for r in results if r.plan != chosen.plan and r.bytes_per_vector <= chosen.bytes_per_vector]


def judged_gap(chosen: Result, results: Sequence[Result]) -> Interval | None:
    """Judged nDCG of the plan minus that of float32, where both were measured."""
    exact = next((r for r in results if r.plan == "f32"), None)
    if exact is None or chosen.ndcg is None or exact.ndcg is None or len(chosen.ndcg) < 2:
        return None
    return services.gap(chosen, exact, "ndcg")[0]


def trade(chosen: Result, results: Sequence[Result]) -> str:
    """Whether neighbours won are judged answers won: against the other plan at no more bytes that is judged best."""
    judged = {r.plan: float(r.ndcg.mean()) for r in others(chosen, results) if r.ndcg is not None}
    if chosen.ndcg is None or len(chosen.ndcg) < 2 or not judged:
        return ""
    rival = max((r for r in results if r.plan in judged), key=lambda r: judged[r.plan])
    recall, ndcg, mrr = (services.gap(chosen, rival, measure)[0] for measure in ("recall", "ndcg", "mrr"))
    name = escape(rival.plan)
    said = small(sentences.trade(rival.plan, recall, ndcg, mrr))
    return said.replace(name, f'<span class="tv-plan">{name}</span>', 1)


def ledger(r: Result, rows: int, look: Look) -> str:
    """Where the bytes of one vector go: its own, and its share of what all of them use."""
    family = parse(r.plan).family
    shared = r.overhead(rows, searching=True)
    parts = {**r.ledger, "learned": shared}
    greys = [look.family[family], look.ink, look.muted, look.line]
    colours = [greys[min(i, 2)] for i in range(len(r.ledger))] + [look.line if look.name == "light" else look.muted]
    total = r.bytes_per_vector + shared
    lines = [line(name.capitalize(), words.per_vector(v)) for name, v in r.ledger.items()]
    extra = r.overhead(rows) - shared
    return "".join(
        [
            ledger_bar(parts, colours),
            *lines,
            line(
                f"Codebooks and map, ÷ {words.count(rows)}",
                words.per_vector(shared),
                kind="mute",
                hint="What searching reads and all vectors share",
            ),
            line("In memory while searching", words.per_vector(total), kind="sum"),
            line(
                f"All {words.count(rows)}, was {words.size(4.0 * r.dim * rows)}", words.size(total * rows), kind="mute"
            ),
            line(
                "Only to add documents",
                words.per_vector(extra),
                kind="mute",
                hint="Maps that encode new documents; searching does not read them",
            )
            if extra >= 0.05
            else "",
            small(sentences.HEAVY) if shared > 4 * r.bytes_per_vector and not services.on_new_rows([r]) else "",
        ]
    )


def stages(plan: Plan) -> str:
    """Each stage of a plan and the idea of its module, in one sentence."""
    rows = []
    for stage in plan.stages:
        if str(stage) == "flat":
            continue
        rows.append(f'<p><span class="tv-plan">{escape(str(stage))}</span></p>{small(idea(type(stage)))}')
    return head("What its stages do") + "".join(rows)


def bit_slices(rates: Floats, group: int = 32) -> list[int]:
    """Dimensions, from 1, at which another `group` bits (4 bytes) have been spent."""
    spent, out = 0.0, []
    for i, r in enumerate(rates, 1):
        if spent // group != (spent + r) // group:
            out.append(i)
        spent += float(r)
    return out
