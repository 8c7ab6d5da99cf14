"""Compositions: `>` sends vectors through transforms into a codec, `+` codes what the codecs before it missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.scan import Tables
from core.scan_rows import Reader
from core.stage import Codec, Transform, Wrapper
from core.types import Codes, Hits, Rows, Scanner, Scorer, State, Train


def part(s: State, i: int) -> dict[str, Any]:
    """The arrays of step i, whose names are prefixed 'i.'."""
    return {k[len(f"{i}.") :]: v for k, v in s.items() if k.startswith(f"{i}.")}


def joined(states: list[State]) -> dict[str, Any]:
    return {f"{i}.{k}": v for i, s in enumerate(states) for k, v in s.items()}


@dataclass(frozen=True)
class Chain(Codec):
    """Transforms, then one codec."""

    transforms: tuple[Transform, ...] = ()
    codec: Codec = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return " > ".join(str(t) for t in (*self.transforms, self.codec))

    def width(self, d: int) -> int:
        for t in self.transforms:
            d = t.dim(d)
        return d

    def nbytes(self, d: int) -> int:
        return self.codec.nbytes(self.width(d))

    def ledger(self, d: int) -> dict[str, float]:
        return self.codec.ledger(self.width(d))

    def packed(self, d: int) -> list[tuple[str, int]]:
        return self.codec.packed(self.width(d))

    def fit(self, train: Train) -> State:
        states: list[State] = []
        so_far = ""
        for t in self.transforms:
            so_far = f"{so_far}{t} > "
            state, train = train.once(f"chain {so_far}", lambda t=t, train=train: self._step(t, train))  # type: ignore[misc]
            states.append(state)
        return joined(self._narrow([*states, self.codec.fit(train)]))

    @staticmethod
    def _step(t: Transform, train: Train) -> tuple[State, Train]:
        s = t.fit(train)
        queries = None if train.queries is None else t.query(s, train.queries)
        return s, train.on(t.apply(s, train.rows), queries)

    def _narrow(self, states: list[State]) -> list[State]:
        """Drop map columns for dimensions that the codec never reads."""
        dims = states[-1].get("dims")
        if dims is None or len(states) < 2 or len(dims) == states[-1]["width"][0]:
            return states
        read = np.unique(dims)
        cut = self.transforms[-1].select(states[-2], read)
        if cut is None:
            return states
        codec = {**states[-1], "dims": np.searchsorted(read, dims), "width": np.array([len(read)])}
        return [*states[:-2], cut, codec]

    def at_once(self) -> int:
        return self.codec.at_once()

    def encode(self, s: State, x: Rows) -> Codes:
        for i, t in enumerate(self.transforms):
            x = t.apply(part(s, i), x)
        return self.codec.encode(part(s, len(self.transforms)), x)

    def decode(self, s: State, c: Codes) -> Rows:
        x = self.codec.decode(part(s, len(self.transforms)), c)
        for i, t in reversed(list(enumerate(self.transforms))):
            x = t.undo(part(s, i), x)
        return x

    def _query(self, s: State, q: Rows) -> Rows:
        for i, t in enumerate(self.transforms):
            q = t.query(part(s, i), q)
        return q

    def scorer(self, s: State, q: Rows) -> Scorer:
        return self.codec.scorer(part(s, len(self.transforms)), self._query(s, q))

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        inner = self.codec.scanner(part(s, len(self.transforms)), c)
        if inner is None:
            return None

        def run(q: Rows, k: int) -> Hits:
            return inner(self._query(s, q), k)

        return run

    def reader(self, s: State, c: Codes) -> Reader | None:
        inner = self.codec.reader(part(s, len(self.transforms)), c)
        return None if inner is None else lambda q: inner(self._query(s, q))

    def unread(self, s: State) -> tuple[str, ...]:
        last = len(self.transforms)
        maps = (f"{i}.{n}" for i, t in enumerate(self.transforms) for n in t.encoding_only)
        return (*maps, *(f"{last}.{n}" for n in self.codec.unread(part(s, last))))


@dataclass(frozen=True)
class Wrapped(Codec):
    """A codec whose state was improved after it was fitted; rows are encoded as before, by the arrays in `kept`."""

    wrapper: Wrapper = None  # type: ignore[assignment]
    codec: Codec = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.wrapper} > {self.codec}"

    def nbytes(self, d: int) -> int:
        return self.codec.nbytes(d)

    def ledger(self, d: int) -> dict[str, float]:
        return self.codec.ledger(d)

    def packed(self, d: int) -> list[tuple[str, int]]:
        return self.codec.packed(d)

    def fit(self, train: Train) -> State:
        first = self.codec.fit(train)
        last = self.wrapper.refine(self.codec, first, train)
        kept = {f"{KEPT}{name}": a for name, a in first.items() if last.get(name) is not a}
        return {**last, **kept}

    def at_once(self) -> int:
        return self.codec.at_once()

    def encode(self, s: State, x: Rows) -> Codes:
        return self.codec.encode({**s, **{n[len(KEPT) :]: a for n, a in s.items() if n.startswith(KEPT)}}, x)

    def decode(self, s: State, c: Codes) -> Rows:
        return self.codec.decode(s, c)

    def seen(self, s: State, q: Rows) -> Rows:
        return self.codec.seen(s, q)

    def unread(self, s: State) -> tuple[str, ...]:
        return (*self.codec.unread(s), *(name for name in s if name.startswith(KEPT)))

    def scorer(self, s: State, q: Rows) -> Scorer:
        return self.codec.scorer(s, q)

    def by_byte(self, s: State) -> Callable[[Rows], Tables] | None:
        return self.codec.by_byte(s)

    def scanner(self, s: State, c: Codes) -> Scanner | None:
        return self.codec.scanner(s, c)

    def reader(self, s: State, c: Codes) -> Reader | None:
        return self.codec.reader(s, c)


KEPT = "encoding."  # names of arrays that only encoding needs begin with it


@dataclass(frozen=True)
class Sum(Codec):
    """Codecs in a row, each coding what those before it missed; the bytes lie side by side."""

    parts: tuple[Codec, ...] = ()

    def __str__(self) -> str:
        return " + ".join(str(p) for p in self.parts)

    def nbytes(self, d: int) -> int:
        return sum(p.nbytes(d) for p in self.parts)

    def ledger(self, d: int) -> dict[str, float]:
        out: dict[str, float] = {}
        for p in self.parts:
            for name, size in p.ledger(d).items():
                out[name] = out.get(name, 0.0) + size
        return out

    def packed(self, d: int) -> list[tuple[str, int]]:
        return [run for p in self.parts for run in p.packed(d)]

    def fit(self, train: Train) -> State:
        states: list[State] = []
        rest = train.rows
        for p in self.parts:
            s = p.fit(train.on(rest, train.queries))
            states.append(s)
            rest = rest - p.decode(s, p.encode(s, rest))
        return joined(states) | {"width": np.array([train.rows.shape[1]])}

    def unread(self, s: State) -> tuple[str, ...]:
        return tuple(f"{i}.{n}" for i, p in enumerate(self.parts) for n in p.unread(part(s, i)))

    def by_byte(self, s: State) -> Callable[[Rows], Tables] | None:
        """The tables of all parts side by side, where every part has them."""
        made = [p.by_byte(part(s, i)) for i, p in enumerate(self.parts)]
        parts = [tables for tables in made if tables is not None]
        if len(parts) < len(made):
            return None
        return lambda q: np.concatenate([tables(q) for tables in parts], axis=1)

    def _slices(self, s: State, c: Codes) -> list[tuple[Codec, dict[str, Any], Codes]]:
        d, at, out = int(s["width"][0]), 0, []
        for i, p in enumerate(self.parts):
            end = at + p.nbytes(d)
            out.append((p, part(s, i), np.ascontiguousarray(c[:, at:end])))
            at = end
        return out

    def encode(self, s: State, x: Rows) -> Codes:
        codes = []
        for i, p in enumerate(self.parts):
            codes.append(p.encode(part(s, i), x))
            x = x - p.decode(part(s, i), codes[-1])
        return np.concatenate(codes, axis=1)

    def decode(self, s: State, c: Codes) -> Rows:
        rows = [p.decode(ps, pc) for p, ps, pc in self._slices(s, c)]
        total: Rows = np.sum(rows, axis=0, dtype=np.float32)
        return total
