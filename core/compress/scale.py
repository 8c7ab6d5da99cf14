"""A per-vector scale in half a byte: squared-error codes shrink some vectors more than others, which reorders them.

s = ‖z‖² / ⟨z, ẑ⟩ makes ⟨z, s ẑ⟩ = ‖z‖² (the unbiased scale of DRIVE and EDEN, Vargaftik et al. 2021, 2022), over the
dimensions that have bits. Its logarithm is rounded to 16 steps between its 0.1 and 99.9 percentiles; sᵝ is applied,
with β chosen on training queries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.kernels import top
from core.types import Floats, Rows

OTHERS = (0.5, 0.0)  # exponents that may replace 1
ROWS, QUERIES, K = 8192, 400, 10  # what the exponent is chosen on, at most


def log_scale(z: Rows, decoded: Rows) -> NDArray[np.float32]:
    """log(‖z‖² / ⟨z, ẑ⟩) per row; rows whose code points away get a large scale, to be clipped."""
    inner = np.einsum("ij,ij->i", z, decoded)
    square = np.einsum("ij,ij->i", z, z)
    out: NDArray[np.float32] = np.log(np.maximum(square, 1e-12) / np.maximum(inner, 1e-3 * square + 1e-12))
    return out


def log_length(z: Rows, decoded: Rows) -> NDArray[np.float32]:
    """log(‖z‖ / ‖ẑ‖) per row: gives each decoded row its length back."""
    square = np.einsum("ij,ij->i", z, z) / np.maximum(np.einsum("ij,ij->i", decoded, decoded), 1e-12)
    out: NDArray[np.float32] = 0.5 * np.log(np.maximum(square, 1e-12))
    return out


def learn_scale(z: Rows, decoded: Rows, logs: NDArray[np.float32], queries: Rows | None) -> dict[str, Any]:
    """Range of the logarithm and the 16 factors: arrays `scale_range` (2,) and `scales` (16,)."""
    low, high = np.percentile(logs, [0.1, 99.9])
    high = max(high, low + 1e-3)
    span = np.array([low, high], np.float32)
    steps = np.linspace(low, high, 16)
    beta = best_exponent(z, decoded, steps[scale_code(span, logs)], queries)
    return {"scale_range": span, "scales": np.exp(beta * steps).astype(np.float32)}


def best_exponent(z: Rows, decoded: Rows, logs: NDArray[Any], queries: Rows | None) -> float:
    """1, unless training queries find clearly more of their neighbours among z (n, d) with another exponent.

    Clearly: by two standard errors of the paired difference. Without training queries it is 1.
    """
    if queries is None or len(queries) < 2:
        return 1.0
    kept = np.concatenate([neighbours_kept(z, decoded, logs, queries[a : a + 64]) for a in range(0, len(queries), 64)])
    gains = {beta: kept[:, i] - kept[:, 0] for i, beta in enumerate(OTHERS, 1)}
    clear = {beta: g.mean() for beta, g in gains.items() if g.mean() > 2 * g.std(ddof=1) / np.sqrt(len(g))}
    return max(clear, key=lambda beta: clear[beta]) if clear else 1.0


def neighbours_kept(z: Rows, decoded: Rows, logs: NDArray[Any], q: Rows) -> Floats:
    """How many of each query's exact neighbours are found with exponent 1 and with each of OTHERS: (q, 1 + others)."""
    true, _ = top(q @ z.T, K)
    approx = q @ decoded.T
    found = [top(approx * np.exp(beta * logs).astype(np.float32), K)[0] for beta in (1.0, *OTHERS)]
    return np.array([[len(np.intersect1d(a, b[i])) for b in found] for i, a in enumerate(true)], np.float64)


def scale_code(span: NDArray[np.float32], logs: NDArray[Any]) -> NDArray[np.uint8]:
    """Step 0 to 15 of each logarithm, clipped to the learned range."""
    step = np.rint((logs - span[0]) / (span[1] - span[0]) * 15)
    out: NDArray[np.uint8] = np.clip(step, 0, 15).astype(np.uint8)
    return out
