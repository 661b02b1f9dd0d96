"""What fails in passing is tried again. While a site wants to be asked less, it is asked one thing after another."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import tenacity

from daemon.ports import waiting
from integrations.atlassian.faults import Answer
from integrations.deadline import SECONDS

LONGEST_WAIT = 32.0
_ATTEMPTS = 5
_ENOUGH = SECONDS / 2
"""For how many seconds one thing is tried again, and for how many it waits for another one."""

Again = Callable[[Answer], bool]


class Patience:
    """That with one site, for all who ask it at the same time; ``sleep`` waits for so many seconds."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._turn = threading.Lock()
        """Had by who was asked to wait, until they are answered; whoever comes meanwhile waits as well."""

    def until_answered(self, attempt: Callable[[], Answer], again: Again) -> Answer:
        """Return the answer to an attempt, which is repeated as long as ``again`` says so and it may help."""
        with self._in_turn():
            pass
        answer = self._tried(attempt, lambda it: again(it) and not it.busy, _ATTEMPTS)
        if not answer.busy:
            return answer
        with self._in_turn() as waited:
            if waited is None:
                return answer
            self._sleep(max(0.0, (answer.retry_after or 1.0) - waited))
            return self._tried(attempt, again, _ATTEMPTS - 1, before=1)

    @contextmanager
    def _in_turn(self) -> Iterator[float | None]:
        """Have the turn, and tell how many seconds it took to get it; None where it is not to be had."""
        began, is_free = time.monotonic(), self._turn.acquire(blocking=False)
        with waiting():
            is_ours = is_free or self._turn.acquire(timeout=_ENOUGH)
        try:
            yield 0.0 if is_free else time.monotonic() - began if is_ours else None
        finally:
            if is_ours:
                self._turn.release()

    def _tried(self, attempt: Callable[[], Answer], again: Again, times: int, before: int = 0) -> Answer:
        """Try so often, where so many attempts were made before."""
        longer = tenacity.wait_exponential_jitter(multiplier=2**before, max=LONGEST_WAIT)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_result(again),
            wait=lambda state: _asked_of(state) or longer(state),
            stop=tenacity.stop_after_attempt(times) | tenacity.stop_after_delay(_ENOUGH),
            sleep=self._sleep,
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else Answer(0),
        )
        return retrying(attempt)


def _asked_of(state: tenacity.RetryCallState) -> float:
    """Return for how many seconds it was asked to wait; 0 where nothing was said of it."""
    asked: float = state.outcome.result().retry_after if state.outcome else 0.0
    return asked
