"""How numbers and findings are said: one pure function per kind of figure, so that every page says them alike."""

from __future__ import annotations

from html import escape

from core.types import Interval

MINUS = "\N{MINUS SIGN}"


def count(n: float) -> str:
    """43,634."""
    return f"{n:,.0f}"


def about(n: float) -> str:
    """Two digits of a rough number: 3,200."""
    digits = max(0, len(str(int(abs(n)))) - 2)
    return count(round(n / 10**digits) * 10**digits)


def per_vector(b: float) -> str:
    """Bytes per vector: 48 B, or 60.2 B when overhead is shared."""
    return f"{b:,.0f} B" if abs(b - round(b)) < 0.05 else f"{b:,.1f} B"


def size(total: float) -> str:
    """Bytes in powers of 1,024, two or three digits: 2.5 MiB, 63.9 MiB, 0.89 GiB."""
    return _scaled(total, 1024, ("KiB", "MiB", "GiB", "TiB"))


def decimal(total: float) -> str:
    """Bytes in powers of 1,000, for what is sold by the gigabyte: 2.6 MB, 67.0 MB, 0.96 GB."""
    return _scaled(total, 1000, ("kB", "MB", "GB", "TB"))


def _scaled(total: float, step: int, units: tuple[str, ...]) -> str:
    value, unit = float(total), "B"
    for bigger in units:
        if value < 500:
            break
        value, unit = value / step, bigger
    if unit == "B":
        return f"{value:.0f} B"
    return f"{value:.{2 if value < 1 else 1 if value < 100 else 0}f} {unit}"


def decimals(i: Interval) -> int:
    """Two; three from 0.95 or when the interval is narrower than 0.01."""
    return 3 if i.mean >= 0.95 or i.high - i.low < 0.01 else 2


def share(i: Interval) -> str:
    """The mean alone: 0.80, 0.992."""
    return f"{i.mean:.{decimals(i)}f}"


def bounds(i: Interval) -> str:
    """The interval alone: [0.79, 0.81]."""
    p = decimals(i)
    return f"[{i.low:.{p}f}, {i.high:.{p}f}]"


def estimate(i: Interval) -> str:
    """0.80 [0.79, 0.81]."""
    return f"{share(i)} {bounds(i)}"


def signed(x: float, places: int = 2) -> str:
    """A difference always carries its sign, a true minus; what rounds to nothing carries none."""
    text = f"{abs(x):.{places}f}"
    if float(text) == 0:
        return text
    return ("+" if x > 0 else MINUS) + text


def difference(i: Interval) -> str:
    """+0.06 [+0.05, +0.07]."""
    nearest = min(abs(i.low), abs(i.high)) if settled(i) else 1.0
    p = 3 if i.high - i.low < 0.01 or abs(i.mean) < 0.01 else 2
    while round(nearest, p) == 0 and p < 6:  # an end that is not zero does not read 0.00
        p += 1
    return f"{signed(i.mean, p)} [{signed(i.low, p)}, {signed(i.high, p)}]"


def settled(i: Interval) -> bool:
    """Whether a difference excludes zero."""
    return i.low > 0 or i.high < 0


def seconds(s: float) -> str:
    """1.9 ms, 8.4 s, 115 s, 2 min 05 s."""
    if s < 1:
        ms = s * 1000
        return f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"
    if s < 9.95:
        return f"{s:.1f} s"
    if s <= 120:
        return f"{s:.0f} s"
    minutes, rest = divmod(round(s), 60)
    return f"{minutes} min {rest:02d} s"


def wait(s: float | None) -> str:
    """A forecast, in few steps so that it does not flicker: about 25 s left, about 2 min left."""
    if s is None:
        return ""
    if s < 100:
        return f"about {max(5, round(s / 5) * 5)} s left"
    return f"about {round(s / 60)} min left"


def times(ratio: float) -> str:
    """6.1 ×, 61 ×, 0.43 ×."""
    return f"{ratio:.2f} ×" if ratio < 0.995 else f"{ratio:.1f} ×" if ratio < 9.95 else f"{ratio:.0f} ×"


def of_float(b: float, dim: int) -> str:
    """1/32 of float32."""
    ratio = 4 * dim / b
    return f"1/{ratio:.0f} of float32" if ratio >= 9.5 else f"1/{ratio:.1f} of float32"


def kept(recall: float, k: int) -> str:
    """How many of the k true neighbours are found, never rounded up to all of them: 8, 9.6, 9.9."""
    if k == 1:
        return f"{min(recall, 0.999) * 100:.0f} of 100" if recall < 1 else "all"
    found = recall * k
    if recall < 1 and round(found, 1) >= k:
        return f"nearly {k}"
    return f"{found:.0f}" if (abs(found - round(found)) < 0.16 and round(found) < k) or recall == 1 else f"{found:.1f}"


def plural(n: int, one: str, many: str = "") -> str:
    """1 document, 2 documents."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def plain(text: str, longest: int = 300) -> str:
    """A person's text on one line, cut, and safe inside HTML and hovers."""
    line = " ".join(text.split())
    return escape(line if len(line) <= longest else line[: longest - 1] + "…")
