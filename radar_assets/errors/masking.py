"""Masking secrets in texts, in whatever form a text holds them.

No six characters in a row of a secret stay in a masked text, be they written as they are, escaped,
quoted for a URL or encoded, and also where the text was cut in the middle of the secret.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus, unquote

MASK = "***"
PIECE = 6
"""characters of a secret that no masked text has in a row"""
_SHORTEST = 3
"""length from which a secret is masked where it stands alone"""

_NAMES = (
    r"password|passwd|passphrase|pwd|secret|token|credential|webhook|dsn"
    r"|api_?key|access_?key|private_?key"
)
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(?<=://)[^\s'\"<>]+(?=@)")
_QUOTED = r"\"(?:\\.|[^\"\\])*\"|'[^']*'"
_NAME = rf"(?i)(\b[\w.-]*(?:{_NAMES})[\w.-]*[\"']?[^\S\n]*)"
_NAMED = (
    re.compile(rf"{_NAME}(=[^\S\n]*)({_QUOTED}|[^\s,}}\]]+)"),
    re.compile(rf"{_NAME}(:[^\S\n]*)({_QUOTED}|[^\n]+)"),
)
_VARIABLE_ENDINGS = ("_env", "_env'", '_env"')
"""of names whose values name variables, and hold no secret"""

_known: set[str] = set()
"""secrets that this process has read"""


def remember(secrets: Iterable[str]) -> None:
    """Let every later `mask_known` of this process mask these secrets, too."""
    _known.update(filter(None, secrets))


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Mask known secrets, logins in addresses, and values that are named like secrets."""
    text = mask_known(text, secrets)
    for pattern in _NAMED:
        text = pattern.sub(_masked, text)
    return text


def mask_known(text: str, secrets: Iterable[str] = ()) -> str:
    """Mask known secrets, and logins in addresses."""
    known = frozenset(_known.union(filter(None, secrets)))
    if known:
        text = _Pieces.of(known).mask(text)
    return _IN_ADDRESS.sub(MASK, text) if "://" in text else text


def mask_values(value: Any, secrets: Iterable[str] = ()) -> Any:  # noqa: ANN401
    """Mask every text of nested mappings and sequences, and what is named like a secret.

    Of other objects, the text remains.
    """
    known = tuple(secrets)
    if isinstance(value, str):
        return mask(value, known)
    if isinstance(value, Mapping):
        return {
            mask(str(name), known): MASK if _hides(name, item) else mask_values(item, known)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [mask_values(item, known) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask(str(value), known)


def names_secret(name: str) -> bool:
    """Whether a setting or variable of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None and not name.lower().endswith("_env")


def of_address(address: str) -> set[str]:
    """Secrets of a URL: its login, without the user's name where it has a password."""
    _, mark, rest = address.partition("://")
    login, at, _ = rest.rpartition("@")
    if not (mark and at):
        return set()
    _, colon, password = login.partition(":")
    found = password if colon else login
    return {found, unquote(found)}


def of_service(address: str) -> set[str]:
    """Secrets of the URL of a service that takes tokens anywhere in it: all of its pieces."""
    pieces = re.split(r"[/?&=@:#,]+", address.partition("://")[2])
    return {
        *of_address(address),
        *(text for piece in pieces if len(piece) >= PIECE for text in (piece, unquote(piece))),
    }


def in_values(value: object, name: str = "") -> Iterator[str]:
    """Secrets among the values of a configuration that was read: by their names, and in URLs."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from in_values(item, str(key))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from in_values(item, name)
    elif isinstance(value, str):
        if names_secret(name):
            yield value
        yield from of_address(value)


def _hides(name: object, value: object) -> bool:
    return isinstance(value, str | int | float) and names_secret(str(name))


def _masked(found: re.Match[str]) -> str:
    name, mark, value = found.groups()
    if name.strip().endswith(_VARIABLE_ENDINGS):
        return found[0]
    quotes = value[0] if value[0] in "\"'" else ""
    return f"{name}{mark}{quotes}{MASK}{quotes}"


class _Pieces:
    """What may not be in a text: pieces of secrets, and short secrets that stand alone."""

    def __init__(self, secrets: frozenset[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        self._pieces = {form[i : i + PIECE] for form in forms for i in range(len(form) - PIECE + 1)}
        short = sorted(form for form in forms if _SHORTEST <= len(form) < PIECE)
        self._short = re.compile(
            "|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in short) or r"(?!)"
        )

    @staticmethod
    @lru_cache(maxsize=8)
    def of(secrets: frozenset[str]) -> _Pieces:
        """The pieces of some secrets."""
        return _Pieces(secrets)

    def mask(self, text: str) -> str:
        """Replace each run of characters that pieces cover."""
        done, kept = 0, []
        for start, end in self._runs(text):
            kept += [text[done:start], MASK]
            done = end
        return self._short.sub(MASK, "".join([*kept, text[done:]]))

    def _runs(self, text: str) -> Iterator[tuple[int, int]]:
        start = end = -1
        for i in range(len(text) - PIECE + 1):
            if text[i : i + PIECE] not in self._pieces:
                continue
            if i > end:
                if start >= 0:
                    yield start, end
                start = i
            end = i + PIECE
        if start >= 0:
            yield start, end


def _forms(secret: str) -> set[str]:
    """The ways in which programs write a secret."""
    plain = {secret, " ".join(secret.split()), secret.encode(errors="replace").decode("latin-1")}
    quoted = {
        write(text)
        for text in plain
        for write in (
            *(_json, ascii, repr, html.escape, quote_plus, quote),
            *(lambda text: quote(text, safe=""), lambda text: json.dumps(text, ensure_ascii=False)),
            *(lambda text: text.replace("'", "''"), lambda text: text.replace("'", "'\"'\"'")),
        )
    }
    unquoted = {text[1:-1] for text in quoted if text[:1] in "\"'" and len(text) > 1}
    hexadecimal = {re.sub(r"%..|\\u....", lambda found: found[0].lower(), text) for text in quoted}
    twice = {_json(text)[1:-1] for text in unquoted}
    return plain | quoted | unquoted | hexadecimal | twice | set(_base64(secret))


def _json(text: str) -> str:
    return json.dumps(text)


def _base64(secret: str) -> Iterator[str]:
    """Base64 of texts that hold the secret at any offset, less the digits that others share."""
    data = secret.encode(errors="replace")
    for before in range(3):
        coded = base64.b64encode(bytes(before) + data).rstrip(b"=").decode()
        inner = coded[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6]
        yield from (inner, inner.translate(str.maketrans("+/", "-_")))
