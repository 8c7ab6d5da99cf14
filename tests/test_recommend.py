"""Plans to try fit their budgets; advice is chosen on one half, reported on the other, and says when it cannot say."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from core.errors import ThinvecError
from core.plan import parse
from core.recommend import BUDGETS, choose, default_plans, facts, frontier_plans, recommend, text
from core.types import Budget, Result, Trial
from tests.others import made_up

N = 400


def result(
    plan: str, size: float, recall: np.ndarray | float, speed: float = 1000.0, mrr: np.ndarray | None = None
) -> Result:
    values = np.full(N, recall) if isinstance(recall, float) else recall
    learned = {"state_bytes": {"map": 2000, "centroids": 500}, "encoding_only": ("map",)}
    speeds = {"queries_per_second": speed, "batch_queries_per_second": speed}
    return made_up(plan, values, size, ndcg=mrr, mrr=mrr, **learned, **speeds)


def noisy(mean: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).binomial(10, mean, N) / 10


@pytest.mark.parametrize("dim", [384, 768, 1024])
def test_default_plans_are_a_first_look_and_can_be_read(dim: int) -> None:
    plans = default_plans(dim)
    assert 25 <= len(plans) <= 42
    assert len(set(plans)) == len(plans)
    assert all(str(parse(plan)) == plan for plan in plans)
    assert {parse(plan).family for plan in plans} == {"flagship", "vector", "scalar", "binary", "cut", "sum", "floats"}
    ours = {parse(plan).nbytes(dim) for plan in plans if parse(plan).family == "flagship"}
    assert ours == {b for b in BUDGETS if b < dim}  # at one byte per dimension int8 does as well


@pytest.mark.parametrize("dim", [64, 384, 768, 1024])
@pytest.mark.parametrize("size", [4, 8, 16, 48, 96, 192, 384, 1536, 4096])
def test_frontier_plans_stay_within_the_budget_and_near_it(dim: int, size: int) -> None:
    plans = frontier_plans([size], dim)
    assert plans[-1] == "f32"
    sizes = {plan: parse(plan).nbytes(dim) for plan in plans[:-1]}
    assert all(b <= size for b in sizes.values())
    if size <= dim:
        families = {parse(plan).family for plan, b in sizes.items() if b == size}
        assert "flagship" in families
    if dim // 4 <= size <= dim and size % (dim // 8) == 0:
        assert any(plan.startswith("int") and b == size for plan, b in sizes.items())
    assert any(plan.endswith("bin") for plan in plans)


def test_frontier_plans_of_several_budgets_name_each_plan_once() -> None:
    plans = frontier_plans([48, 96], 384)
    assert len(set(plans)) == len(plans)
    assert {"klt > wpq48", "pq48x8", "opq48x8", "bin", "int2", "klt > wsq96"} <= set(plans)


def test_the_best_that_fits_is_taken_and_the_others_hear_why() -> None:
    results = [
        result("klt > wpq48", 48, noisy(0.8, 0)),
        result("pq48x8", 48, noisy(0.66, 1)),
        result("int4", 192, noisy(0.9, 2)),
        result("bin", 48, noisy(0.5, 3)),
    ]
    advice = recommend(results, Budget(48))
    odd = results[0].recall[1::2]
    assert (advice.plan, advice.bytes_per_vector, advice.overhead_per_vector) == ("klt > wpq48", 48, 2.5)
    assert advice.recall.mean == pytest.approx(odd.mean())
    assert advice.recall.low < advice.recall.mean < advice.recall.high
    assert advice.runners_up == ("pq48x8", "bin")
    assert advice.refused["int4"] == "192 B, over by 144 B"
    short = odd.mean() - results[1].recall[1::2].mean()
    assert advice.refused["pq48x8"] == f"recall {results[1].recall[1::2].mean():.2f}, short by {short:.2f}"
    assert set(advice.refused) == {"pq48x8", "int4", "bin"}
    assert "even half of the 400 held-out queries" in advice.why
    assert f"recall@10 {odd.mean():.2f} [" in advice.why
    assert "add 2.5 B per vector when 1,000 share them" in advice.why


def test_rows_share_the_overhead() -> None:
    advice = recommend([result("bin", 48, noisy(0.5, 0))], Budget(48), rows=2_000_000)
    assert advice.overhead_per_vector == pytest.approx(0.00125)
    assert "add 0.001 B per vector when 2,000,000 share them" in advice.why
    with pytest.raises(ThinvecError, match="got 0"):
        recommend([result("bin", 48, 0.5)], Budget(48), rows=0)


def test_chosen_on_the_even_half_reported_on_the_odd() -> None:
    flattered, steady = np.zeros(N), np.full(N, 0.6)
    flattered[0::2] = 1.0
    advice = recommend([result("int8", 384, flattered), result("int7", 384, steady)], Budget(400))
    assert advice.plan == "int8"
    assert advice.recall.mean == 0.0
    assert "ahead by 0.60 where results are reported" in advice.refused["int7"]


def test_what_cannot_be_told_apart_is_said_and_the_cheaper_taken() -> None:
    base = noisy(0.8, 0)
    alike = np.clip(base + np.random.default_rng(1).choice([-0.1, 0, 0.1], N, p=[0.3, 0.38, 0.32]), 0, 1)
    advice = recommend([result("klt > wpq48", 48, alike), result("klt > wpq32", 32, base)], Budget(48))
    assert advice.plan == "klt > wpq32"
    assert "It and klt > wpq48 cannot be told apart; about " in advice.why
    assert "queries would settle it; the cheaper was taken." in advice.why
    assert "cannot be told apart" in advice.refused["klt > wpq48"]


def test_a_card_does_not_call_alike_what_its_own_figures_tell_apart() -> None:
    ours, theirs = noisy(0.8, 0), np.empty(N)
    theirs[0::2], theirs[1::2] = (
        np.roll(ours, 2)[0::2],
        ours[1::2] - 0.1,
    )  # alike where it is chosen, not where reported
    advice = recommend([result("klt > wpq48", 48, ours), result("pq48x8", 48, theirs)], Budget(48))
    assert "Where the choice is made, it and " in advice.why
    assert (
        "short by 0.10" in advice.refused["pq48x8"] if advice.plan == "klt > wpq48" else "ahead" in str(advice.refused)
    )


def test_what_would_be_taken_for_new_rows_is_what_is_taken_for_them() -> None:
    plans = [("klt > wpq96", 96.0, 0.95, 0.93), ("int4", 192.0, 0.95, 0.97), ("pq48x8", 48.0, 0.7, 0.7)]
    known = [result(plan, size, noisy(seen, i)) for i, (plan, size, seen, _) in enumerate(plans)]
    new = [result(plan, size, noisy(unseen, 10 + i)) for i, (plan, size, _, unseen) in enumerate(plans)]
    aim = Budget(recall=0.85)
    assert choose(known, aim, new).plan == choose(known, replace(aim, rows=9000), new).plan == "klt > wpq96"
    assert "would be taken: recall" not in " ".join(choose(known, aim, new).changes)  # int4 keeps more, but costs more
    dear = replace(aim, recall=0.94)
    assert choose(known, replace(dear, rows=9000), new).plan == "int4"


def test_at_equal_cost_the_simpler_is_taken_whatever_the_clock_said() -> None:
    same = noisy(0.7, 0)
    for pace in (100.0, 100_000.0):
        longer, shorter = result("rot > bin", 48, same, pace), result("bin", 48, same, 1000.0)
        assert recommend([longer, shorter], Budget(48)).plan == "bin"
        why = recommend([longer, shorter], Budget(48)).why
        assert "they score alike on these queries; the simpler was taken" in why


def test_what_misses_only_after_rounding_is_said_to_miss() -> None:
    near = noisy(0.8, 0)
    results = [result("klt > wpq48", 48, near), result("pq48x8", 48, near - 0.004), result("int4", 48.03, 0.9)]
    refused = recommend(results, Budget(48)).refused
    assert refused["int4"] == "48.03 B, over by 0.03 B"
    assert refused["pq48x8"].endswith("short by 0.004")


def test_judged_answers_stand_beside_neighbours() -> None:
    ours, exact = noisy(0.5, 0), np.clip(noisy(0.5, 0) + 0.1, 0, 1)
    results = [result("bin", 48, noisy(0.6, 2), mrr=ours), result("f32", 1536, 1.0, mrr=exact)]
    why = recommend(results, Budget(48)).why
    assert f"MRR@10 is {ours.mean():.2f}, float32 has {exact.mean():.2f}: a difference of −0.100" in why
    results = [result("bin", 48, noisy(0.6, 2), mrr=ours), result("f32", 1536, 1.0, mrr=ours)]
    assert "cannot be told apart" in recommend(results, Budget(48)).why


@pytest.mark.parametrize(
    ("results", "budget", "words"),
    [
        ([result("pq48x8", 48, 0.5)], 12, r"^Nothing fits 12 B per vector; the smallest plan measured takes 48 B\.$"),
        ([], 12, "no results"),
        ([result("bin", 48, 0.5), result("bin", 48, 0.5)], 48, "twice"),
        ([result("bin", 48, np.ones(3))], 48, "at least 4"),
        ([result("bin", 48, 0.5)], math.nan, "must be more than 0, got nan"),
    ],
)
def test_errors_say_what_and_what_to_do(results: list[Result], budget: float, words: str) -> None:
    with pytest.raises(ThinvecError, match=words):
        recommend(results, Budget(budget))


def test_different_questions_are_not_compared() -> None:
    other = result("bin", 48, 0.5)
    other = Result(**{**vars(other), "trial": Trial("v", "bin", 5)})
    with pytest.raises(ThinvecError, match="cannot be compared"):
        recommend([result("pq48x8", 48, 0.5), other], Budget(48))


def test_rows_that_were_not_learned_on_are_told_of() -> None:
    known = result("klt > wrq16", 16, noisy(0.8, 0))
    other = result("klt > wrq16", 16, noisy(0.6, 1))
    why = recommend([known], Budget(16), unseen=[other]).why
    assert f"Learned on one half of the documents, it has recall@10 {other.recall[1::2].mean():.2f} [" in why
    assert "Learned on one half" not in recommend([known], Budget(16)).why


def test_the_card_is_json_and_says_all() -> None:
    results = [
        result("klt > wpq48", 48, noisy(0.8, 0), mrr=noisy(0.5, 5)),
        result("pq48x8", 48, noisy(0.66, 1), speed=9000.0, mrr=noisy(0.52, 6)),
        result("bin", 48, noisy(0.5, 3), speed=math.nan, mrr=noisy(0.3, 7)),
        result("klt > wpq32", 32, noisy(0.7, 6), mrr=noisy(0.45, 8)),
        result("klt > wpq64", 64, noisy(0.9, 4), mrr=noisy(0.5, 9)),
    ]
    other = [result("klt > wpq48", 48, noisy(0.6, 7)), result("klt > wpq32", 32, noisy(0.7, 8))]
    advice = choose(results, Budget(48), other)
    card = json.loads(json.dumps(facts(advice), allow_nan=False))
    assert card["plan"] == "klt > wpq48"
    assert [r["plan"] for r in card["rivals"]] == card["runners_up"] == ["klt > wpq32", "pq48x8"]
    assert card["rivals"][0]["gap"]["mean"] == pytest.approx(card["rivals"][0]["recall"]["mean"] - card["recall"])
    changes = " ".join(card["changes"])
    assert "With 16 bytes more, klt > wpq64 has recall +0." in changes
    assert "With 16 bytes less, klt > wpq32 has recall \N{MINUS SIGN}0." in changes
    assert "If speed mattered, pq48x8 answers 9.0" in changes
    assert "If most rows were still to come, klt > wpq32 would be taken: recall +0." in changes
    assert "If judged quality mattered, not neighbours, no plan" in changes
    assert set(card["refused"]) == {r.plan for r in results} - {card["plan"]}
    told = text(advice)
    assert told.startswith(f"klt > wpq48\nrecall@10 {advice.recall.mean:.2f} [")
    assert all(reason in told for reason in card["refused"].values())


def test_codebooks_that_outweigh_the_originals_are_no_compression() -> None:
    heavy = replace(result("rq48x8", 48, noisy(0.9, 0)), state_bytes={"codewords": 18_000_000})
    advice = choose([heavy, result("bin", 48, noisy(0.5, 1))], Budget(48))
    assert advice.plan == "bin"
    assert advice.refused["rq48x8"] == "18,048 B with its codebooks when 1,000 share them, more than float32 takes"
    assert choose([heavy, result("bin", 48, noisy(0.5, 1))], Budget(48, rows=10**7)).plan == "rq48x8"


def test_memory_counts_codebooks_and_disk_takes_what_reranks() -> None:
    plain = result("klt > wpq48", 48, noisy(0.8, 0))
    two = replace(result("klt > wpq48 | keep4 > int8", 432, noisy(0.95, 1)), ledger={"codes": 48, "rerank codes": 384})
    tight = Budget(rows=1_000_000, memory=48_000_600)
    assert choose([plain, two], tight).plan == "klt > wpq48"
    with pytest.raises(ThinvecError, match=r"Nothing fits 1,000,000 rows in 45\.8 MiB of memory; the smallest plan"):
        choose([plain, two], replace(tight, memory=48_000_400))  # the 500 bytes of centroids do not fit
    advice = choose([plain, two], replace(tight, disk=1e9))
    assert (advice.plan, advice.on_disk) == ("klt > wpq48 | keep4 > int8", True)
    assert advice.memory <= 48_000_600 < advice.disk <= 1e9
    assert "rerank codes are read from disk" in advice.why
    roomy = choose([plain, two], replace(tight, memory=1e9, disk=1e9))
    assert (roomy.on_disk, "fit into memory" in roomy.why) == (False, True)


def test_most_rows_to_come_means_new_rows_decide() -> None:
    known = [result("klt > wrq48", 48, noisy(0.9, 0)), result("klt > wpq48", 48, noisy(0.8, 1))]
    new = [result("klt > wrq48", 48, noisy(0.6, 2)), result("klt > wpq48", 48, noisy(0.75, 3))]
    assert choose(known, Budget(48, rows=2000), new).plan == "klt > wrq48"
    advice = choose(known, Budget(48, rows=2001), new)
    assert (advice.plan, advice.grows) == ("klt > wpq48", True)
    assert advice.recall == advice.unseen
    assert "new rows decided" in advice.why
    assert "If no rows were added, klt > wrq48 would be taken" in " ".join(advice.changes)
    assert choose(known, Budget(48, rows=9000), new[:1]).refused["klt > wpq48"] == (
        "what it keeps of new rows was not measured"
    )
    blind = choose(known, Budget(48, rows=9000))
    assert (blind.plan, blind.grows) == ("klt > wrq48", False)
    assert "added later was not measured" in blind.why


def test_a_share_of_judged_quality_needs_judgements() -> None:
    exact = replace(result("f32", 1536, 1.0, mrr=np.full(N, 0.5)), state_bytes={})
    close, far = (result("bin", 48, noisy(0.8, 0), mrr=np.full(N, x)) for x in (0.49, 0.4))
    results = [exact, replace(close, trial=Trial("v", "klt > wpq48")), far]
    assert choose(results, Budget(ndcg=0.97)).plan == "klt > wpq48"
    assert choose(results, Budget(ndcg=0.99)).plan == "f32"
    with pytest.raises(ThinvecError, match="needs judged answers, got none"):
        choose([result("bin", 48, 0.5)], Budget(ndcg=0.97))
