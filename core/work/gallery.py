"""A thumbnail of every stage on one corpus: the same vector, what each makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.reporter import Reporter
from core.store import Store


def run(store: Store, params: Mapping[str, Any], report: Reporter) -> None:
    """From `vectors` (fingerprint) and `shows`, stage -> a plan that shows it, to `minis`, stage -> its thumbnail.

    Stages that cannot be learned on so few documents are left out.
    """
    from dataclasses import asdict

    from core.errors import ThinvecError
    from core.evaluate.portrait import FEW, mini, sitting

    shows, minis = params["shows"], {}
    of = sitting(store.load_vectors(params["vectors"]), params.get("seed", 0), most=FEW)
    for i, (stage, plan) in enumerate(shows.items()):
        report(i / len(shows), f"Drawing {plan}")
        try:
            minis[stage] = asdict(mini(plan, of, stage))
        except ThinvecError:
            continue
        report.known(minis=minis)
