"""A job is a process of its own that writes its progress to disk, so pages may come and go while it works.

    submit ──► queue ──► python -m core.worker RUN ──► status.json ──► get

There are two lanes: quick kinds of run (`core.work.quick`) do not wait behind long ones.

A run lives in `runs/<id>/`: `spec.json` (kind, parameters), `status.json` (always replaced whole), `log.txt`, and
`cancel.json` once a person asked to stop. Its id is the hash of the question: the same question is the same run.
Process groups and their signals are POSIX: Linux or macOS.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import core
from core.errors import StoreError
from core.evaluate.results import MEASURE
from core.plan import parse
from core.process import alive, this_process
from core.store import Store, digest, read_json, write_json
from core.work import quick

ACTIVE = ("queued", "running")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
KEPT = ("fraction", "stage", "result")  # of a run that ended early
PRESENT = 10.0  # seconds for which somebody who has just looked at a run still waits for it
PATIENCE = 3.0  # seconds between asking a process to stop and killing it
LOST = "The server stopped before this run was finished. Run again: what was measured is kept."


@dataclass(frozen=True)
class Job:
    """What is known of a run. eta: seconds left, None when unknown; position: 1 is next to start, 0 is not queued."""

    id: str
    kind: str
    params: Mapping[str, Any]
    state: str  # queued | running | done | failed | cancelled | interrupted
    fraction: float = 0.0
    stage: str = ""
    eta: float | None = None
    position: int = 0
    error: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        """Whether it waits or works."""
        return self.state in ACTIVE


class Jobs:
    """First-in, first-out queues of worker processes, `slots` at a time in each lane, over the runs of a store."""

    def __init__(
        self, store: Store, slots: int = 1, worker: Sequence[str] = ("-m", "core.worker"), one_lane: bool = False
    ) -> None:
        """`one_lane`: quick runs wait with the others, where memory is too small for two workers."""
        self.store, self.slots, self.worker, self.one_lane = store, slots, tuple(worker), one_lane
        self._owner = this_process()
        self._lock = threading.RLock()
        self._queue: list[str] = []
        self._quick: dict[str, bool] = {}  # which lane a run of ours is in
        self._seen: dict[str, dict[str, float]] = {}  # run -> who waits for it, and when they last looked
        self._running: dict[str, tuple[subprocess.Popen[bytes], threading.Thread]] = {}
        self._closed = False
        for status in sorted((store.root / "runs").glob("*/status.json")):
            self.get(status.parent.name)  # marks what a dead server left behind
        atexit.register(self.close)

    def identify(self, kind: str, params: Mapping[str, Any]) -> str:
        """The id that this run has or would have; nothing is started. PlanError for a plan that cannot be read."""
        plans = [*params.get("plans", ()), *([params["plan"]] if params.get("plan") else [])]
        versions = [parse(plan).version for plan in plans]
        return digest(kind, params, versions, MEASURE, core.__version__)

    def submit(self, kind: str, params: Mapping[str, Any], afresh: bool = False) -> str:
        """Ask for a run; its id. A run that waits or works is reused, so is one that is done unless `afresh`; any other
        is started again.
        """
        run = self.identify(kind, params)
        with self._lock:
            job = self.get(run)
            if job and (job.active or (job.state == "done" and not afresh)):
                return run
            if self._closed:
                raise StoreError("The server is stopping and takes no new runs. Start it again.")
            (self._folder(run) / "cancel.json").unlink(missing_ok=True)
            write_json(self._folder(run) / "spec.json", {"kind": kind, "params": params})
            self._queue.append(run)
            self._quick[run] = quick(kind) and not self.one_lane
            self._write(run, state="queued")
            self._advance()
        return run

    def get(self, run: str) -> Job | None:
        """The run with this id, or None. One small file is read, so polling is cheap."""
        try:
            spec, status = read_json(self._folder(run) / "spec.json"), read_json(self._folder(run) / "status.json")
        except StoreError:
            return None
        owners = (status.pop("owner"), status.pop("worker", None))
        if status["state"] in ACTIVE and not any(map(alive, owners)):
            self._end(run, "interrupted", LOST)
            return self.get(run)
        age = time.time() - status.pop("time")
        if status.get("eta") is not None:
            status["eta"] = max(0.0, status["eta"] - age)
        return Job(id=run, kind=spec["kind"], params=spec["params"], **status)

    def settle(self, kind: str, params: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Note a run that was done elsewhere, unless this store has it."""
        run = self.identify(kind, params)
        if self.get(run) is None:
            write_json(self._folder(run) / "spec.json", {"kind": kind, "params": params})
            self._write(run, state="done", fraction=1.0, result=result)

    @property
    def waiting(self) -> int:
        """How many runs wait for their turn."""
        return len(self._queue)

    def watched(self, run: str, who: str) -> None:
        """Note that this person waits for a run: nobody else's cancel will stop it."""
        self._seen.setdefault(run, {})[who] = time.monotonic()

    def forget(self, who: str) -> None:
        """Nobody goes by this name any more: what it waited for is not held up by it."""
        for seen in list(self._seen.values()):
            seen.pop(who, None)

    def leave(self, run: str, who: str) -> bool:
        """This person waits no longer; the run is stopped unless somebody else does. Whether it was."""
        now = time.monotonic()
        others = self._seen.get(run, {})
        others.pop(who, None)
        if any(now - seen < PRESENT for seen in list(others.values())):
            return False
        self.cancel(run)
        return True

    def cancel(self, run: str) -> None:
        """Stop a run, whoever waits for it; what it has measured is kept. Does nothing to a run that has ended."""
        job = self.get(run)
        if job is None or not job.active:
            return
        write_json(self._folder(run) / "cancel.json", {"time": time.time()})
        with self._lock:
            process, watcher = self._running.get(run, (None, None))
            if run in self._queue:
                self._queue.remove(run)
                self._advance()
        if process and watcher:
            _stop(process)
            watcher.join(PATIENCE)
            return
        worker = read_json(self._folder(run) / "status.json").get("worker")
        if worker and alive(worker):
            with suppress(ProcessLookupError):
                os.killpg(int(worker.split(":")[0]), signal.SIGKILL)
        self._end(run, "cancelled")

    def close(self) -> None:
        """Stop everything that this object started; its runs say that they were interrupted."""
        with self._lock:
            self._closed = True
            waiting, self._queue = self._queue, []
            running = list(self._running.values())
            for run in waiting:
                self._end(run, "interrupted", LOST)
        for process, watcher in running:
            _stop(process)
            watcher.join(PATIENCE)
        atexit.unregister(self.close)

    def _folder(self, run: str) -> Path:
        return self.store.path("runs", run)

    def _write(self, run: str, **status: Any) -> None:
        write_json(self._folder(run) / "status.json", {**status, "owner": self._owner, "time": time.time()})

    def _end(self, run: str, state: str, error: str = "") -> None:
        """Say how a run ended, unless it said so itself; how far it came is kept."""
        status = read_json(self._folder(run) / "status.json")
        if status["state"] in ACTIVE:
            self._write(run, **{key: status[key] for key in KEPT if key in status}, state=state, error=error)

    def _advance(self) -> None:
        """Fill the free slots of both lanes and number those who wait. The lock is held."""
        for lane in (False, True):
            while self._busy(lane) < self.slots and (ready := self._waiting(lane)):
                self._queue.remove(ready[0])
                self._start(ready[0])
            for position, run in enumerate(self._waiting(lane), 1):
                self._write(run, state="queued", position=position)

    def _busy(self, lane: bool) -> int:
        return sum(self._quick[run] == lane for run in self._running)

    def _waiting(self, lane: bool) -> list[str]:
        """Those of a lane who could start; a run that was asked for again waits until its old process has gone."""
        return [run for run in self._queue if self._quick[run] == lane and run not in self._running]

    def _start(self, run: str) -> None:
        folder = self._folder(run)
        if (folder / "cancel.json").exists():  # by another server on the same store
            self._end(run, "cancelled")
            return
        self._write(run, state="running", stage="Starting")
        env = os.environ | dict.fromkeys(THREADS, str(max(1, (os.cpu_count() or 1) // self.slots)))
        env |= {"TOKENIZERS_PARALLELISM": "false", "PYTHONUNBUFFERED": "1"}
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(core.__file__).parents[1]), env.get("PYTHONPATH")]))
        command = [sys.executable, *self.worker, str(folder)]
        try:
            with (folder / "log.txt").open("wb") as log:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, start_new_session=True
                )
        except OSError as e:
            self._end(run, "failed", f"No process could be started ({e.strerror}). Close other programs and run again.")
            return
        watcher = threading.Thread(target=self._watch, args=(run, process), name=f"run {run}", daemon=True)
        self._running[run] = process, watcher
        watcher.start()

    def _watch(self, run: str, process: subprocess.Popen[bytes]) -> None:
        """Wait for the end of a worker, say how it ended where it could not, and let the next one in."""
        code = process.wait()
        with self._lock:
            if run in self._queue:
                pass  # asked for again before its process had quite gone: what is on disk speaks of the next one
            elif (self._folder(run) / "cancel.json").exists():
                self._end(run, "cancelled")
            elif self._closed:
                self._end(run, "interrupted", LOST)
            else:
                self._end(run, "failed", _crash(code, self._folder(run) / "log.txt"))
            del self._running[run]
            self._advance()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole process group to end, then make it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        os.killpg(process.pid, signal.SIGKILL)


def _crash(code: int, log: Path) -> str:
    reason = f"signal {-code}" if code < 0 else f"exit code {code}"
    hint = " Perhaps memory ran out: try fewer or shorter rows." if code == -signal.SIGKILL else ""
    return f"The run died without a word ({reason}).{hint} Its log is {log}."
