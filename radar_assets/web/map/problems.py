"""Errors as problem details (RFC 9457), with the code of the platform where there is one."""

from __future__ import annotations

import http
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from radar_assets.errors import (
    BadName,
    InputMissing,
    PlatformError,
    ProductError,
    RadarAssetsError,
    SettingsError,
)

_STATUSES: Mapping[type[RadarAssetsError], int] = {
    InputMissing: 404,
    BadName: 400,
    ProductError: 400,
    SettingsError: 400,
    PlatformError: 503,
}
"""statuses of errors; 500 for any other"""


def add_problems(app: FastAPI) -> None:
    """Let an application answer errors as problems."""
    app.add_exception_handler(RadarAssetsError, _of_platform)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_request)


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **more: str
) -> Response:
    """A problem as an answer."""
    title = http.HTTPStatus(status).phrase
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


async def _of_platform(_: Request, error: Exception) -> Response:
    assert isinstance(error, RadarAssetsError)
    found = (status for kind, status in _STATUSES.items() if isinstance(error, kind))
    return problem(next(found, 500), str(error), code=error.code, remedy=error.remedy)


async def _of_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail), error.headers)


async def _of_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    return problem(400, "; ".join(faults)[:1000])
