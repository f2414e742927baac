"""BUFR tables B and D as data, and descriptor lists compiled to trees of elements."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Element:
    """An entry of table B; its value is (raw + reference) / 10**scale."""

    descriptor: str
    name: str
    unit: str
    scale: int
    reference: int
    width: int

    @property
    def is_text(self) -> bool:
        """Whether the element holds characters."""
        return self.unit == "CCITT IA5"


@dataclass(frozen=True)
class Replication:
    """A group coded `count` times; an `Element` as count is coded in front of the group."""

    count: int | Element
    body: tuple[Node, ...]

    @property
    def is_octets(self) -> bool:
        """Whether the group is a run of single octets."""
        first = self.body[0]
        return len(self.body) == 1 and isinstance(first, Element) and first.width == 8


Node = Element | Replication


@cache
def compile_template(descriptors: tuple[str, ...]) -> tuple[Node, ...]:
    """Expand descriptors (six digits FXXYYY) to nodes; `KeyError` for one not in the tables."""
    nodes: list[Node] = []
    queue = list(descriptors)
    while queue:
        head = queue.pop(0)
        if head[0] == "0":
            nodes.append(_elements()[head])
        elif head[0] == "3":
            nodes.extend(compile_template(_sequences()[head]))
        else:
            nodes.append(_replication(head, queue))
    return tuple(nodes)


def _replication(head: str, queue: list[str]) -> Replication:
    width, times = int(head[1:3]), int(head[3:])
    count: int | Element = times or _elements()[queue.pop(0)]
    group = tuple(queue[:width])
    del queue[:width]
    return Replication(count, compile_template(group))


@cache
def _elements() -> dict[str, Element]:
    return {
        row["descriptor"]: Element(
            row["descriptor"],
            row["name"],
            row["unit"],
            int(row["scale"]),
            int(row["reference"]),
            int(row["width"]),
        )
        for row in _rows("elements.csv")
    }


@cache
def _sequences() -> dict[str, tuple[str, ...]]:
    return {row["descriptor"]: tuple(row["members"].split()) for row in _rows("sequences.csv")}


def _rows(name: str) -> Sequence[dict[str, str]]:
    text = (files(__package__) / "table_files" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
