"""What is asked of paths: a file system that gives no answer keeps nobody waiting but who needs it.

Each one that somebody else serves is asked by a thread of its own. Who wants to know waits a moment, and else goes on
with what was known before. All others are asked at once, by whoever wants to know.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from daemon.serve.mounts import led_to_mount
from daemon.serve.signals import heed_none

Seconds = float
PATIENCE: Seconds = 0.5
"""So long answers are waited for, all together, and then again as time goes by."""
AT_FIRST: Seconds = 5
"""So long they are waited for until something is known of all, but none for longer than the others."""
SHARE = 0.1
"""The share of the time that is waited for them in the long run."""
SILENT: Seconds = 5
"""Who has not answered for so long is said to be silent."""
LOOKED_UP_EVERY: Seconds = 1
"""For how long it is not looked up again what is mounted."""
FOLLOWED_EVERY: Seconds = 0.1
"""For how long the links of folders are not followed again."""
NEWS_EVERY: Seconds = 2
"""While more is asked, it is told so often that there are answers."""
MOST_KEPT = 50_000
"""So many answers of one file system are kept."""

_Mount = tuple[str, Hashable]
"""Where something is mounted, and what."""

Told = TypeVar("Told")
Else = TypeVar("Else")


@dataclass(frozen=True, slots=True)
class Silence:
    """What has not answered what it was asked, ``since`` when, in seconds of the epoch, and of which ``paths``.

    In the place of all that lies in a folder that is among them stands that one.
    """

    about: str
    since: Seconds
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was told, or why nothing could be."""

    told: Any = None
    error: Exception | None = None


class Questions:
    """Asks file systems for one thread; ``mounts`` finds where those are that may be silent, if there are any.

    ``on_news`` is called, by another thread, where an answer that was not waited for is not what was known before.
    """

    def __init__(self, mounts: Callable[[], Mapping[str, Hashable]] = dict) -> None:
        """Know of no answers yet."""
        self.on_news: Callable[[], None] = lambda: None
        self._find, self._looked_up = mounts, float("-inf")
        self._mounts: Mapping[str, Hashable] = {}
        self._folders, self._followed = dict[Path, str](), float("-inf")
        self._askers, self._patience = dict[str, _Asker](), _Patience()

    def ask(self, question: Callable[..., Told], path: Path, *more: Hashable, otherwise: Else) -> Told | Else:
        """Return what a question says of a path now, or what it said last, ``otherwise`` where it never did."""
        mount = self._mount_of(path)
        if mount is None:
            return question(path, *more)
        asker = self._asker(_named(mount), {(mount, self._mounts[mount])})
        return asker.ask((question, path, *more), partial(question, path, *more), otherwise)

    def ask_anywhere(self, about: str, what: Hashable, question: Callable[[], Told], otherwise: Else) -> Told | Else:
        """Return the same of a question that may lead to any path; those ``about`` the same have one thread."""
        if not (served := self._served()):
            return question()
        return self._asker(about, served.items()).ask(what, question, otherwise)

    def are_any_served(self) -> bool:
        """Whether there is any file system that may be silent."""
        return bool(self._served())

    def silent_at(self, path: Path) -> str | None:
        """Return on what a path lies, where that has not answered for long."""
        if (mount := self._mount_of(path)) is None:
            return None
        asker = self._askers.get(about := _named(mount))
        is_silent = asker is not None and asker.mounted <= self._mounts.items() and asker.is_silent()
        return about if is_silent else None

    def silences(self) -> Iterator[Silence]:
        """Yield what has not answered for long."""
        return filter(None, [asker.silence() for asker in self._asking()])

    def know_all(self) -> bool:
        """Whether something is known of all that is asked; once it is, answers are waited for as after the first."""
        if are_known := all(asker.knows_all() for asker in self._asking()):
            self._patience.shorten()
        return are_known

    def _asking(self) -> list["_Asker"]:
        """Return who asks of what is mounted still."""
        served = self._served().items()
        return [asker for asker in self._askers.values() if asker.mounted <= served]

    def is_apart(self, path: Path) -> bool:
        """Whether a path lies where nobody may answer."""
        return self._mount_of(path) is not None

    def _mount_of(self, path: Path) -> str | None:
        """Return where that is mounted on which a path lies, if it may be silent."""
        if not (served := self._served()):
            return None
        if time.monotonic() - self._followed > FOLLOWED_EVERY:
            self._folders, self._followed = {}, time.monotonic()
        if path.parent not in self._folders:
            self._folders[path.parent] = led_to_mount(path.parent.absolute().parts, served)
        place = led_to_mount(filter(None, [path.name]), served, self._folders[path.parent])
        return place if place in served else None

    def _served(self) -> Mapping[str, Hashable]:
        if time.monotonic() - self._looked_up > LOOKED_UP_EVERY:
            self._mounts, self._looked_up = self._find(), time.monotonic()
        return self._mounts

    def _asker(self, about: str, mounted: Set[_Mount]) -> "_Asker":
        """Return who asks; somebody else, once the one before may wait for ever for what is no longer mounted."""
        before = self._askers.get(about)
        if before is None or not before.mounted <= mounted:
            known = before.leave() if before else {}
            self._askers[about] = _Asker(about, lambda: self.on_news(), self._patience, known)
        self._askers[about].mounted = frozenset(mounted)
        return self._askers[about]


