"""What the record of a window shows of its maps: linked thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from radar_assets.stages.base.result import Markdown
from radar_assets.stages.base.rows import ProductRow
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.drawing.files import quicklook_key

PREVIEW_LENGTH = 1000
"""longer Markdown is not shown inline by the UI"""

_FIRST = ("COLMAX", "DBZH", "VRAD", "ETOP", "VIL", "RAIN")
"""products that a preview shows before any others"""


def preview(workspace: Workspace, rows: Sequence[ProductRow]) -> Markdown:
    """Linked thumbnails of as many products as the UI shows inline, or their names."""
    if not rows:
        return Markdown("no products")
    shown = sorted(rows, key=lambda row: (_position(row), row.volume_id, row.product))
    if workspace.public_url is None:
        return _fitting([f"`{row.path}`" for row in shown])
    base = workspace.public_url.rstrip("/")
    paths = [PurePosixPath(str(row.path)).relative_to("products") for row in shown]
    return _fitting(
        [f"[![]({base}/thumbnails/{path})]({base}/{_large(workspace, path)})" for path in paths]
    )


def _large(workspace: Workspace, path: PurePosixPath) -> PurePosixPath:
    """What a thumbnail links to: the quicklook, where there is one, else the overlay."""
    quicklook = quicklook_key("products" / path)
    return quicklook if workspace.store.stat(quicklook) else path


def _position(row: ProductRow) -> int:
    return _FIRST.index(row.product) if row.product in _FIRST else len(_FIRST)


def _fitting(items: Sequence[str]) -> Markdown:
    text = items[0]
    for item in items[1:]:
        if len(text) + len(item) + 1 >= PREVIEW_LENGTH:
            break
        text = f"{text} {item}"
    return Markdown(text)
