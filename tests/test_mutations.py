"""Self-tests must bite: each defect that vector search has really seen, put back, turns a light red."""

from __future__ import annotations

import numpy as np
import pytest

from core.compress.bin import Bin
from core.compress.doctor import consistent
from core.compress.int import Int
from core.compress.scaled import Scaled
from core.scan import scan_affine
from core.scan_bits import pack_bits
from core.types import Codes, Hits, Rows, Scanner, State

X = np.random.default_rng(5).standard_normal((2000, 32)).astype(np.float32)


def light(text: str) -> bool:
    return consistent(text, X)[1]


@pytest.mark.parametrize("text", ["int8", "int4", "bin", "wpq6", "klt > wrq6"])
def test_sound_codecs_are_green(text: str) -> None:
    assert light(text)


def test_wrapping_instead_of_clipping_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrapped(self: Int, s: State, x: Rows) -> Codes:
        cells = np.floor((x - s["low"]) / s["step"]).astype(np.int64)
        return pack_bits((cells & ((1 << self.bits) - 1)).astype(np.uint8), self.bits)

    monkeypatch.setattr(Int, "encode", wrapped)
    assert not light("int8")


def test_a_flipped_bit_order_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def flipped(self: Bin, s: State, x: Rows) -> Codes:
        return np.packbits(x > s["threshold"], axis=1, bitorder="big")

    monkeypatch.setattr(Bin, "encode", flipped)
    assert not light("bin")


def test_a_forgotten_scale_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scaled, "by_row", lambda self, s, c: np.float32(1))
    assert not light("wpq6")


def test_a_query_calibrated_on_itself_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def calibrated(self: Int, s: State, c: Codes) -> Scanner:
        def run(q: Rows, k: int) -> Hits:
            low, step = q.min(0), np.ptp(q, axis=0) / 255
            return scan_affine(c, q * step, (q @ low).astype(np.float32), self.bits, k)

        return run

    monkeypatch.setattr(Int, "scanner", calibrated)
    assert not light("int8")
