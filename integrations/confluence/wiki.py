"""The wiki port on Confluence: one team's pages in one space."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, islice

from config.team import Team
from config.values import slug
from daemon.model import Check, Observation, Observed, Page, Write, Written
from daemon.ports import PortError, Refused
from integrations.bounded import size_of
from integrations.confluence import faults
from integrations.confluence.api import Api, PageState, Space
from integrations.confluence.check_up import check_up
from integrations.confluence.faults import NotShownYet
from integrations.confluence.look import ticks_on
from integrations.confluence.places import GONE, Cache, Places
from integrations.confluence.seen import gone, ids_of, marked_keys, observed
from integrations.confluence.transcripts import Transcripts
from integrations.confluence.writing import Writing
from integrations.deadline import MOST
from integrations.side_by_side import both, side_by_side

_MOST_WATCHED = 100
"""How many pages each pass looks at, those above ours and those of the latest sessions, in two requests; older ones
where there is no cursor.
"""
_MOST_ASKED = 100
"""Of how many pages that are none of ours a pass asks where they are."""
LARGEST_OF_ALL = 30_000_000
"""How many bytes the texts of a team's pages may take together."""
_USER_KEY = re.compile(r'ri:userkey="([^"]+)"')


def _now() -> datetime:
    return datetime.now(UTC)


