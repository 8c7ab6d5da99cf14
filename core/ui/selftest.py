"""Self-tests as lights: run once for this code by a job, then read; a codec that fails is not to be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from core.catalogue import concerned, source
from core.errors import PlanError
from core.jobs import Job
from core.plan import parse
from core.ui import services

PARAMS = "source"


@dataclass(frozen=True)
class Test:
    """A self-test: what it tried, whether that held, and what was found."""

    name: str
    passed: bool
    found: str


@dataclass(frozen=True)
class Health:
    """Self-tests by the stage they are about; '' holds those of the arithmetic that all stages stand on."""

    job: Job | None = None
    tests: Mapping[str, tuple[Test, ...]] = field(default_factory=dict)

    def light(self, stage: str) -> str:
        """failed, passed, waiting, or none for a stage that no self-test is about."""
        tests = self.tests.get(stage, ())
        if any(not t.passed for t in tests):
            return "failed"
        if self.job is None or self.job.active:
            return "waiting"
        return "passed" if tests else "none"

    def broken(self, plan: str) -> str:
        """Why a plan must not be believed: the first self-test that one of its stages fails; '' for a sound one."""
        try:
            names = {s.name for s in parse(plan).stages}
        except PlanError:
            return ""
        bad = (t for name in sorted(names) for t in self.tests.get(name, ()) if not t.passed)
        return next((f"{t.name}: {t.found}" for t in bad), "")


def health(start: bool = False) -> Health:
    """What is known of the running code; `start` has it tested if that was never asked for."""
    params = {PARAMS: source()}
    run = services.jobs().identify("doctor", params)
    job = services.jobs().get(run)
    if start and (job is None or job.state == "interrupted"):
        services.submit("doctor", params)
        job = services.jobs().get(run)
    return Health(job, sorted_out(job.result.get("tests", ())) if job else {})


def sorted_out(tests: object) -> dict[str, tuple[Test, ...]]:
    """Tests by stage."""
    found: dict[str, tuple[Test, ...]] = {}
    for name, passed, detail in tests:  # type: ignore[attr-defined]
        for stage in _concerned(name) or {""}:
            found[stage] = (*found.get(stage, ()), Test(name, passed, detail))
    return found


@lru_cache(maxsize=2000)
def _concerned(name: str) -> frozenset[str]:
    return concerned(name)


def again() -> None:
    """Test once more."""
    services.submit("doctor", {PARAMS: source()})
