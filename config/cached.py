"""``cached_property`` as Python has it from 3.12 on: before, all other objects waited for whoever computes one."""

import sys
from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")

if sys.version_info >= (3, 12):
    from functools import cached_property as cached_property
else:

    class cached_property(Generic[Value]):  # noqa: N801 - as in functools
        """A property that is computed once for each object, or by two threads at once, as it is always the same."""

        def __init__(self, compute: Callable[[Any], Value]) -> None:
            """Take what computes it of an object."""
            self._compute, self.__doc__ = compute, compute.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            """Learn how it is called."""
            self._name = name

        @overload
        def __get__(self, one: None, owner: type) -> "cached_property[Value]": ...
        @overload
        def __get__(self, one: object, owner: type) -> Value: ...
        def __get__(self, one: object | None, owner: type) -> "cached_property[Value] | Value":
            """Return it of an object, whose own attribute it is from then on."""
            if one is None:
                return self
            value: Value = one.__dict__.setdefault(self._name, self._compute(one))
            return value
