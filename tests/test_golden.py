"""Golden bytes decode for ever: codes and states that earlier versions wrote must give the same rows and answers.

`python -m tests.test_golden` writes what is missing. A file that exists is never rewritten: raise a stage's `version`
and give its new bytes a new file instead.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.compress import codecs, transforms, wrappers
from core.plan import parse
from core.search.built import Built, build
from core.types import Rows, Train

FOLDER = Path(__file__).parent / "golden"
MIXED = [
    "klt > wpq5",
    "klt > wpq5(bits=4)",
    "klt > wsq5",
    "klt > wsq6(scale=0)",
    "klt > tune(epochs=1) > rq4x8(scale=1,turns=1)",
    "pca8 > int8 + int4",
    "center > rot > int6",
    "mrl9 > int8 | keep3 > f16",
    "int5",
    "int4(clip=10)",
    "pq4x8",
    "pq5x4",
    "opq4x4",
    "wpq5",
]
PLANS = [
    *MIXED,
    *(e for c in codecs().values() for e in c.examples if e not in MIXED),
    *(f"{e} > int8" for t in transforms().values() for e in t.examples),
    *(f"{e} > wpq5" for w in wrappers().values() for e in w.examples),
]


def rows(n: int, seed: int) -> Rows:
    x = np.random.default_rng(seed).standard_normal((n, 18)) * np.arange(1, 19) ** -0.5 + 0.1
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("text", PLANS)
def test_golden_bytes(text: str) -> None:
    slug = parse(text).slug
    built = Built.load(FOLDER / f"{slug}.npz")
    with np.load(FOLDER / f"{slug}.expected.npz", allow_pickle=False) as expected:
        assert str(built.plan) == text
        np.testing.assert_allclose(built.codebook.decode(built.codes), expected["decoded"], atol=1e-6)
        again = built.codebook.encode(expected["rows"])
        assert (again == built.codes).mean() > 0.999
        assert (built.search(rows(5, 3), 4).ids == expected["ids"]).all()


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for text in PLANS:
        path = FOLDER / f"{parse(text).slug}.npz"
        if not path.exists():
            x = rows(300, 1)
            built = build(parse(text), Train(x, rows(100, 2)), x[:24])
            built.save(path)
            decoded, ids = built.codebook.decode(built.codes), built.search(rows(5, 3), 4).ids
            np.savez(path.with_suffix(".expected.npz"), rows=x[:24], decoded=decoded, ids=ids)


if __name__ == "__main__":
    write()
