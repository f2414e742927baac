"""What is made once and kept: values by name, and volumes and layers within a bound of memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SharedValues:
    """What is made once and then shared; threads wait for each other, and errors are not kept."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._made: dict[str, Any] = {}
        self._lock = RLock()

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What was made under a name, or is made now."""
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            made: T = self._made[name]
            return made


class BoundedCache(Generic[T]):
    """The values that were used last, as many as fit into a number of bytes; one fits always."""

    def __init__(self, limit: int, size: Callable[[T], int]) -> None:
        """Keep values of `limit` bytes in all; `size` gives the bytes of one."""
        self._limit, self._size = limit, size
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made where it is not kept."""
        if key not in self._values:
            self.put(key, make())
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: Hashable, value: T) -> None:
        """Keep a value, and let go of those that were not used for longest."""
        if key in self._values:
            self._bytes -= self._size(self._values.pop(key))
        self._values[key] = value
        self._bytes += self._size(value)
        while self._bytes > self._limit and len(self._values) > 1:
            self._bytes -= self._size(self._values.popitem(last=False)[1])
