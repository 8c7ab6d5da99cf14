"""Everything Thinvec can explain, in one tree:

ThinvecError            what is wrong, what we got, what to do: one sentence, shown as it is
├── PlanError           a plan that cannot be read; carries the place, drawn as a caret
├── DataError           a file, an array or a text that cannot be used
├── EncoderError        a model that cannot be loaded or trusted
├── FitError            rows a stage cannot learn from, or of another width
├── StoreError          something on disk that is missing or damaged
└── Cancelled           a person asked to stop
"""

from __future__ import annotations


class ThinvecError(ValueError):
    """Base of all errors that a person caused and can mend; pages and the command line catch only this."""


class PlanError(ThinvecError):
    """A plan that cannot be read. `text` is the plan, `at` the offset of the trouble."""

    def __init__(self, message: str, text: str = "", at: int = 0) -> None:
        super().__init__(f"{message}\n  {text}\n  {' ' * at}^" if text else message)
        self.text, self.at = text, at


class DataError(ThinvecError):
    """A file, an array or a text that cannot be used."""


class EncoderError(ThinvecError):
    """A model that cannot be loaded or trusted."""


class FitError(ThinvecError):
    """Rows that a stage cannot learn from, or of another width than it learned."""


class StoreError(ThinvecError):
    """Something on disk that is missing or damaged."""


class Cancelled(ThinvecError):
    """A person asked to stop."""
