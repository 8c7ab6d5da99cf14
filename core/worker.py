"""One run in a process of its own: `python -m core.worker RUN` reads spec.json, works, and keeps status.json true."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from core import work as kinds
from core.errors import Cancelled, ThinvecError
from core.reporter import Reporter
from core.store import Store, read_json


def main(argv: Sequence[str]) -> int:
    """Do the run in this folder; 0 when it is done."""
    folder = Path(argv[0])
    report = Reporter(folder)
    spec = read_json(folder / "spec.json")
    try:
        if (folder / "cancel.json").exists():
            raise Cancelled("The run was cancelled before it began. Run it again.")
        work = kinds.work(spec["kind"])
        report.write(stage="Starting", fraction=0.0)
        work(Store(folder.parents[1]), spec["params"], report)
        report.write(state="done", fraction=1.0, eta=None)
    except Cancelled:
        report.write(state="cancelled", eta=None)
    except ThinvecError as e:
        report.write(state="failed", eta=None, error=str(e))
    except Exception as e:
        traceback.print_exc()
        what, log = type(e).__name__, folder / "log.txt"
        report.write(state="failed", eta=None, error=f"The run broke inside Thinvec ({what}). Its log is {log}.")
    return 0 if report.status["state"] == "done" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
