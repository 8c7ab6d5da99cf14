"""From a trial to its result, from plans to a sweep, the protocol of speed and the Gaussian line."""

from __future__ import annotations

import time
from dataclasses import replace

import numba
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from core.compress.klt import Klt
from core.errors import Cancelled, ThinvecError
from core.evaluate import measure as measuring
from core.evaluate.judged import mrr, ndcg
from core.evaluate.limit import limit, test_channel
from core.evaluate.measure import Shared, measure
from core.evaluate.metrics import recall
from core.evaluate.speed import PROTOCOL, Search, one_thread, speed
from core.evaluate.sweep import ordered, sweep
from core.plan import parse
from core.types import Hits, Rows, State, Train, Trial, Vectors

channel_of = test_channel
del test_channel  # pytest would collect it


@pytest.fixture(scope="module")
def shared(small: Vectors) -> Shared:
    return Shared(small)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One turn of the clock is enough where speed is not the question."""
    monkeypatch.setattr(measuring, "speed", lambda searches, queries, k: speed(searches, queries, k, seconds=0))


def trial(vectors: Vectors, plan: str, k: int = 10) -> Trial:
    return Trial(vectors.fingerprint, plan, k)


def test_float32_reads_exactly_one(small: Vectors, shared: Shared) -> None:
    result = measure(small, trial(small, "f32"), shared)
    assert (result.recall == 1.0).all()
    assert result.bytes_per_vector == 4 * small.dim == sum(result.ledger.values())
    assert (result.n, result.dim, result.looked) == (600, 32, 600.0)
    speeds = (result.queries_per_second, result.batch_queries_per_second, result.float_queries_per_second)
    assert min(*speeds, result.float_batch_queries_per_second) > 0


@pytest.mark.usefixtures("at_once")
def test_a_result_is_what_its_hits_say(small: Vectors, shared: Shared) -> None:
    result = measure(small, trial(small, "klt > wpq6"), shared)
    built = measuring.build(parse("klt > wpq6"), shared.train, small.docs)
    ids = built.search(small.queries, 10).ids
    np.testing.assert_array_equal(result.recall, recall(ids, shared.truth(10), small.docs, small.queries, 10))
    assert result.ndcg is not None
    assert result.mrr is not None
    np.testing.assert_array_equal(result.ndcg, ndcg(ids, small.qrels))
    np.testing.assert_array_equal(result.mrr, mrr(ids, small.qrels))
    assert result.bytes_per_vector == 6 == pytest.approx(sum(result.ledger.values()))
    assert set(result.encoding_only) <= set(result.state_bytes)
    assert 0.2 < result.recall.mean() < 1


@pytest.mark.usefixtures("at_once")
def test_judgements_are_at_ten_whatever_k(small: Vectors, shared: Shared) -> None:
    one, ten, twenty = (measure(small, trial(small, "int3", k), shared) for k in (1, 10, 20))
    assert ten.mrr is not None
    np.testing.assert_array_equal(one.mrr, ten.mrr)
    np.testing.assert_array_equal(one.ndcg, ten.ndcg)
    np.testing.assert_array_equal(twenty.mrr, ten.mrr)
    assert {len(one.recall), len(ten.recall), len(twenty.recall)} == {24}


@pytest.mark.usefixtures("at_once")
def test_without_judgements_there_are_no_judged_figures(small: Vectors) -> None:
    plain = replace(small, qrels=np.empty((0, 3), np.int64), train_queries=None)
    result = measure(plain, trial(plain, "bin"), Shared(plain))
    assert result.ndcg is result.mrr is None


def test_no_queries_no_measuring(small: Vectors) -> None:
    with pytest.raises(ThinvecError, match="held-out queries, got none"):
        Shared(replace(small, queries=small.queries[:0]))


@pytest.mark.usefixtures("at_once")
def test_asking_in_parts_changes_nothing(small: Vectors, shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measure(small, trial(small, "int2"), shared)
    monkeypatch.setattr(measuring, "ASKED", 7)
    parts = measure(small, trial(small, "int2"), shared)
    np.testing.assert_array_equal(whole.recall, parts.recall)
    assert parts.looked == whole.looked == 600


@pytest.mark.usefixtures("at_once")
def test_more_neighbours_than_documents(small: Vectors) -> None:
    few = replace(small, docs=small.docs[:6].copy(), qrels=np.empty((0, 3), np.int64))
    assert (measure(few, trial(few, "f32"), Shared(few)).recall == 1).all()


@pytest.mark.usefixtures("at_once")
def test_a_sweep_survives_plans_that_cannot_be_measured(small: Vectors) -> None:
    told: dict[str, str] = {}
    said: list[tuple[float, str]] = []
    plans = ["pq16x8", "pqq", "f32", "pca64 > int8", "bin", "int8", "f32"]
    done = list(
        sweep(
            small,
            plans,
            progress=lambda fraction, stage: said.append((fraction, stage)),
            refused=lambda plan, error: told.update({plan: str(error)}),
        )
    )
    assert [r.plan for r in done] == ["f32", "bin", "int8", "pq16x8"]  # cheap ones first
    assert set(told) == {"pqq", "pca64 > int8"}
    assert "64" in told["pca64 > int8"]
    assert said[1] == (0.2, "Measuring 2 of 5 plans")
    assert said[-1][0] == 1.0
    assert [f for f, _ in said] == sorted(f for f, _ in said)


@pytest.mark.usefixtures("at_once")
def test_without_a_listener_the_error_comes_after_the_results(small: Vectors) -> None:
    done = []
    with pytest.raises(ThinvecError, match="pca64"):
        done += [done.append(r) for r in sweep(small, ["pca64 > int8", "bin", "int4"])]
    assert [r.plan for r in done] == ["bin", "int4"]


@pytest.mark.usefixtures("at_once")
def test_cancelling_ends_a_sweep(small: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise Cancelled("Stopped.")

    monkeypatch.setattr("core.evaluate.sweep.measure", stop)
    with pytest.raises(Cancelled):
        list(sweep(small, ["bin", "int8"], refused=lambda *_: None))


def test_order_is_cheap_first_and_from_the_middle_out() -> None:
    plans = ["opq8x8", "klt > wpq8", "klt > wpq64", "klt.wpq48", "f32", "pq48x8", "bin", "klt > wpq48"]
    got = ordered(plans, 384, lambda plan, error: pytest.fail(plan))
    assert got == ["f32", "bin", "klt > wpq48", "klt > wpq64", "klt > wpq8", "pq48x8", "opq8x8"]


class Clock:
    """Time that passes only while a search of so many seconds per query runs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("core.evaluate.speed.perf_counter", lambda: self.now)

    def search(self, seconds: float, calls: list[Rows]) -> Search:
        def run(queries: Rows, k: int) -> Hits:
            calls.append(queries)
            self.now += seconds * (1 + len(queries))
            return Hits(np.zeros((len(queries), k), np.int64), np.zeros((len(queries), k), np.float32), 1.0)

        return run


