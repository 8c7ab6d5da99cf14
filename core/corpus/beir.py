"""The BEIR layout: corpus.jsonl, queries.jsonl and qrels/*.tsv in a folder or a zip (Thakur 2021, arXiv:2104.08663).

Held-out queries are those judged in qrels/test.tsv; the others, and those of queries_train.jsonl, are for training.
Further fields of corpus.jsonl, its `metadata` and labels/corpus.tsv (document id, label) become columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.corpus import checks, metadata
from core.corpus.jsonl import objects, titled_text
from core.corpus.queries import HELD_OUT, split_queries
from core.corpus.source import Limits, check_size, opened, text_of, unzipped
from core.errors import DataError
from core.types import Corpus

JUDGED = ("qrels/test.tsv", "qrels/dev.tsv", "qrels/train.tsv")  # the first that is there judges
Get = Callable[[str], str | None]  # a path in the layout -> its text, None where there is no such file


def read(name: str, data: bytes | Path, limits: Limits) -> Corpus:
    """A BEIR folder or zip -> Corpus with queries and judgements."""
    if isinstance(data, Path) and data.is_dir():
        return assembled(name, lambda part: from_folder(data / part, limits), limits)
    with opened(data, name, limits) as (file, _), unzipped(file, name, limits) as archive:
        names = archive.namelist()
        top = min((n for n in names if n.split("/")[-1] == "corpus.jsonl"), key=len, default="corpus.jsonl")
        prefix = top.removesuffix("corpus.jsonl")
        return assembled(name, lambda p: text_of(archive.read(prefix + p), p) if prefix + p in names else None, limits)


def from_folder(path: Path, limits: Limits) -> str | None:
    """The text of a file in a folder, its size checked first."""
    if not path.is_file():
        return None
    check_size(path.stat().st_size, path.name, limits)
    return text_of(path.read_bytes(), path.name)


def assembled(name: str, get: Get, limits: Limits) -> Corpus:
    """Put the files together; judgements of unknown queries or documents are left out, as the BEIR tools do."""
    ids, texts, entries = records(get, "corpus.jsonl")
    if not texts:
        raise DataError(
            f"{name} has no corpus.jsonl with documents. Give a BEIR folder or zip, or one of the other formats."
        )
    corpus = checks.texts(name, texts, ids, limits)
    docs = checks.unique(ids, name, "document")
    query_ids, queries, _ = records(get, "queries.jsonl")
    numbers = checks.unique(query_ids, name, "query")
    part = next((p for p in JUDGED if get(p)), None)
    judged = judgements(get(part) or "", part) if part else []
    rows = [(numbers[q], docs[d], grade) for q, d, grade in judged if q in numbers and d in docs]
    if judged and queries and not rows:
        raise DataError(f"{name}: {part} names no query and document that are there. Check the ids.")
    qrels = np.array(rows, np.int64).reshape(-1, 3)
    held = sorted(set(qrels[:, 0].tolist())) if rows else range(len(queries))
    place = {old: new for new, old in enumerate(held)}
    qrels[:, 0] = [place[i] for i in qrels[:, 0].tolist()]
    others = [text for i, text in enumerate(queries) if i not in place] + records(get, "queries_train.jsonl")[1]
    given = tuple(queries[i] for i in held)
    known = metadata.fields(entries, ("_id", "title", "text")) | labels(get("labels/corpus.tsv") or "", ids)
    found = replace(corpus, queries=given, train_queries=tuple(others), qrels=qrels, columns=known)
    if not others and len(given) >= 2 * HELD_OUT:
        return replace(split_queries(found), query_source="given, one half for training")
    return found


def labels(text: str, ids: list[str]) -> dict[str, tuple[str, ...]]:
    """The column of a tsv of document id and label; a document without one has ''."""
    named = dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)
    return metadata.columns({"label": [named.get(i, "").strip() for i in ids]}) if named else {}


def records(get: Get, part: str) -> tuple[list[str], list[str], list[dict[str, Any]]]:
    """Ids, texts and whole records of a file of the layout; empty when it is not there."""
    found = list(objects(get(part) or "", part))
    missing = next((i for i, r in enumerate(found) if "_id" not in r), None)
    if missing is not None:
        raise DataError(f"{part}: row {missing + 1:,} has no '_id'. Give every document and query one.")
    texts = [titled_text(r, part, i) for i, r in enumerate(found)]
    empty = next((i for i, text in enumerate(texts) if not text), None)
    if empty is not None:
        raise DataError(f"{part}: the text of row {empty + 1:,} is empty. Remove that row or fill it.")
    return [str(r["_id"]) for r in found], texts, found


def judgements(text: str, part: str) -> list[tuple[str, str, int]]:
    """(query id, document id, grade) of a tsv with the header "query-id corpus-id score"; TREC's four columns too."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or (number == 1 and not cells[-1].strip().lstrip("-").isdecimal()):
            continue
        if len(cells) not in (3, 4) or not cells[-1].strip().lstrip("-").isdecimal():
            raise DataError(
                f"{part}: line {number:,} is not 'query-id corpus-id score': '{line[:60]}'. Write three columns."
            )
        rows.append((cells[0], cells[-2], int(cells[-1])))
    return rows
