"""Laws that every stage keeps, run on each `examples` entry found in the catalogue and on mixtures of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.compress import codecs, transforms, wrappers
from core.compress.codebook import Codebook
from core.compress.parse import codec as parse_codec
from core.errors import FitError, ThinvecError
from core.plan import parse
from core.search.built import Built, build
from core.search.flat import by_blocks
from core.search.view import View
from core.types import Rows, Train

D, N, M = 50, 1200, 64  # a width that is no multiple of 8
RECALL_TIE = 1e-6

SINGLE = [e for c in codecs().values() for e in c.examples]
TUNED = [f"{e} > wpq6" for w in wrappers().values() for e in w.examples]
MAPS = [e for t in transforms().values() for e in t.examples]
MIXED = [
    "klt > wpq6",
    "klt > wpq12(bits=4)",
    "klt > wsq12",
    "klt(gamma=0) > wsq9(scale=0)",
    "pca16 > int4 + int8",
    "center > rot > int4(clip=10)",
    "mrl16 > bin(mean=1) + pq4x8",
    "klt > wpq4 + wpq4",
    "bin + int2(clip=500)",
    "klt > tune(epochs=1) > rq4x8(scale=1,turns=1)",
    "center > itq > bin",
    "had > tq4(scale=1)",
    "pca16 > rabitq2",
]
ALL = SINGLE + TUNED + MIXED


def correlated(n: int, seed: int) -> Rows:
    """Unit rows with a falling spectrum, off-centre, in a fixed random basis."""
    basis = np.linalg.qr(np.random.default_rng(99).standard_normal((D, D)))[0]
    x = np.random.default_rng(seed).standard_normal((n, D)) * np.arange(1, D + 1) ** -0.6
    x = (x + 0.4 * (np.arange(D) < 3)) @ basis
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    x.setflags(write=False)
    return x


@pytest.fixture(scope="module")
def train() -> Train:
    return Train(correlated(N, 1), correlated(300, 2))


@pytest.fixture(scope="module")
def queries() -> Rows:
    return correlated(M, 3)


@pytest.fixture(scope="module")
def fitted(train: Train) -> dict[str, Codebook]:
    return {text: Codebook.fit(parse_codec(text), train) for text in ALL}


def ranks(scores: np.ndarray) -> np.ndarray:
    return np.argsort(-scores, axis=1, kind="stable")


def same_order(reference: np.ndarray, ids: np.ndarray, slack: float) -> bool:
    """Do `ids` fall along the reference scores, up to rounding?"""
    along = np.take_along_axis(reference, ids, 1)
    best = -np.sort(-reference, axis=1)[:, : ids.shape[1]]
    return bool((best - along <= slack * np.abs(reference).max()).all())


@pytest.mark.parametrize("text", ALL)
def test_prints_and_parses_back_in_both_spellings(text: str) -> None:
    plan = parse(text)
    assert str(plan) == text
    assert parse(str(plan)) == plan == parse(plan.slug)


@pytest.mark.parametrize("text", ALL)
def test_codes_are_bytes_of_the_stated_size(text: str, fitted: dict[str, Codebook], train: Train) -> None:
    book = fitted[text]
    codes = book.encode(train.rows)
    own = book.codec.encode(book.state, train.rows)  # the codebook copies into bytes: ask the codec itself
    assert own.dtype == np.uint8 and own.shape == (N, book.nbytes) and own.flags.c_contiguous
    assert codes.dtype == np.uint8 and codes.flags.c_contiguous
    assert codes.nbytes == N * book.codec.nbytes(D)
    assert sum(book.codec.ledger(D).values()) == pytest.approx(book.nbytes)


@pytest.mark.parametrize("text", ALL)
def test_a_row_does_not_depend_on_its_neighbours(text: str, fitted: dict[str, Codebook], train: Train) -> None:
    book, x = fitted[text], train.rows
    codes = book.encode(x)
    turned = np.random.default_rng(5).permutation(N)
    same = (book.encode(x[turned]) == codes[turned]).all(1)
    assert same.mean() >= 0.999  # a tie within rounding may fall either way: BLAS sums differ by block
    assert (book.encode(x[:300]) == codes[:300]).all(1).mean() >= 0.99
    assert (book.encode(x[7:8]) == codes[7:8]).mean() >= 0.9
    assert book.encode(x[:0]).shape == (0, book.nbytes)
    assert book.decode(codes[:0]).shape == (0, D)


@pytest.mark.parametrize("text", ALL)
def test_same_seed_same_bytes(text: str, fitted: dict[str, Codebook], train: Train) -> None:
    np.random.seed(3)
    before = json.dumps(np.random.get_state()[1].tolist())  # type: ignore[union-attr]
    again = Codebook.fit(parse_codec(text), Train(train.rows, train.queries))
    assert json.dumps(np.random.get_state()[1].tolist()) == before  # type: ignore[union-attr]
    assert (again.encode(train.rows) == fitted[text].encode(train.rows)).all()


@pytest.mark.parametrize("text", ["rot > bin", "pq5x8", "opq10x4", "klt > wpq6"])
def test_another_seed_draws_again(text: str, train: Train) -> None:
    one, two = (Codebook.fit(parse_codec(text), Train(train.rows, train.queries, seed)) for seed in (0, 1))
    assert (one.encode(train.rows) != two.encode(train.rows)).any()


@pytest.mark.parametrize("text", ALL)
def test_decodes_better_than_always_the_mean(text: str, fitted: dict[str, Codebook], train: Train) -> None:
    x, book = train.rows, fitted[text]
    if text.startswith("mrl"):
        pytest.skip("a prefix is scaled to unit length: it stands for a direction, not for the row")
    lost = ((x - book.decode(book.encode(x))) ** 2).sum()
    assert lost < ((x - x.mean(0)) ** 2).sum()


@pytest.mark.parametrize("text", ALL)
def test_strangers_stay_finite_and_on_the_right_side(text: str, fitted: dict[str, Codebook], train: Train) -> None:
    book = fitted[text]
    mean = train.rows.mean(0)
    for times in (1e3, 1e6):  # beyond the range of half floats
        far = (train.rows[:50] * times).astype(np.float32)
        decoded = book.decode(book.encode(far))
        assert np.isfinite(decoded).all()
        assert (np.einsum("ij,ij->i", decoded - mean, far - mean) > 0).mean() > 0.9


@pytest.mark.parametrize("text", ALL)
def test_scorer_ranks_as_decode(text: str, fitted: dict[str, Codebook], train: Train, queries: Rows) -> None:
    book = fitted[text]
    codes = book.encode(train.rows)
    plain = book.codec.seen(book.state, queries) @ book.decode(codes).T
    assert same_order(plain, ranks(book.scorer(queries)(codes))[:, :20], 1e-5)


@pytest.mark.parametrize("text", ALL)
def test_scanner_ranks_as_scorer(text: str, fitted: dict[str, Codebook], train: Train, queries: Rows) -> None:
    book = fitted[text]
    codes = book.encode(train.rows)
    scan = book.scanner(codes)
    if scan is None:
        pytest.skip("no compiled scan")
    hits, scores = scan(queries, 20), book.scorer(queries)(codes)
    assert same_order(scores, hits.ids, 1e-5)
    assert np.abs(np.take_along_axis(scores, hits.ids, 1) - hits.scores).max() < 1e-4 * np.abs(scores).max()
    assert (np.diff(hits.scores, axis=1) <= 0).all()
    assert all(len(set(row)) == 20 for row in hits.ids.tolist())
    assert scan(queries, N + 5).ids.shape == (M, N)
    assert scan(queries[:0], 3).ids.shape == (0, 3)
    assert hits.looked == N


@pytest.mark.parametrize("text", MAPS)
def test_query_law(text: str, train: Train, queries: Rows) -> None:
    step = transforms()[parse(f"{text} > f32").codec.transforms[0].name]  # type: ignore[attr-defined]
    t = parse(f"{text} > f32").codec.transforms[0]  # type: ignore[attr-defined]
    assert isinstance(t, step)
    s = t.fit(train)
    z = t.apply(s, train.rows)
    assert z.shape == (N, t.dim(D)) and z.dtype == np.float32
    gap = t.query(s, queries) @ z.T - t.score(queries, t.undo(s, z))
    assert np.abs(gap - gap.mean(1, keepdims=True)).max() < 1e-5


@pytest.mark.parametrize("text", [*(m for m in MAPS if "16" not in m), f"pca{D}", f"mrl{D}"])
def test_full_rank_transforms_lose_nothing(text: str, train: Train, queries: Rows) -> None:
    built = build(parse(f"{text} > f32"), train, train.rows)
    assert same_order(queries @ train.rows.T, built.search(queries, 10).ids, 1e-5)


def test_recipe_state_and_bytes_are_enough(train: Train, queries: Rows, tmp_path: Path) -> None:
    plans = [*ALL, *(f"{text} > f32" for text in MAPS), "klt > wsq12 | keep4 > int8"]
    built = [build(parse(text), train, train.rows[:200]) for text in plans]
    for i, b in enumerate(built):
        b.save(tmp_path / f"{i}.npz")
        assert Built.load(tmp_path / f"{i}.npz").state_bytes == b.state_bytes
    np.save(tmp_path / "queries.npy", queries)
    code = (
        "import sys, numpy as np; from pathlib import Path; from core.search.built import Built\n"
        "d, q = Path(sys.argv[1]), np.load(sys.argv[1] + '/queries.npy')\n"
        "for i in range(int(sys.argv[2])):\n"
        "    b = Built.load(d / f'{i}.npz')\n"
        "    again = b.codebook.encode(b.codebook.decode(b.codes))\n"
        "    np.savez(d / f'{i}.out.npz', ids=b.search(q, 10).ids, decoded=b.codebook.decode(b.codes), again=again)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path), str(len(plans))], check=True)
    for i, (text, b) in enumerate(zip(plans, built, strict=True)):
        with np.load(tmp_path / f"{i}.out.npz", allow_pickle=False) as out:
            decoded = b.codebook.decode(b.codes)
            assert (out["ids"] == b.search(queries, 10).ids).all(), text
            assert (out["decoded"] == decoded).all(), text
            assert (out["again"] == b.codebook.encode(decoded)).all(), text


@pytest.mark.parametrize(
    "ladder",
    [
        [f"int{b}" for b in (4, 5, 6, 7, 8)],
        ["pq2x8", "pq5x8", "pq10x8", "pq25x8"],
        ["pq2x4", "pq5x4", "pq10x4", "pq25x4"],
        ["klt > wpq3", "klt > wpq6", "klt > wpq12", "klt > wpq24"],
        ["klt > wpq3(bits=4)", "klt > wpq6(bits=4)", "klt > wpq12(bits=4)"],
        ["klt > wsq6", "klt > wsq12", "klt > wsq24", "klt > wsq48"],
        ["pca8 > int8", "pca16 > int8", "pca32 > int8"],
    ],
    ids=lambda ladder: ladder[0],
)
def test_more_bits_no_more_error(ladder: list[str], train: Train) -> None:
    lost = []
    for text in ladder:
        book = Codebook.fit(parse_codec(text), train)
        lost.append(((train.rows - book.decode(book.encode(train.rows))) ** 2).sum())
    assert lost == sorted(lost, reverse=True)


@pytest.mark.parametrize("text", ALL)
def test_bad_rows_get_one_sentence(text: str, fitted: dict[str, Codebook], train: Train) -> None:
    holed = train.rows[:40].copy()
    holed[3, 4] = np.nan
    with pytest.raises(FitError, match="row 3"):
        Codebook.fit(parse_codec(text), Train(holed))
    with pytest.raises(FitError, match=r"width 50, got an array of shape \(4, 49\)"):
        fitted[text].encode(train.rows[:4, :49])
    plan = Built(parse(text), fitted[text], fitted[text].encode(train.rows[:40]), None, 0.0, 0.0)
    with pytest.raises(FitError, match=r"width 50, got an array of shape \(2, 51\)"):
        plan.search(np.ones((2, 51), np.float32), 3)
    with pytest.raises(FitError, match="row 3"):
        plan.search(holed, 3)
    with pytest.raises(FitError, match="bytes per vector"):
        fitted[text].decode(plan.codes[:, 1:])
    with pytest.raises(FitError, match="at least"):
        Codebook.fit(parse_codec(text), Train(train.rows[:1]))


@pytest.mark.parametrize("text", [*ALL, "klt > wpq6 | keep4 > f16", "bin | keep2 > int8"])
def test_flat_is_brute_force_over_the_codes(text: str, train: Train, queries: Rows) -> None:
    plan = parse(text)
    built = build(plan, train, train.rows)
    hits = built.search(queries, 10)
    assert hits.ids.shape == (M, 10) and all(len(set(row)) == 10 for row in hits.ids.tolist())
    assert (np.diff(hits.scores, axis=1) <= 0).all()
    if plan.rerank is None:
        blocks = by_blocks(View(built.codebook, built.codes, queries), 10)
        seen = built.codebook.codec.seen(built.codebook.state, queries)
        assert same_order(seen @ built.codebook.decode(built.codes).T, blocks.ids, 1e-5)


def test_reranking_everything_by_floats_is_exact(train: Train, queries: Rows) -> None:
    built = build(parse("pq2x4 | keep120 > f32"), train, train.rows)
    exact = ranks(queries @ train.rows.T)[:, :10]
    assert (built.search(queries, 10).ids == exact).mean() > 0.999


def test_more_neighbours_than_documents(train: Train, queries: Rows) -> None:
    few = train.rows[:5]
    for text in ("f32", "int8", "bin", "int8 | keep4 > f16"):
        hits = build(parse(text), train, few).search(queries, 10)
        assert hits.ids.shape == (M, 5)


def test_unread_dimensions_are_dropped_from_the_maps(train: Train) -> None:
    book = Codebook.fit(parse_codec("klt > wpq3(scale=0)"), train)
    read = len(book.state["1.dims"])
    assert read < D and book.state["0.query_map"].shape == (D, read)


def test_too_many_groups_is_explained(train: Train) -> None:
    with pytest.raises(ThinvecError, match="groups of 50 dimensions"):
        Codebook.fit(parse_codec("wpq60"), train)