def test_speed_is_timed_in_turns_on_queries_that_did_not_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    queries = np.arange(200, dtype=np.float32)[:, None]
    clock = Clock(monkeypatch)
    calls: tuple[list[Rows], list[Rows]] = ([], [])
    got = speed([clock.search(0.25, calls[0]), clock.search(1.0, calls[1])], queries, 5, seconds=0.0)
    assert [s.single for s in got] == pytest.approx([2.0, 0.5])
    assert [s.batch for s in got] == pytest.approx([100 / (0.25 * 101), 100 / 101])
    for seen in calls:
        assert [len(c) for c in seen] == [1, 20, *[1] * 8, 100]
        warm = set(np.concatenate(seen[:2])[:, 0])
        assert warm == set(range(20))
        assert warm.isdisjoint(np.concatenate(seen[2:])[:, 0])


def test_speed_takes_turns_until_its_time_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = Clock(monkeypatch), []
    speed([clock.search(0.01, calls)], np.zeros((1, 4), np.float32), 1, seconds=0.5)
    assert len(calls) == 2 + 3 * (8 + 1)  # a turn takes 0.18 s; a single query serves as warm-up too


def test_one_thread_is_one_thread_and_is_given_back() -> None:
    before = {lib["filepath"]: lib["num_threads"] for lib in threadpool_info()}
    numba_before = numba.get_num_threads()
    with one_thread():
        assert {lib["num_threads"] for lib in threadpool_info()} == {1}
        assert numba.get_num_threads() == 1
    assert {lib["filepath"]: lib["num_threads"] for lib in threadpool_info()} == before
    assert numba.get_num_threads() == numba_before
    assert "One thread" in PROTOCOL


