"""The clothes of a report: the colours of the pages, light or dark as the reader has it, and light on paper."""

from __future__ import annotations

from core.ui.theme import DARK, FONT, LIGHT, MONO, Look

RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;background:var(--tv-page);color-scheme:light dark}
body{margin:0;font-family:var(--tv-font);font-size:15px;line-height:1.45;color:var(--tv-ink);background:var(--tv-page)}
main{max-width:900px;margin:0 auto;padding:28px 40px 64px}
h1{font-size:27px;line-height:1.2;font-weight:600;letter-spacing:-.01em;margin:18px 0 8px;text-wrap:balance;
overflow-wrap:anywhere}
h2{font-size:18px;font-weight:600;line-height:1.3;margin:44px 0 8px;overflow-wrap:anywhere}
h2 span,.tv-h span{font-weight:400;color:var(--tv-muted);font-size:14px}
p{margin:0 0 6px;overflow-wrap:anywhere}
hr{border:0;border-top:1px solid var(--tv-line);margin:14px 0}
a{color:inherit}
.brand{display:flex;align-items:center;gap:8px;color:var(--tv-muted);font-size:14px}
.brand button{margin-left:auto;font:inherit;color:var(--tv-ink);background:none;border:1px solid var(--tv-line);
border-radius:6px;padding:6px 14px;cursor:pointer}
.brand button:hover{border-color:var(--tv-ink)}
:focus-visible{outline:2px solid var(--tv-muted);outline-offset:2px}
.tv-note{color:var(--tv-muted);font-size:14px}
.tv-small{color:var(--tv-muted);font-size:13px;line-height:1.5}
.tv-plan{font-family:var(--tv-mono);font-size:13.5px;overflow-wrap:anywhere}
.tv-big{font-family:var(--tv-mono);font-size:18px;margin:2px 0 8px}
.tv-h{font-weight:600;margin:0 0 4px}
.card{border:1px solid var(--tv-line);border-radius:8px;padding:16px 18px}
.card>:last-child{margin-bottom:0}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:8px 28px}
.pairs{columns:2;column-gap:28px}
.pairs .tv-l{margin:0;padding:3px 0}
.tv-l{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;margin:3px 0;break-inside:avoid;
font-variant-numeric:tabular-nums}
.tv-l>*{min-width:0;overflow-wrap:anywhere}
.tv-l>:last-child{text-align:right;margin-left:auto}
.pairs .tv-l>:first-child,.tv-l i{color:var(--tv-muted);font-style:normal}
.tv-bullets{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:12px 28px;margin:12px 0}
.tv-figure{font-size:19px;font-weight:600;margin:0 0 6px;font-variant-numeric:tabular-nums}
.tv-figure span{font-weight:400;font-size:14px;color:var(--tv-muted)}
.tv-bullets .bar{position:relative;height:6px;background:var(--tv-line);margin:2px 0 8px}
.tv-bullets .bar i{position:absolute;left:0;top:0;height:6px;background:var(--tv-muted)}
.tv-bullets .bar .tick{top:-5px;width:2px;height:16px;background:var(--tv-ink)}
.plot{margin:10px 0;overflow:hidden}
table{width:100%;border-collapse:separate;border-spacing:0;border:1px solid var(--tv-line);border-radius:8px;
font-size:14px;font-variant-numeric:tabular-nums;margin:10px 0}
th{background:var(--tv-card);color:var(--tv-muted);font-weight:500;font-size:13px;text-align:right;padding:8px 10px;
vertical-align:bottom}
th:first-child{border-top-left-radius:8px}
th:last-child{border-top-right-radius:8px}
td{border-top:1px solid var(--tv-line);text-align:right;padding:6px 10px;white-space:nowrap}
th:first-child,td:first-child{text-align:left;white-space:normal;overflow-wrap:anywhere}
td i{font-style:normal;color:var(--tv-muted);font-size:13px}
tr{break-inside:avoid}
tr.on td{background:var(--tv-card);font-weight:600}
tr.best td:first-child,tr.best td:nth-child(3){font-weight:600}
tr td i,tr td .tv-small{font-weight:400}
dl{margin:0}
dt{font-weight:600;margin-top:10px;break-after:avoid}
dt span{font-weight:400;color:var(--tv-muted);font-size:13px}
dd{margin:0;color:var(--tv-muted);font-size:14px;max-width:72ch}
@media screen and (max-width:899px){
main{padding:20px 16px 48px}
h1{font-size:23px}
h2 span{display:block}
.wide{display:none}
.pair{grid-template-columns:1fr}
.pairs{columns:1}
th,td{padding:6px 6px}
table{font-size:13.5px}
td i{display:block;font-size:12.5px}
}
@page{margin:14mm}
@media print{
main{max-width:none;padding:0}
#print{display:none}
.plot{zoom:.74;break-before:avoid;break-after:avoid}
.plot,.card{break-inside:avoid}
h2{break-after:avoid;break-inside:avoid;margin-top:28px}
body{font-size:13px;-webkit-print-color-adjust:exact;print-color-adjust:exact}
table{font-size:12px}
th,td{padding:4px 6px}
td i{font-size:11px}
dt,dd{break-inside:avoid}
}
"""


def css() -> str:
    """The whole of it; paper is light."""
    fonts = f"--tv-font:{FONT};--tv-mono:{MONO}"
    light, dark = _colours(LIGHT), _colours(DARK)
    return f":root{{{fonts};{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}{RULES}"


def _colours(look: Look) -> str:
    names = ("ink", "muted", "line", "card", "page", "lost", "gained", "error", "passed")
    return ";".join(f"--tv-{name}:{getattr(look, name)}" for name in names)
