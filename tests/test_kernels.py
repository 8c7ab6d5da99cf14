"""The shared arithmetic: k-means refills empty cells, packing is undone by unpacking, ties go to the lower id."""

from __future__ import annotations

import numpy as np
import pytest

from core.kernels import Groups, assign_groups, first_rows, kmeans_groups, pack, top, unpack

GROUPS = Groups.of(np.array([2, 0, 1]), np.array([0, 3]), np.array([64]))


def forty_points() -> np.ndarray:
    return np.repeat(np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32), 5, axis=0)


@pytest.mark.parametrize("start", ["rows", "one point"])
def test_k_means_finds_every_point_when_there_are_centroids_enough(start: str) -> None:
    x = forty_points()
    first = first_rows(x, GROUPS, np.random.default_rng(1)) if start == "rows" else np.zeros(3 * 64, np.float32)
    cents = kmeans_groups(x, GROUPS, first, 30)
    found = assign_groups(x, GROUPS, cents)[:, 0]
    assert len(np.unique(found)) == 40
    np.testing.assert_allclose(cents.reshape(3, 64).T[found], x[:, GROUPS.dims], atol=1e-5)


def test_unpacking_undoes_packing() -> None:
    bits = np.array([3, 5, 8, 1, 7])
    byte, shift = np.array([0, 0, 1, 2, 2]), np.array([0, 3, 0, 0, 1])
    fields = np.random.default_rng(0).integers(0, 1 << bits, (100, 5)).astype(np.uint8)
    codes = pack(fields, byte, shift, 3)
    assert codes.shape == (100, 3)
    assert (unpack(codes, byte, shift, bits) == fields).all()


def test_equal_scores_go_to_the_lower_id() -> None:
    scores = np.array([[1, 3, 3, 0, 3], [2, 2, 2, 2, 2]], np.float32)
    assert top(scores, 2)[0].tolist() == [[1, 2], [0, 1]]
    assert top(scores, 9)[0].tolist() == [[1, 2, 4, 0, 3], [0, 1, 2, 3, 4]]
