"""Who may launch runs, or read where a login is needed: tokens, of which only hashes are kept.

A token is a name, a dot, and 32 random bytes. A file of them is TOML, a table for each name:

    [ana]
    sha256 = "…"              # of the whole token
    roles = ["read", "launch"]
    radars = ["RMA1"]         # radars and composites that may be launched; all when absent
"""

from __future__ import annotations

import hashlib
import re
import secrets
import tomllib
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from radar_assets.errors import SettingsError
from radar_assets.errors.masking import remember
from radar_assets.files import write_bytes

Role = Literal["read", "launch"]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LEAST = 32
"""characters of a token that the environment may hold"""


class Operator(BaseModel):
    """What the holder of a token may do."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    roles: tuple[Role, ...] = ("read",)
    radars: tuple[str, ...] | None = None

    def may_launch(self, owner: str) -> bool:
        """Whether runs of a radar or composite may be launched."""
        return "launch" in self.roles and (self.radars is None or owner in self.radars)


_Operators = TypeAdapter(dict[str, Operator])


@dataclass
class Operators:
    """The tokens of a file, which is read again when it changes, and one of the environment."""

    file: Path | None = None
    token: str | None = field(default=None, repr=False)
    _seen: tuple[object, dict[str, Operator]] = field(default=(None, {}), repr=False)

    def holder(self, token: str) -> tuple[str, Operator] | None:
        """Name and rights of the holder of a token; None for one that nobody has."""
        name = token.partition(".")[0]
        known = self._known().get(name)
        right = known.sha256 if known else "0" * 64
        is_right = compare_digest(_digest(token), right)
        return (name, known) if known and is_right else None

    def _known(self) -> dict[str, Operator]:
        found = dict(self._of_file())
        if self.token:
            name = self.token.partition(".")[0]
            if not _NAME.fullmatch(name) or len(self.token) < _LEAST:
                raise SettingsError(
                    f"RADAR_ASSETS_OPERATOR_TOKEN is to be NAME.SECRET of {_LEAST} characters or "
                    "more; `radar-assets operator NAME` makes one"
                )
            found[name] = Operator(sha256=_digest(self.token), roles=("read", "launch"))
        return found

    def _of_file(self) -> dict[str, Operator]:
        if self.file is None:
            return {}
        try:
            status = self.file.stat()
        except FileNotFoundError:
            return {}
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        if self._seen[0] != stamp:
            self._seen = (stamp, read_operators(self.file))
        return self._seen[1]


def read_operators(file: Path) -> dict[str, Operator]:
    """Operators of a file by name; `SettingsError` where it is wrong, which opens nothing."""
    try:
        return _Operators.validate_python(tomllib.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read the operators in {file}: {error}") from None
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise SettingsError(f"operators in {file}: {'; '.join(faults)}") from None


def add_operator(
    file: Path, name: str, roles: tuple[Role, ...], radars: tuple[str, ...] | None = None
) -> str:
    """Give somebody a new token, in place of any earlier one; returns it, for it is not kept."""
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{name!r}: names of operators have letters, digits, - and _")
    token = f"{name}.{secrets.token_urlsafe(32)}"
    remember([token])
    operators = read_operators(file)
    operators[name] = Operator(sha256=_digest(token), roles=roles, radars=radars)
    text = "\n".join(_table(key, item) for key, item in sorted(operators.items()))
    write_bytes(file, text.encode())
    file.chmod(0o640)
    return token


def _table(name: str, item: Operator) -> str:
    lines = [f"[{name}]", f'sha256 = "{item.sha256}"', f"roles = {_list(item.roles)}"]
    if item.radars is not None:
        lines.append(f"radars = {_list(item.radars)}")
    return "\n".join(lines) + "\n"


def _list(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
