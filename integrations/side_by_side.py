"""Questions that do not depend on each other are asked side by side: a first look takes a few round trips in a row."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from typing import Generic, TypeVar, cast

from daemon.ports import waiting
from integrations.deadline import MOST

Asked = TypeVar("Asked")
Told = TypeVar("Told")
First = TypeVar("First")
Second = TypeVar("Second")


def side_by_side(ask: Callable[[Asked], Told], questions: Iterable[Asked]) -> list[Told]:
    """Return what ``ask`` tells of each, in their order, as if it were asked one after another.

    After an error nothing more is begun, and what is under way comes to its end; then the first of them in order is
    raised.
    """
    work = _Work(ask, [*questions])
    work.done_by(min(MOST, len(work.questions)))
    return work.results()


def both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Return what two questions of different kinds tell, asked side by side."""
    questions: Sequence[Callable[[], First | Second]] = (first, second)
    one, other = side_by_side(lambda ask: ask(), questions)
    return cast(First, one), cast(Second, other)


class _Work(Generic[Asked, Told]):
    def __init__(self, ask: Callable[[Asked], Told], questions: Sequence[Asked]) -> None:
        self._ask, self.questions = ask, questions
        self._next = iter(range(len(questions)))
        self._told, self._errors = dict[int, Told](), dict[int, BaseException]()

    def done_by(self, many: int) -> None:
        """Do it in so many threads; in that of the caller where one is enough, or no other is to be had."""
        threads = list[threading.Thread]()
        for _ in range(many if many > 1 else 0):
            threads.append(thread := threading.Thread(target=copy_context().run, args=(self._do,), daemon=True))
            try:
                thread.start()
            except RuntimeError:  # the system has no more threads
                threads.pop()
                break
        if not threads:
            self._do()
        with waiting():
            for thread in threads:
                thread.join()

    def _do(self) -> None:
        while not self._errors and (number := next(self._next, None)) is not None:
            try:
                self._told[number] = self._ask(self.questions[number])
            except Exception as error:
                self._errors[number] = error

    def results(self) -> list[Told]:
        """Return what was told, or raise the first error: once, for it keeps all that was at hand where it arose."""
        errors, self._errors = self._errors, {}
        try:
            if errors:
                raise errors[min(errors)]
        finally:
            del errors
        return [self._told[number] for number in range(len(self.questions))]
