"""Waiting for the next pass: until the time is up, a file changes, or the daemon is told to stop."""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import structlog
from watchfiles import Change, watch

from config.ordinary import led_to
from daemon.serve.questions import Questions, Silence
from daemon.serve.said import Said
from daemon.serve.settling import Identity, identity_of
from daemon.serve.signals import HEEDED, heed_none

DEBOUNCE_MILLISECONDS = 200
BEGINS_MILLISECONDS = 500
"""So long after a watch has begun it is known to have."""
GRACE = 3
"""Seconds that a pass has to come to its end after the daemon was told to stop."""

LOOKS_EVERY = 2.0
"""After how many seconds it is looked whether the watched folders are still the same."""
PATHS_SHOWN = 5
"""So many paths are named that lie where nobody answers."""

Seen = tuple[str, int, int]

log = structlog.get_logger()


class Watcher:
    """Notices edits of team files, templates, pages and calendars in a thread of its own.

    On file systems that somebody else serves it is looked for them: the system tells of none that others make there,
    and one that is silent would hold the whole process up that wants to be told.
    """

    def __init__(self, questions: Questions | None = None) -> None:
        """Watch nothing yet; ``questions`` are asked how folders are, and end the waiting where they have news."""
        self.questions = questions or Questions()
        self.questions.on_news = self.hurry
        self._silent = Said()
        self.stopped = False
        """Whether the daemon was told to stop."""
        self._changed = threading.Event()
        self._alone, self._edited, self._hurried = threading.Lock(), set[Path](), False
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._followed: Mapping[Path, tuple[Identity, Set[str]]] = {}
        self._looked_at = dict[Path, frozenset[Seen]]()

    def follow(self, files: Iterable[Path]) -> Set[Path]:
        """Watch these files from now on; return the folders in which others are watched than before.

        A path's name may be a pattern. Its folder is watched, where it is there, and not what lies below that. That one
        has come, gone or been replaced by another is noticed within seconds. No edit of what was watched before and
        still is goes unnoticed meanwhile.
        """
        names = dict[Path, set[str]]()
        for file in files:  # what has its folder's path later may be another than the one we work in
            names.setdefault(file.parent.absolute(), set()).add(file.name)
        followed = {folder: (self._identity_of(folder), frozenset(wanted)) for folder, wanted in names.items()}
        if followed == self._followed:
            return set()
        before, self._followed = self._followed, followed
        if not self._begin():
            self._followed = {}
            return set()
        return {self.led_to(one) for one in before.keys() | followed.keys() if before.get(one) != followed.get(one)}

    def _begin(self) -> bool:
        """Begin to watch what is followed, in place of what was; return whether there is a thread for it."""
        wanted, over = dict[Path, set[str]](), threading.Event()
        for folder, (identity, names) in self._followed.items():
            if identity and not self.questions.is_apart(folder):
                wanted.setdefault(led_to(folder), set()).update(names)
        thread = threading.Thread(target=self._watch, args=(wanted, over, self._over, self._thread), daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads
            log.warning("no thread is left to watch for edits; they are noticed in the next round")
            return False
        self._thread, self._over = thread, over
        return True

    def wait(self, most: timedelta) -> Set[Path] | None:
        """Return when something has changed or ``most`` is over, at once after ``stop``.

        It tells which files were edited; None where it was hurried, or where anything may be another one.
        """
        end = time.monotonic() + (0 if self.stopped else most.total_seconds())
        while not self._changed.wait(max(0.0, min(LOOKS_EVERY, end - time.monotonic()))):
            self._look_apart()
            self._tell_silences()
            if time.monotonic() >= end:
                break
            if self._is_elsewhere():
                self.hurry()
        self._changed.clear()
        with self._alone:
            edited, hurried, self._edited, self._hurried = self._edited, self._hurried, set(), False
        return None if hurried else edited

    def folders(self) -> Mapping[Path, Identity]:
        """Return which folders have the paths of those that are followed, now."""
        return {folder: self._identity_of(folder) for folder in self._followed}

    def led_to(self, path: Path) -> Path:
        """Return where a path leads once its links are followed, as far as that is known."""
        return self.questions.ask(led_to, path, otherwise=path)

    def _identity_of(self, folder: Path) -> Identity:
        return self.questions.ask(identity_of, folder, otherwise=None)

    def _is_elsewhere(self) -> bool:
        return any(self._identity_of(folder) != identity for folder, (identity, _) in self._followed.items())

    def _look_apart(self) -> None:
        """Note what was edited where that is looked for, since it was last."""
        for folder, (identity, names) in self._followed.items():
            if identity and self.questions.is_apart(folder):
                now = self.questions.ask(_seen_in, folder, names, otherwise=None)
                if now is not None:
                    self._note({path for path, _, _ in now ^ self._looked_at.get(folder, now)})
                    self._looked_at[folder] = now

    def _tell_silences(self) -> None:
        """Say which file systems give no answer, and which do again."""
        found = {one.about: one for one in self.questions.silences()}
        troubles = {about: [_in_words(one)] for about, one in found.items()}
        self._silent.of_all(troubles, lambda about: _meanwhile(found[about]) if about in found else "")

    def hurry(self) -> None:
        """End the waiting for the next pass, of all teams."""
        with self._alone:
            self._hurried = True
        self._changed.set()

    def _note(self, paths: Set[str]) -> None:
        if paths:
            with self._alone:
                self._edited.update(map(Path, paths))
            self._changed.set()

    def stop(self) -> None:
        """End the waiting, for good."""
        self.stopped = True
        self._changed.set()

    def heed_signals(self) -> None:
        """Stop at SIGTERM and SIGINT, look again at SIGHUP.

        A pass that goes on for too long once it is to stop is cut short, which the next start mends.
        """
        told, tells = os.pipe()
        os.set_blocking(tells, False)
        signal.set_wakeup_fd(tells)  # written to at once; a handler would wait until the main thread has time for it
        for number in HEEDED:
            signal.signal(number, lambda _number, _frame: None)
        heed_none()  # in the main thread, and those that it begins from now on

        def heed() -> None:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HEEDED)
            while os.read(told, 1)[0] == signal.SIGHUP:
                self.hurry()
            self.end()

        threading.Thread(target=heed, daemon=True).start()

    def end(self) -> None:
        """Stop, and end the process in any case: a pass that goes on for too long is cut short."""
        self.stop()
        time.sleep(GRACE)
        log.warning("stopped in the middle of a pass; the next start goes on from there")
        logging.shutdown()
        os._exit(0)

    def close(self) -> None:
        """End the thread that watches."""
        self._over.set()
        if self._thread:
            self._thread.join(timeout=2)

    def _watch(
        self,
        wanted: Mapping[Path, set[str]],
        over: threading.Event,
        before: threading.Event,
        thread: threading.Thread | None,
    ) -> None:
        """Note edits until it is ``over``; what was watched ``before`` is, in its ``thread``, until this has begun."""
        try:
            self._notice(wanted, over, before)
        finally:
            before.set()
            if thread:
                thread.join(timeout=2)

    def _notice(self, wanted: Mapping[Path, set[str]], over: threading.Event, before: threading.Event) -> None:
        def matters(_change: Change, path: str) -> bool:
            folder, name = os.path.split(path)
            return any(fnmatchcase(name, pattern) for pattern in wanted.get(Path(folder), ()))

        quiet = {"debounce": DEBOUNCE_MILLISECONDS, "recursive": False, "raise_interrupt": False}
        told = {"rust_timeout": BEGINS_MILLISECONDS, "yield_on_timeout": True}
        try:
            changed = watch(*wanted, watch_filter=matters, stop_event=over, **quiet, **told)  # type: ignore[arg-type]
            for number, changes in enumerate(changed):
                if number:  # and what the other one saw last has been told
                    before.set()
                self._note({path for _, path in changes})
        except (OSError, RuntimeError) as error:  # no more can be watched, or a name has no letters, or a folder went
            log.warning("the system tells of no edits, so they are looked for every two seconds", why=str(error))
            before.set()
            self._look(wanted, over)

    def _look(self, wanted: Mapping[Path, set[str]], over: threading.Event) -> None:
        """Notice edits by looking at the files again and again."""
        before: frozenset[Seen] = frozenset()
        while not over.wait(LOOKS_EVERY):
            now = frozenset[Seen]().union(*(_seen_in(folder, names) for folder, names in wanted.items()))
            if now != before:
                self._note({path for path, _, _ in now ^ before})
            before = now


def _seen_in(folder: Path, patterns: Set[str]) -> frozenset[Seen]:
    """Return each file of a folder that matters, with when it was saved and how large it is."""
    with suppress(OSError), os.scandir(led_to(folder)) as entries:
        return frozenset(_seen(entry for entry in entries if any(fnmatchcase(entry.name, one) for one in patterns)))
    return frozenset()


def _seen(entries: Iterable[os.DirEntry[str]]) -> Iterator[Seen]:
    for entry in entries:
        with suppress(OSError):
            stat = entry.stat()
            yield entry.path, stat.st_mtime_ns, stat.st_size


def _in_words(silence: Silence) -> str:
    since = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(silence.since))
    return f"what was asked at {since} is not answered yet; see to whoever serves it. Once it is, all goes on there"


def _meanwhile(silence: Silence) -> str:
    shown = ", ".join(map(str, silence.paths[:PATHS_SHOWN]))
    more = len(silence.paths) - PATHS_SHOWN
    there = f"of {shown}{f' and {more} more' if more > 0 else ''}" if shown else "there"
    return f"what was read {there} before stays in force, what needs that waits, and everything else goes on"