def test_channel_spends_its_bits_and_makes_the_distortion_it_promises() -> None:
    variance = 4.0 / np.arange(1, 65) ** 1.5
    got = channel_of(variance, 32)
    active = len(got.keep)
    assert 1 < active < 64
    share = 1 - got.keep.astype(np.float64)  # D / λ
    assert -0.5 * np.log2(share).sum() == pytest.approx(32, rel=1e-4)
    distortion = variance[:active] * share
    np.testing.assert_allclose(distortion, distortion[0], rtol=1e-3)  # one water level
    assert variance[active] <= distortion[0] * 1.001
    z = np.random.default_rng(0).standard_normal((50_000, active)) * np.sqrt(variance[:active])
    y = z * got.keep + got.noise * np.random.default_rng(1).standard_normal(z.shape)
    np.testing.assert_allclose(((y - z) ** 2).mean(0), distortion, rtol=0.05)
    wrong = (y * (y - z)).mean(0) / np.sqrt(variance[:active] * distortion)
    np.testing.assert_allclose(wrong, 0, atol=0.02)  # the error is orthogonal to y


def test_the_line_rises_to_one_and_scalar_codes_of_gaussian_data_stay_below() -> None:
    rng = np.random.default_rng(0)
    scale = np.arange(1, 33) ** -0.6
    docs, queries, learn = (rng.standard_normal((n, 32)) * scale for n in (3000, 200, 400))
    docs, queries, learn = (
        (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32) for x in (docs, queries, learn)
    )
    vectors = Vectors(docs, queries, learn)
    shared = Shared(vectors)
    line = limit(vectors, [1, 4, 8, 16, 64], shared=shared)
    assert list(line) == [1, 4, 8, 16, 64]
    assert list(line.values()) == sorted(line.values())
    assert line[1] < 0.2
    assert line[64] > 0.97
    for size in (4, 8):
        built = measuring.build(parse(f"klt > wsq{size}(scale=0)"), shared.train, docs)
        ids = built.search(queries, 10).ids
        assert recall(ids, shared.truth(10), docs, queries, 10).mean() < line[size] - 0.02
    again = limit(vectors, [8], seed=5, shared=shared)
    assert abs(again[8] - line[8]) < 0.02
    assert limit(vectors, [8])[8] == line[8]  # the same seed, alone or with others


def test_the_line_uses_the_public_map(small: Vectors) -> None:
    state = Klt().fit(Shared(small).train)
    z = Klt().apply(state, small.docs)
    np.testing.assert_allclose(z.var(0), state["variance"], rtol=1e-2, atol=1e-6)


def test_the_line_is_drawn_where_dimensions_do_not_vary() -> None:
    x = np.random.default_rng(0).standard_normal((60, 10)).astype(np.float32)
    x[:, 3] = 0
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    assert limit(Vectors(x, x[:5]), [64, 1536]) == {64: 1.0, 1536: 1.0}
    alike = np.repeat(x[:1], 30, axis=0)
    assert limit(Vectors(alike, x[:5]), [1, 1536]) == {1: 1.0, 1536: 1.0}


def test_time_to_fit_does_not_depend_on_what_was_fitted_before(small: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Klt.fit

    def slow(self: Klt, train: Train) -> State:
        time.sleep(0.2)
        return plain(self, train)

    monkeypatch.setattr(Klt, "fit", slow)
    train = Shared(small).train
    times = [measuring.build(parse(p), train, small.docs).fit_seconds for p in ("klt > int8", "klt > int4", "int4")]
    assert min(times[:2]) >= 0.2 > times[2]
