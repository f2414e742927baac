"""Taking secrets out of texts that leave the machine."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"
_IN_ADDRESS = re.compile(r"(?<=://)[^\s/@'\"]+(?=@)")
_NAMED = re.compile(
    r"(?i)(\b[\w.-]*(?:password|passwd|secret|token|api_?key)[\w.-]*[\"']?\s*[:=]\s*)"
    r"(\"[^\"]*\"|'[^']*'|[^\s,}\]]+)"
)
_SAFE_ENDINGS = ("_env", "_env'", '_env"')
"""of names whose values name variables, and hold no secret"""


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace known secrets, logins in addresses, and values that are named like secrets."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return _NAMED.sub(_masked, _IN_ADDRESS.sub(MASK, text))


def _masked(found: re.Match[str]) -> str:
    name = re.split(r"\s*[:=]", found[1])[0]
    if name.endswith(_SAFE_ENDINGS):
        return found[0]
    quote = found[2][0] if found[2][0] in "\"'" else ""
    return f"{found[1]}{quote}{MASK}{quote}"
