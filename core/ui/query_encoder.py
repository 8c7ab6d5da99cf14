"""Queries are encoded in a process of their own that stays: the screen loads no model, an answer takes milliseconds.

The process reads one JSON text per line and answers with one JSON line; when it dies the next query starts another.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np

from core.errors import EncoderError
from core.types import Rows

HOUSE = Path(__file__).resolve().parents[2]


class QueryEncoder:
    """One encoder, by name, for as many sessions as ask."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def warm(self) -> None:
        """Start loading the model, without waiting for it."""
        with self._lock:
            self._start()

    def encode(self, text: str) -> Rows:
        """A text -> one unit row (1, d). EncoderError when the model cannot be loaded."""
        with self._lock:
            for _ in range(2):  # a process that died in between is started once more
                process = self._start()
                assert process.stdin
                assert process.stdout
                try:
                    process.stdin.write(json.dumps(text) + "\n")
                    process.stdin.flush()
                    answer = process.stdout.readline()
                except OSError:
                    answer = ""
                if answer:
                    return self._read(json.loads(answer))
                self._stop()
        raise EncoderError(f"The encoder {self.name} stopped without an answer. Choose a query of the corpus instead.")

    def close(self) -> None:
        """Let the process end."""
        with self._lock:
            self._stop()

    def _read(self, answer: dict[str, str]) -> Rows:
        if "error" in answer:
            raise EncoderError(answer["error"])
        row: Rows = np.frombuffer(base64.b64decode(answer["row"]), np.float32)
        return row[None]

    def _start(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", "core.ui.query_encoder", self.name]
            self._process = subprocess.Popen(
                command, cwd=HOUSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def answer(name: str) -> None:
    """The other side: read texts, write rows, until the input ends."""
    from core.encode import encoder
    from core.errors import ThinvecError

    out, sys.stdout = sys.stdout, sys.stderr  # what a library says must not end up between the answers
    with suppress(ThinvecError):  # said again to the first query
        encoder(name).queries(["warm"])
    for line in sys.stdin:
        try:
            row = np.ascontiguousarray(encoder(name).queries([json.loads(line)]), np.float32)
            said = {"row": base64.b64encode(row.tobytes()).decode()}
        except ThinvecError as e:
            said = {"error": str(e)}
        out.write(json.dumps(said) + "\n")
        out.flush()


if __name__ == "__main__":
    answer(sys.argv[1])
