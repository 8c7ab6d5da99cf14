"""The last few plans, measured in full: what is taken is chosen among these, and told with what lies just beyond.

After the finalists come, where they can matter: the plans behind an index, when only so many rows may be looked at;
sizes between one that reaches the aim and one that does not; fine-tuned codewords; and the next larger size, which says
what more would buy. What is taken, and its rivals, are also measured on rows that they have not learned from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from core.errors import ThinvecError
from core.evaluate import lines
from core.evaluate.answer import measured
from core.evaluate.apart import LEAST, apart
from core.evaluate.intervals import interval
from core.evaluate.measure import Shared
from core.recommend.budget import ceiling
from core.recommend.choose import choose
from core.recommend.events import Best, Event, Question, Tried
from core.recommend.propose import SIZES, Proposal, indexed, resized
from core.types import Advice, Budget, Result

FINALISTS = 4
INDEXED = 2  # finalists that are tried behind indexes
NARROWINGS = 4  # sizes that are tried between one that misses the aim and one that reaches it
CLOSE = 1.15  # times: sizes nearer than that are near enough
SOON = 8  # plans after which half of the finals are taken to be done


@dataclass
class Finals:
    """What has been measured in full so far: `results`, and `unseen`, the same plans on rows not learned from.

    heats: how many there were; out: plans given up in them, and why.
    """

    ask: Question
    out: dict[str, str] = field(default_factory=dict)
    heats: int = 0
    results: dict[str, Result] = field(default_factory=dict)
    unseen: dict[str, Result] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    by_plan: dict[str, Proposal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        a = self.ask
        self.shared = Shared(a.vectors, a.seed)
        self.other = apart(a.vectors, a.seed) if a.n >= LEAST else None

    def run(self, finalists: Sequence[Proposal], given: Sequence[str] = ()) -> Iterator[Event]:
        """Measure, narrow down, look beyond, and give the last advice; plans that were given are only measured."""
        self.by_plan = {p.plan: p for p in finalists}
        yield from self._measure(given or [*self._behind_indexes(), "f32"])
        if not given:
            yield from self._narrow()
            yield from self._tuned()
            yield from self._beyond()
        yield from self._check()
        yield Best(self.advice(), whole=True, last=True)

    def advice(self) -> Advice:
        """What the results so far advise, and why every other plan was given up."""
        found = choose([*self.results.values()], self.ask.budget, [*self.unseen.values()], self.faults)
        given_up = {plan: why for plan, why in self.out.items() if plan not in self.results}
        return replace(found, refused={**found.refused, **given_up})

    def _behind_indexes(self) -> list[str]:
        """The finalists; where not every row may be looked at, the first of them behind indexes."""
        a = self.ask
        if a.budget.looked is None or a.budget.looked >= a.n:
            return [*self.by_plan]
        return [text for p in [*self.by_plan][:INDEXED] for text in indexed(p, a.vectors.dim, a.n, a.budget)]

    def _measure(self, plans: Sequence[str]) -> Iterator[Event]:
        """Each plan on all rows; where most rows are still to come, also on rows that it has not learned from."""
        a = self.ask
        for plan in dict.fromkeys(plans):
            if plan in self.results:
                continue
            self._say(f"Measuring {plan} on all {a.n:,} rows")
            for r in measured(a.store, self.shared, [plan], a.k, self._failed):
                self.results[plan] = r
                if self.ask.grows:
                    self._apart([plan])
                counts = self.unseen.get(plan, r) if self.ask.grows else r
                recall = interval(counts.recall)
                yield Tried(plan, self.heats, self.heats + 1, counts.n, len(r.recall), r.bytes_per_vector, recall)
                yield from self._so_far()

    def _apart(self, plans: Sequence[str]) -> None:
        """What plans keep of rows that they were not learned on."""
        for plan in plans:
            if self.other is not None and plan not in self.unseen:
                self._say(f"Measuring {plan} on rows it has not learned from")
                for r in measured(self.ask.store, self.other, [plan], self.ask.k, self._failed):
                    self.unseen[plan] = r

    def _narrow(self) -> Iterator[Event]:
        """Sizes between the smallest that reaches the aim and the largest of its family that does not."""
        aim = Budget(rows=self.ask.budget.rows, recall=self.ask.budget.recall, ndcg=self.ask.budget.ndcg)
        if aim.recall is None and aim.ndcg is None:
            return
        for _ in range(NARROWINGS):
            now = self.advice()
            if not now.met:  # what would reach the aim lies beyond the limits
                now = choose([*self.results.values()], aim, [*self.unseen.values()], self.faults)
            taken = self.by_plan.get(now.plan) or next(iter(self.by_plan.values()))
            smaller = [p.size for p in self.by_plan.values() if p.line is taken.line and p.size < now.bytes_per_vector]
            size = between(max(smaller, default=now.bytes_per_vector / 4), now.bytes_per_vector)
            if not now.met or not size:
                return
            ways = [resized(replace(taken, line=line), size, self.ask.vectors.dim) for line in (taken.line, *WAYS)]
            more = resized(replace(taken, line=lines.residual), size, self.ask.vectors.dim)
            made = [p for p in (*next(filter(None, ways), ()), *more) if p.plan not in self.results]
            self.by_plan |= {p.plan: p for p in made}
            if not made:
                return
            yield from self._measure([p.plan for p in made])

    def _tuned(self) -> Iterator[Event]:
        """The plan taken with its codewords fine-tuned: too slow to be tried on samples, worth it for short codes."""
        taken = self.by_plan.get(self.advice().plan)
        if taken is not None and taken.line is lines.residual:
            yield from self._measure([*lines.tuned(taken.size, self.ask.vectors.dim)])

    def _beyond(self) -> Iterator[Event]:
        """The next larger size, where bytes are what is limited: what more of them would buy."""
        now, dim = self.advice(), self.ask.vectors.dim
        most = max(ceiling(self.ask.budget, dim, self.ask.n), now.bytes_per_vector)
        size = next((s for s in SIZES if most < s < 4 * dim), None)
        taken = self.by_plan.get(now.plan)
        if size and taken and " | " not in now.plan:
            yield from self._measure([*taken.line(size, dim), *lines.flagship(size, dim), *lines.floats(size, dim)][:1])

    def _check(self) -> Iterator[Event]:
        """The plan taken, its equals and its rivals on new rows, and their self-tests; until the choice stands."""
        while True:
            now = self.advice()
            top = [now.plan, *now.alike, *now.runners_up]
            self._apart(top)
            self.faults |= self.ask.broken(top)
            if self.advice().plan == now.plan:
                return
            yield from self._so_far()

    def _so_far(self) -> Iterator[Event]:
        try:
            yield Best(self.advice(), whole=True)
        except ThinvecError:
            return  # nothing measured so far fits

    def _failed(self, plan: str, error: ThinvecError) -> None:
        self.out[plan] = str(error)

    def _say(self, what: str) -> None:
        done = (len(self.results) + len(self.unseen)) / SOON
        self.ask.progress(1 - 0.5 / (1 + done), what)


WAYS = (lines.best, lines.scalars, lines.floats)  # where the family has nothing of a size


def between(low: float, high: float) -> int:
    """A size worth trying between two: the middle one of the usual sizes, else the middle; 0 where they are close."""
    usual = [s for s in SIZES if low < s < high]
    if usual:
        return usual[len(usual) // 2]
    middle = round((low + high) / 2)
    return middle if high / max(low, 1) > CLOSE and low < middle < high else 0
