"""Texts of errors: safe to print, and with a hint where a name is misspelt."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from difflib import get_close_matches

from radar_assets.errors.tree import RadarAssetsError

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_UNITS = (
    (3 * _HOUR, _MINUTE, "minute"),
    (3 * _DAY, _HOUR, "hour"),
    (730 * _DAY, _DAY, "day"),
    (timedelta.max, 365.2425 * _DAY, "year"),
)

_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""categories of characters that move the cursor, hide or turn text, or stand for nothing"""


def printable(text: str) -> str:
    r"""A text that shows what it holds: characters that a terminal would obey become escapes.

    A line break becomes `\n`, an escape character `\x1b`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def one_line(text: str) -> str:
    """A text of one printable line; breaks and runs of spaces become single spaces."""
    return printable(" ".join(text.split()))


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it is one: 1 address, 2 addresses."""
    ending = "" if number == 1 else "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{number} {noun}{ending}"


def in_units(span: timedelta) -> str:
    """A span of time in the unit that fits: minutes up to 3 hours, hours up to 3 days."""
    length, noun = next((length, noun) for limit, length, noun in _UNITS if span <= limit)
    return counted(span // length, noun)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that is most like a misspelt one; empty where none is."""
    found = get_close_matches(name, known, n=1)
    return f"; did you mean {found[0]}?" if found else ""


@contextmanager
def naming(subject: str) -> Iterator[None]:
    """Let an error's message begin with the name of the file that it is about."""
    try:
        yield
    except RadarAssetsError as error:
        if subject not in str(error):
            error.args = (f"{subject}: {error}",)
        raise


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
