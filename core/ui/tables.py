"""The table beside the chart: plans at or under the budget, the best first, figures to the right."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core import words
from core.types import Result
from core.ui import services
from core.ui.cards import pace

MOST = 15  # rows shown


def affordable(results: Sequence[Result], budget: float, selected: str | None, k: int, active: bool) -> str:
    """HTML; a click on a plan opens it. Judged quality stands beside neighbour recall."""
    fits = [r for r in results if r.bytes_per_vector <= budget + 1e-9]
    recall, ndcg = services.estimates(fits, "recall"), services.estimates(fits, "ndcg")
    fits = sorted((r for r in fits if r.plan in recall), key=lambda r: (-recall[r.plan].mean, r.bytes_per_vector))
    heads = [f"Plan, at most {budget:,.0f} B", "Bytes", f"Recall@{k}", "95 % interval"]
    wide = [*(["Judged nDCG"] if ndcg else []), "Speed, × float32", "Learned in"]
    top = "".join(f"<th>{escape(h)}</th>" for h in heads) + "".join(f'<th class="wide">{escape(h)}</th>' for h in wide)
    body = []
    for r in fits[:MOST]:
        i = recall[r.plan]
        p = words.decimals(i)
        cells = [words.count(r.bytes_per_vector), words.share(i), f"{i.low:.{p}f} to {i.high:.{p}f}"]
        more = [words.times(pace(r)).removesuffix(" ×"), words.seconds(r.fit_seconds)]
        if ndcg:
            more.insert(0, words.share(ndcg[r.plan]) if r.plan in ndcg else "")
        name = f'<button type="button" data-plan="{escape(r.plan)}">{escape(r.plan)}</button>'
        body.append(
            f"<tr{' class=on' if r.plan == selected else ''}><td>{name}</td>"
            + "".join(f"<td>{c}</td>" for c in cells)
            + "".join(f'<td class="wide">{c}</td>' for c in more)
            + "</tr>"
        )
    if not fits and active:
        return f'<p class="tv-note">Plans of at most {budget:,.0f} B appear here as they are measured.</p>'
    if not fits:
        return f'<p class="tv-note">Nothing measured fits {budget:,.0f} B. Raise the budget, or add a smaller plan.</p>'
    rest = len(fits) - MOST
    after = f'<p class="tv-small">and {words.plural(rest, "plan")} below these</p>' if rest > 0 else ""
    return f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table>{after}"
