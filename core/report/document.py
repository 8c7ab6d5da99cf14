"""The report as one HTML file: it asks nothing of any network, and its policy forbids it to.

Everything is inside: style, figures as data, plotly.js once, and a script that draws the figures for the width and the
light that there are, and in the light for paper.
"""

from __future__ import annotations

import json
from html import escape

from core.report import sections
from core.report.facts import Facts
from core.report.method import method
from core.report.pictures import pictures
from core.report.script import SCRIPT
from core.report.style import css

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
SILENT = POLICY.replace("script-src 'unsafe-inline'; ", "")


def page(facts: Facts) -> str:
    """The file, as text (HTML 5, UTF-8)."""
    from plotly.offline import get_plotlyjs

    found = pictures(facts)
    parts = [
        sections.top(facts),
        "<noscript><p>The charts need JavaScript. Every figure in them is in the tables below.</p></noscript>",
        sections.frontier(facts, found),
        sections.advice(facts),
        sections.ledger(facts, found),
        sections.losses(facts, found),
        sections.plans(facts),
        method(facts),
    ]
    figures = data({name: picture.specs for name, picture in found.items()})
    scripts = f'<script type="application/json" id="figures">{figures}</script>'
    scripts += f"<script>{get_plotlyjs()}</script><script>{SCRIPT}</script>"
    return document(f"{facts.meta['name']}: {sections.headline(facts)}", "".join(parts), POLICY, scripts)


def document(title: str, body: str, policy: str = SILENT, scripts: str = "") -> str:
    """A whole page in our clothes, under a policy; by default one without scripts."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title><style>{css()}</style></head>'
        f'<body><main class="tv">{body}</main>{scripts}</body></html>\n'
    )


def data(value: object) -> str:
    """JSON that is safe inside a script element: nothing in it can end one."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
