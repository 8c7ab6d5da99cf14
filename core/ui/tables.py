"""The table beside the chart: plans at or under the budget, the best first, figures to the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from core import words
from core.evaluate.intervals import interval
from core.evaluate.peers import Standing
from core.types import Interval, Result
from core.ui import services
from core.ui.cards import pace

MOST = 15  # rows shown


def affordable(
    results: Sequence[Result],
    budget: float,
    selected: str | None,
    k: int,
    active: bool,
    peers: Sequence[Standing] = (),
) -> str:
    """HTML; a click on a plan opens it. Judged quality stands beside neighbour recall; libraries stand among ours."""
    fits = [r for r in results if r.bytes_per_vector <= budget + 1e-9]
    recall, ndcg = services.estimates(fits, "recall"), services.estimates(fits, "ndcg")
    fits = sorted((r for r in fits if r.plan in recall), key=lambda r: (-recall[r.plan].mean, r.bytes_per_vector))
    heads = [f"Plan, at most {budget:,.0f} B", "Bytes", f"Recall@{k}", "95 % interval"]
    wide = [*(["Judged nDCG"] if ndcg else []), "Speed, × float32", "Learned in"]
    top = "".join(f"<th>{escape(h)}</th>" for h in heads) + "".join(f'<th class="wide">{escape(h)}</th>' for h in wide)
    body = [(recall[r.plan].mean, _own(r, recall[r.plan], ndcg, r.plan == selected)) for r in fits[:MOST]]
    body += [(float(s.recall.mean()), _peer(s, bool(ndcg))) for s in peers if s.peer.nbytes <= budget]
    body.sort(key=lambda row: -row[0])
    if not fits and active:
        return f'<p class="tv-note">Plans of at most {budget:,.0f} B appear here as they are measured.</p>'
    if not fits:
        return f'<p class="tv-note">Nothing measured fits {budget:,.0f} B. Raise the budget, or add a smaller plan.</p>'
    rest = len(fits) + len(body) - len(fits[:MOST]) - MOST
    after = f'<p class="tv-small">and {words.plural(rest, "plan")} below these</p>' if rest > 0 else ""
    rows = "".join(html for _, html in body[:MOST])
    return f"<table><thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table>{after}"


def _own(r: Result, recall: Interval, ndcg: Mapping[str, Interval], selected: bool) -> str:
    more = [words.times(pace(r)).removesuffix(" ×"), words.seconds(r.fit_seconds)]
    if ndcg:
        more.insert(0, words.share(ndcg[r.plan]) if r.plan in ndcg else "")
    name = f'<button type="button" data-plan="{escape(r.plan)}">{escape(r.plan)}</button>'
    return _row(name, r.bytes_per_vector, recall, more, " class=on" if selected else "")


def _peer(s: Standing, judged: bool) -> str:
    more = [words.times(s.queries_per_second / s.float_queries_per_second).removesuffix(" ×")]
    more += [words.seconds(s.fit_seconds)]
    if judged:
        more.insert(0, words.share(interval(s.ndcg)) if len(s.ndcg) > 1 else "")
    name = f'<span class="tv-plan">{escape(str(s.peer))}</span> <span class="tv-aside">faiss</span>'
    return _row(name, s.peer.nbytes, interval(s.recall), more)


def _row(name: str, size: float, recall: Interval, more: Sequence[str], kind: str = "") -> str:
    p = words.decimals(recall)
    cells = [words.count(size), words.share(recall), f"{recall.low:.{p}f} to {recall.high:.{p}f}"]
    first, rest = "".join(f"<td>{c}</td>" for c in cells), "".join(f'<td class="wide">{c}</td>' for c in more)
    return f"<tr{kind}><td>{name}</td>{first}{rest}</tr>"
