"""What is wrong, said when it comes and when it has gone, not at every tick."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import structlog

from daemon.serve.in_words import in_words

log = structlog.get_logger()


class Said:
    """What was said so far of each subject; it may be told by several threads."""

    def __init__(self) -> None:
        """Nothing is wrong yet."""
        self._troubles: dict[str, tuple[str, ...]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def troubles_of(self, subject: str) -> Iterator[list[str]]:
        """Say what the caller finds wrong with a subject, or what it raises; either way it goes on."""
        troubles: list[str] = []
        try:
            yield troubles
        except Exception as error:  # one bad team never stops the others
            self.of(subject, [*troubles, in_words(error)])
        else:
            self.of(subject, troubles)

    def of_all(self, troubles: Mapping[str, Iterable[str]], meanwhile: Callable[[str], str]) -> None:
        """Say what is wrong with several subjects, and what holds ``meanwhile``; nothing is with those that are not
        among them any more.
        """
        for subject in dict.fromkeys([*self._troubles, *troubles]):
            self.of(subject, troubles.get(subject, ()), meanwhile=meanwhile(subject))

    def known(self, subject: str) -> tuple[str, ...]:
        """Return what is wrong with a subject, as it was said last."""
        with self._lock:
            return self._troubles.get(subject, ())

    def forget(self, subject: str) -> None:
        """Know of nothing wrong with a subject any more, without a word: it has ended, and not by being mended."""
        with self._lock:
            self._troubles.pop(subject, None)

    def of(self, subject: str, troubles: Iterable[str], **more: object) -> None:
        """Say what is wrong with a subject now, each once, if that is news; ``more`` stands beside it in the log."""
        now = tuple(dict.fromkeys(troubles))
        with self._lock:
            before, self._troubles[subject] = self._troubles.get(subject, ()), now
        for trouble in now:
            if trouble not in before:
                log.error("trouble", about=subject, what=trouble, **more)
        if before and not now:
            log.info("recovered", about=subject)
