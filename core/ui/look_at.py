"""The parts of the Corpus page: facts, lengths and spectrum, sample rows."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core import words
from core.types import Corpus
from core.ui import facts as worked_out
from core.ui import part_charts, sentences
from core.ui.charts import CONFIG
from core.ui.data import Data
from core.ui.parts import draw, head, line, table
from core.ui.theme import Look

ROWS = 6


def sources(source: Data, corpus: Corpus | None) -> str:
    """Where texts, queries and judgements come from."""
    meta = source.meta
    train = f", {words.count(meta['train_q'])} more to learn from" if meta["train_q"] else ""
    judged = f" {words.count(meta['judgements'])} judged pairs." if meta["judgements"] else " No judgements."
    made = "vectors from a file" if meta["encoder"] == "given" else f"encoded by {meta['encoder']}"
    queries = words.plural(meta["q"], "held-out query", "held-out queries")
    return f"{source.title}, {made}. {queries} ({sentences.origin(meta['query_source'])}){train}.{judged}"


def facts(source: Data, corpus: Corpus | None) -> None:
    """Key and value."""
    lines = [head(source.title)]
    if corpus:
        n = worked_out.lengths(corpus.fingerprint)
        lines += [
            line("Documents", words.count(len(corpus.texts))),
            line("Words per document, median", words.count(float(np.median(n)))),
            line("Held-out queries", words.count(len(corpus.queries))),
            line("Queries to learn from", words.count(len(corpus.train_queries))),
            line("Queries come from", corpus.query_source),
            line("Judged pairs", words.count(len(corpus.qrels))),
        ]
    if source.vectors:
        meta, shape = source.meta, worked_out.shape(source.vectors)
        lines += (
            []
            if corpus
            else [
                line("Documents", words.count(meta["n"])),
                line("Held-out queries", words.count(meta["q"])),
                line("Queries to learn from", words.count(meta["train_q"])),
                line("Queries come from", sentences.origin(meta["query_source"])),
            ]
        )
        lines += [
            line("Encoder", "not named" if meta["encoder"] == "given" else meta["encoder"]),
            line("Dimensions", words.count(meta["dim"])),
            line(
                "Effective rank",
                f"{shape.rank:.0f}",
                hint="Directions that would carry as much, were the variance spread evenly: exp of its entropy",
            ),
            line("As float32", words.size(4.0 * meta["dim"] * meta["n"])),
        ]
    draw(*lines)


def pictures(source: Data, corpus: Corpus | None, look: Look, narrow: bool) -> None:
    """Lengths and spectrum, side by side where there is room."""
    places = st.columns(2, gap="medium")
    if corpus:
        with places[0]:
            draw(head("How long documents are", "count of documents"))
            figure = part_charts.lengths(worked_out.lengths(corpus.fingerprint), look=look, narrow=narrow)
            st.plotly_chart(figure, key="lengths", theme=None, config=CONFIG, alt="Histogram of words per document.")
    if source.vectors:
        shape = worked_out.shape(source.vectors)
        with places[1 if corpus else 0]:
            draw(head("Spectrum", "share of the variance, log scale"))
            figure = part_charts.spectrum(shape.eigenvalues, look=look, narrow=narrow)
            st.plotly_chart(
                figure,
                key="spectrum",
                theme=None,
                config=CONFIG,
                alt=f"Variance per principal direction; effective rank {shape.rank:.0f}.",
            )


def sample(source: Data, corpus: Corpus | None) -> None:
    """A few rows, spread over the corpus."""
    if not corpus:
        draw(head("Rows", "these vectors came without texts"))
        return
    step = max(1, len(corpus.texts) // ROWS)
    picked = list(range(0, len(corpus.texts), step))[:ROWS]
    rows = [[f"{i:,}", _cut(corpus.texts[i], 260)] for i in picked]
    draw(head("Some documents"), table(["Row", "Text"], rows, "tv-rows"))
    if corpus.queries:
        step = max(1, len(corpus.queries) // ROWS)
        asked = [[f"{i:,}", _cut(corpus.queries[i], 160)] for i in list(range(0, len(corpus.queries), step))[:ROWS]]
        draw(head("Some held-out queries", corpus.query_source), table(["Number", "Query"], asked, "tv-rows"))


def _cut(text: str, longest: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"
