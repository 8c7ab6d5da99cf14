"""Pack what a store knows of the small demo into the file that comes with it: open the pages once, wait, then pack.

    THINVEC_HOME=/tmp/fresh make run        # open Start, Frontier, Budget, Map and Evidence on the demo, wait for each
    THINVEC_HOME=/tmp/fresh .venv/bin/python -m tests.bench.ship

Self-tests and fitted plans are left out: the first must be run where they are believed, the second are made from data.
"""

from __future__ import annotations

import sys

from core.corpus.demo import demo, demo_vectors
from core.evaluate import shipped
from core.evaluate.results import Results
from core.store import Store, home, read_json

LEFT_OUT = {"build", "doctor", "encode", "peers", "latency", "gallery", "portrait"}


def main() -> int:
    store = Store(home())
    vectors = demo_vectors(demo("small", store), store).fingerprint
    results = Results(store).all(vectors) + Results(store).all(f"{vectors}.apart")
    runs = []
    for folder in sorted((store.root / "runs").iterdir()):
        spec, status = read_json(folder / "spec.json"), read_json(folder / "status.json")
        if status["state"] == "done" and spec["kind"] not in LEFT_OUT and spec["params"].get("vectors") == vectors:
            runs.append({**spec, "result": status.get("result", {})})
    arrays = sorted(p.stem for p in (store.root / "arrays").glob("*.npz"))
    shipped.ship(store, results, arrays, runs)
    size = shipped.SHIPPED.stat().st_size / (1 << 20)
    kinds = ", ".join(sorted({r["kind"] for r in runs}))
    sys.stdout.write(f"{len(results)} results, {len(arrays)} arrays, {len(runs)} runs ({kinds}): {size:.1f} MiB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
