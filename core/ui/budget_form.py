"""The budget as people state it: bytes, a ratio, or so many vectors in so much memory; a target; further limits."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.ui import controls

RATIOS = [2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192]
WAYS = {"Bytes": "bytes", "Ratio": "ratio", "Memory": "memory"}
GIB = float(1 << 30)


def limits() -> dict[str, Any]:
    """The first row: what may be spent. A part of what `core.recommend.read` takes."""
    way = WAYS[
        st.segmented_control(
            "Budget stated as", list(WAYS), default="Bytes", required=True, key="by", bind="query-params"
        )
    ]
    if way == "bytes":
        size = controls.budget("Bytes per vector, at most", width=300)
        return {"bytes": float(size)}
    if way == "ratio":
        ratio = st.select_slider("Times smaller than float32", RATIOS, 32, key="ratio", bind="query-params", width=300)
        return {"ratio": float(ratio)}
    rows = st.number_input("Vectors", 1, 10**11, 10_000_000, step=1_000_000, key="rows", bind="query-params", width=160)
    memory = st.number_input(
        "Memory, GiB at most", 0.001, 1e6, 1.0, step=0.25, key="gib", bind="query-params", format="%.2f", width=150
    )
    return {"rows": int(rows), "memory": float(memory) * GIB}


def target(k: int) -> dict[str, Any]:
    """The quality that is asked for, if any."""
    recall = st.number_input(
        f"Recall@{k}, at least",
        0.0,
        1.0,
        None,
        step=0.01,
        key="recall",
        bind="query-params",
        placeholder="as much as fits",
        width=190,
        help="With a target, the plan of fewest bytes whose interval lies above it is taken.",
    )
    return {"recall": float(recall)} if recall else {}


def more(known: dict[str, Any]) -> dict[str, Any]:
    """Limits that few people need: rows to come, disk, rows looked at, judged quality."""
    found: dict[str, Any] = {}
    with st.popover("More limits", width=140):
        if "rows" not in known:
            rows = st.number_input(
                "Vectors there will be", 1, 10**11, None, key="rows_then", bind="query-params",
                placeholder="as many as now",
                help="Codebooks are shared by so many. If there will be more than now, plans are judged by what they "
                "keep of vectors that they have not seen.",
            )  # fmt: skip
            found |= {"rows": int(rows)} if rows else {}
        disk = st.number_input(
            "Disk, GiB at most", 0.001, 1e9, None, key="disk", bind="query-params", placeholder="no limit",
            help="With room on disk, the codes that a reranker reads may lie there.",
        )  # fmt: skip
        looked = st.number_input(
            "Rows looked at, at most", 1, 10**11, None, key="looked", bind="query-params", placeholder="all of them",
            help="Scored per query; fewer than all takes an index of lists or a graph.",
        )  # fmt: skip
        kept = st.number_input(
            "Share of float32’s nDCG@10 to keep", 0.0, 1.0, None, step=0.01, key="kept", bind="query-params",
            placeholder="any", help="By the corpus’ own judgements, where it has some.",
        )  # fmt: skip
    found |= {"disk": float(disk) * GIB} if disk else {}
    found |= {"looked": float(looked)} if looked else {}
    return found | ({"ndcg": float(kept)} if kept else {})
