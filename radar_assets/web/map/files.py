"""Files of the data root over HTTP: ranges, ETags, and nothing that a symbolic link leads to."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import HTTPException, Request, Response
from fastapi.responses import FileResponse

OPEN = ("index", "products", "quicklooks", "thumbnails")
"""folders of the data root that are served; nothing else of it is"""

_FRESH = "no-cache"
"""a map may be made again under its name, so that its ETag is asked for"""


def serve_file(request: Request, root: Path, relative: str) -> Response:
    """Answer with a file below a folder, or 304; 400 for what can be no path, 404 for no file."""
    path = _own(root, relative)
    answer = FileResponse(path, stat_result=path.stat(), headers={"Cache-Control": _FRESH})
    if answer.headers["etag"] in request.headers.get("if-none-match", ""):
        kept = {name: answer.headers[name] for name in ("etag", "cache-control", "last-modified")}
        return Response(status_code=304, headers=kept)
    return answer


def _own(root: Path, relative: str) -> Path:
    """Path of a file below a folder, without a link on the way."""
    if "\0" in relative or "\\" in relative or len(relative) > 1000:
        raise HTTPException(400, "this is no path")
    base = Path(os.path.realpath(root))
    path = base / relative.lstrip("/")
    if ".." in path.parts or Path(os.path.realpath(path)) != path or not path.is_file():
        raise HTTPException(404, "there is no such file")
    return path
