"""How much do the ranges of a scalar code matter? Rules and sample sizes side by side, and what each cuts off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from html import escape
from typing import Any, NoReturn

import streamlit as st

from core import words
from core.errors import StoreError
from core.evaluate.calibrate import ASKED, ROWS, SEEDS, Calibration, sample_sizes
from core.evaluate.clip_lines import Histograms
from core.types import Interval
from core.ui import calibrate_charts, services, work
from core.ui.browser import Screen, columns
from core.ui.charts import CONFIG
from core.ui.data import Data
from core.ui.parts import draw, head, note, small
from core.ui.theme import Look

BITS = [1, 2, 3, 4, 5, 6, 8]
CUTS = [0.01, 0.1, 0.5, 1.0, 5.0]
HEADS = (
    "Rule",
    "Plan",
    "Recall@{k}",
    "To min–max of all",
    "Over samples",
    "Documents clipped",
    "Queries clipped",
    "Queries coded too",
)
WIDE = (1, 4, 5, 6, 7)  # columns that a phone leaves out


def panel(source: Data, screen: Screen, look: Look, k: int) -> None:
    """Bits and cut; recall against the sample; the table of one sample size; a dimension with its clip lines."""
    assert source.vectors
    with st.container(horizontal=True, vertical_alignment="bottom", key="calibrate_controls"):
        bits = st.select_slider("Bits per dimension", BITS, 4, key="calibrate_bits", bind="query-params", width=260)
        cut = st.segmented_control(
            "Cut at each end, percent of the documents", CUTS, default=0.1, required=True, key="calibrate_cut",
            bind="query-params",
        )  # fmt: skip
    params = {"vectors": source.vectors, "bits": bits, "percent": cut, "k": k, "seed": 0}
    known = work.asked("calibrate", params, f"Calibrating {bits} bits per dimension")
    rows = [_row(r) for r in (known or {}).get("rows", ())]
    if not rows:
        return
    draw(f'<p class="tv-fact">{escape(summed(rows, bits))}</p>')
    left, right = columns(screen)
    with left:
        draw(head(f"Recall@{k}", "by rule and by the documents that the ranges are learned from"))
        figure = calibrate_charts.by_sample(rows, sample_sizes(source.meta["n"]), look=look, narrow=screen.narrow)
        alt = calibrate_charts.describe(rows)
        st.plotly_chart(figure, key="calibrate_chart", theme=None, config=CONFIG, alt=alt)
        if screen.narrow:
            draw(legend(rows, look))
    with right:
        dimension(source, known or {}, look)
    table(rows, k)
    draw(note(reading(source)))


def _row(record: Mapping[str, Any]) -> Calibration:
    parts: dict[str, Any] = {f.name: record[f.name] for f in fields(Calibration)}
    parts |= {name: Interval(**v) for name, v in parts.items() if isinstance(v, Mapping)}
    return Calibration(**parts)


def summed(rows: Sequence[Calibration], bits: int) -> str:
    """The best rule, and what a small sample costs."""
    largest = max(r.sample for r in rows)
    whole = [r for r in rows if r.sample == largest]
    base, best = whole[0], max(whole, key=lambda r: r.gap.mean)
    said = f"{words.plural(bits, 'bit')} from min to max of all documents keep {words.estimate(base.recall)}"
    if best is base or not words.settled(best.gap):
        said += "; no other rule is clearly better."
    else:
        said += f"; best is {best.rule}, {words.difference(best.gap)}."
    small = min(r.sample for r in rows)
    few = [r for r in rows if r.sample == small and r.rule == base.rule]
    if small < largest and few:
        said += f" Learned on {words.count(small)} documents, min to max: {words.difference(few[0].gap)}."
    return said


def table(rows: Sequence[Calibration], k: int) -> None:
    """Every rule at one sample size."""
    sizes = sorted({r.sample for r in rows}, reverse=True)
    size = st.segmented_control(
        "Documents that ranges are learned from", sizes, default=sizes[0], required=True, key="calibrate_sample",
        bind="query-params", format_func=words.count,
    )  # fmt: skip
    top = "".join(f"<th{_wide(i)}>{escape(h.format(k=k))}</th>" for i, h in enumerate(HEADS))
    body = "".join(f"<tr>{_cells(r)}</tr>" for r in rows if r.sample == (size or sizes[0]))
    draw(f'<table class="tv-calibrate"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>')


def _cells(r: Calibration) -> str:
    over = f"{r.lowest:.3f} to {r.highest:.3f}" if r.samples > 1 else "one sample"
    recall = f'{words.share(r.recall)}<span class="wide"> {words.bounds(r.recall)}</span>'
    cells = [escape(r.rule), escape(r.plan), recall, words.difference(r.gap), over]
    cells += [f"{100 * r.clipped:.2f} %", f"{100 * r.queries_clipped:.2f} %", words.share(r.coded)]
    return "".join(f"<td{_wide(i)}>{c}</td>" for i, c in enumerate(cells))


def _wide(column: int) -> str:
    return ' class="wide"' if column in WIDE else ""


def legend(rows: Sequence[Calibration], look: Look) -> str:
    """Names of the lines, where there is no room beside them."""
    rules = dict.fromkeys(r.rule for r in rows)
    signs = ("●", "◆", "◇", "■", "□")
    parts = [
        f'<span style="color:{calibrate_charts.style(i, look)[0]}">{signs[i % 5]} {escape(rule)}</span>'
        for i, rule in enumerate(rules)
    ]
    return f'<p class="tv-small">{" &nbsp; ".join(parts)}</p>'


def _missing() -> NoReturn:
    raise StoreError("The histograms of this run are not here any more. Run it again.")


def reading(source: Data) -> str:
    """How the figures came about."""
    n, q = (min(source.meta[key], most) for key, most in (("n", ROWS), ("q", ASKED)))
    return (
        f"Ranges are learned on documents only; {words.plural(n, 'document')} are coded and searched with "
        f"{words.count(q)} held-out queries, which stay float32. Mean over {SEEDS} samples of each size; bars and "
        "brackets: 95 %, paired bootstrap over queries. Clipped: values outside the ranges, of documents not in the "
        "sample. Queries coded too: as engines do that quantise both sides."
    )


def dimension(source: Data, known: Mapping[str, Any], look: Look) -> None:
    """The values of one dimension, with the clip lines of chosen rules."""
    draw(head("What a range cuts off", "ranges learned on all documents"))
    dim = source.meta["dim"]
    j = int(st.number_input("Dimension", 0, dim - 1, 0, key="calibrate_dimension", bind="query-params"))
    if "histograms" not in known:
        draw(small("Drawn when everything is measured."))
        return
    kept = services.store().remember(known["histograms"], _missing)
    found = Histograms(tuple(map(str, kept["rules"])), kept["counts"], kept["edges"], kept["lines"]).of(j)
    rules = list(found.lines)
    shown = st.multiselect("Ranges of the rules", rules, rules[:2], key="calibrate_rules", bind="query-params")
    drawn = {rule: found.lines[rule] for rule in rules if rule in shown}
    figure = calibrate_charts.values(found, look=look, rules=list(drawn), narrow=True)
    told = "; ".join(f"{r} {words.signed(low, 3)} to {words.signed(high, 3)}" for r, (low, high) in drawn.items())
    alt = f"Histogram of dimension {j}. {told}"
    st.plotly_chart(figure, key="calibrate_values", theme=None, config=CONFIG, alt=alt)
    if told:
        draw(small(told[0].upper() + told[1:] + "."))
