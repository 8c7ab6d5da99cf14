"""The CSS of the app, one block: what the theme of Streamlit cannot say. If a rule stops matching, nothing breaks."""

from __future__ import annotations

from core.ui import builder_cards, codec_pictures, families
from core.ui.theme import MONO, Look

RULES = """
[data-testid="stHeader"]{border-bottom:1px solid var(--tv-line)}
[data-testid="stMainBlockContainer"]{max-width:1280px;padding-left:80px;padding-right:80px;margin:0 auto}
[data-testid="stSliderThumbValue"]{color:inherit}
button[data-variant="segmented_control"][aria-checked="true"],
button[data-variant="segmented_control"][aria-checked="true"] *{color:inherit!important;font-weight:600}
button[data-variant="segmented_control"]{min-height:38px}
.st-key-eyes{position:absolute;height:0;overflow:hidden}
.st-key-chart{margin-top:-14px}
.st-key-slot{min-height:62px}
[data-testid="stHtml"] h1{font-size:1.8rem;font-weight:600;line-height:1.2;padding:0;margin:0;
letter-spacing:-0.01em;color:var(--tv-ink)}
.tv{color:var(--tv-ink);font-size:15px;line-height:1.45}
.tv p{margin:0}
.tv-note,.tv-note p{color:var(--tv-muted);font-size:14px;line-height:1.45;margin:0}
.tv-small{color:var(--tv-muted);font-size:13px;line-height:1.5;margin:0}
.tv-cut{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.tv-aside{color:var(--tv-muted);font-size:13px}
.tv-plan{font-family:var(--tv-mono)}
.tv .tv-out{margin-top:8px}
.tv-big{font-family:var(--tv-mono);font-size:17px;margin:2px 0 6px;overflow-wrap:anywhere}
.tv-h{font-weight:600;margin:0 0 2px}
.tv-h+table{margin-top:8px}
.tv-h span{font-weight:400;color:var(--tv-muted);font-size:13.5px}
.tv hr{border:0;border-top:1px solid var(--tv-line);margin:10px 0}
.tv-l{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;margin:3px 0;
font-variant-numeric:tabular-nums}
.tv-l>*{min-width:0;overflow-wrap:anywhere}
.tv-l>:last-child{text-align:right;margin-left:auto}
.tv-l i,.tv-l.mute{font-style:normal;color:var(--tv-muted)}
.tv-l.sum{border-top:1px solid var(--tv-line);padding-top:5px;margin-top:5px;font-weight:600}
.tv .ledger{display:flex;gap:1px;height:9px;margin:6px 0 8px}
.tv .ledger i{display:block;min-width:2px}
.tv table{width:100%;border-collapse:separate;border-spacing:0;border:1px solid var(--tv-line);border-radius:8px;
overflow:hidden;font-size:14px;font-variant-numeric:tabular-nums}
.tv th{background:var(--tv-card);color:var(--tv-muted);font-weight:500;font-size:13px;text-align:right;
padding:8px 10px}
.tv td{border-top:1px solid var(--tv-line);text-align:right;padding:7px 10px;white-space:nowrap}
.tv th:first-child,.tv td:first-child{text-align:left;white-space:normal}
.tv table+.tv-small,.tv table+.tv-note{margin-top:8px}
.tv tr.on td{background:var(--tv-card);font-weight:600}
.tv button{all:unset;cursor:pointer;font-family:var(--tv-mono);font-size:13.5px;color:var(--tv-ink);
overflow-wrap:anywhere}
.tv button:hover{text-decoration:underline}
.tv button:focus-visible{outline:2px solid var(--tv-muted);outline-offset:2px}
[data-testid="stTopNavLink"]:focus-visible,[data-testid="stCheckbox"] label:has(input:focus-visible),
div:has(>[data-testid="stSliderThumbValue"]):has(input:focus-visible){outline:2px solid var(--tv-muted)!important;
outline-offset:2px}
[data-testid="stCheckbox"] label{border-radius:4px}
.tv .lost{color:var(--tv-lost)}
.tv .gained{color:var(--tv-gained)}
.tv-hit{border-top:1px solid var(--tv-line);padding:7px 0;display:grid;grid-template-columns:24px minmax(0,1fr);
column-gap:4px}
.tv-hit b{font-variant-numeric:tabular-nums;font-size:14px}
.tv-hit .top{display:flex;justify-content:space-between;gap:8px;font-size:12.5px;color:var(--tv-muted);
white-space:nowrap}
.tv-hit .top .tv-plan{overflow:hidden;text-overflow:ellipsis;direction:rtl;text-align:left}
.tv-small+.tv-hit{margin-top:8px}
.tv-bullets{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:12px 28px;margin:10px 0}
.tv-figure{font-size:19px;font-weight:600;margin:0 0 6px;font-variant-numeric:tabular-nums}
.tv-figure span{font-weight:400;font-size:14px;color:var(--tv-muted)}
.tv-bullets .bar{position:relative;height:6px;background:var(--tv-line);margin:2px 0 8px}
.tv-bullets .bar i{position:absolute;left:0;top:0;height:6px;background:var(--tv-muted)}
.tv-bullets .bar .tick{top:-5px;width:2px;height:16px;background:var(--tv-ink)}
.tv .tv-defs{margin:6px 0 0;padding:0}
.tv-defs dt{font-weight:600;margin:12px 0 0}
.tv-defs dt span{font-weight:400;color:var(--tv-muted);font-size:13px}
.tv-defs dd{margin:0;color:var(--tv-muted);font-size:14px;max-width:68ch}
.tv-hit em{font-style:normal}
.tv-hit .text{font-size:13.5px;line-height:1.4;height:2.8em;overflow:hidden;display:-webkit-box;-webkit-line-clamp:2;
-webkit-box-orient:vertical;overflow-wrap:anywhere}
.st-key-families{margin:-6px 0 2px}
.st-key-families button{min-height:30px;padding:2px 10px;font-size:13px}
.st-key-families button::before{margin-right:6px;font-size:12px}
.st-key-families button,.st-key-families button:hover{background:var(--tv-page)!important;
border-color:var(--tv-line)!important}
.st-key-families button *{color:var(--tv-ink)!important}
.st-key-families button[aria-pressed="false"],
.st-key-families button[aria-pressed="false"] *{color:var(--tv-muted)!important}
.st-key-families button[aria-pressed="false"]::before{opacity:.35}
.tv .light{display:inline-block;width:9px;height:9px;border-radius:50%;border:1.5px solid var(--tv-muted);flex:none}
.tv .light.passed{background:var(--tv-passed);border-color:var(--tv-passed)}
.tv .light.failed{background:var(--tv-error);border-color:var(--tv-error)}
.tv .light.waiting{border-style:dotted}
.tv .tv-codes{table-layout:fixed}
.tv .tv-codes td{white-space:normal;vertical-align:top}
.tv .tv-codes td:nth-child(2){text-align:left}
.tv .tv-codes col.name{width:104px}
.tv .tv-codes col.figure{width:92px}
.tv .tv-codes col.picture{width:154px}
.tv .tv-codes th.picture,.tv .tv-codes td:nth-child(3):not(:last-child){text-align:left}
.tv .tv-codes .light{margin-right:8px}
.tv .tv-codes tr.broken td,.tv .tv-codes tr.broken button{color:var(--tv-muted)}
.tv .tv-codes tr.on td{font-weight:400}
.tv .tv-codes tr.on button{font-weight:600}
[data-testid="stColumn"] [data-testid="stLayoutWrapper"]:has(>.st-key-entry){position:sticky;top:76px}
[data-testid="stColumn"] .st-key-entry{max-height:calc(100vh - 96px);overflow-y:auto;flex-wrap:nowrap}
.tv .tv-knobs td,.tv .tv-knobs th{white-space:normal;vertical-align:top;padding:6px 8px}
.tv .tv-knobs td:nth-child(2),.tv .tv-knobs th:nth-child(2){text-align:left}
.tv .formula{color:var(--tv-muted);font-size:13px;display:block}
.tv-fact{font-size:14px;line-height:1.5}
.tv-fact+.tv-fact{margin-top:6px}
.tv-fact b{font-weight:600;margin-right:4px}
.tv-fact+.tv-h,.tv-knobs+.tv-h{margin-top:12px}
.st-key-codes .tv{margin-bottom:4px}
.tv-test{display:grid;grid-template-columns:18px minmax(0,1fr);font-size:13px;line-height:1.45;margin:3px 0;
overflow-wrap:anywhere}
.tv-test .light{margin-top:5px}
.tv-test i{font-style:normal;color:var(--tv-muted)}
.st-key-rows button{display:none}
.tv .tv-rows td,.tv .tv-rows th{text-align:left;vertical-align:top;white-space:normal;overflow-wrap:anywhere}
.tv .tv-rows th{overflow-wrap:normal}
.tv .tv-rows td:first-child,.tv .tv-rows th:first-child{white-space:nowrap;overflow-wrap:normal;
color:var(--tv-muted);width:1%}
.tv .tv-engines td{overflow-wrap:normal}
.tv .tv-paired td:nth-child(4){white-space:normal}
.tv .tv-values{margin:2px 0 0;padding-left:18px;overflow-wrap:anywhere}
.tv-error{color:var(--tv-error);white-space:pre-wrap;font-size:14.5px}
.tv-error.mono{font-family:var(--tv-mono);font-size:13.5px}
[data-testid="stFileUploaderDropzoneInstructions"]{display:none}
.st-key-chart .annotation-text{paint-order:stroke;stroke:var(--tv-page);stroke-width:3px;stroke-linejoin:round}
.st-key-compare_a input,.st-key-compare_b input,.st-key-drift_plan input,.st-key-latency_plans [data-tag],
.st-key-plans input,.st-key-scale_plans input,.st-key-hard_plan input,.st-key-hard_beside input,
.st-key-a input,.st-key-b input{font-family:var(--tv-mono);font-size:13.5px}
.tv-ramp{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:2px 16px;margin-bottom:-4px}
.tv-ramp>div{display:flex;align-items:center;gap:6px;color:var(--tv-muted);font-size:13.5px}
.tv-ramp .names{flex-wrap:wrap;gap:0 12px;font-size:13px}
.tv-ramp .steps{display:inline-flex;gap:1px}
.tv-ramp .steps i{width:17px;height:12px}
.st-key-map_chart{position:relative;border-radius:8px;overflow:hidden}
.st-key-map_chart::after{content:"";position:absolute;inset:0;border:1px solid var(--tv-line);border-radius:8px;
pointer-events:none;z-index:2}
.st-key-map_slot{min-height:150px}
.tv .tv-picked{font-size:15.5px;line-height:1.4;margin-bottom:8px;overflow-wrap:anywhere}
.tv .tv-near{table-layout:fixed;border:0;border-radius:0;font-size:13px}
.tv .tv-near col.rank{width:24px}
.tv .tv-near col.step{width:30px}
.tv .tv-near th,.tv .tv-near td{background:none;border:0;padding:3px 0;text-align:center;font-weight:400}
.tv .tv-near thead tr:first-child th{text-align:left}
.tv .tv-near thead tr:first-child th:last-child{text-align:right}
.tv .tv-near td.rank{text-align:right;padding-right:8px;color:var(--tv-muted)}
.tv .tv-near td.name{text-align:left;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;padding-right:6px}
.tv .tv-near td.name button,.tv .tv-near td.name span{font-family:inherit;font-size:13px;overflow-wrap:normal}
.tv .tv-near td.name>*{display:block;width:100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.tv .tv-signs{margin-top:8px}
.tv .tv-near td.name .mono{font-family:var(--tv-mono);font-size:12px}
.tv .tv-near th button{font-family:inherit;font-size:13px;color:var(--tv-muted);font-variant-numeric:tabular-nums}
.tv .tv-near th.on button{color:var(--tv-ink);font-weight:600}
.tv .tv-near .on{background:var(--tv-card)}
.tv .tv-near td.lost,.tv-signs .lost{color:var(--tv-lost);font-weight:600}
.tv .tv-near td.open{color:var(--tv-muted)}
.tv-signs .kept{color:var(--tv-ink)}
.tv-signs .gained{color:var(--tv-gained);font-weight:700;font-size:16px;line-height:1}
.st-key-map_line input{font-family:var(--tv-mono);font-size:13.5px}
@media(max-width:1279px){
[data-testid="stMainBlockContainer"]{padding-left:40px;padding-right:40px}
}
@media(max-width:640px){
[data-testid="stMainBlockContainer"]{padding-left:16px;padding-right:16px}
.tv .wide{display:none}
[data-testid="stHtml"] h1{font-size:1.45rem}
}
"""


def css(look: Look) -> str:
    """The block for this theme."""
    names = {
        "ink": look.ink,
        "muted": look.muted,
        "line": look.line,
        "card": look.card,
        "page": look.page,
        "lost": look.lost,
        "gained": look.gained,
        "error": look.error,
        "passed": look.passed,
        "mono": MONO,
    }
    root = "".join(f"--tv-{k}:{v};" for k, v in names.items())
    return f"<style>:root{{{root}}}{RULES}{codec_pictures.RULES}{builder_cards.RULES}{families.css(look)}</style>"