def _named(mount: str) -> str:
    return f"the file system at {mount}"


class _Patience:
    """How long whoever asks may still wait, for all answers together."""

    def __init__(self) -> None:
        self._left, self._counted = AT_FIRST, time.monotonic()

    def spend(self, wait: Callable[[Seconds], object]) -> None:
        """Wait, but not for too long."""
        now = time.monotonic()
        if self._left < PATIENCE:
            self._left = min(PATIENCE, self._left + SHARE * (now - self._counted))
        wait(min(PATIENCE, self._left))
        self._counted = time.monotonic()
        self._left = max(0.0, self._left - (self._counted - now))

    def shorten(self) -> None:
        """Leave no more of it than there ever is after the first."""
        self._left = min(self._left, PATIENCE)


class _Asker:
    """Asks one thing after another, in a thread of its own, and keeps what was told last."""

    def __init__(
        self, about: str, on_news: Callable[[], None], patience: _Patience, known: Mapping[Hashable, _Answer]
    ) -> None:
        self.mounted = frozenset[_Mount]()
        """What it may be waiting for."""
        self._about, self._on_news, self._has_left = about, on_news, False
        self._thread = threading.Thread(target=self._go_on, name=about, daemon=True)
        self._changed = threading.Condition()
        self._asked, self._known = dict[Hashable, Callable[[], Any]](), dict(known)
        self._given_up, self._has_news, self._told = set[Hashable](), False, float("-inf")
        self._begun: tuple[Seconds, Seconds] | None = None
        """When that was asked which is not answered yet, as time goes by and in seconds of the epoch."""
        self._patience = patience

    def ask(self, what: Hashable, question: Callable[[], Told], otherwise: Else) -> Told | Else:
        """Return what is answered within the time that there is for it, else what was told last."""
        with self._changed:
            self._asked.setdefault(what, question)
            if not self._thread.ident:
                with suppress(RuntimeError):  # the system has no more threads; the next one who asks tries again
                    self._thread.start()
            self._changed.notify_all()
            self._wait_for(what)
            answer = self._known.get(what)
        if answer is None:
            return otherwise
        if answer.error:
            raise answer.error
        told: Told = answer.told
        return told

    def _wait_for(self, what: Hashable) -> None:
        if not self._is_silent_for(PATIENCE):
            self._patience.spend(partial(self._changed.wait_for, lambda: what not in self._asked))
        if what in self._asked:
            self._given_up.add(what)

    def _is_silent_for(self, seconds: Seconds) -> bool:
        return self._begun is not None and time.monotonic() - self._begun[0] > seconds

    def is_silent(self) -> bool:
        """Whether nothing is answered for long."""
        with self._changed:
            return self._is_silent_for(SILENT)

    def silence(self) -> Silence | None:
        """Return that nothing is answered, where it is so for long."""
        with self._changed:
            if self._begun is None or not self._is_silent_for(SILENT):
                return None
            asked = (one for what in (*self._known, *self._asked) if isinstance(what, tuple) for one in what)
            paths = {one for one in asked if isinstance(one, Path)}
            outer = sorted(path for path in paths if paths.isdisjoint(path.parents))
            return Silence(self._about, self._begun[1], tuple(outer))

    def knows_all(self) -> bool:
        """Whether something is known of all that is asked."""
        with self._changed:
            return self._asked.keys() <= self._known.keys()

    def leave(self) -> Mapping[Hashable, _Answer]:
        """Ask nothing more; return what is known."""
        with self._changed:
            self._has_left = True
            self._changed.notify_all()
            return dict(self._known)

    def _go_on(self) -> None:
        heed_none()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked or self._has_left)
                if self._has_left:
                    return
                what, question = next(iter(self._asked.items()))
                self._begun = time.monotonic(), time.time()
            answer = _answer(question)
            with self._changed:
                self._keep(what, answer)
                is_to_be_told = self._is_to_be_told()
                self._changed.notify_all()
            if is_to_be_told:
                self._on_news()

    def _keep(self, what: Hashable, answer: _Answer) -> None:
        del self._asked[what]
        self._begun = None
        if self._known.pop(what, None) != answer and what in self._given_up:
            self._has_news = True
        self._given_up.discard(what)
        self._known[what] = answer
        if len(self._known) > MOST_KEPT:
            del self._known[next(iter(self._known))]

    def _is_to_be_told(self) -> bool:
        """Whether it is time to tell that there is news: not after each of many answers."""
        now = time.monotonic()
        if not self._has_news or (self._asked and now - self._told < NEWS_EVERY):
            return False
        self._has_news, self._told = False, now
        return True


def _answer(question: Callable[[], Any]) -> _Answer:
    try:
        return _Answer(question())
    except Exception as error:  # whoever asks sees to it
        return _Answer(error=error)
