"""The end of a report: which data, how it was measured, what the figures mean, and what made them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from core import words
from core.evaluate.method import ends, rules, versions
from core.evaluate.metrics import METRICS
from core.evaluate.speed import PROTOCOL
from core.report.facts import Facts
from core.report.sections import section

TOLD = ("recall", "ndcg", "mrr", "bytes_per_vector", "overhead", "queries_per_second", "fit_seconds", "limit_recall")


def method(facts: Facts) -> str:
    """All of it."""
    s, k = facts.subject, facts.subject.k
    meant = [(m.title(k), ends(m), m.explained(k)) for m in (METRICS[name] for name in TOLD)]
    how = [(name, "", rule) for name, rule in ({**rules(s.seed), "Speed": PROTOCOL}).items()]
    if facts.machine:
        how.append(("Machine", "", f"Figures that came with the demo were measured on {facts.machine}."))
    return (
        section("Which data", "", _pairs(_data(facts)))
        + section("How it was measured", "", _list(how))
        + section("What the figures mean", "", _list(meant))
        + section("Versions", "of the code that made this file", _pairs(versions()))
    )


def _data(facts: Facts) -> dict[str, str]:
    """Names are people's words; the rest is ours."""
    meta, s = facts.meta, facts.subject
    found = {
        "Corpus": str(meta["name"]),
        "Documents": f"{words.count(meta['n'])}, {meta['dim']} dimensions each",
        "Encoder": str(meta["encoder"]),
        "Held-out queries": f"{words.count(meta['q'])} ({meta['query_source']})",
        "Training queries": words.count(meta.get("train_q", 0)),
        "Judgements": words.count(meta.get("judgements", 0)),
        "Fingerprint of the vectors": s.vectors,
        "Fingerprint of the corpus": str(meta.get("corpus") or "no texts"),
        "Neighbours, k": str(s.k),
        "Seed": str(s.seed),
    }
    return found | ({"Run": s.run} if s.run else {})


def _pairs(found: Mapping[str, str]) -> str:
    """Names and values side by side."""
    rows = "".join(f'<div class="tv-l"><span>{escape(n)}</span><bdi>{escape(v)}</bdi></div>' for n, v in found.items())
    return f'<div class="pairs">{rows}</div>'


def _list(found: Iterable[tuple[str, str, str]]) -> str:
    """Names, each with a remark, and a sentence below."""
    rows = (f"<dt>{escape(n)} <span>{escape(aside)}</span></dt><dd>{escape(text)}</dd>" for n, aside, text in found)
    return f"<dl>{''.join(rows)}</dl>"
