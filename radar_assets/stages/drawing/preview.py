"""What the records of windows show of maps: thumbnails with names, linked to annotated pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from radar_assets.errors import IndexDamaged
from radar_assets.radar.names import VolumeId
from radar_assets.stages.base.result import Markdown
from radar_assets.stages.base.rows import MapRow, ProductRow
from radar_assets.stages.base.windows import Window
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.drawing.files import quicklook_key, thumbnail_key
from radar_assets.stages.indexing.reading import latest_owners

PREVIEW_LENGTH = 1000
"""longer Markdown is not shown inline by the UI"""

_NEWEST_LENGTH = 700
_FIRST = ("COLMAX", "DBZH", "VRAD", "ETOP", "VIL", "RAIN")
"""products that a preview shows before any others"""


@dataclass(frozen=True)
class Picture:
    """The PNG of a map, and what it is called."""

    product: str
    key: PurePosixPath
    time: str = ""
    """where a window has several of a product"""

    @property
    def name(self) -> str:
        """Its name for people."""
        return f"{self.product} {self.time}".rstrip()


def pictures_of(rows: Iterable[ProductRow | MapRow]) -> list[Picture]:
    """Pictures of the maps of rows that have a file."""
    made = [(row, PurePosixPath(row.path).with_suffix(".png")) for row in rows if row.path]
    volumes = {row.volume_id for row, _ in made if isinstance(row, ProductRow)}
    return [Picture(row.product, key, _time(row) if len(volumes) > 1 else "") for row, key in made]


def preview(workspace: Workspace, pictures: Sequence[Picture]) -> Markdown:
    """A link to the newest map, which stays the same, thumbnails, and names of other products.

    There are as many thumbnails as the UI shows inline; what is a link leads to the annotated
    picture. Without a public address there are paths.
    """
    newest = _newest(workspace, pictures)
    text = _preview(workspace, pictures, PREVIEW_LENGTH - len(newest))
    return Markdown(f"{newest}{text}" or "no products")


def newest_maps(workspace: Workspace, window: Window) -> Markdown | None:
    """The newest maps of the owner of a window, by their times; None where it has no newer ones."""
    try:
        entry = latest_owners(workspace).get(window.owner, {})
    except IndexDamaged:  # it is told and made anew where the window is entered into it
        return None
    if not entry.get("newest"):
        return None
    time = datetime.fromisoformat(entry["newest"])
    is_newer = time > window.end if entry["kind"] == "composite" else time >= window.end
    if not is_newer:
        return None
    pictures = [
        Picture(name, PurePosixPath(frame["png"]))
        for name, frame in entry["products"].items()
        if frame["time"] == entry["newest"] and frame["png"]
    ]
    text = _preview(workspace, pictures, _NEWEST_LENGTH)
    return Markdown(f"{time:%Y-%m-%d %H:%M:%S} UTC: {text}".removesuffix(": "))


def _preview(workspace: Workspace, pictures: Sequence[Picture], length: int) -> str:
    shown = sorted(pictures, key=lambda picture: _rank(workspace, picture))
    if workspace.public_url is None:
        return _joined([f"`{picture.key}`" for picture in shown], length)
    base = workspace.public_url.rstrip("/")
    items = [item for picture in shown if (item := _item(workspace, base, picture)) is not None]
    names = " ".join(dict.fromkeys(picture.product for picture in shown))
    text = _joined(items, length - len(names) - len(" also: "))
    rest = [name for name in names.split() if f"![{name}" not in text]
    return " ".join([text, *(["also:", *rest] if rest and text else rest)]).strip()


def _newest(workspace: Workspace, pictures: Sequence[Picture]) -> str:
    """A link to the newest map of the product that is shown first."""
    if workspace.public_url is None or not pictures:
        return ""
    first = min(pictures, key=lambda picture: _rank(workspace, picture))
    owner = first.key.parts[1]
    return f"[newest]({workspace.public_url.rstrip('/')}/latest/{owner}/{first.product}.png) "


def _item(workspace: Workspace, base: str, picture: Picture) -> str | None:
    """A thumbnail with its name, linked to the annotated picture where there is one."""
    small, large = thumbnail_key(picture.key), quicklook_key(picture.key)
    if workspace.store.stat(small) is None:
        return None
    image = f"![{picture.name}]({base}/{small})"
    if workspace.store.stat(large) is None:
        return f"{picture.name} {image}"
    return f"{picture.name} [{image}]({base}/{large})"


def _rank(workspace: Workspace, picture: Picture) -> tuple[bool, int, str, str]:
    """Annotated pictures come first, then what most people look at."""
    product = picture.product
    is_plain = workspace.store.stat(quicklook_key(picture.key)) is None
    position = _FIRST.index(product) if product in _FIRST else len(_FIRST)
    return is_plain, position, product, str(picture.key)


def _time(row: ProductRow | MapRow) -> str:
    return f"{VolumeId.parse(row.volume_id).time:%H:%M:%S}" if isinstance(row, ProductRow) else ""


def _joined(items: Sequence[str], length: int) -> str:
    text = ""
    for item in items:
        if text and len(text) + len(item) + 1 >= length:
            break
        text = f"{text} {item}".strip()
    return text
