"""The frontier of every set on one page: ours by family, libraries hollow, the Gaussian line; self-contained."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from itertools import accumulate

from core.ui.charts import bytes_axis, figure
from core.ui.theme import LIGHT, MARKS
from tests.bench.one import Row
from tests.bench.report import name, rows_of

SIGNS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "star", "x", "pentagon")
INK = ("#59636E", "#7A5C00", "#005A9C", "#8A2A5B", "#2E6B2E", "#6A3FA0", "#A04000")
TEXT = "<b>%{customdata[0]}</b><br>%{x:.1f} B, recall@10 %{y:.3f}<br>%{customdata[1]}<extra></extra>"


def page(book: Row) -> str:
    """HTML with a chart for each set."""
    parts = []
    for fingerprint, about in book["sets"].items():
        rows = [r for r in rows_of(book, fingerprint) if "error" not in r]
        if rows:
            drawn = chart(rows, about["limit"])
            html = drawn.to_html(full_html=False, include_plotlyjs=not parts, config={"displayModeBar": False})
            title = f"{about['name']}: {about['n']:,} documents of {about['dim']} numbers"
            parts.append(f"<h2>{escape(title)}</h2>{html}")
    style = f"body {{ font-family: system-ui, sans-serif; max-width: 1100px; margin: 2em auto; color: {LIGHT.ink} }}"
    head = f"<meta charset='utf-8'><title>Thinvec beside libraries</title><style>{style}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>"


def chart(rows: list[Row], limit: dict[str, float]):
    """Recall@10 over bytes per vector."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["who"], row["family"]].append(row)
    libraries = sorted({who for who, _ in groups} - {"thinvec"})
    traces = [ours(family, some) for (who, family), some in groups.items() if who == "thinvec"]
    traces += [theirs(who, libraries.index(who), some) for (who, _), some in groups.items() if who != "thinvec"]
    traces += [best_so_far(rows, own) for own in (True, False)]
    sizes = sorted(map(int, limit))
    line = {"color": LIGHT.muted, "dash": "dash", "width": 1.5}
    level = [limit[str(s)] for s in sizes]
    traces.append({"type": "scatter", "x": sizes, "y": level, "mode": "lines", "line": line, "name": "Gaussian line"})
    xs = [r["bytes"] for r in rows]
    return figure(
        LIGHT,
        traces,
        560,
        showlegend=True,
        xaxis=bytes_axis(LIGHT, min(xs), max(xs)),
        yaxis={"title": {"text": "recall@10"}, "range": [max(0.0, min(r["recall"][0] for r in rows) - 0.05), 1.02]},
        margin={"l": 60},
        legend={"orientation": "v", "x": 1.01, "y": 1},
    )


def ours(family: str, rows: list[Row]) -> dict[str, object]:
    """Filled points in the family's colour."""
    mark = MARKS[family]
    marker = {"symbol": mark.symbol, "color": LIGHT.family[family], "size": mark.size}
    return points(rows, marker, f"Thinvec: {mark.words}")


def best_so_far(rows: list[Row], own: bool) -> dict[str, object]:
    """The most that any of ours, or any library, keeps at no more bytes."""
    some = sorted((r for r in rows if (r["who"] == "thinvec") == own), key=lambda r: r["bytes"])
    xs, ys = [r["bytes"] for r in some], list(accumulate((r["recall"][0] for r in some), max))
    line = {"shape": "hv", "width": 2.5 if own else 1.5, "color": LIGHT.family["flagship"] if own else LIGHT.muted}
    legend = f"best of {'Thinvec' if own else 'the libraries'}"
    return {"type": "scatter", "x": xs, "y": ys, "mode": "lines", "line": line, "name": legend, "hoverinfo": "skip"}


def theirs(who: str, i: int, rows: list[Row]) -> dict[str, object]:
    """Hollow points, one sign and colour for each library."""
    marker = {"symbol": f"{SIGNS[i % len(SIGNS)]}-open", "color": INK[i % len(INK)], "size": 9}
    return points(rows, marker, who)


def points(rows: list[Row], marker: dict[str, object], legend: str) -> dict[str, object]:
    told = [[escape(name(r)), f"learned in {r['fit_seconds']:.1f} s"] for r in rows]
    xs, ys = [r["bytes"] for r in rows], [r["recall"][0] for r in rows]
    shown = {"mode": "markers", "marker": marker, "name": legend, "customdata": told, "hovertemplate": TEXT}
    return {"type": "scatter", "x": xs, "y": ys, **shown}
