"""How a team's pages are made and changed on Confluence, so that every step can be repeated and no word is lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from config.uses import WikiUse
from daemon.model import CHART, Page, Write, fingerprint
from daemon.ports import Changed, PortError, Refused
from integrations.confluence import faults
from integrations.confluence.api import Api, PageState
from integrations.confluence.faults import Conflict, OutcomeUnknown, TitleTaken
from integrations.confluence.markup import fill_template, storage_of
from integrations.confluence.own_boxes import lasting_id
from integrations.confluence.places import Places
from integrations.confluence.seen import (
    TOPIC,
    made_before,
    made_of,
    mark_of,
    marked_keys,
    observed,
    said_topic,
    version_of,
)
from integrations.confluence.storage import (
    Fault,
    Malformed,
    Region,
    digest,
    new_region,
    parse,
    region_of,
    spliced,
)

SHOWN_WITHIN = timedelta(minutes=10)
"""For how long a page that may have been made is waited for: listings are late."""
_ATTEMPTS = 4
_MOST_TITLES = 50


class Writing:
    """Writes to the pages that are in ``places``, which grow as pages are made."""

    def __init__(self, api: Api, use: WikiUse, places: Places, year_title: str, clock: Callable[[], datetime]) -> None:
        self._api, self._use, self.places, self._year_title, self._clock = api, use, places, year_title, clock
        self._template = ""

    def begun(self, page: Page, write: Write) -> PageState:
        """Change a page, or make one, and return it as it is then; what a pass that was cut short has made is found.

        Raises:
            PortError: it was not done, or nobody knows.
        """
        page_id = self.places.id_of(page.key)
        if write.fields is not None:
            return self._changed(page, write, page_id)
        state = self._api.page(page_id) if page_id else self._created(page, write)
        if state is None:
            raise Changed(faults.missing(page.title))
        return self._brought_up(state, page, write)

    def end(self, page: Page, write: Write, state: PageState) -> None:
        """Put onto a new page what else belongs to it; that of another page may be put there at the same time.

        Raises:
            PortError: it was not done, or nobody knows.
        """
        if write.fields is not None or state.status != "current":
            return
        self._api.name(state.id, page.key)
        if page.labels:
            self._api.label(state.id, page.labels)
        if page.chart:
            self._draw(state, page)

    # a new page

    def _created(self, page: Page, write: Write) -> PageState:
        inner, named = self._inner(page), write.begun.title if write.begun else page.title
        mark = replace(write.mark, applied={**write.mark.applied, **fingerprint({"title": named})})
        storage = new_region(mark_of(mark, made_of(page, inner)), inner) + self._body(page)
        parent = self._folder(page.year)
        for title in _titles(named):
            try:
                return self._settled(self._api.create(self.places.space, parent, title, storage), page, inner)
            except (TitleTaken, OutcomeUnknown) as error:
                holders = self._holders(title)
                if mine := next((one for one in holders if self._is_of(page.key, one)), None):
                    return mine
                if isinstance(error, OutcomeUnknown):
                    raise
                if self._may_be_made(write) and not any(one.is_shown for one in holders):
                    raise faults.not_shown_yet(title) from None
        raise TitleTaken(f"“{page.title}” and {_MOST_TITLES} numbered titles are taken in the space.")

    def _brought_up(self, state: PageState, page: Page, write: Write) -> PageState:
        """Return a page that was begun earlier, or by an earlier title, as it is to be now; people's changes stay."""
        change = write.going_on_from(observed(state, page.key, {}, {}))
        return self._changed(page, change, state.id) if change.fields else state

    def _holders(self, title: str) -> list[PageState]:
        """Return the pages with a title but those in the trash, which may have it beside another one."""
        ids = [one.id for one in self._api.titled(self.places.space, title) if one.status != "trashed"]
        return self._api.pages(ids) if ids else []

    def _is_of(self, key: str, state: PageState) -> bool:
        return key in marked_keys(state) or self._api.named(state.id) == key

    def _may_be_made(self, write: Write) -> bool:
        """Whether it was begun to make a page so lately that it may be there, and not be listed."""
        return write.begun is not None and timedelta() <= self._clock() - write.begun.at < SHOWN_WITHIN

    def _body(self, page: Page) -> str:
        """Return what a new page begins with: from a template of the space, where the team's file names one."""
        if not self._use.template or not page.values:
            return storage_of(page.body, cards=self._api.cards) if page.body else ""
        self._template = self._template or self._api.template(self.places.space, self._use.template)
        try:
            return fill_template(self._template, page.values)
        except Malformed as error:
            raise Refused(f"The template “{self._use.template}” cannot be read: {error}.") from None

    def _folder(self, year: int | None) -> str:
        """Return the id of the page below which a page goes; that of its year is made where it is not there."""
        if year is None:
            return self.places.parent
        if str(year) not in self.places.years:
            self.places = self.places.with_year(str(year), self._year(year))
        return self.places.years[str(year)]

    def _year(self, year: int) -> str:
        title = f"{self._year_title} {year}"
        try:
            text = f"<p>The sessions of {year} are below this page.</p>"
            return self._api.create(self.places.space, self.places.parent, title, text).id
        except (TitleTaken, OutcomeUnknown) as error:
            there = self._api.titled(self.places.space, title)
            if current := next((state for state in there if state.status == "current"), None):
                return current.id
            if isinstance(error, OutcomeUnknown):
                raise
            raise Refused(faults.year_page(title, bool(there))) from None

    def _draw(self, state: PageState, page: Page) -> None:
        from integrations.formats.chart import png

        self._api.attach(state.id, CHART, png(page.chart))

    # a page that is there

    def _changed(self, page: Page, write: Write, page_id: str | None) -> PageState:
        """Change a page as it is now; where somebody saves it in that very moment, change what they saved."""
        fields, titles = write.fields or frozenset(), _titles(page.title)
        wanted = next(titles) if "title" in fields else None
        fault: PortError = Changed(f"Somebody changed “{page.title}” at the same moment; the next pass looks again.")
        for _ in range(_ATTEMPTS):
            state, region = self._there(page, page_id)
            inner = self._new_inner(state, region, page) if "region" in fields else None
            title, storage = wanted or state.title, _text(state, region, page, write, inner)
            if (title, storage) == (state.title, state.storage):
                return state
            if write.version and version_of(state, region) != write.version:
                break
            try:
                return self._settled(self._api.update(state, title, storage), page, inner)
            except (Conflict, OutcomeUnknown) as error:
                fault = error  # look at it again: it was written by somebody else, or perhaps by us
            except TitleTaken as error:
                fault, wanted = error, next(titles)
        raise fault

    def _there(self, page: Page, page_id: str | None) -> tuple[PageState, Region]:
        """Return a page as it is now, and our part of it.

        Raises:
            Changed, Refused: there is nothing that can be written.
        """
        state = self._api.page(page_id) if page_id else None
        if state is None or state.status == "trashed":
            raise Changed(faults.missing(page.title))
        if state.status != "current":
            raise Refused(faults.archived(state.title))
        if not state.is_shown:
            raise Changed(faults.without_text(state.title))
        try:
            region = region_of(state.text(), page.key)
        except Malformed as error:
            raise Refused(faults.unreadable(state.title, error)) from None
        if isinstance(region, Fault):
            raise Refused(faults.of_region(region, state.title))
        return state, region

    def _new_inner(self, state: PageState, region: Region, page: Page) -> str | None:
        """Return what our part is to be, or None where it means that already; a picture that differs is drawn first."""
        inner = self._inner(page)
        now = region.inside(state.storage)
        if digest(inner) == digest(now):
            return None
        if page.chart and _picture(inner) != _picture(now):
            self._draw(state, page)
        return inner

    def _inner(self, page: Page) -> str:
        return storage_of(page.region, cards=self._api.cards, task_id=lasting_id)

    def _settled(self, state: PageState, page: Page, inner: str | None) -> PageState:
        """Return a page just written; where Confluence keeps our part in another form, the mark says so from now on."""
        state = state if state.is_shown else self._api.page(state.id) or state
        region = region_of(state.storage, page.key)
        if inner is None or isinstance(region, Fault) or not region.inner or not region.mark:
            return state
        made = made_of(page, region.inside(state.storage), made_before(region).get(TOPIC, ""))
        if made == made_before(region):
            return state
        return self._api.update(state, state.title, spliced(state.storage, region, mark=mark_of(region.mark, made)))


def _text(state: PageState, region: Region, page: Page, write: Write, inner: str | None) -> str:
    """Return a page's text with the mark and, where there is one, the new inside of our part."""
    same = "region" in (write.fields or ()) and inner is None
    now = region.inside(state.storage)
    made = made_of(page, inner or now, said_topic(region, now)) if inner or same else made_before(region)
    mark = mark_of(write.mark, made)
    if inner is None and mark == region.mark:
        return state.storage
    return spliced(state.storage, region, mark=mark, inner=inner)


def _picture(inner: str) -> str:
    """Return what a picture in our part says in words, or nothing where there is none."""
    return next((one.attributes.get("ac:alt", "") for one in parse(inner).walk() if one.name == "ac:image"), "")


def _titles(title: str) -> Iterator[str]:
    """Yield a title and numbered ones, for one that is taken."""
    yield title
    yield from (f"{title} ({number})" for number in range(2, _MOST_TITLES + 1))
