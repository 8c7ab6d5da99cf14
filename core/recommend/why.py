"""Why this plan and not the others, in sentences that are computed from the results and say no more than they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core import words
from core.evaluate.intervals import difference, in_doubt, interval
from core.recommend.bill import carried, shared
from core.recommend.budget import aim, exact, said
from core.recommend.changes import changes
from core.recommend.field import Candidate, Choice, even, odd
from core.types import Advice, Budget, Interval, Rival

RUNNERS_UP = 2


def advice(c: Choice) -> Advice:
    """The recommendation card."""
    taken, r, cost = c.taken, c.taken.result, c.taken.bill
    unseen = None if taken.unseen is None else interval(odd(taken.unseen.recall))
    rest = [x for x in c.table if x is not taken]
    return Advice(
        plan=r.plan,
        bytes_per_vector=cost.size,
        overhead_per_vector=shared(r, c.rows),
        recall=interval(odd(taken.merit)),
        runners_up=tuple(x.plan for x in c.others[:RUNNERS_UP]),
        refused={x.plan: reason(x, c) for x in [*c.others, *(x for x in rest if x.refused)]},
        why=" ".join(_why(c)),
        k=r.k,
        n=r.n,
        rows=c.rows,
        on_disk=cost.on_disk,
        memory=cost.memory,
        disk=cost.disk,
        pipeline=cost.pipeline,
        known=interval(odd(r.recall)),
        unseen=unseen,
        grows=c.grows,
        alike=tuple(x.plan for x in c.others if in_doubt(even(taken.merit), even(x.merit))),
        rivals=tuple(_rival(x, c) for x in c.others[:RUNNERS_UP]),
        changes=tuple(changes(c)),
        met=c.met,
        wanted="" if c.met else missed(c),
    )


def _rival(x: Candidate, c: Choice) -> Rival:
    ours, theirs = odd(c.taken.merit), odd(x.merit)
    gap, doubt = difference(theirs, ours), in_doubt(ours, theirs)
    return Rival(x.plan, x.bill.size, x.bill.memory, interval(theirs), gap, doubt, reason(x, c))


def reason(x: Candidate, c: Choice) -> str:
    """Why a plan was not taken, in a few words with its figure."""
    if x.refused:
        return x.refused
    ours, theirs = odd(c.taken.merit), odd(x.merit)
    figure, gap = f"recall {words.share(interval(theirs))}", difference(theirs, ours)
    dearer = x.bill.spent - c.taken.bill.spent
    if c.aimed and c.met and not x.reached:
        return f"{figure}, which does not reach {aim(c.budget)} for sure"
    if c.aimed and c.met and dearer > 0:
        return f"{figure}, reaches {aim(c.budget)} too, for {exact(_tenth(dearer))} more"
    if doubt := in_doubt(ours, theirs):
        more = f"; takes {exact(_tenth(dearer))} more" if dearer > 0 else ""
        return f"{figure}, {doubt}{more}{_less_of_new(x, c)}"
    if gap.mean > 0:
        return (
            f"{figure}, ahead by {_apart(gap.mean)} where results are reported, but not ahead where the choice is made"
        )
    return f"{figure}, short by {_apart(-gap.mean)}"


def _why(c: Choice) -> Iterator[str]:
    """Sentences: the choice, its nearest rival, the codebooks, rows that are new, and judged answers where known."""
    r, fit = c.taken.result, 1 + len(c.others)
    many = f"{fit} measured plans fit" if fit > 1 else "One measured plan fits"
    limit = "" if c.aimed and not _limited(c.budget) else f" {said(_limits(c.budget))}"
    yield f"{many}{limit}." if limit else f"{words.plural(fit, 'plan was', 'plans were')} measured."
    if not c.met:
        yield missed(c)
    elif c.aimed:
        yield f"This is the cheapest whose interval lies at {aim(c.budget)} or above where the choice is made."
    judge = " of rows that it was not learned on" if c.grows else ""
    yield (
        f"The choice was made on the even half of the {len(r.recall):,} held-out queries; on the odd half {r.plan} has "
        f"recall@{r.k} {words.estimate(interval(odd(c.taken.merit)))}{judge}."
    )
    if c.met and c.budget.recall is not None and (low := interval(odd(c.taken.merit)).low) < c.budget.recall:
        yield f"There the lower end of the interval, {low:.3f}, lies just under {c.budget.recall:g}."
    yield from _nearest(c)
    yield from _shared(c)
    yield from _new_rows(c)
    yield from _judged(c)


def _nearest(c: Choice) -> Iterator[str]:
    """The rival that came nearest, and what decided."""
    for rival in c.others[:1]:
        dearer = rival.bill.spent - c.taken.bill.spent
        if c.aimed and c.met and dearer > 0:
            yield f"The next, {rival.plan}, takes {exact(_tenth(dearer))} more."
        elif doubt := in_doubt(even(c.taken.merit), even(rival.merit)):
            preferred = _preferred(c.taken, rival)
            if still := in_doubt(odd(c.taken.merit), odd(rival.merit)):
                yield f"It and {rival.plan} {still}; {preferred} was taken."
            else:
                yield f"Where the choice is made, it and {rival.plan} {doubt}; {preferred} was taken."
        else:
            yield f"The next, {rival.plan}, differs by {signed(difference(odd(rival.merit), odd(c.taken.merit)))}."


def _less_of_new(x: Candidate, c: Choice) -> str:
    """What a plan that does as well on known rows loses on new ones."""
    if c.grows or x.unseen is None or c.taken.unseen is None:
        return ""
    gap = difference(odd(x.unseen.recall), odd(c.taken.unseen.recall))
    return f"; of new rows it keeps {signed(gap)}" if gap.high < 0 else ""


def _preferred(taken: Candidate, rival: Candidate) -> str:
    if taken.bill.spent > rival.bill.spent:
        return "the better on rows it has not learned from"
    if taken.bill.spent < rival.bill.spent:
        return "the cheaper"
    return "the simpler" if taken.stages < rival.stages else "the better on average"


def _shared(c: Choice) -> Iterator[str]:
    """Codebooks, and where rerank codes lie."""
    r, added = c.taken.result, shared(c.taken.result, c.rows)
    more = ", more than its codes" if added > r.bytes_per_vector else ""
    if index := carried(r):
        yield f"Of its {exact(_tenth(c.taken.bill.size))} the index takes {exact(_tenth(index))}."
    yield f"Codebooks and maps add {exact(added)} per vector when {c.rows:,} share them{more}."
    if c.taken.bill.on_disk:
        yield "Its rerank codes are read from disk, because memory is too small for them."
    elif c.budget.disk is not None and " | keep" in r.plan:
        yield "Its rerank codes fit into memory."


def _new_rows(c: Choice) -> Iterator[str]:
    """What it keeps of rows that it was not learned on, or, once those decide, of the rows it was."""
    r, new = c.taken.result, c.taken.unseen
    if c.grows:
        kept, more = words.estimate(interval(odd(r.recall))), words.count(c.rows - r.n)
        yield f"{more} of {c.rows:,} rows will be new, so new rows decided; of those measured it keeps {kept}."
    elif new is not None:
        kept = words.estimate(interval(odd(new.recall)))
        yield f"Learned on one half of the documents, it has recall@{r.k} {kept} on the other."
    elif (c.budget.rows or 0) > r.n:
        yield "What it keeps of rows that are added later was not measured."


def _judged(c: Choice) -> Iterator[str]:
    """MRR@10 beside that of float32, when both were measured: neighbours kept are not answers kept."""
    ours, floats = c.taken.result.mrr, next((x.result.mrr for x in c.table if x.plan == "f32"), None)
    if ours is None or floats is None or len(ours) < 2:
        return
    verdict = in_doubt(ours, floats) or f"a difference of {signed(difference(ours, floats))}"
    means = f"MRR@10 is {words.share(interval(ours))}, float32 has {words.share(interval(floats))}"
    yield f"On judged queries {means}: {verdict}."


def nothing(table: Sequence[Candidate], budget: Budget) -> str:
    """One sentence when no plan fits."""
    sound = [x for x in table if not x.refused.startswith("fails")]
    if not sound:
        return f"Every plan measured fails a self-test, {table[0].plan} among them; run the self-tests and report it."
    least = min(sound, key=lambda x: (x.bill.spent, x.plan))
    limit = said(_limits(budget)) if _limited(budget) else "what float32 takes"
    if budget.memory is not None or budget.disk is not None:
        size = f"{words.size(least.bill.memory)} of memory and {words.size(least.bill.disk)} of disk"
    else:
        size = exact(min(x.bill.size for x in sound))
    looked = min(x.result.looked for x in sound)
    if budget.looked is not None and looked > budget.looked:
        return f"Nothing fits {limit}; the plan that looks at fewest looks at {words.plural(round(looked), 'row')}."
    return f"Nothing fits {limit}; the smallest plan measured takes {size}."


def missed(c: Choice) -> str:
    """What was asked for and is not reached within the limits, and what would reach it."""
    within = f" fits {said(_limits(c.budget))} and" if _limited(c.budget) else ""
    reach = [x for x in c.table if x.reached and not x.refused.startswith("fails")]
    start = f"Nothing measured{within} reaches {aim(c.budget)}"
    if not reach:
        return f"{start}; the best has {words.estimate(interval(odd(c.taken.merit)))}."
    least = min(reach, key=lambda x: (x.bill.spent, x.plan))
    return f"{start}. The smallest plan that reaches it, {least.plan}, takes {exact(_tenth(least.bill.spent))}."


def signed(i: Interval) -> str:
    """A difference with its interval; near zero with the decimals that show it."""
    d = 3 if min(abs(i.mean), i.high - i.low) < 0.01 else 2
    return f"{words.signed(i.mean, d)} [{words.signed(i.low, d)}, {words.signed(i.high, d)}]"


def _limited(b: Budget) -> bool:
    return any(x is not None for x in (b.bytes_per_vector, b.ratio, b.memory, b.disk, b.looked))


def _limits(b: Budget) -> Budget:
    """The budget without what is to be reached; rows only where memory or disk is meant for them."""
    rows = b.rows if b.memory is not None or b.disk is not None else None
    return Budget(b.bytes_per_vector, b.ratio, rows, b.memory, b.disk, looked=b.looked)


def _apart(gap: float) -> str:
    """A gap that is there never reads 0.00."""
    return f"{gap:.2f}" if gap >= 0.005 else f"{gap:.3f}" if gap >= 0.0005 else f"{gap:.1g}"


def _tenth(b: float) -> float:
    return round(b, 1) if b >= 0.1 else b
