"""A check-up step by step, for people: how each went, and none tried after one that fails."""

from collections.abc import Callable, Iterator

from daemon.model import Check
from daemon.ports import PortError


def steps(*wanted: tuple[str, Callable[[], str]]) -> Iterator[Check]:
    """Yield how steps went, each of which is tried when the one before was well."""
    check = None
    for what, step in wanted:
        check = Check(what, None) if check and not check.well else tried(what, step)
        yield check


def tried(what: str, step: Callable[[], str]) -> Check:
    """Return how a step went, which returns what it found, or raises what is wrong."""
    try:
        return Check(what, True, step())
    except PortError as error:
        return Check(what, False, str(error))
