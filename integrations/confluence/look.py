"""One look at the pages of all teams in a space, which they share: it costs as much for several as for one."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence

from daemon.ports import alone
from integrations.bounded import LARGE
from integrations.confluence.api import Api, PageState, Ticks
from integrations.confluence.own_boxes import has_open_boxes
from integrations.confluence.reading import has_open_items

_FRESH = 30.0
"""For how many seconds a look serves the teams that have not had it yet."""


class Look:
    """The last look at a space, for all teams whose pages are in it; ``clock`` counts seconds, from any moment on."""

    def __init__(self, api: Api, clock: Callable[[], float] = time.monotonic) -> None:
        self._api, self._clock = api, clock
        self._wanted: dict[str, Sequence[str]] = {}
        self._states: dict[str, PageState] = {}
        self._ticks: Ticks = {}
        self._asked: set[str] = set()
        self._readers: set[str] = set()
        self._taken, self._length = 0.0, 0
        self._alone = threading.Lock()

    def at(self, team: str, ids: Sequence[str]) -> tuple[list[PageState], Ticks]:
        """Return a team's pages by their ids, and which of their tasks are done; no look serves a team twice."""
        with alone(self._alone):  # who comes while another looks is served by that look
            self._wanted[team] = ids
            fresh = self._clock() - self._taken <= _FRESH and team not in self._readers
            if not fresh or not self._asked.issuperset(ids):
                self._take()
            self._readers.add(team)
            states = [self._states[one] for one in ids if one in self._states]
            if self._readers >= self._wanted.keys() and self._length > LARGE:  # it serves nobody any more
                self._states, self._asked = {}, set()
            return states, self._ticks

    def wrote(self, team: str) -> None:
        """Never show a team a look from before its own write."""
        self._readers.add(team)

    def _take(self) -> None:
        self._asked = {one for ids in self._wanted.values() for one in ids}
        self._states = {state.id: state for state in self._api.pages(sorted(self._asked, key=int))}
        self._ticks = ticks_on(self._api, self._states.values())
        self._length = sum(len(state.storage) for state in self._states.values())
        self._readers, self._taken = set(), self._clock()


def ticks_on(api: Api, states: Iterable[PageState]) -> Ticks:
    """Return which tasks of these pages are done; only pages that may have open ones are asked about."""
    current = ((state.id, state.storage) for state in states if state.status == "current")
    return api.ticks([page for page, text in current if has_open_items(text) or has_open_boxes(text)])
