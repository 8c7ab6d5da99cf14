"""One run in a process of its own: `python -m core.worker RUN` reads spec.json, works, and keeps status.json true."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import Cancelled, StoreError, ThinvecError
from core.process import this_process
from core.store import Store, read_json, write_json
from core.types import Corpus, Progress, Vectors

EARLY = 0.02  # below this fraction a time left would be a guess
MANY = 40  # self-tests after which half of them are taken to be done
OFTEN = 0.2  # seconds between two writes of the same stage


class Reporter:
    """Progress on disk: fraction, stage, and the seconds left by how fast the fraction grew since its first report."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "status.json"
        self.status = read_json(self.path) | {"state": "running", "worker": this_process()}
        self._first: tuple[float, float] | None = None
        self._last = 0.0

    def __call__(self, fraction: float, stage: str) -> None:
        now, fraction = time.time(), min(max(float(fraction), 0.0), 1.0)
        self._first = self._first or (now, fraction)
        start, base = self._first
        grown = fraction - base
        eta = (now - start) * (1 - fraction) / grown if grown > EARLY else None
        if stage != self.status.get("stage") or now - self._last > OFTEN:
            self._last = now
            self.write(fraction=fraction, stage=stage, eta=eta)

    def known(self, **result: Any) -> None:
        """What can be read of the result before the run is done."""
        self.write(result={**self.status.get("result", {}), **result})

    def write(self, **change: Any) -> None:
        """Replace the status."""
        self.status |= change | {"time": time.time()}
        write_json(self.path, self.status)


Work = Callable[[Store, Mapping[str, Any], Reporter], None]


def encode(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `corpus` (fingerprint) and `encoder` (name) to `vectors` (fingerprint)."""
    vectors = vectors_of(store.load_corpus(params["corpus"]), params["encoder"], store, report)
    report.known(vectors=store.save_vectors(vectors, params["corpus"]))


def vectors_of(corpus: Corpus, encoder: str, store: Store, progress: Progress) -> Vectors:
    """The vectors of a corpus; those of the demo by minilm are shipped."""
    from core.corpus.demo import demo_vectors, is_demo
    from core.encode import encode

    if is_demo(corpus) and encoder == "minilm":
        return demo_vectors(corpus, store, progress)
    return encode(corpus, encoder, store, progress)


def frontier(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plans`, `k`, `seed` and sizes to the `limit` line there, and what was `refused`.

    With `apart` one half of the documents is learned from and the other searched.

    The results go to the run store one by one; after each, the line grows by one size.
    """
    from core.evaluate.answer import limit_line, measured
    from core.evaluate.apart import apart
    from core.evaluate.measure import Shared

    plans, sizes, k = params["plans"], list(params.get("limit", ())), params.get("k", 10)
    at = 0

    def told(fraction: float, stage: str) -> None:
        report((at + fraction) / (len(plans) + 1), f"Measuring {at + 1} of {len(plans)} plans: {stage}")

    report(0.0, f"Measuring 1 of {len(plans)} plans")
    make = apart if params.get("apart") else Shared
    shared = make(store.load_vectors(params["vectors"]), params.get("seed", 0), told)
    refused: dict[str, str] = {}
    line: dict[str, float] = {}

    def grow() -> None:
        size = sizes.pop(0)
        line[str(size)] = limit_line(store, shared, [size], k)[size]
        report.known(limit=line)

    done = measured(store, shared, plans, k, lambda plan, error: refused.update({plan: str(error)}))
    for at, _ in enumerate(done, 1):
        report(at / (len(plans) + 1), f"Measuring {min(at + 1, len(plans))} of {len(plans)} plans")
        if sizes:
            grow()
    while sizes:
        report(len(plans) / (len(plans) + 1), "Drawing the Gaussian rate–distortion line")
        grow()
    report.known(limit=line, refused=refused)


def build(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `plans` and `seed` to where each plan is `built`, for `Built.load`."""
    from core.evaluate.answer import built, built_path
    from core.evaluate.measure import Shared

    plans, seed = params["plans"], params.get("seed", 0)
    shared = Shared(store.load_vectors(params["vectors"]), seed)
    for i, plan in enumerate(plans):
        report(i / len(plans), f"Learning {plan} on {len(shared.vectors.docs):,} documents")
        built(store, shared, plan)
    report.known(built={plan: str(built_path(store, params["vectors"], plan, seed)) for plan in plans})


def doctor(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `source` (of the code that encodes) to its self-`tests`: [name, passed, what was found] each."""
    from core.compress.doctor import checks

    found: list[tuple[str, bool, str]] = []
    report(0.0, "Testing every codec against values that are known")
    for name, passed, detail in checks():
        found.append((name, bool(passed), detail))
        report(1 - 1 / (1 + len(found) / MANY), f"Tested {name}")
        report.known(tests=found)


def peers(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint), `sizes`, `k` and `seed` to what faiss keeps there; kept one by one in the store."""
    from core.evaluate.measure import Shared
    from core.evaluate.peers import peers, standing

    shared = Shared(store.load_vectors(params["vectors"]), params.get("seed", 0))
    found = [peer for size in params["sizes"] for peer in peers(size, shared.vectors.dim)]
    asked = sorted(dict.fromkeys(found), key=lambda p: (p.slow, p.nbytes))
    for i, peer in enumerate(asked):
        report(i / len(asked), f"Measuring faiss {peer}, {i + 1} of {len(asked)}")
        standing(store, shared, peer, params.get("k", 10))
        report.known(done=i + 1)


KINDS: dict[str, Work] = {"encode": encode, "frontier": frontier, "build": build, "doctor": doctor, "peers": peers}


def main(argv: Sequence[str]) -> int:
    """Do the run in this folder; 0 when it is done."""
    folder = Path(argv[0])
    report = Reporter(folder)
    spec = read_json(folder / "spec.json")
    try:
        if (folder / "cancel.json").exists():
            raise Cancelled("The run was cancelled before it began. Run it again.")
        if spec["kind"] not in KINDS:
            raise StoreError(f"There is no kind of run called '{spec['kind']}'; there is {', '.join(KINDS)}.")
        report.write(stage="Starting", fraction=0.0)
        KINDS[spec["kind"]](Store(folder.parents[1]), spec["params"], report)
        report.write(state="done", fraction=1.0, eta=None)
    except Cancelled:
        report.write(state="cancelled", eta=None)
    except ThinvecError as e:
        report.write(state="failed", eta=None, error=str(e))
    except Exception as e:
        traceback.print_exc()
        what, log = type(e).__name__, folder / "log.txt"
        report.write(state="failed", eta=None, error=f"The run broke inside Thinvec ({what}). Its log is {log}.")
    return 0 if report.status["state"] == "done" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
