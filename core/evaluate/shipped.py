"""Figures that come with the demo: measured beforehand, kept in one file, believed only by the code that measured them.

A result is filed under a hash of the vectors, the plan, the versions of its stages and the way of measuring. One whose
hash the running code would not give is left out, and measured here instead. Recall is the same everywhere; speeds are
those of the machine that is named in the file.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluate.latency import processor
from core.evaluate.results import PER_QUERY, Results, filed
from core.store import Store, read_json, replacing, write_json
from core.types import Result, Trial

SHIPPED = Path(__file__).resolve().parents[2] / "assets/demo-results.npz"
NOTE = "shipped.json"

Run = dict[str, Any]  # kind, params and result of a run that is done


def ship(
    store: Store, results: Sequence[Result], arrays: Iterable[str], runs: Sequence[Run], path: Path = SHIPPED
) -> None:
    """Write results, remembered arrays (by key) and finished runs to one file."""
    kept: dict[str, Any] = {}
    records = []
    for i, r in enumerate(results):
        record = asdict(r)
        for name in PER_QUERY:
            values = record.pop(name)
            if values is not None:
                kept[f"{i}.{name}"] = np.asarray(values, np.float32)
        records.append(record | {"key": filed(r.trial)})
    for key in arrays:
        kept |= {f"array.{key}.{name}": a for name, a in store.remember(key, dict).items()}
    told = {"results": records, "runs": runs, "machine": processor(), "date": time.strftime("%Y-%m-%d")}
    kept["told"] = np.frombuffer(json.dumps(told).encode(), np.uint8)
    with replacing(path) as part:
        np.savez_compressed(part, allow_pickle=False, **kept)


def install(store: Store, path: Path = SHIPPED) -> list[Run]:
    """Put what the running code believes of the file into the store, once; the runs that it brings, if all is believed.

    A store that was told to measure for itself (`forget`) is left alone.
    """
    if not path.exists() or (store.root / NOTE).exists():
        return []
    results, believed = Results(store), True
    with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
        said = json.loads(kept["told"].tobytes())
        for i, record in enumerate(said["results"]):
            trial, key = Trial(**record.pop("trial")), record.pop("key")
            believed &= key == filed(trial)
            if key != filed(trial) or results.load(trial):
                continue
            rows: dict[str, Any] = dict.fromkeys(PER_QUERY)
            rows |= {n: np.asarray(kept[f"{i}.{n}"], np.float64) for n in PER_QUERY if f"{i}.{n}" in kept}
            record["encoding_only"] = tuple(record["encoding_only"])
            results.save(Result(trial=trial, **record, **rows))
        if believed:
            for key, arrays in _arrays({n: kept[n] for n in kept if n.startswith("array.")}).items():
                store.remember(key, partial(dict, arrays))
    write_json(store.root / NOTE, {"machine": said["machine"], "date": said["date"]})
    return list(said["runs"]) if believed else []


def told(store: Store) -> dict[str, str]:
    """The machine that measured what was installed and the date; {} where nothing was."""
    return read_json(store.root / NOTE) if (store.root / NOTE).exists() else {}


def forget(store: Store, trials: Iterable[Trial]) -> None:
    """Leave these results out for good: they will be measured here."""
    results = Results(store)
    for trial in trials:
        results.drop(trial)
    write_json(store.root / NOTE, {})


def _arrays(kept: dict[str, NDArray[Any]]) -> dict[str, dict[str, NDArray[Any]]]:
    """array.KEY.NAME -> KEY -> NAME -> array."""
    found: dict[str, dict[str, NDArray[Any]]] = {}
    for full, array in kept.items():
        key, _, name = full.removeprefix("array.").rpartition(".")
        found.setdefault(key, {})[name] = array
    return found
