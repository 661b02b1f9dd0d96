"""What the programme asks of the world, and the errors the world may answer with.

A backend is one class per port, bound to one team when it is made. ``tests/contract`` holds the suite that every
backend passes.

    PortError
      Unavailable    not reached or busy; the next pass tries again
      Refused        will not be let in, or the request is wrong: somebody has to mend it
        Undeliverable  this one message will never reach its reader; all others may
      Changed        somebody was faster: the resource is not what was observed
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from config.secret import without_secrets
from config.values import legible, readable
from daemon.model import Check, Message, Observation, Observed, Span, Write, Written
from daemon.model.needs import Gathered


class PortError(Exception):
    """Something outside did not do what it was asked; the message tells a person what, where and how to go on.

    What a server says stands in it, but for our own secrets, and what is too long to be read.
    """

    def __init__(self, message: str = "") -> None:
        """Take the message."""
        super().__init__(legible(readable(without_secrets(message))))


class Unavailable(PortError):
    """The backend was not reached or is busy; nothing is known to be wrong with what was asked.

    ``to_all`` is what others hear of it who share the connection, where the message has words of who asked.
    """

    def __init__(self, message: str = "", to_all: str = "") -> None:
        """Take the message."""
        super().__init__(message)
        self.to_all = legible(readable(without_secrets(to_all))) or str(self)


class Deferred(Unavailable):
    """The backend puts off this one thing, and may take others."""


class Unsure(Deferred):
    """The backend was asked, and fell silent before it said whether it did this one thing."""


class Refused(PortError):
    """The backend said no, and will until somebody mends the configuration or the permission."""


class Undeliverable(Refused):
    """This one message will never be delivered, for what its reader or its words are, whatever is mended elsewhere."""


class Changed(PortError):
    """A conditional write found something else than what was observed."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went over a connection since the program started: how many exchanges with its server were begun, how often
    that asked to be asked less, and how many steps of passes failed at it. ``is_down`` says that it is left alone for a
    while, after failures in a row.
    """

    asked: int
    throttled: int
    failed: int
    is_down: bool


_permission: ContextVar[Callable[[], None]] = ContextVar("permission", default=lambda: None)


def about_to_write() -> None:
    """See that what is done in this thread may still write; each backend asks right before each of its writes.

    Raises:
        Exception: it may not; whoever gave the permission says why.
    """
    _permission.get()()


@contextmanager
def permitted_by(permission: Callable[[], None]) -> Iterator[None]:
    """Let what the caller does in this thread write as long as neither ``permission`` nor any given before raises."""
    given = _permission.get()

    def both() -> None:
        given()
        permission()

    before = _permission.set(both)
    try:
        yield
    finally:
        _permission.reset(before)


_leave: ContextVar[Callable[[], AbstractContextManager[None]]] = ContextVar("leave", default=nullcontext)


def waiting() -> AbstractContextManager[None]:
    """Let others compute meanwhile, while the caller waits for a server; each backend does so wherever it waits."""
    return _leave.get()()


@contextmanager
def left_by(leave: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """Have ``leave`` go around whatever the caller waits for in this thread, within what goes around it already."""
    around = _leave.get()

    @contextmanager
    def both() -> Iterator[None]:
        with around(), leave():
            yield

    before = _leave.set(both)
    try:
        yield
    finally:
        _leave.reset(before)


@contextmanager
def alone(lock: threading.Lock) -> Iterator[None]:
    """Hold a lock that others hold while they wait for a server."""
    with waiting():
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def rest(seconds: float) -> None:
    """Wait for so many seconds."""
    with waiting():
        time.sleep(seconds)


class Port(Protocol):
    """Whatever is asked of the world can be checked."""

    def check_up(self) -> Iterator[Check]:
        """Look, step by step, whether the connection can do what the programme needs.

        It never raises a PortError, and takes away again what it tries; a wiki may keep that in its trash.
        """
        ...


class Shelf(Port, Protocol):
    """Where people see resources of ours, next to what is theirs: what a calendar and a wiki have in common."""

    def observe(self, cursor: str | None, known: Sequence[Observed] = (), /) -> Observation:
        """Return what is ours and has changed since ``cursor``; everything that is ours without one.

        ``known`` is what was there at the last look, but for what is settled. What a complete observation lacks of it
        counts as gone: so a backend whose listings may be behind asks for each of these first.

        Raises:
            Unavailable: nothing could be read now.
            Refused: nothing can be read until somebody mends it.
        """
        ...

    def write(self, writes: Sequence[Write]) -> Sequence[Written]:
        """Create and change resources; answer for each write, in their order, how it went.

        Repeating a write that has been done does nothing more. With none, a calendar brings up to date what is not of
        any resource: the rules of its time zones.

        Raises:
            Unavailable, Refused: none of the writes was done, or it is not known which.
        """
        ...


class Calendar(Shelf, Protocol):
    """Recurring events with overrides, of one team.

    Only resources that carry our mark, and instances of our series, are observed. A ``SESSION`` is reported for each
    instance that differs from its series, whoever made it differ: keyed by its mark, else by ``names.instance_key``. An
    instance that a person deleted is reported as cancelled. A write keeps guests' answers, and what people added.
    """

    def address(self, event: str, instance: datetime, zone: str) -> str | None:
        """Return where a person finds an instance of a recurring event of ours, made or not; None where nobody can.

        ``event`` is the key of the series, ``instance`` its wall time in ``zone``.
        """
        ...

    def busy(self, emails: Sequence[str], start: datetime, end: datetime) -> Mapping[str, tuple[Span, ...]]:
        """Return when people have no time between two moments, both aware, out of office included, in order.

        Whose time cannot be seen is left out. Events of ours to which they are invited make them busy, too.

        Raises:
            Unavailable, Refused: nothing can be seen of anybody.
        """
        ...


class Wiki(Shelf, Protocol):
    """Pages with a managed region, of one team; they are observed with their action items.

    A write creates pages, changes titles and splices regions. Not a byte outside the region and the title is touched on
    a page that exists.
    """


class Sources(Port, Protocol):
    """Where knowledge gaps come from: pages, issues or a file, as one entry of a team's ``needs`` has it."""

    def gather(self, cursor: str | None, /) -> Gathered | None:
        """Return all that is there to be learned; None where nothing can have changed since ``cursor``.

        A need names nobody: neither who said it nor whom it mentions. What is too much to be read is left out, and
        said.

        Raises:
            Unavailable: nothing could be read now.
            Refused: nothing can be read until somebody mends it.
        """
        ...


class Messenger(Port, Protocol):
    """Mail to people."""

    @property
    def domain(self) -> str:
        """The domain in which Message-IDs are chosen: that of the sender (RFC 5322, section 3.6.4)."""
        ...

    @property
    def is_private(self) -> bool:
        """Whether only whom a message is for reads it: else no link may stand in it that speaks for them."""
        ...

    def send(self, message: Message) -> None:
        """Send one message; sending it again does no harm.

        Raises:
            Undeliverable: this message will never be delivered.
            PortError: any other may be tried again with the same Message-ID; it is nobody's fault to whom it is.
        """
        ...

    def sent(self, message_id: str) -> bool | None:
        """Return whether a message went out, or None where that cannot be looked up."""
        ...
