"""The table in text: all rows of a set by size, and who is best at each size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.evaluate.intervals import difference
from tests.bench.one import Row

HEAD = (
    f"{'bytes':>7} {'+ shared':>8} {'recall@10, 95 %':>20} {'apart':>6} {'nDCG':>6} {'MRR':>6} {'fit s':>7} "
    f"{'rows/s':>8} {'q/s':>7} {'batch':>7} {'peak':>6}  plan"
)
NOTES = """bytes: per vector, codes and side information. shared: codebooks, maps, centroids and stored ids, per vector.
recall@10: exact neighbours found, ties within 0.001. apart: learned on one half of the documents, the other searched;
not tried where learning takes over a minute, unless the codebooks are large.
fit, encoding (rows/s), q/s (one query at a time; batch: up to 100 at once): one thread on one core. A dash in rows/s:
learning and coding are one step. peak: MiB taken while learning, coding and searching."""


def name(row: Row) -> str:
    return row["plan"] if row["who"] == "thinvec" else f"{row['who']}: {row['plan']}"


def line(row: Row) -> str:
    """One row, or why there is none."""
    if "error" in row:
        return f"{'':7} {row['error'][:90]:>92}  {name(row)}"
    r = row["recall"]
    apart = row.get("apart")
    return " ".join(
        [
            f"{row['bytes']:7.1f} {row['overhead']:8.1f} {r[0]:.3f} [{r[1]:.3f}, {r[2]:.3f}]",
            cell(apart and apart[0], 6, ".3f"),
            cell(row.get("ndcg"), 6, ".3f"),
            cell(row.get("mrr"), 6, ".3f"),
            cell(row["fit_seconds"], 7, ".1f"),
            cell(row["encode_rows_per_second"], 8, ",.0f"),
            cell(row.get("queries_per_second"), 7, ",.0f"),
            cell(row.get("batch_queries_per_second"), 7, ",.0f"),
            cell(row.get("peak"), 6, ",.0f"),
            f" {name(row)}",
        ]
    )


def cell(value: float | None, width: int, form: str) -> str:
    return (format(value, form) if value is not None else "–").rjust(width)


def rows_of(book: Row, fingerprint: str) -> list[Row]:
    """Rows with figures; of a plan that was measured by several versions, the last."""
    last: dict[str, Row] = {}
    for row in sorted((r for r in book["rows"].values() if r["set"] == fingerprint), key=lambda r: r["at"]):
        last[name(row)] = row
    return list(last.values())


def table(book: Row) -> str:
    """Every row of every set, by size, best first."""
    out = []
    for fingerprint, about in book["sets"].items():
        rows = rows_of(book, fingerprint)
        good = sorted((r for r in rows if "error" not in r), key=lambda r: (r["bytes"], -r["recall"][0]))
        out += [f"\n{about['name']}: {about['n']:,} x {about['dim']}", HEAD, *map(line, good)]
        out += [line(r) for r in rows if "error" in r]
    return "\n".join([*out, "", NOTES])


def best_table(book: Row, budgets: Sequence[int]) -> str:
    """At each size: the Gaussian line, our best and the best library at no more bytes, and their difference, paired.

    Both are chosen by the figure shown, so both are flattered alike, the longer list a little more.
    """
    out = []
    for fingerprint, about in book["sets"].items():
        rows = [r for r in rows_of(book, fingerprint) if "error" not in r]
        for figure in ("recall", "apart"):
            found = [text for size in budgets if (text := duel(rows, size, figure, about["limit"]))]
            if found:
                words = "learned on other rows" if figure == "apart" else "ours − library, 95 %"
                out += [f"\n{about['name']}, best recall@10 at no more bytes ({words})", *found]
    return "\n".join(out)


def duel(rows: list[Row], size: int, figure: str, limit: dict[str, float]) -> str:
    """One line, or '' where one side has nothing."""
    fits = [r for r in rows if r["bytes"] <= size and r.get(figure)]
    ours, theirs = ([r for r in fits if (r["who"] == "thinvec") == own] for own in (True, False))
    if not ours or not theirs:
        return ""
    a, b = (max(side, key=lambda r: r[figure][0]) for side in (ours, theirs))
    gap = ""
    if figure == "recall":
        d = difference(digits(a), digits(b))
        gap = f"{d.mean:+.3f} [{d.low:+.3f}, {d.high:+.3f}]"
    against = cell(limit.get(str(size)), 5, ".3f") if figure == "recall" else ""
    return f"{size:5d} B  {against:5}  {a[figure][0]:.3f} {name(a):44} {b[figure][0]:.3f} {name(b):40} {gap}"


def digits(row: Row) -> np.ndarray:
    """Recall per query from its string."""
    return np.array([int(c, 11) for c in row["hits"]]) / 10
