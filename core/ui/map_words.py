"""What the map says: where a plan loses neighbours, in one sentence that its intervals bear out."""

from __future__ import annotations

from core import words
from core.project.crowding import Crowding

LITTLE = 0.985  # share kept from which on losses are few wherever they are


def headline(size: int, found: Crowding | None) -> str:
    """At 48 bytes, losses gather where documents crowd together."""
    if found is None:
        return "Which neighbours does each document keep?"
    at = f"At {size:,} {'byte' if size == 1 else 'bytes'}"
    if found.every.mean >= 1:
        return f"{at}, no document loses a neighbour."
    few = "the few losses" if found.every.mean >= LITTLE else "losses"
    if found.gap.low > 0:
        return f"{at}, {few} gather where documents crowd together."
    if found.gap.high < 0:
        return f"{at}, {few} gather where documents stand apart."
    return f"{at}, crowded and lone documents lose alike, as far as can be told."


def evidence(found: Crowding | None, k: int) -> str:
    """The two tenths that it rests on."""
    if found is None:
        return f"Every document’s {k} exact nearest neighbours are compared with what a plan finds."
    said = (
        f"The densest tenth of the documents keeps {words.estimate(found.dense)} of its neighbours; the sparsest tenth "
        f"keeps {words.estimate(found.sparse)}"
    )
    if found.gap.low <= 0 <= found.gap.high:
        more = f"; about {words.about(found.needed)} documents in each would settle it" if found.needed else ""
        return f"{said}. They cannot be told apart{more}."
    return f"{said}."


def method(n: int, asked: int, k: int) -> str:
    """How the share was measured."""
    whole = (
        "every document was"
        if asked == n
        else f"{words.count(asked)} of {words.count(n)} documents, a fixed sample, were"
    )
    return (
        f"{words.plural(asked, 'document')} coloured: {whole} asked for {k} neighbours, dense and sparse by the exact "
        f"distance to the {k}th. 95 % intervals, bootstrap over documents."
    )


def sampling(drawn: int, total: int, coloured: int) -> str:
    """6,000 of 43,634 documents drawn, a fixed sample."""
    said = (
        f"All {words.count(total)} documents drawn"
        if drawn == total
        else (f"{words.count(drawn)} of {words.count(total)} documents drawn, a fixed sample")
    )
    if coloured < drawn:
        said += f"; {words.count(coloured)} of them coloured, a fixed sample, the others grey"
    return f"{said}. Diamonds: queries. Positions come from the float vectors and stay put."


def displaced(n: int, here: float, noise: float) -> str:
    """How far decoded vectors land from their documents, and how much of that is the projection's own doing."""
    said = (
        f"Orange: where the decoded vectors of {words.count(n)} documents, a fixed sample, land; the median moves by "
        f"{100 * here:.1f} % of the map’s width."
    )
    if noise > 0.0005:
        said += f" Asked again about the float vectors, the projection itself moves them by {100 * noise:.1f} %."
    return said
