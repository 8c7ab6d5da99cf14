"""Self-tests of transforms: scores are kept, rotations are rotations, random projections err as theory says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.compress import transforms
from core.compress.check import Check, within
from core.compress.gauss import Gauss
from core.compress.had import Had
from core.compress.itq import Itq
from core.compress.lift import Lift
from core.compress.orot import Orot
from core.compress.parse import codec as parse_codec
from core.compress.srp import Srp, sparse_signs
from core.compress.whiten import Whiten
from core.stage import Transform
from core.types import Rows, Train

D, N, M = 50, 1000, 64

SHORT = ".2g"  # how figures are written


def transform_checks() -> Iterator[Check]:
    """(name, passed, what was found) for each self-test, seconds in all."""
    rng = np.random.default_rng(11)
    x = (rng.standard_normal((N, D)) * np.arange(1, D + 1) ** -0.5 + 0.3).astype(np.float32)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    train, q = Train(unit, unit[:200]), rng.standard_normal((M, D)).astype(np.float32)
    for cls in transforms().values():
        for text in cls.examples:
            yield query_law(text, train, q)
    yield from promises(train)
    yield distance(x, q)


def promises(train: Train) -> Iterator[Check]:
    """What the formulas of each transform promise."""
    axes = np.eye(train.rows.shape[1], dtype=np.float32)
    for turn in (Had(), Orot(group=8)):
        z = turn.apply(turn.fit(train), axes)
        yield within(f"{turn} is orthogonal", float(np.abs(z @ z.T - axes).max()), 0, 1e-5, SHORT)
    yield from projections(np.random.default_rng(12))
    for white in (Whiten(), Whiten(group=6)):
        spread = white.apply(white.fit(train), train.rows).var(0)
        yield within(f"{white} gives every dimension variance 1", float(np.abs(spread - 1).max()), 0, 1e-3, SHORT)
    yield within("itq fits signs better than a random rotation", gain(train), 1.001, 2, SHORT)


def query_law(text: str, train: Train, q: Rows) -> Check:
    """The largest change of a score, apart from a constant per query, between a row and what it stands for."""
    t = only(text)
    s = t.fit(train)
    z = t.apply(s, train.rows)
    gap = t.query(s, q) @ z.T - t.score(q, t.undo(s, z))
    most = float(np.abs(gap - gap.mean(1, keepdims=True)).max() / np.abs(q @ train.rows.T).max())
    return within(f"{text}, scores are those of the rows it stands for", most, 0, 1e-5, SHORT)


def only(text: str) -> Transform:
    """The transform of this text."""
    step: Transform = parse_codec(f"{text} > f32").transforms[0]  # type: ignore[attr-defined]
    return step


def projections(rng: np.random.Generator) -> Iterator[Check]:
    """Random projections to m of d dimensions: squared lengths spread by √(2/m), and m/d of the energy is put back."""
    d, m = 400, 100
    x = rng.standard_normal((400, d)).astype(np.float32)
    x -= x.mean(0)
    for t in (Gauss(m), Srp(m)):
        s = t.fit(Train(x))
        z = t.apply(s, x)
        ratio = (z**2).sum(1) / (x**2).sum(1)
        yield within(
            f"{t}, spread of squared lengths over √(2/m)", float(ratio.std() / np.sqrt(2 / m)), 0.8, 1.2, SHORT
        )
        kept = 1 - ((x - t.undo(s, z)) ** 2).sum() / (x**2).sum()
        yield within(f"{t}, energy kept over m/d", float(kept / (m / d)), 0.97, 1.03, SHORT)
    share = float((sparse_signs(d, m, rng) != 0).mean() * np.sqrt(d))
    yield within("srp, share of entries times √d", share, 0.9, 1.1, SHORT)


def gain(train: Train) -> float:
    """How much longer the learned rotation's |z| sums are than those of the random one that it began with."""
    sums = [float(np.abs(t.apply(t.fit(train), train.rows)).sum()) for t in (Itq(), Itq(rounds=0))]
    return sums[0] / sums[1]


def distance(x: Rows, q: Rows) -> Check:
    """Lifted scores are half the squared distance, for rows of any length."""
    t = Lift()
    lifted = t.query({}, q) @ t.apply({}, x).T
    direct = -((q[:, None] - x[None]) ** 2).sum(2) / 2
    gap = lifted - direct
    most = np.abs(gap - gap.mean(1, keepdims=True)).max() / np.abs(direct).max()
    return within("lift ranks by distance", float(most), 0, 1e-5, SHORT)
