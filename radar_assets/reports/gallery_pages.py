"""The pages of a gallery: HTML for browsers, Markdown for code forges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

_HINT = "Every picture opens in full size; overlays are transparent."
_HEAD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gallery</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 1300px; margin: 2em auto; padding: 0 1em }}
div {{ display: flex; flex-wrap: wrap; gap: 8px }}
img {{ max-width: 100%; height: auto; border: 1px solid #ccc; background: #f4f4f4 }}
</style>
</head>
<body>
<h1>Gallery</h1>
<p>{_HINT}</p>
"""


@dataclass(frozen=True)
class Picture:
    """A picture and a small one that opens it, by their paths below the gallery."""

    path: PurePosixPath
    preview: PurePosixPath


@dataclass(frozen=True)
class GalleryEntry:
    """A product of a volume."""

    title: str
    details: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Section:
    """A volume of the gallery."""

    title: str
    credit: str
    entries: tuple[GalleryEntry, ...]
    lacking: tuple[str, ...]
    """products that it does not allow"""


def as_markdown(sections: Iterable[Section]) -> str:
    """The gallery as Markdown."""
    lines = ["# Gallery", "", _HINT]
    for section in sections:
        lines += ["", f"## {section.title}", "", f"{section.credit}."]
        for entry in section.entries:
            shown = [f"[![{item.path}]({item.preview})]({item.path})" for item in entry.pictures]
            lines += ["", f"### {entry.title}", "", entry.details, "", *shown]
        if section.lacking:
            lines += ["", f"Not applicable to this volume: {', '.join(section.lacking)}."]
    return "\n".join([*lines, ""])


def as_html(sections: Iterable[Section]) -> str:
    """The gallery as a page that needs nothing but the pictures beside it."""
    return (
        _HEAD
        + "".join(line for section in sections for line in _html(section))
        + "</body></html>\n"
    )


def _html(section: Section) -> Iterator[str]:
    yield f"<h2>{escape(section.title)}</h2>\n<p>{escape(section.credit)}.</p>\n"
    for entry in section.entries:
        yield f"<h3>{escape(entry.title)}</h3>\n<p>{escape(entry.details)}</p>\n<div>\n"
        yield from map(_link, entry.pictures)
        yield "</div>\n"
    if section.lacking:
        yield f"<p>Not applicable to this volume: {escape(', '.join(section.lacking))}.</p>\n"


def _link(picture: Picture) -> str:
    path, preview = quote(str(picture.path)), quote(str(picture.preview))
    image = f'<img src="{preview}" alt="{escape(str(picture.path))}" loading="lazy">'
    return f'<a href="{path}">{image}</a>\n'
