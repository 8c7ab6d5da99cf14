"""Jobs are real processes: they report, queue, die when told to, and never lie about how they ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.evaluate.results import Results
from core.jobs import Job, Jobs
from core.process import alive, this_process
from core.search.built import Built
from core.store import Store, read_json

WORKER = """
import subprocess, sys, time
from core import worker
from core.errors import DataError

def count(store, params, report):
    for i in range(params["steps"]):
        report(i / params["steps"], f"Step {i + 1} of {params['steps']}")
        time.sleep(0.02)
    report.known(answer=42)

def forever(store, params, report):
    child = subprocess.Popen(["sleep", "600"])
    report(0.5, "Half way")
    report.known(child=child.pid)
    while True:
        time.sleep(60)

def explain(store, params, report):
    raise DataError("The file is empty. Choose another.")

def blunder(store, params, report):
    print("about to divide")
    1 / 0

def die(store, params, report):
    import os
    os.kill(os.getpid(), 9)

def linger(store, params, report):
    if not (store.root / "again").exists():
        (store.root / "again").touch()
        __import__("atexit").register(time.sleep, 1.0)
        raise DataError("The first time it fails, and takes a second to go.")
    time.sleep(1.5)

fakes, known = {f.__name__: f for f in (count, forever, explain, blunder, die, linger)}, worker.kinds.work
worker.kinds.work = lambda kind: fakes.get(kind) or known(kind)
sys.exit(worker.main(sys.argv[1:]))
"""


@pytest.fixture
def store(tmp_path) -> Store:
    (tmp_path / "fakes.py").write_text(WORKER)
    return Store(tmp_path / "store")


@pytest.fixture
def jobs(store) -> Iterator[Jobs]:
    made = Jobs(store, worker=[str(store.root.parent / "fakes.py")])
    yield made
    made.close()


def until(look: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def ended(jobs: Jobs, run: str) -> Job:
    until(lambda: not jobs.get(run).active)
    return jobs.get(run)


def half_way(jobs: Jobs, run: str) -> dict:
    until(lambda: jobs.get(run).result.get("child"))
    return read_json(jobs.store.root / "runs" / run / "status.json")


def is_gone(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return not state.strip() or state.startswith("Z")


def test_a_run_reports_and_is_done(jobs) -> None:
    run = jobs.submit("count", {"steps": 60})
    seen: list[Job] = []
    until(lambda: seen.append(jobs.get(run)) or not seen[-1].active)
    working = [j for j in seen if j.state == "running"]
    assert any(j.stage.startswith("Step ") for j in working)
    assert [j.fraction for j in working] == sorted(j.fraction for j in working)
    assert all(0 <= j.eta < 10 for j in working if j.eta is not None)
    assert any(j.eta is not None for j in working)
    last = seen[-1]
    assert (last.id, last.kind, last.params, last.state) == (run, "count", {"steps": 60}, "done")
    assert (last.fraction, last.eta, last.error, last.result) == (1.0, None, "", {"answer": 42})


def test_the_same_question_is_the_same_run(jobs) -> None:
    run = jobs.submit("count", {"steps": 1, "more": [1, 2]})
    assert (
        jobs.submit("count", {"more": (1, 2), "steps": 1})
        == run
        == jobs.identify("count", {"steps": 1, "more": [1, 2]})
    )
    assert len(run) == 16
    assert jobs.submit("count", {"steps": 2}) != run
    ended(jobs, run)
    began = (jobs.store.root / "runs" / run / "log.txt").stat().st_mtime_ns
    assert jobs.submit("count", {"steps": 1, "more": [1, 2]}) == run
    assert jobs.get(run).state == "done"
    assert (jobs.store.root / "runs" / run / "log.txt").stat().st_mtime_ns == began


def test_one_works_while_others_wait_their_turn(jobs) -> None:
    first, second, third = (jobs.submit(kind, {"steps": n}) for kind, n in (("forever", 0), ("count", 2), ("count", 3)))
    half_way(jobs, first)
    assert [jobs.get(run).state for run in (first, second, third)] == ["running", "queued", "queued"]
    assert [jobs.get(run).position for run in (first, second, third)] == [0, 1, 2]
    jobs.cancel(second)
    assert jobs.get(second).state == "cancelled"
    assert jobs.get(third).position == 1
    jobs.cancel(first)
    assert ended(jobs, third).state == "done"


def test_cancel_kills_the_whole_group_and_keeps_what_was_known(jobs) -> None:
    run = jobs.submit("forever", {})
    status = half_way(jobs, run)
    jobs.cancel(run)
    job = jobs.get(run)
    assert (job.state, job.stage, job.fraction, job.error) == ("cancelled", "Half way", 0.5, "")
    assert not alive(status["worker"])
    until(lambda: is_gone(job.result["child"]))
    jobs.cancel(run)
    assert jobs.get(run).state == "cancelled"


def test_a_cancelled_run_can_be_started_again(jobs) -> None:
    run = jobs.submit("count", {"steps": 100_000})
    until(lambda: jobs.get(run).state == "running")
    jobs.cancel(run)
    assert jobs.get(run).state == "cancelled"
    assert jobs.submit("count", {"steps": 100_000}) == run
    assert jobs.get(run).active


def test_a_failure_that_we_can_explain_is_the_sentence(jobs) -> None:
    job = ended(jobs, jobs.submit("explain", {}))
    assert (job.state, job.error) == ("failed", "The file is empty. Choose another.")
    assert "no kind of run called 'unheard'" in ended(jobs, jobs.submit("unheard", {})).error


def test_any_other_failure_names_its_log(jobs) -> None:
    run = jobs.submit("blunder", {})
    job, log = ended(jobs, run), jobs.store.root / "runs" / run / "log.txt"
    assert job.state == "failed"
    assert job.error == f"The run broke inside Thinvec (ZeroDivisionError). Its log is {log}."
    assert "about to divide" in log.read_text()
    assert "Traceback" in log.read_text()


def test_a_worker_that_dies_without_a_word_has_failed(jobs) -> None:
    job = ended(jobs, jobs.submit("die", {}))
    assert job.state == "failed"
    assert "signal 9" in job.error


def test_a_worker_that_cannot_be_started_has_failed(jobs, monkeypatch) -> None:
    def full(*args, **options):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", full)
    job = jobs.get(jobs.submit("count", {"steps": 1}))
    assert (job.state, "temporarily unavailable" in job.error) == ("failed", True)


def test_closing_stops_everything_and_says_so(jobs) -> None:
    runs = [jobs.submit("forever", {}), jobs.submit("count", {"steps": 2})]
    child = half_way(jobs, runs[0])["result"]["child"]
    jobs.close()
    assert [jobs.get(run).state for run in runs] == ["interrupted", "interrupted"]
    assert "Run again" in jobs.get(runs[0]).error
    until(lambda: is_gone(child))


def test_a_second_server_leaves_the_jobs_of_a_living_one_alone(jobs) -> None:
    first, second = jobs.submit("forever", {}), jobs.submit("count", {"steps": 2})
    half_way(jobs, first)
    other = Jobs(jobs.store, worker=jobs.worker)
    assert [other.get(run).state for run in (first, second)] == ["running", "queued"]
    assert other.submit("forever", {}) == first
    other.close()
    assert jobs.get(first).state == "running"


def test_a_second_server_can_cancel(jobs) -> None:
    first, second = jobs.submit("forever", {}), jobs.submit("count", {"steps": 2})
    half_way(jobs, first)
    other = Jobs(jobs.store, worker=jobs.worker)
    other.cancel(second)
    other.cancel(first)
    assert [ended(jobs, run).state for run in (first, second)] == ["cancelled", "cancelled"]
    other.close()


SERVER = """
import sys
from pathlib import Path
from core.jobs import Jobs
from core.store import Store
jobs = Jobs(Store(Path(sys.argv[1])), worker=[sys.argv[2]])
for kind in ("forever", "count"):
    sys.stdout.write(jobs.submit(kind, {"steps": 1}) + "\\n")
