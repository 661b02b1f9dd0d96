"""Where needs come from in Confluence: people's pages that carry a label, or lie below a page, such as retrospectives.

Which pages there are, and their versions, is one request, made every quarter of an hour at most by a process that goes
on; the pages are read only where one of them has changed. The index may know of a new page some minutes late.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.needs import NeedSource
from config.team import Team
from daemon.model import Check
from daemon.model.needs import Gathered, Sighting
from daemon.ports import Refused
from integrations.confluence import faults
from integrations.confluence.api import Api, Listed, PageState, quoted
from integrations.confluence.lacking import lacking
from integrations.confluence.seen import marked_keys
from integrations.confluence.storage import Malformed
from integrations.steps import steps

MOST_PAGES = 100
"""How many pages of one entry are read: the newest."""
EVERY = timedelta(minutes=15)
"""How often a process asks at most."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(slots=True)
class Watch:
    """When a process looked last for one entry of a team, and the cursor that it came to."""

    cursor: str = ""
    at: datetime | None = None

    def is_fresh(self, cursor: str, now: datetime) -> bool:
        """Whether nothing is to be asked yet by who stands at a cursor; a clock that was set back delays nothing."""
        return cursor == self.cursor != "" and self.at is not None and timedelta() <= now - self.at < EVERY


class LabelledPages:
    """The pages that an entry of a team's ``needs`` names; ``clock`` tells the time in the team's zone."""

    def __init__(self, api: Api, watch: Watch, team: Team, source: NeedSource, clock: Callable[[], datetime]) -> None:
        self._api, self._watch, self._source, self._clock = api, watch, source, clock
        self._space = team.wiki.space or ""

    def check_up(self) -> Iterator[Check]:
        """Look whether it signs in, and which pages there are."""
        return steps(("it signs in", self._api.me), ("it finds pages", self._number))

    def _number(self) -> str:
        """Return how many pages there are."""
        found, more = self._pages(self._above())
        return f"{'more than ' * more}{len(found)}"

    def ping(self) -> None:
        """Ask who we are."""
        self._api.me()

    def gather(self, cursor: str | None, /) -> Gathered | None:
        """Return what the pages say, or None where none was made, changed or taken away since ``cursor``."""
        now, entry = self._clock(), self._entry()
        known, _, rest = (cursor or "").partition(" ")
        if known == entry and self._watch.is_fresh(cursor or "", now):
            return None
        listed, above, more = self._listed(rest.partition(" ")[0] if known == entry else None)
        versions = _digest(*(f"{one.id} {one.version}" for one in listed), str(more))
        told = f"{entry} {above or '-'} {versions}"
        gathered = self._read(told, listed, more) if told != cursor else None
        self._watch.cursor, self._watch.at = gathered.cursor if gathered else told, now
        return gathered

    def _entry(self) -> str:
        return _digest(repr(self._source), self._space, self._api.address)

    def _listed(self, above: str | None) -> tuple[Sequence[Listed], str | None, bool]:
        """Return the pages, the id of the page above them, and whether there are more.

        That id is known from the last look, and looked up where nothing is found below it any more.
        """
        found, more = self._pages(above) if above else ([], False)
        if not found:
            above = self._above()
            found, more = self._pages(above)
        return found, above, more

    def _pages(self, above: str | None) -> tuple[Sequence[Listed], bool]:
        asked = [f"space = {quoted(self._space)}", "type = page"]
        if self._source.label:
            asked.append(f"label = {quoted(self._source.label.lower())}")
        if self._source.under:
            asked.append(f"ancestor = {above}")
        found = self._api.searched(f"{' and '.join(asked)} order by created desc", MOST_PAGES + 1)
        return found[:MOST_PAGES], len(found) > MOST_PAGES

    def _above(self) -> str | None:
        """Return the id of the page that is named as above them, if one is."""
        title = self._source.under
        if not title:
            return None
        there = self._api.titled(self._api.space(self._space), title)
        found = next((one.id for one in there if one.status == "current"), None)
        if found is None:
            raise Refused(faults.nothing_under(self._space, title))
        return found

    def _read(self, told: str, listed: Sequence[Listed], more: bool) -> Gathered:
        """Return what the pages say; where one was not shown, all are read again at the next look."""
        made = {one.id: one.made for one in listed}
        states = {state.id: state for state in self._api.pages([*made])} if made else {}
        sightings, unread = list[Sighting](), list[str]()
        for state in (states[one] for one in made if one in states):
            try:
                sightings += self._on_page(state, made[state.id])
            except Malformed as error:
                unread.append(faults.not_to_be_read(state.title, error))
        unread += [faults.text_not_shown(state.title) for state in states.values() if not state.is_shown]
        if more:
            unread.append(faults.too_many_pages(self._named(), MOST_PAGES))
        is_whole = all(one in states and states[one].is_shown for one in made)
        return Gathered(told if is_whole else f"{told} again", tuple(sightings), unread=tuple(unread))

    def _on_page(self, state: PageState, made: datetime | None) -> Iterator[Sighting]:
        if state.status != "current" or marked_keys(state):  # one of ours is read as such
            return
        asked, marked = lacking(state.text())
        said = [*asked, *(line for line, mark in marked if mark == self._source.mark.casefold())]
        day, title = self._day(state.title, made), " ".join(state.title.split())
        for one in dict.fromkeys(said):
            yield Sighting(one, title, day, state.url, self._source.area)

    def _day(self, title: str, made: datetime | None) -> date:
        """Return the day of which a page's title tells, else that on which it was made."""
        try:
            return date.fromisoformat((_DAY.findall(title) or [""])[0])
        except ValueError:
            now = self._clock()
            return (made or now).astimezone(now.tzinfo).date()

    def _named(self) -> str:
        """Return how people call the pages."""
        label, under = self._source.label, self._source.under
        said = [f"with the label {label}" if label else "", f"below “{under}”" if under else ""]
        return " ".join(["pages", *filter(None, said)])


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]
