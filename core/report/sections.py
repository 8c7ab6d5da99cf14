"""The parts of a report in HTML, each from the facts alone. Words that people brought are escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from core import words
from core.recommend import said, written
from core.report.facts import Facts
from core.report.pictures import Picture
from core.types import Interval, Result
from core.ui import advice_card
from core.ui.blocks import note, small
from core.ui.points import front, points_of
from core.ui.sentences import HEAVY, LIMIT, UNSEEN, provenance

Pictures = Mapping[str, Picture]

MARK = (
    '<svg width="22" height="22" viewBox="-2 -1 28 28" aria-hidden="true"><g fill="#56708F">'
    '<rect y="3" width="5" height="14"/><rect x="6" y="8" width="5" height="9"/><rect x="12" y="12" width="5" height='
    '"5"/><rect x="18" y="14.5" width="5" height="2.5"/></g><g fill="#9AA4AE"><rect y="19" width="5" height="5"/><rect '
    'x="6" y="19" width="5" height="5"/><rect x="12" y="19" width="5" height="5"/><rect x="18" y="19" width="5" '
    'height="5"/></g></svg>'
)


def headline(facts: Facts) -> str:
    """The finding in one sentence."""
    if facts.card is None:
        return facts.nothing
    return advice_card.headline(facts.card, written(facts.subject.budget), int(facts.meta["dim"]), False)


def top(facts: Facts) -> str:
    """Who speaks, the finding, and which data it is about."""
    rest = provenance(facts.meta, "").removeprefix(": ") + (UNSEEN if facts.subject.apart else "")
    return (
        f'<header><div class="brand">{MARK}<span>Thinvec report, {facts.date}</span>'
        f'<button type="button" id="print">Print or save as PDF</button></div><h1>{escape(headline(facts))}</h1>'
        f'<p class="tv-note"><bdi>{escape(facts.meta["name"])}</bdi>: {escape(rest)}</p>'
        f"{note(facts.subject.note) if facts.subject.note else ''}</header>"
    )


def section(name: str, aside: str, *parts: str) -> str:
    """A part under its heading."""
    more = f" <span>{escape(aside)}</span>" if aside else ""
    return f"<section><h2>{escape(name)}{more}</h2>{''.join(parts)}</section>"


def figure(name: str, found: Pictures) -> str:
    """A place where the script draws."""
    height = int(found[name].specs["light"]["layout"]["height"])
    alt = escape(found[name].alt)
    return f'<div class="plot" data-figure="{name}" role="img" aria-label="{alt}" style="min-height:{height}px"></div>'


def frontier(facts: Facts, found: Pictures) -> str:
    """What each byte buys, by neighbours and by judgements."""
    k, r = facts.subject.k, facts.results[0]
    meant = f"share of the exact {k} that the codes still find" if k > 1 else (
        "share of queries whose exact nearest neighbour the codes still find"
    )  # fmt: skip
    out = section(f"Recall@{k}", meant, figure("recall", found), note(reading(facts, len(r.recall), "held-out")))
    if "ndcg" not in found:
        return out
    judged = next(len(x.ndcg) for x in facts.results if x.ndcg is not None)
    how = "how well the first ten answers are ordered, by the corpus’ own judgements"
    return out + section(
        "Judged nDCG@10", how, figure("ndcg", found), note(reading(facts, judged, "judged", limit=False))
    )


def reading(facts: Facts, queries: int, kind: str, limit: bool = True) -> str:
    """How to read the chart."""
    told = "Grey band: the best measured at each size. Bars: 95 % intervals, paired bootstrap over "
    told += f"{words.plural(queries, f'{kind} query', f'{kind} queries')}."
    if limit and facts.limit:
        told += f" Dashed Gaussian line: {LIMIT[0].lower()}{LIMIT[1:]}"
    if facts.libraries:
        told += " Filled: Thinvec’s own code. Hollow: a library’s."
    if facts.faults:
        told += " Grey crosses fail a self-test."
    return f"{told} Ring: the plan recommended below." if facts.chosen else told


def advice(facts: Facts) -> str:
    """The recommendation, its rivals, and what would change it."""
    asked = said(facts.subject.budget)
    if (card := facts.card) is None:
        return section("What to use", asked, note(facts.nothing))
    budget = {**written(facts.subject.budget), "dim": int(facts.meta["dim"])}
    parts = [advice_card.verdict(card, budget), small(card["why"])]
    if new := advice_card.unseen(card):
        parts.append(f"<hr>{new}")
    if facts.chosen and facts.chosen.overhead(int(card["rows"]), True) > 4 * facts.chosen.bytes_per_vector:
        parts.append(small(HEAVY.partition(" Switch")[0]))
    parts += [f'<hr><div class="pair"><div>{rivals(card)}</div>']
    parts += [f"<div>{advice_card.changes(card) if card['changes'] else ''}</div></div>"]
    return section("What to use", asked, f'<div class="card tv">{"".join(parts)}</div>')


def rivals(card: Mapping[str, object]) -> str:
    """Who came next, and what each would have cost or gained."""
    out = ['<p class="tv-h">Runners-up</p>']
    for r in card["rivals"]:  # type: ignore[attr-defined]
        gap = advice_card.interval(r["gap"])
        assert gap is not None
        told = str(r["reason"]) if r["doubt"] else f"{r['reason']}; paired difference {words.difference(gap)}"
        out.append(
            f'<div class="tv-l"><span class="tv-plan">{escape(r["plan"])}</span>'
            f"<span>{words.per_vector(r['bytes_per_vector'])}</span></div>"
            f'<p class="tv-small">{escape(told[:1].upper() + told[1:])}.</p>'
        )
    return "".join(out) if len(out) > 1 else out[0] + small("Nothing else that was measured fits.")


def ledger(facts: Facts, found: Pictures) -> str:
    """Every byte, in three columns."""
    from core.ui.ledger_words import finding, rows_of, units

    bill = facts.bill
    if bill is None:
        return ""
    where = f"{bill.plan} at {words.plural(bill.rows, 'vector')}"
    return section("Every byte", where, note(finding(bill)), figure("bytes", found), rows_of(bill), small(units(bill)))


def losses(facts: Facts, found: Pictures) -> str:
    """Where the recall goes; or that this was not measured."""
    from core.ui.losses_charts import Part
    from core.ui.losses_words import HEADS, finding, heading, row

    if facts.chosen is None:
        return ""
    if not facts.steps:
        how = "It was not measured step by step for this plan: its Budget page does that, or `python -m core losses`."
        return section("Where the recall goes", facts.chosen.plan, note(how))
    parts, k = [Part.of(step) for step in facts.steps], facts.subject.k
    kinds = ["", "", "", " class=wide", " class=wide"]
    heads = _cells("th", HEADS, kinds)
    body = "".join(_cells("td", row(p, False), kinds) for p in parts[1:])
    return section(
        heading(parts, k),
        f"{facts.chosen.plan}, steps switched on one after another",
        note(finding(parts)),
        figure("losses", found),
        f"<table><thead>{heads}</thead><tbody>{body}</tbody></table>",
        small("The parts add up to the whole for every query. Their order is part of the figures."),
    )


def plans(facts: Facts) -> str:
    """Every measured plan, neighbours and judgements side by side; libraries stand among ours."""
    best = {p.plan for p in front(points_of(facts.results, facts.estimates["recall"], facts.faults)) if not p.broken}
    chosen = facts.chosen.plan if facts.chosen else ""
    lines = [(r.bytes_per_vector, r.plan, _own(facts, r, r.plan in best, r.plan == chosen)) for r in facts.results]
    for x in facts.libraries:
        pace = x.queries_per_second / x.float_queries_per_second
        name = f'{escape(str(x.peer))} <span class="tv-small">faiss</span>'
        cells = _figures(facts, f"faiss {x.peer}", float(x.peer.nbytes), pace, x.fit_seconds)
        lines.append(
            (float(x.peer.nbytes), str(x.peer), f'<tr><td><span class="tv-plan">{name}</span></td>{cells}</tr>')
        )
    judged = bool(facts.estimates["ndcg"])
    heads = ["Plan", "Bytes", f"Recall@{facts.subject.k}", *(["nDCG@10", "MRR@10"] if judged else [])]
    heads += ["Speed, × float32", "Learned in"]
    kinds = [""] * (4 if judged else 3) + [" class=wide"] * 3
    body = "".join(html for _, _, html in sorted(lines))
    about = f"{words.plural(len(lines), 'plan')}, from few bytes to many, 95 % intervals"
    after = "Bold: nothing smaller keeps more. " + ("Shaded: recommended." if chosen else "")
    return section(
        "Everything that was measured",
        about,
        f'<table class="plans"><thead>{_cells("th", heads, kinds)}</thead><tbody>{body}</tbody></table>',
        small(after),
    )


def _cells(tag: str, texts: Iterable[str], kinds: Iterable[str]) -> str:
    """A row of texts; those of the kind `wide` are not shown on a phone."""
    return f"<tr>{''.join(f'<{tag}{kind}>{_greyed(t)}</{tag}>' for t, kind in zip(texts, kinds, strict=False))}</tr>"


def _greyed(text: str) -> str:
    """A figure with its interval in grey."""
    figure, bracket, rest = text.partition(" [")
    return f"{escape(figure)} <i>[{escape(rest)}</i>" if bracket else escape(text)


def _own(facts: Facts, r: Result, best: bool, chosen: bool) -> str:
    kind = " ".join(name for name, on in (("best", best), ("on", chosen)) if on)
    fault = facts.faults.get(r.plan)
    more = small(f"Fails a self-test: {fault}") if fault else ""
    pace = r.queries_per_second / r.float_queries_per_second
    figures = _figures(facts, r.plan, r.bytes_per_vector, pace, r.fit_seconds)
    return f'<tr class="{kind}"><td><span class="tv-plan">{escape(r.plan)}</span>{more}</td>{figures}</tr>'


def _figures(facts: Facts, name: str, size: float, pace: float, seconds: float) -> str:
    judged = bool(facts.estimates["ndcg"])
    found = [_estimate(facts.estimates["recall"].get(name))]
    found += [_estimate(facts.estimates["ndcg"].get(name))] if judged else []
    more = [_estimate(facts.estimates["mrr"].get(name))] if judged else []
    more += [words.times(pace).removesuffix(" ×"), words.seconds(seconds)]
    first = "".join(f"<td>{cell}</td>" for cell in (words.count(size), *found))
    return first + "".join(f'<td class="wide">{cell}</td>' for cell in more)


def _estimate(i: Interval | None) -> str:
    return "" if i is None else _greyed(words.estimate(i))
