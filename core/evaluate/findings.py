"""A finding about vectors: figures, what they mean in words, what to do, and the measurement that would prove it wrong.

Bounds were set where measurements on four corpora (MiniLM) and on made-up data changed sides; `held` measures again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core import words
from core.types import Interval

WINS, KEEPS_UP, DIFFERS = "wins", "keeps up", "differs"  # what an advice claims of the first over the second
LOOK = "bin"  # the plan that findings about queries are looked at with: few bits show most
EVEN_RATE = "int2(clip=100)"  # the same bits for every dimension

CENTRED = 0.02  # share of the energy in the mean, below which the mean is nothing to speak of
UNEVEN = 1.15  # noise of scores that a rotation would divide by
TAILS = 1.1  # ranges without the outermost documents, times narrower
EVEN = (0.75, 0.85)  # effective rank over dimensions: below the first uneven bits win, above the second even ones
ORDER = (0.25, 0.9)  # worth of the model's own order: below the first none, above the second that of PCA
NEAR = 0.9  # intrinsic dimension of documents over that of queries, below which documents have it easier
SPREAD = 0.05  # coefficient of variation of lengths
HUBBY = 1.4  # skewness of N_10
HARD = (10.0, 20.0)  # intrinsic dimension: easy below, hard above


@dataclass(frozen=True)
class Figure:
    """A number with its name, and as it is said."""

    name: str
    value: float
    said: str


@dataclass(frozen=True)
class Check:
    """The measurement behind an advice: `first` is claimed to win over `second`, to keep up with it, or to differ.

    kind: "plans" on the held-out queries; "queries", "hard", "reach" and "copies" ask one plan of two kinds of them.
    """

    kind: str
    first: str
    second: str
    claim: str = WINS


@dataclass(frozen=True)
class Finding:
    """name: a key; title: what it is about; check: None where there is nothing to measure."""

    name: str
    title: str
    figures: tuple[Figure, ...]
    verdict: str
    advice: str
    check: Check | None = None

    @property
    def plans_to_compare(self) -> tuple[str, ...]:
        """The better and the worse plan, where the advice is about plans."""
        return (self.check.first, self.check.second) if self.check and self.check.kind == "plans" else ()


def share(x: float) -> str:
    """12 %, 0.6 %, 0 %."""
    return f"{100 * x:.0f} %" if x >= 0.0995 or x == 0 else f"{100 * x:.1f} %"


def threshold(length: float, cosine: float, entropy: float, tried: Interval, where: str) -> Finding:
    """Zero or mean. tried: recall of bin(mean=1) minus bin on a sample, `where` says which."""
    figures = (
        Figure("length of the mean", length, f"{length:.2f}"),
        Figure("share of the energy", length**2, share(length**2)),
        Figure("mean cosine of random pairs", cosine, f"{cosine:.2f}"),
        Figure("what a sign says", entropy, f"{entropy:.2f} bit"),
        Figure("mean instead of zero, rehearsed", tried.mean, words.difference(tried)),
    )
    centred = length**2 < CENTRED
    verdict = f"The documents are {'centred' if centred else 'off centre'}: their mean holds {share(length**2)} of "
    verdict += f"the energy, and a sign tells {entropy:.2f} of a bit."
    rehearsed = f"Rehearsed on {where}, recall changes by {words.difference(tried)}."
    if tried.low > 0 and not centred:
        advice, better = f"Cut bits at the documents’ mean. {rehearsed}", ("bin(mean=1)", "bin", WINS)
    elif tried.high < 0 and not centred:
        why = "Cutting at the mean forgets how far from it each document lies."
        advice, better = f"Cut bits at zero all the same. {why} {rehearsed}", ("bin", "bin(mean=1)", WINS)
    else:
        advice, better = f"Cut bits at zero; the mean is no better. {rehearsed}", ("bin", "bin(mean=1)", KEEPS_UP)
    return Finding("threshold", "Mean offset", figures, verdict, advice, Check("plans", *better))


def rotate(gain: float, ratio: float, cv: float, dead: int) -> Finding:
    """Whether a random rotation helps codes that spend the same bits on every dimension."""
    figures = (
        Figure("noise that a rotation divides by", gain, f"{gain:.2f}"),
        Figure("largest over smallest variance", ratio, f"{ratio:,.1f}"),
        Figure("coefficient of variation", cv, f"{cv:.2f}"),
        Figure("constant dimensions", dead, words.count(dead)),
    )
    spare = f" {words.plural(dead, 'dimension is', 'dimensions are')} the same in every document." if dead else ""
    if gain >= UNEVEN:
        verdict = f"Dimensions are uneven: with the same bits for each, scores are {gain:.1f} times as noisy."
        advice, better = "Rotate before codes of an even rate.", (f"rot > {EVEN_RATE}", EVEN_RATE, WINS)
    else:
        verdict = f"Dimensions are even enough: a rotation would divide the noise of scores by {gain:.2f}."
        advice, better = "No rotation is needed before scalar codes.", (EVEN_RATE, f"rot > {EVEN_RATE}", KEEPS_UP)
    return Finding("rotate", "Variance over dimensions", figures, verdict + spare, advice, Check("plans", *better))


def tails(narrowing: float, kurtosis: float, heaviest: float) -> Finding:
    """Whether to leave outliers out of the ranges of scalar codes."""
    figures = (
        Figure("ranges without 0.1 % at each end, times narrower", narrowing, f"{narrowing:.2f}"),
        Figure("excess kurtosis, mean", kurtosis, words.signed(kurtosis)),
        Figure("excess kurtosis, largest", heaviest, words.signed(heaviest, 1)),
    )
    if narrowing >= TAILS:
        verdict = (
            f"Few documents stretch the ranges: without 0.1 % at each end they are {narrowing:.2f} times narrower."
        )
        advice, better = "At 4 bits or fewer, cut the tails.", ("int4(clip=10)", "int4", WINS)
    else:
        verdict = f"Ranges end where the documents do: cutting 0.1 % at each end narrows them {narrowing:.2f} times."
        advice, better = "Ranges from the smallest to the largest value will do.", ("int4", "int4(clip=10)", KEEPS_UP)
    return Finding("tails", "Tails", figures, verdict, advice, Check("plans", *better))


def truncate(worth: float, own: float, best: float, m: int, d: int) -> Finding:
    """Whether a prefix will do, or axes have to be found."""
    figures = (
        Figure("worth of the model’s order", worth, f"{worth:.2f}"),
        Figure(f"variance in the first {m} dimensions", own, share(own)),
        Figure(f"variance in the best {m} directions", best, share(best)),
    )
    hold = f"The first {m} of {d} dimensions hold {share(own)} of the variance, the best {m} directions {share(best)}."
    if worth >= ORDER[1]:
        verdict = f"{hold} The order of the dimensions is that of their weight, as Matryoshka training makes it."
        advice = "Truncating works: a prefix is worth far more than as many other directions, and needs no map."
        better = (f"mrl{m} > int8", f"rot{m} > int8", WINS)
    else:
        some = "carries a little" if worth >= ORDER[0] else "says nothing"
        verdict = f"{hold} The order of the dimensions {some}: this model was hardly trained for prefixes."
        advice, better = "Cut by PCA, not by truncating.", (f"pca{m} > int8", f"mrl{m} > int8", WINS)
    return Finding("truncate", "Prefixes", figures, verdict, advice, Check("plans", *better))


def uneven_bits(rank: float, ratio: float, d: int) -> Finding:
    """Whether bits should follow the variance."""
    size = max(1, d // 8)
    figures = (
        Figure("effective rank, of eigenvalues", rank, f"{rank:.0f} of {d}"),
        Figure("participation ratio", ratio, f"{ratio:.0f} of {d}"),
    )
    even, follow = "rot > int1(clip=2000)", f"klt(gamma=0) > wsq{size}"
    verdict = f"The variance is spread as over {rank:.0f} of {d} directions."
    if rank < EVEN[0] * d:
        advice, better = "Give more bits to the stronger directions.", (follow, even, WINS)
    elif rank > EVEN[1] * d:
        advice, better = "The same bits for every dimension will do.", (even, follow, KEEPS_UP)
    else:
        advice, better = "Even or uneven bits will both do; uneven ones lose nothing.", (follow, even, KEEPS_UP)
    return Finding("bits", "Effective rank", figures, verdict, advice, Check("plans", *better))


def lengths(spread: float, shared: float, k: int) -> Finding:
    """Lengths before they were made 1. shared: of the k best by cosine, those that are also best by inner product."""
    figures = (
        Figure("coefficient of variation", spread, f"{spread:.2f}"),
        Figure(f"of {k} neighbours by cosine, also by inner product", shared, share(shared)),
    )
    if spread < SPREAD:
        verdict, advice = f"Lengths hardly vary ({share(spread)}).", "Cosine and inner product ask the same here."
    else:
        verdict = f"Lengths vary by {share(spread)} of their mean; {share(shared)} of the neighbours are the same."
        advice = "Compare by the measure your model was trained for: everything here is by cosine, lengths made 1."
    return Finding("lengths", "Lengths", figures, verdict, advice)


def listed(findings: Sequence[Finding | None]) -> tuple[Finding, ...]:
    """Those that there are."""
    return tuple(f for f in findings if f)
