"""Everything that was found about a corpus, as one file that opens anywhere: a page, a card for programs, a table.

Subject ──► gather ──► Facts ──► page (HTML) · card (JSON) · table (CSV)
"""

from __future__ import annotations

from core.report.document import page
from core.report.facts import Facts, gather
from core.report.record import card
from core.report.rows import table
from core.report.subject import Subject, of_run, runs, slug

__all__ = ["Facts", "Subject", "card", "gather", "of_run", "page", "runs", "slug", "table"]
