"""Results are kept so that no question is measured twice: an SQLite index, and one parquet file of per-query rows each.

A result is found by its trial and by the version of its plan, so figures of code that has changed are never shown.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from core.errors import PlanError, StoreError
from core.evaluate.metrics import METRICS
from core.plan import parse
from core.store import Store, digest, replacing
from core.types import Result, Trial

MEASURE = 4  # raise it when the same plan, measured again, could give other figures
PER_QUERY = tuple(name for name, metric in METRICS.items() if metric.over)
TABLE = """create table if not exists results
    (key text primary key, vectors text, k integer, seed integer, plan text, time real, summary text)"""


class Results:
    """The run store of measured trials. Several processes may read and write it at once."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def save(self, result: Result) -> None:
        """Keep a result; one of the same trial and version is replaced."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        t = result.trial
        key = filed(t)
        rows = {name: a for name in PER_QUERY if (a := getattr(result, name)) is not None}
        length = max(map(len, rows.values()))
        columns = {name: [*map(float, a), *[None] * (length - len(a))] for name, a in rows.items()}
        with replacing(self.store.path("results", f"{key}.parquet")) as part:
            pq.write_table(pa.table({name: pa.array(c, pa.float64()) for name, c in columns.items()}), part)
        summary = {f.name: getattr(result, f.name) for f in fields(Result) if f.name not in PER_QUERY}
        summary |= {"trial": asdict(t), "ledger": dict(result.ledger), "state_bytes": dict(result.state_bytes)}
        with self._index() as db:
            row = (key, t.vectors, t.k, t.seed, t.plan, time.time(), json.dumps(summary))
            db.execute("insert or replace into results values (?, ?, ?, ?, ?, ?, ?)", row)

    def load(self, trial: Trial, version: str = "") -> Result | None:
        """The answer to this trial, or None. `version`: of the plan's stages, by default those of the running code."""
        with self._index() as db:
            row = db.execute("select key, summary from results where key = ?", (filed(trial, version),)).fetchone()
        return self._result(*row) if row else None

    def several(self, trials: Sequence[Trial]) -> dict[Trial, Result]:
        """The answers that there are to these trials, by the running code."""
        keys = {filed(trial): trial for trial in trials}
        query = f"select key, summary from results where key in ({', '.join('?' * len(keys))})"  # noqa: S608
        with self._index() as db:
            rows = db.execute(query, tuple(keys)).fetchall()
        return {keys[key]: self._result(key, text) for key, text in rows}

    def all(self, vectors: str, k: int = 10, seed: int = 0) -> list[Result]:
        """Every result on these vectors by the running code, oldest first."""
        query = "select plan, key, summary from results where (vectors, k, seed) = (?, ?, ?) order by time"
        with self._index() as db:
            rows = db.execute(query, (vectors, k, seed)).fetchall()
        return [self._result(key, text) for plan, key, text in rows if _is_current(key, Trial(vectors, plan, k, seed))]

    def drop(self, trial: Trial) -> None:
        """Forget the answer to this trial, so that it is measured again."""
        with self._index() as db:
            db.execute("delete from results where key = ?", (filed(trial),))
        self.store.path("results", f"{filed(trial)}.parquet").unlink(missing_ok=True)

    def _result(self, key: str, summary: str) -> Result:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path, record = self.store.path("results", f"{key}.parquet"), json.loads(summary)
        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowException) as e:
            raise StoreError(f"{path} cannot be read ({e}). Delete the folder {path.parent} and run again.") from None
        rows: dict[str, Any] = dict.fromkeys(PER_QUERY)
        rows |= {name: np.array(table[name].drop_null(), np.float64) for name in table.column_names}
        record |= {"trial": Trial(**record["trial"]), "encoding_only": tuple(record["encoding_only"])}
        return Result(**record, **rows)

    @contextmanager
    def _index(self) -> Iterator[sqlite3.Connection]:
        path = self.store.path("results", "index.sqlite")
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=30)) as db, db:
            db.execute("pragma journal_mode = wal")
            db.execute(TABLE)
            yield db


def filed(trial: Trial, version: str = "") -> str:
    """Both spellings of a plan are one question; other stages, or another way to measure, make it a new one."""
    plan = parse(trial.plan)
    return digest(trial.vectors, str(plan), trial.k, trial.seed, version or plan.version, MEASURE)


def _is_current(key: str, trial: Trial) -> bool:
    """Whether the running code would give this key; not so for a plan that it no longer knows."""
    try:
        return key == filed(trial)
    except PlanError:
        return False