sys.stdout.flush()
sys.stdin.read()
"""


def test_what_a_dead_server_left_behind_is_interrupted(store) -> None:
    command = [sys.executable, "-c", SERVER, str(store.root), str(store.root.parent / "fakes.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        first, second = (server.stdout.readline().strip() for _ in range(2))
        jobs = Jobs(store)
        status = half_way(jobs, first)
        assert jobs.get(second).state == "queued"
        server.kill()
    assert Jobs(store).get(first).state == "running"  # its worker lives on, and may still be done
    os.killpg(int(status["worker"].split(":")[0]), signal.SIGKILL)
    until(lambda: not alive(status["worker"]))
    after = Jobs(store)
    on_disk = json.loads((store.root / "runs" / first / "status.json").read_text())
    assert on_disk["state"] == "interrupted"  # marked at start-up, not only when asked
    assert [after.get(run).state for run in (first, second)] == ["interrupted", "interrupted"]
    assert after.get(first).stage == "Half way"


def test_a_recycled_process_number_is_not_alive() -> None:
    assert alive(this_process())
    assert not alive(f"{os.getpid()}:1 Jan 1970")
    assert not alive(None)
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
        assert not alive(f"{gone.pid}:0")


@pytest.mark.parametrize("run", ["0" * 16, "../..", "", "a/b"])
def test_an_unknown_id_is_no_run(jobs, run) -> None:
    assert jobs.get(run) is None
    jobs.cancel(run)


def test_a_frontier_is_measured_and_kept(store, small) -> None:
    jobs = Jobs(store)
    fp = store.save_vectors(small)
    params = {
        "vectors": fp,
        "plans": ["klt > wpq8", "int8", "pq8x8", "klt > wpq31"],
        "k": 5,
        "seed": 0,
        "limit": [8, 16],
    }
    job = ended(jobs, jobs.submit("frontier", params))
    jobs.close()
    assert (job.state, job.error) == ("done", "")
    kept = {r.plan: r for r in Results(store).all(fp, k=5)}
    assert set(kept) | set(job.result["refused"]) == set(params["plans"])
    assert kept["int8"].recall.mean() > kept["klt > wpq8"].recall.mean()
    assert 0 < job.result["limit"]["8"] < job.result["limit"]["16"] <= 1


def test_plans_are_built_for_searching(store, small) -> None:
    jobs = Jobs(store)
    job = ended(jobs, jobs.submit("build", {"vectors": store.save_vectors(small), "plans": ["int8"], "seed": 0}))
    jobs.close()
    hits = Built.load(Path(job.result["built"]["int8"])).search(small.queries, 3)
    assert hits.ids.shape == (24, 3)


def test_a_run_asked_for_again_while_its_process_lingers_is_not_called_dead(store) -> None:
    jobs = Jobs(store, slots=2, worker=[str(store.root.parent / "fakes.py")])
    run = jobs.submit("linger", {})
    assert "takes a second to go" in ended(jobs, run).error
    assert jobs.submit("linger", {}) == run and jobs.get(run).active
    assert (ended(jobs, run).state, ended(jobs, run).error) == ("done", "")
    jobs.close()
