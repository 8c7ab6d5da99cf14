"""Bringing data: a file becomes a corpus or vectors in the store, and the page is about it from then on."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core import corpus as readers
from core import words
from core.corpus.queries import How, hold_out, hold_out_rows
from core.errors import ThinvecError
from core.types import Corpus
from core.ui import public, services, state
from core.ui.columns import columns
from core.ui.parts import draw, problem, small

KINDS = ["csv", "tsv", "jsonl", "txt", "parquet", "zip", "npy", "npz"]
TABLES = ("csv", "tsv", "jsonl", "parquet")
VECTORS = ("npy", "npz")
HOWS: dict[str, How] = {"Held-out documents": "documents", "First sentences": "first sentences"}
UNITS = {"A line each": "line", "A paragraph each": "paragraph"}


def box() -> None:
    """The upload box with its few options; nothing is read before a file and the options are given."""
    if public.public():
        draw(small(f"This is a public demo, so it takes no files. {public.AT_HOME}"))
        return
    file = st.file_uploader(
        "Texts or vectors", KINDS, key=place(), help="An npz holds arrays named docs and, if there are any, queries."
    )
    if file is None:
        most = f"Up to {st.get_option('server.maxUploadSize')} MiB."
        draw(small(f"Texts: csv, tsv, jsonl, txt, parquet, BEIR as zip. Vectors: npy, npz, parquet. {most}"))
        return
    kind = file.name.rpartition(".")[2].lower()
    options: dict[str, Any] = {}
    if kind == "txt":
        options["unit"] = UNITS[
            st.segmented_control("Documents", list(UNITS), default="A line each", required=True, key="unit")
        ]
    if kind in TABLES:
        options |= column(file)
    how: How = "documents"
    if kind not in VECTORS:
        how = HOWS[
            st.segmented_control(
                "Queries, where the file has none", list(HOWS), default="Held-out documents", required=True, key="how"
            )
        ]
    st.button("Use this file", type="primary", key="use", on_click=take, args=(options, how))
    if said := st.session_state.pop("upload problem", None):
        problem(said)


def column(file: UploadedFile) -> dict[str, str]:
    """The column that the reader chooses, with its first values; {} for the one that would be taken anyway."""
    found, usual = columns(file.name, file.getvalue())
    if not found:
        return {}
    names = list(found)
    picked = st.selectbox("Column", names, names.index(usual) if usual in names else 0, key=f"column {place()}")
    rows = "".join(f"<li>{words.plain(value, 90) or '–'}</li>" for value in found[picked][:3])
    draw(small(f"First values of {picked}"), f'<ol class="tv-small tv-values">{rows}</ol>')
    return {} if picked == usual else {"column": picked}


def take(options: dict[str, Any], how: How) -> None:
    """Read the file and keep it; a problem is said on the next run of the page."""
    file = st.session_state[place()]
    try:
        found = readers.read(file.name, file.getvalue(), **options)
        if isinstance(found, Corpus):
            key = services.store().save_corpus(found if found.queries else hold_out(found, how))
        else:
            key = services.store().save_vectors(found if len(found.queries) else hold_out_rows(found))
    except ThinvecError as e:
        st.session_state["upload problem"] = e
        return
    st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1
    state.put("data", key)
    state.put("plan", "")


def place() -> str:
    """The key of the upload box: a new one after each file that was taken, so that the box is empty again."""
    return f"file {st.session_state.get('uploads', 0)}"
