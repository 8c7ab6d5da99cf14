"""One small training loop for every stage that learns by gradients, and the arithmetic such stages share.

Weights are a flat dictionary of arrays, before, during and after. The forward maps below use only `@`, `+`, `*` and
`>`, so that one function serves torch tensors in training and numpy arrays ever after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.compress.pca import moments, ordered_eigh
from core.types import Floats, Rows, State, Train

LEARN = 16_384  # rows that networks learn from, at most
FRAME = ("mean", "spread", "reach")  # what `frame` finds

Weights = dict[str, NDArray[np.float32]]
Loss = Callable[[dict[str, Any], Any], Any]  # (weights, numbers of the rows of this batch) -> one torch number


def descend(
    train: Train,
    name: str,
    weights: Mapping[str, NDArray[Any]],
    rows: int,
    loss: Loss,
    epochs: int,
    rate: float = 1e-3,
    batch: int = 256,
    renew: Callable[[Weights], None] | None = None,
) -> Weights:
    """Adam with a cosine-falling rate on shuffled batches of `rows` rows; `renew` is called before each epoch.

    Progress is told (and may cancel by raising) once per epoch. Torch's generators and threads are left as found. One
    thread: such small products gain nothing from two, and sums then do not depend on the machine's cores.
    """
    import torch

    with torch.random.fork_rng(), one_thread():
        torch.manual_seed(train.seed)
        w = {k: torch.tensor(np.asarray(v, np.float32), requires_grad=True) for k, v in weights.items()}
        adam = torch.optim.Adam(w.values(), lr=rate)
        steps = epochs * -(-rows // batch)
        fall = torch.optim.lr_scheduler.CosineAnnealingLR(adam, max(steps, 1), rate / 50)
        for epoch in range(epochs):
            train.progress(epoch / epochs, f"Training {name}: epoch {epoch + 1} of {epochs}")
            if renew is not None:
                renew(arrays(w))
            for pick in torch.split(torch.randperm(rows), batch):
                adam.zero_grad()
                loss(w, pick).backward()
                adam.step()
                fall.step()
        return arrays(w)


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread, and then on as many as before."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def arrays(w: Mapping[str, Any]) -> Weights:
    """Torch weights as numpy arrays of their own."""
    return {k: v.detach().numpy().copy() for k, v in w.items()}


def tensor(x: NDArray[Any]) -> Any:
    """A torch copy of an array, which may be read-only."""
    import torch

    return torch.tensor(x)


def sign(h: Any) -> Any:
    """±1 in the forward pass; the gradient passes where |h| <= 1 (straight-through)."""
    clipped = h.clamp(-1, 1)
    return clipped + (2.0 * (h > 0) - 1 - clipped).detach()


def relu(h: Any) -> Any:
    """max(h, 0), of arrays and of tensors."""
    return h * (h > 0)


def block(w: Mapping[str, Any], name: str, z: Any) -> Any:
    """A residual block: a linear map, plus one hidden ReLU layer where there is one."""
    out = z @ w[f"{name}_skip"] + w[f"{name}_bias"]
    if f"{name}_up" in w:
        out = out + relu(z @ w[f"{name}_up"] + w[f"{name}_lift"]) @ w[f"{name}_down"]
    return out


def names(name: str) -> tuple[str, ...]:
    """The arrays that a block of this name may have."""
    return tuple(f"{name}_{part}" for part in ("skip", "bias", "up", "lift", "down"))


def new_block(rng: np.random.Generator, name: str, skip: NDArray[Any], hidden: int) -> Weights:
    """Weights of a block that begins as the linear map `skip` (a, b): its hidden layer has no say yet."""
    a, b = skip.shape
    w: Weights = {f"{name}_skip": skip.astype(np.float32), f"{name}_bias": np.zeros(b, np.float32)}
    if hidden:
        w[f"{name}_up"] = (rng.standard_normal((a, hidden)) * np.sqrt(2 / a)).astype(np.float32)
        w[f"{name}_lift"] = np.zeros(hidden, np.float32)
        w[f"{name}_down"] = np.zeros((hidden, b), np.float32)
    return w


def frame(x: Rows) -> Weights:
    """Mean, root mean square deviation and largest length of the rows a network learns from."""
    mean = x.mean(0, dtype=np.float64)
    square = np.maximum(np.square(x - mean, dtype=np.float64).sum(1), 1e-24)
    spread = np.sqrt(square.mean() / x.shape[1])
    reach = np.sqrt(square.max()) / spread
    return {k: np.atleast_1d(v).astype(np.float32) for k, v in (("mean", mean), ("spread", spread), ("reach", reach))}


def framed(s: State, x: Rows) -> Rows:
    """Rows about their mean with unit spread; one further out than any seen in training is pulled back."""
    z = np.asarray((x - s["mean"]) / s["spread"], np.float32)
    length = np.linalg.norm(z, axis=1, keepdims=True)
    z *= np.minimum(1, s["reach"] / np.maximum(length, 1e-12)).astype(np.float32)
    return z


def linear_decoder(features: NDArray[Any], x: Rows, ridge: float = 1e-5) -> tuple[Rows, Rows]:
    """Least squares: D (m, d) and b (d,) with features @ D + b nearest to x."""
    f, target = features.astype(np.float64), x.astype(np.float64)
    f_mean, x_mean = f.mean(0), target.mean(0)
    f -= f_mean
    gram = f.T @ f
    gram[np.diag_indices(len(gram))] += ridge * max(np.trace(gram) / len(gram), 1e-30)
    d = np.linalg.solve(gram, f.T @ (target - x_mean))
    return d.astype(np.float32), (x_mean - f_mean @ d).astype(np.float32)


def spun_axes(z: Rows, m: int, rng: np.random.Generator) -> Floats:
    """(d, m): the leading principal axes, turned at random so that all m outputs have variance about one."""
    variance, axes = ordered_eigh(moments(z)[1])
    keep = min(m, z.shape[1])
    turn = np.linalg.qr(rng.standard_normal((m, keep)))[0].T  # (keep, m), orthonormal rows
    out: Floats = axes[:, :keep] @ turn / np.sqrt(max(variance[:keep].sum() / m, 1e-30))
    return out