class TeamWiki:
    """A team's pages in a space, below the page that the team's file names.

    ``key`` is the team's key; ``clock`` tells what may be new, or not yet shown.
    """

    def __init__(self, api: Api, cache: Cache, team: Team, key: str, clock: Callable[[], datetime] = _now) -> None:
        self._api, self._cache, self._key, self._clock = api, cache, key, clock
        self._use, self._members = team.wiki, team.members
        self._space, self._above = team.wiki.space or "", team.wiki.parent
        self._place = f"{api.address} {self._space} {self._above or ''}"
        self._people = {member.confluence: member.email for member in team.members if member.confluence}
        self._addresses = dict[str, str]()
        self._asked = dict[tuple[str, str | None], str | None]()
        wanted = team.recording.transcripts == "on" and team.recording.consent != "off"
        self._transcripts = Transcripts(api, cache.heard, clock, wanted)
        self._labels = [slug(name) for name in (team.team, *team.was)]

    def check_up(self) -> Iterator[Check]:
        """Look whether it signs in, finds the space and the page above ours, may write, and knows the members."""
        return check_up(self._api, lambda: self._parent(self._api.space(self._space))[0], self._use, self._members)

    def ping(self) -> None:
        """Ask who we are."""
        self._api.me()

    # what is there

    def observe(self, cursor: str | None, before: Sequence[Observed] = ()) -> Observation:
        """Return the pages of ours that have changed: asked for by their ids, in one request, and their tasks in one.

        Where no cursor tells of them, or not one of them is shown or not the page above them, they are looked for, and
        all are returned. What is not shown among others is asked for by itself before it counts as gone.
        """
        known = self._known(cursor)
        watched = known.latest(_MOST_WATCHED) if known else []
        states, ticks = self._cache.look.at(self._key, watched) if known else ([], {})
        shown = {state.id for state in states if state.status == "current"}
        if known and known.are_shown(shown):
            places = replace(known, years={year: one for year, one in known.years.items() if one in shown})
            states = [*states, *self._each_of(places.doubtful(watched, states))]
        else:
            known, (places, states) = None, self._found(before)
            ticks = ticks_on(self._api, states)
        found = {state.id: state for state in states if state.id in places.pages and state.status != "trashed"}
        self._cache.ticks = ticks
        self._addresses = {state.title.casefold(): state.url for state in states}
        lost = {one for one in places.pages if one not in found and (one in watched or known is None)}
        self._transcripts.remember(before, places.heard)
        keys = {one: places.pages[one] for one in found}
        self._transcripts.look(keys, lambda one: places.seen.get(one) != self._digest(found[one]))
        digests = {
            **places.seen,
            **dict.fromkeys(lost, GONE),
            **{one: self._digest(page) for one, page in found.items()},
        }
        self._cache.places = replace(places, seen=digests, heard=self._transcripts.versions)
        news = [one for one in digests if places.seen.get(one) != digests[one]]
        seen = [self._look(found[one], places.pages[one]) for one in news if one in found]
        seen += [gone(places.pages[one], one) for one in news if one in lost and known]
        return Observation(f"{self._place}\n{self._cache.places}", tuple(seen), complete=known is None)

    def _known(self, cursor: str | None) -> Places | None:
        known, now = Places.parse(cursor, self._place) if cursor else None, self._cache.places
        return replace(known, pages={**known.pages, **now.pages}, years=now.years) if known and now else known

    def _each_of(self, ids: Iterable[str]) -> list[PageState]:
        """Return those of some pages that are there, each asked for by itself."""
        return [state for state in side_by_side(self._api.page, ids) if state]

    def _digest(self, state: PageState) -> str:
        done = sorted(task for (page, task), tick in self._cache.ticks.items() if page == state.id and tick)
        heard = self._transcripts.of(state.id).version
        shown = (state, done, heard) if heard else (state, done)
        return hashlib.sha256(repr(shown).encode("utf-8", "replace")).hexdigest()[:10]

    def _found(self, before: Sequence[Observed]) -> tuple[Places, list[PageState]]:
        """Return where the pages of ours are, and what they are now; of copies the first counts.

        They are below the page above ours and the pages of the years, or have our labels; and wherever people have put
        them, they are known by their ids, from ``before`` and from earlier looks.
        """
        (top, ids), labelled = both(self._below, lambda: self._api.labelled(self._space, self._labels))
        remembered = {**(self._cache.places.pages if self._cache.places else {}), **ids_of(before)}
        hinted = {*labelled, *remembered}
        asked = sorted((ids | hinted) - {*top.years.values()}, key=int)
        found = _Found(lambda one: self._key_of(one, one.id in hinted) or remembered.get(one.id))
        states = self._api.pages(asked, found.kept) if asked else []
        shown = {state.id for state in states if state.is_shown}
        alone = side_by_side(lambda one: found.kept(self._each_of([one])), (one for one in asked if one not in shown))
        states += chain.from_iterable(alone)
        keys = found.keys
        ours = {key: one for one in sorted(states, key=lambda one: -int(one.id)) if (key := keys[one.id])}
        pages = {state.id: key for key, state in ours.items()}
        lost = {one: key for one, key in remembered.items() if key not in ours}
        return replace(top, pages={**lost, **pages}), list(ours.values())

    def _below(self) -> tuple[Places, set[str]]:
        """Return what is above our pages, and the ids of what is right below that."""
        space = self._api.space(self._space)
        parent, in_folder = self._parent(space)
        children = self._api.children(parent, of_folder=in_folder)
        years = {title.removeprefix(self._year_title).strip(): one for one, title in children if self._is_year(title)}
        below = chain(children, *side_by_side(self._api.children, years.values()))
        return Places(space, parent, years, in_folder=in_folder), {one for one, _ in below}

    def _parent(self, space: Space) -> tuple[str, bool]:
        """Return the id of what is above our pages, and whether that is a folder."""
        if not self._above and not space.homepage:
            raise Refused(f"The space {space.key} has no page at its top: name one as parent in the team's file.")
        if not self._above:
            return space.homepage, False
        there = self._api.titled(space, self._above)
        if page := next((state.id for state in there if state.status == "current"), None):
            return page, False
        if folder := self._api.folder(space, self._above):
            return folder, True
        raise Refused(faults.parent(space.key, self._above, {state.status for state in there}))

    @property
    def _year_title(self) -> str:
        return self._above or f"{self._key} sessions"

    def _is_year(self, title: str) -> bool:
        return title.startswith(f"{self._year_title} ") and title.removeprefix(f"{self._year_title} ").isdecimal()

    def _key_of(self, state: PageState, hinted: bool) -> str | None:
        """Return the key of a page of ours, by its region or else by its property; None of any other page.

        The property is asked for only where a page is ``hinted`` at, for people may have many pages of their own here,
        or where its text is not shown.
        """
        keys = marked_keys(state)
        one = len(keys) == 1  # people may have copied a region here
        key = keys.pop() if one else self._api.named(state.id) if keys or hinted or not state.is_shown else None
        return key if key and key.startswith(f"{self._key}/") else None

    def _look(self, state: PageState, key: str) -> Observed:
        done = {task: tick for (page, task), tick in self._cache.ticks.items() if page == state.id}
        return observed(state, key, self._named_on(state), done, self._address, self._transcripts.of(state.id))

    def _address(self, title: str, space: str | None) -> str | None:
        """Return the address of a page by its title; one that is none of ours is asked for, once a pass.

        People may link more pages in our part than anybody can ask for. We link few, so that nothing is lost.
        """
        ours = self._addresses.get(title.casefold()) if space in (None, self._space) else None
        if ours:
            return ours
        if (title, space) not in self._asked and len(self._asked) < _MOST_ASKED:
            self._asked[title, space] = self._asked_address(title, space)
        return self._asked.get((title, space))

    def _asked_address(self, title: str, space: str | None) -> str | None:
        try:
            found = self._api.titled(self._api.space(space or self._space), title)
        except Refused:  # whoever wrote the link may have meant a space that is not there
            return None
        return next((state.url for state in found if state.status == "current"), None)

    def _named_on(self, state: PageState) -> Mapping[str, str]:
        """Return e-mails by how a page names people, which on Data Center is by keys.

        Those of our members are asked for, once each, and not who has a key: a page may name thousands of others.
        """
        keys, unknown = self._cache.user_keys, {*_USER_KEY.findall(state.storage)}
        unasked = (name for name in self._people if name not in keys)
        while unknown - {*keys.values()} and (some := list(islice(unasked, MOST))):
            people = side_by_side(self._api.person, some)
            keys |= {name: person.key if person else "" for name, person in zip(some, people, strict=True)}
        return {**self._people, **{keys[name]: email for name, email in self._people.items() if keys.get(name)}}

    # what is written

    def write(self, writes: Sequence[Write]) -> Sequence[Written]:
        """Create and change pages, one by one; one that cannot be written does not stop the others.

        What is put onto new pages is put onto several of them side by side.
        """
        writing = Writing(self._api, self._use, self.places(), self._year_title, self._clock)
        self._cache.look.wrote(self._key)
        begun = [self._begun(write, writing) for write in writes]
        ended = side_by_side(lambda step: step.ended(writing), begun)
        return [self._written(one, writing) for one in ended]

    def places(self) -> Places:
        """Return where the team's pages are; they are looked for where this process does not know it."""
        if self._cache.places is None:
            self.observe(None)
        assert self._cache.places
        return self._cache.places

    def _begun(self, write: Write, writing: Writing) -> "_Step":
        page = write.resource
        if not isinstance(page, Page):
            return _Step(write, error=f"“{page.summary}” is an event, and this is a wiki.")
        try:
            return _Step(write, writing.begun(page, write))
        except PortError as error:
            return _Step(write, error=str(error), waits=isinstance(error, NotShownYet | Refused))
        finally:
            self._cache.places = writing.places

    def _written(self, step: "_Step", writing: Writing) -> Written:
        key = step.write.resource.key
        if step.state is None:
            return Written(key, error=step.error, waits=step.waits)
        writing.places = self._cache.places = writing.places.with_page(step.state.id, key)
        try:
            return Written(key, self._look(step.state, key))
        except PortError as error:
            return Written(key, error=str(error))


