"""The catalogue: what each stage is, in the words of its own module, so that pages and the terminal say the same."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from types import ModuleType

from core.compress import chain, codecs, transforms, wrappers
from core.compress.parse import codec as parse_codec
from core.errors import PlanError
from core.plan import steps
from core.search import indexes, rescore
from core.stage import Codec, Stage, Transform, Wrapper

GROUPS = {
    "flagship": "Flagship",
    "transform": "Transforms",
    "floats": "Floats",
    "scalar": "Scalar codes",
    "vector": "Vector codes",
    "binary": "Binary codes",
    "sparse": "Sparse codes",
    "sum": "Sums and two-stage",
    "index": "Indexes",
}
KINDS = {Transform: "transform", Wrapper: "wrapper", Codec: "codec"}
SUMS = "a + b: the bytes of both, and the sum of their scores."
KEEPS = "keepN > codec: N · k candidates are scored again by a second codec, whose bytes are on the bill."
LABELS = ("Paper", "Bytes", "Claim")
LABEL = re.compile(rf"({'|'.join(LABELS)}):\s*(.*)")
SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z])")


@dataclass(frozen=True)
class Knob:
    """A number that a plan can set: `name=N` for keywords, by its place for the others."""

    name: str
    default: int
    low: int
    high: int
    what: str
    keyword: bool


@dataclass(frozen=True)
class Entry:
    """A stage as a reader meets it. idea: one sentence; how: a paragraph; bytes: of its code, as a formula."""

    name: str
    kind: str  # transform, wrapper, codec, index or composition
    group: str  # a key of GROUPS
    family: str  # how charts colour it
    idea: str
    how: str
    form: str
    paper: str = ""
    bytes: str = ""
    claim: str = ""
    knobs: tuple[Knob, ...] = ()
    examples: tuple[str, ...] = ()

    def mentions(self, word: str) -> bool:
        """Whether a reader who looks for this word means this entry."""
        texts = (self.name, self.idea, self.how, self.form, self.paper, self.claim, GROUPS[self.group])
        return all(part in " ".join(texts).casefold() for part in word.casefold().split())


@cache
def catalogue() -> Mapping[str, Entry]:
    """Every stage by name, and the two ways to put codecs together."""
    kinds: tuple[Mapping[str, type[Stage]], ...] = (transforms(), wrappers(), codecs(), indexes())
    found = {name: _entry(cls) for kind in kinds for name, cls in kind.items()}
    return {
        **found,
        "+": _composition("+", _text(chain.Sum), SUMS, "bin + int2(clip=500)"),
        "keep": _composition("keep", _told(rescore)[0], KEEPS, "bin(mean=1) | keep4 > int4"),
    }


def grouped() -> dict[str, list[Entry]]:
    """Entries by group, in the order in which pages show them."""
    found: dict[str, list[Entry]] = {group: [] for group in GROUPS}
    for entry in catalogue().values():
        found[entry.group].append(entry)
    return {group: entries for group, entries in found.items() if entries}


def concerned(check: str) -> frozenset[str]:
    """Names of the stages that a self-test is about; none for one about the arithmetic that all stand on.

    A self-test is called after its plan: "klt > wpq6, bytes and scores", "rabitq4 is unbiased".
    """
    head = re.split(r"[,:;]", check)[0].strip()
    try:
        return frozenset(s.name for s in steps(parse_codec(head)))
    except PlanError:
        first = re.match(r"[a-z]+", head)
        return frozenset({first[0]} & set(catalogue())) if first else frozenset()


@cache
def source() -> str:
    """16 hex digits of the code that encodes and scores: self-tests hold for exactly this code."""
    here = Path(__file__).parent
    h = hashlib.blake2b(digest_size=8)
    for path in sorted(
        [*(here / "compress").glob("*.py"), here / "kernels.py", *here.glob("scan*.py"), here / "stage.py"]
    ):
        h.update(path.name.encode() + path.read_bytes())
    return h.hexdigest()


def idea(kind: type[Stage]) -> str:
    """The first sentence of the module that defines a stage."""
    return SENTENCE.split(_told(inspect.getmodule(kind))[0])[0]


def _entry(cls: type[Stage]) -> Entry:
    lead, how, labels = _told(inspect.getmodule(cls))
    first, *rest = SENTENCE.split(lead)
    kind = next((word for base, word in KINDS.items() if issubclass(cls, base)), "index")
    return Entry(
        cls.name,
        kind,
        # a flagship transform stands with the codec it was made for
        cls.family if kind == "codec" or cls.family == "flagship" else kind,
        cls.family,
        first,
        " ".join([*rest, *how]).strip(),
        _text(cls),
        *labels,
        tuple(_knobs(cls)),
        cls.examples,
    )


def _composition(name: str, idea: str, form: str, example: str) -> Entry:
    return Entry(name, "composition", "sum", "sum", idea, "", form, examples=(example,))


def _told(module: ModuleType | None) -> tuple[str, list[str], tuple[str, str, str]]:
    """A module's docstring: its first paragraph, the others, and its labelled lines, which may wrap."""
    said: list[str] = []
    labels = dict.fromkeys(LABELS, "")
    for block in re.split(r"\n\s*\n", inspect.getdoc(module) or ""):
        plain, label = [], ""
        for text in map(str.strip, block.splitlines()):
            if match := LABEL.match(text):
                label, labels[match[1]] = match[1], match[2]
            elif label:
                labels[label] = f"{labels[label]} {text}".strip()
            else:
                plain.append(text)
        if plain:
            said.append(" ".join(plain))
    return (said or [""])[0], said[1:], (labels["Paper"], labels["Bytes"], labels["Claim"])


def _text(cls: type) -> str:
    """A class's own docstring on one line; not one that it inherits or that its fields make."""
    text = " ".join((cls.__dict__.get("__doc__") or "").split())
    return "" if text.startswith(f"{cls.__name__}(") else text


def _knobs(cls: type[Stage]) -> Iterator[Knob]:
    for f in fields(cls):
        if "what" in f.metadata:
            m = f.metadata
            yield Knob(f.name, int(f.default), m["low"], m["high"], m["what"], m["keyword"])  # type: ignore[arg-type]
