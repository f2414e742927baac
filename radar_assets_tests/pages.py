"""Pages of which a command writes a part: what is between <!-- NAME --> and <!-- /NAME -->."""

from __future__ import annotations

from pathlib import Path


def write(path: Path, name: str, text: str) -> None:
    """Replace the part `name` of a page; a file without such a part is replaced as a whole."""
    before = path.read_text("utf-8") if path.exists() else ""
    path.write_text(replaced(before, name, text), "utf-8")


def replaced(page: str, name: str, text: str) -> str:
    """A page with new text in its part `name`, or the text alone where it has no such part."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    head, _, rest = page.partition(begin)
    _, mark, tail = rest.partition(end)
    return f"{head}{begin}\n\n{text}\n{mark}{tail}" if mark else text