@dataclass(slots=True)
class _Found:
    """The pages of a look at all; ``key_of`` tells whether one is ours. Of the others, which may be any number, no text
    is kept.
    """

    key_of: Callable[[PageState], str | None]
    keys: dict[str, str | None] = field(default_factory=dict)
    _length: int = 0
    _alone: threading.Lock = field(default_factory=threading.Lock)

    def kept(self, states: Sequence[PageState]) -> list[PageState]:
        """Return them, those that are ours with their text.

        Raises:
            Refused: what is ours of all of them is more than is read.
        """
        keys = side_by_side(self.key_of, states)
        self.keys |= {one.id: key for one, key in zip(states, keys, strict=True)}
        length = sum(size_of(one.storage) for one, key in zip(states, keys, strict=True) if key)
        with self._alone:
            self._length += length
            is_too_long = self._length > LARGEST_OF_ALL
        if is_too_long:
            raise Refused(faults.too_long_together(LARGEST_OF_ALL))
        return [one if key else replace(one, storage="") for one, key in zip(states, keys, strict=True)]


@dataclass(frozen=True, slots=True)
class _Step:
    """How far a write has come: the page as it is then, or why there is none."""

    write: Write
    state: PageState | None = None
    error: str = ""
    waits: bool = False

    def ended(self, writing: Writing) -> "_Step":
        """Put onto a page what else belongs to it."""
        try:
            if self.state and isinstance(self.write.resource, Page):
                writing.end(self.write.resource, self.write, self.state)
        except PortError as error:
            return replace(self, state=None, error=str(error))
        return self
