"""Tokens of requests: who sent one, what a wrong one costs, and how often runs are launched."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from fastapi import HTTPException, Request

from radar_assets.web.map.operators import Operator, Operators

_LOG = logging.getLogger(__name__)
_PENALTY = 1.0
"""seconds that a wrong token waits for its answer"""
_WAITING = 8
"""wrong tokens that wait at once; more are refused at once, unseen"""
_LAUNCHES, _SPAN = 30, 60.0
"""runs that one operator may ask for in so many seconds"""


@dataclass
class Access:
    """Checks the tokens of requests. Right ones cost nothing while wrong ones are tried."""

    operators: Operators
    _wrong: int = 0
    _asked: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    async def of(self, request: Request, *, is_launch: bool = False) -> tuple[str, Operator]:
        """Name and rights of who sent a request; 401, 403 or 429 where these do not suffice.

        Browsers send a login (Basic) by themselves, also for pages of others: what launches needs
        a token that a program has set (Bearer).
        """
        token = _token(request, with_login=not is_launch)
        if not token:
            scheme = "Bearer" if is_launch else 'Basic realm="radar maps", charset="UTF-8"'
            raise HTTPException(401, "a token is needed", {"WWW-Authenticate": scheme})
        found = self.operators.holder(token)
        if found is None:
            await self._refuse(request)
        assert found is not None
        return found

    async def launching(self, request: Request, owner: str) -> str:
        """Name of who may launch runs of a radar or composite."""
        name, operator = await self.of(request, is_launch=True)
        if not operator.may_launch(owner):
            _LOG.warning("%s may not launch runs of %r", name, owner[:40])
            raise HTTPException(403, f"{name} may not launch runs of {owner}")
        asked, now = self._asked[name], time.monotonic()
        while asked and asked[0] < now - _SPAN:
            asked.popleft()
        if len(asked) >= _LAUNCHES:
            raise HTTPException(
                429, f"{name} asked for {_LAUNCHES} runs within a minute", {"Retry-After": "60"}
            )
        asked.append(now)
        return name

    async def _refuse(self, request: Request) -> None:
        client = request.client.host if request.client else "?"
        _LOG.warning("wrong token from %s for %s %.80r", client, request.method, request.url.path)
        if self._wrong >= _WAITING:
            raise HTTPException(429, "too many wrong tokens", {"Retry-After": "10"})
        self._wrong += 1
        try:
            await asyncio.sleep(_PENALTY)
        finally:
            self._wrong -= 1
        raise HTTPException(401, "this token is not known", {"WWW-Authenticate": "Bearer"})


def _token(request: Request, *, with_login: bool) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if with_login and scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return "?"
    return ""
