"""The sections of the Evidence page: a question each, and the panel that answers it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from core.ui.browser import Screen
from core.ui.data import Data
from core.ui.theme import Look

Panel: TypeAlias = Callable[[Data, Screen, Look, int], None]


@dataclass(frozen=True)
class Section:
    """name: on its button; question: the headline; answer: how it is found; module: where `panel` is, in core.ui."""

    name: str
    question: str
    answer: str
    module: str
    measured: bool = True

    @property
    def panel(self) -> Panel:
        panel: Panel = importlib.import_module(f"core.ui.{self.module}").panel
        return panel


_ALL = (
    Section(
        "The data",
        "What do these vectors ask of a code?",
        "Looked at before anything is compressed; each advice can be checked by a measurement.",
        "diagnose_panel",
    ),
    Section(
        "Two plans",
        "Is one plan better than the other?",
        "Both answer the same held-out queries, so every difference is paired.",
        "compare_panel",
    ),
    Section(
        "Hard cases",
        "Which queries pay for the bytes saved?",
        "A mean hides its worst queries; here they are, with what they lost.",
        "hard_panel",
    ),
    Section(
        "Calibration",
        "How much do the ranges of a scalar code matter?",
        "Ranges are learned on documents only; a query never calibrates itself.",
        "calibrate_panel",
    ),
    Section(
        "Scale",
        "What will be left of this recall when the corpus grows?",
        "Measured at several sizes and on rows that no code has seen; beyond them it is a forecast, and says so.",
        "scale_panel",
    ),
    Section(
        "Latency",
        "How long does one query take, beside float32?",
        "One thread, warmed up, taking turns with float32 flat. It is not your engine’s latency.",
        "latency_panel",
    ),
    Section(
        "Drift",
        "Do codebooks learned before still fit what came later?",
        "Bring a later batch of vectors from the same model.",
        "drift_panel",
    ),
    Section(
        "Method",
        "How is all of this measured?",
        "Definitions, seeds and versions behind every figure in this app.",
        "method_panel",
        measured=False,
    ),
)
SECTIONS = [s.name for s in _ALL]
FIRST = SECTIONS[0]


def section(name: str | None) -> Section:
    """The section of this name; the first for one that is not there."""
    return next((s for s in _ALL if s.name == name), _ALL[0])
