"""Reads codecs: `stage > stage + stage`, in people's spelling; every complaint carries its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from core.compress import codecs, transforms, wrappers
from core.compress.chain import Chain, Sum, Wrapped
from core.errors import PlanError
from core.stage import Codec, Stage, Transform, Wrapper, did_you_mean

TOKEN = re.compile(r"\s*(?:(?P<word>[a-zA-Z]+)|(?P<number>\d+)|(?P<mark>[>+|(),=]))")


@dataclass
class Reader:
    """A plan's text and how far it has been read."""

    text: str
    at: int = 0

    def peek(self) -> tuple[str, str]:
        """Kind and text of the next token; ('end', '') at the end."""
        m = TOKEN.match(self.text, self.at)
        if m is None:
            rest = self.text[self.at :].lstrip()
            if rest:
                self.fail(f"'{rest[0]}' has no meaning in a plan; write stages joined by >, + and |.")
            return "end", ""
        return str(m.lastgroup), m.group(m.lastgroup or 0)

    def take(self, kind: str, what: str = "") -> str | None:
        """The next token if it is of this kind (and text), else None."""
        found, text = self.peek()
        if found != kind or (what and text != what):
            return None
        m = TOKEN.match(self.text, self.at)
        assert m is not None
        self.at = m.end()
        return text

    def need(self, kind: str, what: str, wanted: str) -> str:
        got = self.take(kind, what)
        if got is None:
            self.fail(f"expected {wanted}, got {repr(self.peek()[1]) if self.peek()[1] else 'the end'}.")
        return got

    def fail(self, message: str, at: int | None = None) -> NoReturn:
        at = self.at if at is None else at
        while at < len(self.text) and self.text[at] == " ":
            at += 1
        raise PlanError(message, self.text, at)

    def arguments(self) -> tuple[list[int], dict[str, int]]:
        """`N x N … (key=N, …)` after a stage's name."""
        place: list[int] = []
        if (first := self.take("number")) is not None:
            place.append(int(first))
            while self.take("word", "x"):
                place.append(int(self.need("number", "", "a number after x")))
        named: dict[str, int] = {}
        if self.take("mark", "("):
            while True:
                at, key = self.at, self.need("word", "", "a setting's name")
                if key in named:
                    self.fail(f"'{key}' was given twice; keep one.", at)
                self.need("mark", "=", "'='")
                named[key] = int(self.need("number", "", "a whole number"))
                if not self.take("mark", ","):
                    break
            self.need("mark", ")", "')'")
        return place, named

    def stage(self, table: dict[str, type[Stage]], kind: str) -> Stage:
        """One stage from a table of classes by name."""
        self.peek()
        start = self.at
        name = self.need("word", "", f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}")
        if name not in table:
            self.fail(f"no {kind} is called '{name}'{did_you_mean(name, table)}", start)
        try:
            return table[name].make(*self.arguments())
        except PlanError as e:
            if e.text:
                raise
            self.fail(str(e), start)


def read_codec(reader: Reader) -> Codec:
    """`{ transform > } [ wrapper > ] codec { + codec }`."""
    steps = {**transforms(), **wrappers(), **codecs()}
    before: list[Transform] = []
    around: Wrapper | None = None
    while True:
        reader.peek()
        start = reader.at
        stage = reader.stage(dict(steps), "stage")
        if isinstance(stage, Transform | Wrapper):
            if around is not None:
                reader.fail(
                    f"'{around}' stands right before a codec; write '{stage}' before it or leave it out.", start
                )
            if isinstance(stage, Wrapper):
                around = stage
            else:
                before.append(stage)
            if not reader.take("mark", ">"):
                reader.fail(f"'{stage}' gives no bytes by itself; add a codec, as in > int8.", start)
            continue
        assert isinstance(stage, Codec)
        parts = [stage]
        while reader.take("mark", "+"):
            reader.peek()
            start = reader.at
            more = reader.stage(dict(steps), "codec")
            if not isinstance(more, Codec):
                reader.fail(f"'{more}' is no codec; only codecs can be added.", start)
            parts.append(more)
        last: Codec = parts[0] if len(parts) == 1 else Sum(tuple(parts))
        last = Wrapped(around, last) if around else last
        return Chain(tuple(before), last) if before else last


def codec(text: str) -> Codec:
    """A codec from its text, as `str` prints it."""
    reader = Reader(text)
    out = read_codec(reader)
    if reader.peek()[0] != "end":
        reader.fail("expected >, + or the end.")
    return out
