"""What goes wrong around a pass: a backend that does not answer, and a process that ends between any two writes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, cast

from config.team import Team
from daemon.ledger import Ledger
from daemon.loop import World
from daemon.ports import Calendar, Messenger, PortError, Refused, Unavailable, Undeliverable, Wiki

LEDGER_WRITES = frozenset({"remember", "leave", "say"})
DIGEST_WRITES = frozenset({"claim", "settle", "fail"})
PORT_WRITES = frozenset({"write", "send"})
Around = Callable[[Callable[[], Any]], Any]


class Killed(BaseException):
    """The process has ended here: nothing of the programme may catch it."""


class Between:
    """Passes everything on to what it stands before; ``around`` stands around the calls of the methods named.

    ``parts`` take the place of attributes.
    """

    def __init__(self, inner: object, methods: frozenset[str], around: Around, **parts: object) -> None:
        self._inner, self._methods, self._around, self._parts = inner, methods, around, parts

    def __getattr__(self, name: str) -> Any:
        found: Any = self._parts[name] if name in self._parts else getattr(self._inner, name)
        if name not in self._methods:
            return found
        return lambda *args, **kwargs: self._around(lambda: found(*args, **kwargs))


def disturbed_ledger(ledger: Ledger, around: Around) -> Ledger:
    """Return the ledger with something around each of its writes."""
    digests = Between(ledger.digests, DIGEST_WRITES, around)
    return cast(Ledger, Between(ledger, LEDGER_WRITES, around, digests=digests))


@dataclass(frozen=True)
class Kill:
    """Ends the pass right before its nth write, or right ``after`` it; with fewer writes than that it does nothing."""

    nth: int
    after: bool

    def __call__(self, world: World) -> World:
        """Return the world in which every write is counted."""
        numbers = count(1)

        def around(write: Callable[[], Any]) -> Any:
            mine = next(numbers) == self.nth
            if mine and not self.after:
                raise Killed
            result = write()
            if mine:
                raise Killed
            return result

        def port(make: Callable[..., object]) -> Callable[..., Any]:
            return lambda *told: Between(make(*told), PORT_WRITES, around)

        return replace(
            world,
            ledger=disturbed_ledger(world.ledger, around),
            calendar=port(world.calendar),
            wiki=port(world.wiki),
            messenger=port(world.messenger),
        )


@dataclass(frozen=True)
class Failure:
    """One port fails in one of its methods, before or ``after`` it has done what it was asked."""

    port: str
    method: str
    refused: bool
    after: bool = False

    def __call__(self, world: World) -> World:
        """Return the world with the failing port."""
        methods = frozenset({self.method})
        if self.port == "calendar":

            def calendar(team: Team, key: str) -> Calendar:
                return cast(Calendar, Between(world.calendar(team, key), methods, self._around))

            return replace(world, calendar=calendar)
        if self.port == "wiki":

            def wiki(team: Team, key: str) -> Wiki:
                return cast(Wiki, Between(world.wiki(team, key), methods, self._around))

            return replace(world, wiki=wiki)

        def messenger(team: Team, key: str) -> Messenger:
            return cast(Messenger, Between(world.messenger(team, key), methods, self._around))

        return replace(world, messenger=messenger)

    def _around(self, call: Callable[[], Any]) -> Any:
        if self.after:
            call()
        raise self._error

    @property
    def _error(self) -> PortError:
        reason = f"the {self.port} does not want to {self.method}"
        refusal = Undeliverable if self.port == "messenger" else Refused
        return refusal(reason) if self.refused else Unavailable(reason)


FAILURES = (
    Failure("calendar", "observe", refused=False),
    Failure("calendar", "write", refused=True),
    Failure("calendar", "write", refused=False, after=True),
    Failure("wiki", "observe", refused=True),
    Failure("wiki", "write", refused=False),
    Failure("wiki", "write", refused=False, after=True),
    Failure("messenger", "send", refused=False),
    Failure("messenger", "send", refused=False, after=True),
)
