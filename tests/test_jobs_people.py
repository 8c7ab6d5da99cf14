"""The queue and those who wait in it: quick work has a lane of its own, and nobody stops what others wait for."""

from __future__ import annotations

from core.jobs import Jobs
from tests.test_jobs import ended, half_way, jobs, store

__all__ = ["jobs", "store"]  # fixtures


def test_quick_work_does_not_wait_behind_long_work(jobs, monkeypatch) -> None:
    monkeypatch.setattr("core.jobs.quick", lambda kind: kind == "count")
    slow = jobs.submit("forever", {})
    half_way(jobs, slow)
    first, second = (jobs.submit("count", {"steps": n}) for n in (2, 3))
    assert jobs.get(second).position in (0, 1)
    assert ended(jobs, first).state == ended(jobs, second).state == "done"
    assert jobs.get(slow).state == "running"


def test_one_persons_cancel_leaves_the_run_of_another(jobs) -> None:
    run = jobs.submit("forever", {})
    half_way(jobs, run)
    jobs.watched(run, "one")
    jobs.watched(run, "two")
    assert not jobs.leave(run, "one")
    assert jobs.get(run).active
    assert jobs.leave(run, "two")
    assert ended(jobs, run).state == "cancelled"


def test_a_name_that_is_gone_holds_nothing_up(jobs) -> None:
    run = jobs.submit("forever", {})
    half_way(jobs, run)
    jobs.watched(run, "made up")
    jobs.watched(run, "known")
    jobs.forget("made up")
    assert jobs.leave(run, "known")
    assert ended(jobs, run).state == "cancelled"


def test_where_memory_is_small_one_run_works_at_a_time(store, monkeypatch) -> None:
    monkeypatch.setattr("core.jobs.quick", lambda kind: kind == "count")
    made = Jobs(store, worker=[str(store.root.parent / "fakes.py")], one_lane=True)
    slow = made.submit("forever", {})
    half_way(made, slow)
    other = made.submit("count", {"steps": 1})
    assert (made.get(other).state, made.get(other).position) == ("queued", 1)
    made.close()
