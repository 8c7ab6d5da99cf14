"""From a budget to plans worth trying, and from measured results to advice that says why, and when it cannot say.

Budget ──► propose ──► race (small samples first) ──► results ──► choose ──► Advice ──► card
"""

from __future__ import annotations

from core.evaluate.lines import BUDGETS, default_plans, frontier_plans
from core.recommend.bill import bill
from core.recommend.budget import NAMES, ceiling, checked, read, said, written
from core.recommend.card import facts, text
from core.recommend.choose import choose, recommend
from core.recommend.events import Best, Cut, Question, Tried
from core.recommend.propose import indexed, propose
from core.recommend.race import race

__all__ = [
    "BUDGETS",
    "NAMES",
    "Best",
    "Cut",
    "Question",
    "Tried",
    "bill",
    "ceiling",
    "checked",
    "choose",
    "default_plans",
    "facts",
    "frontier_plans",
    "indexed",
    "propose",
    "race",
    "read",
    "recommend",
    "said",
    "text",
    "written",
]
