"""What both flavours of Confluence serve alike, most of it by version 1 of the API; pages, however long they are."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from typing import Any, TypeVar
from urllib.parse import parse_qs

from config.unicode import normalized
from integrations.atlassian.faults import Answer, Json, TooLongAnswer, of_reading, sign_in
from integrations.atlassian.site import Method, Site
from integrations.confluence import faults
from integrations.confluence.api import PROPERTY, TEXT, Kept, Listed, PageState, Space, all_of, quoted
from integrations.confluence.storage import LARGEST
from integrations.side_by_side import side_by_side

LONGEST_TITLE = 255
"""So many characters one may have in Confluence."""
COMMENTS = "the comments below the home page"
"""What the comments that are read are called: those below a team's home page."""
MOST_LISTED = 200
"""How many pages of a listing are asked for: a server may go on for ever."""


class Version1(ABC):
    """A flavour of Confluence's API, but for what each serves in a way of its own; ``Api`` says what its methods do."""

    hides_strangers = False
    """Whether a token that has ended is answered as if nothing were there, or nothing allowed."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._too_long = dict[str, int]()

    def pages(self, ids: Sequence[str], kept: Kept = all_of) -> list[PageState]:
        """Return what is ``kept`` of the pages with these ids, answer by answer; of one that is not shown, nothing.

        Those that were too long at the last look are asked for without their text, for as long as they are as they
        were.
        """
        known = [one for one in ids if one in self._too_long]
        again = [*self._of_all(lambda part: self._states(part, ""), known)]
        same = {state.id: _without_text(state) for state in again if self._too_long[state.id] == state.version}
        rest = [one for one in ids if one not in same]
        found = [*kept([*same.values()]), *self._of_all(lambda part: self._in_fewer(part, kept), rest)]
        self._too_long |= {state.id: state.version for state in found if state.is_too_long}
        return found

    def _of_all(self, states: Callable[[Sequence[str]], list[PageState]], ids: Sequence[str]) -> Iterator[PageState]:
        return chain.from_iterable(side_by_side(states, self.in_parts(ids)))

    def _in_fewer(self, ids: Sequence[str], kept: Kept) -> list[PageState]:
        """Return pages; where those of one answer are too long together, in halves, and one that is so alone without
        its text: nobody's page hides another one.
        """
        try:
            return kept(self._states(ids, TEXT))
        except TooLongAnswer:
            if len(ids) == 1:
                return kept([_without_text(state) for state in self._states(ids, "")])
            half = len(ids) // 2
            return [*self._in_fewer(ids[:half], kept), *self._in_fewer(ids[half:], kept)]

    def _states(self, ids: Sequence[str], text: str) -> list[PageState]:
        found = understood(self.shown(ids, text), "the pages", self.state)
        return [_one_of(ids, one) for one in found]

    @abstractmethod
    def in_parts(self, ids: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yield ids in as many parts as one request may name."""

    @abstractmethod
    def shown(self, ids: Sequence[str], text: str) -> Iterator[Json]:
        """Yield the pages with these ids, at most one part of them, with their ``text`` or without it."""

    def page(self, page_id: str) -> PageState | None:
        """Return a page; None where it is not there or not shown."""
        try:
            found = self.single(page_id, TEXT)
        except TooLongAnswer:
            found = self.single(page_id, "")
            return _without_text(self.state_of(page_id, found)) if found else None
        return self.state_of(page_id, found) if found else None

    @abstractmethod
    def single(self, page_id: str, text: str) -> Json | None:
        """Return a page as it is answered, with its ``text`` or without it; None where it is not shown."""

    def labelled(self, space: str, labels: Sequence[str]) -> list[str]:
        """Return the ids of the pages of a space, by its key, that the index knows to have one of these labels."""
        cql = f"space = {quoted(space)} and type = page and label in ({', '.join(map(quoted, labels))})"
        found = self.listed("rest/api/content/search", "the pages", {"cql": cql})
        return understood(found, "the pages", id_of)

    def searched(self, cql: str, most: int) -> list[Listed]:
        """Return so many at most of the pages that the index, which is late, finds."""
        asked = {"cql": cql, "expand": "version,history"}
        found = self.listed("rest/api/content/search", "the pages", asked, min(most, 200))
        return understood(islice(found, most), "its pages", _listed)

    @property
    def address(self) -> str:
        """The address of the site, as the operator wrote it."""
        return self.site.url

    @abstractmethod
    def named(self, page_id: str) -> str | None:
        """Return our key from a page's property."""

    def put_name(self, path: str, page_id: str, key: str) -> None:
        """Put our key into a property; right after a page was written Confluence may refuse that once."""
        for _ in range(2):
            answer = self._sent("post", path, {"key": PROPERTY, "value": key})
            if answer.done or (answer.status == 409 and self.named(page_id) == key):
                return
            if answer.status != 409:
                break
        self.check_signed_in(answer)
        raise faults.of_writing(answer, "the property of a page")

    def label(self, page_id: str, labels: Sequence[str]) -> None:
        """Add labels to a page; those that are there stay."""
        sent = [{"prefix": "global", "name": label} for label in labels]
        self.wrote("post", f"rest/api/content/{page_id}/label", "the labels of a page", sent)

    def template(self, space: Space, name: str) -> str:
        """Return the text of a template of the space, or of the site, by its name or its id."""
        for params in ({"spaceKey": space.key}, {}):
            for one in self.listed("rest/api/template/page", "the space's templates", params):
                if name in (one.get("name"), one.get("templateId")):
                    found = self.got(f"rest/api/template/{one.get('templateId')}", f"the template “{name}”")
                    with understanding(f"the template “{name}”"):
                        return str(found["body"]["storage"]["value"])
        raise of_reading(self.site.product, Answer(404), f"a template “{name}” in the space {space.key}")

    def me(self) -> str:
        """Return the name of whom we sign in as; to a stranger Confluence shows nothing, or what it shows to all."""
        answer = self.site.read("rest/api/user/current")
        if answer.missing or answer.status == 403 or (answer.done and answer.body.get("type") == "anonymous"):
            raise sign_in(self.site.product, self.site.name, answer.message)
        if not answer.done:
            raise of_reading(self.site.product, answer, "whom we sign in as")
        return str(answer.body.get("displayName", ""))

    # requests

    def check_signed_in(self, answer: Answer) -> None:
        """Look who we are for Confluence where an answer may be that to a token which has ended.

        Raises:
            PortError: we are not signed in, or nobody knows.
        """
        if self.hides_strangers and answer.may_be_sign_in:
            self.me()

    def got(self, path: str, what: str, params: Mapping[str, object] | None = None) -> Json:
        """Return what is at a path; ``what`` is what people call it.

        Raises:
            Refused, Unavailable: it could not be read.
        """
        answer = self.site.read(path, params)
        if not answer.done:
            self.check_signed_in(answer)
            raise of_reading(self.site.product, answer, what)
        found: Json = answer.body
        return found

    def found(self, path: str, what: str, params: Mapping[str, object] | None = None) -> Json | None:
        """Return what is at a path, or None where nothing is shown there.

        Raises:
            Refused, Unavailable: it could not be read for another reason.
        """
        answer = self.site.read(path, params)
        self.check_signed_in(answer)
        if not answer.done and not answer.missing:
            raise of_reading(self.site.product, answer, what)
        return answer.body if answer.done else None

    def listed(self, path: str, what: str, params: Mapping[str, object], most: int = 200) -> Iterator[Json]:
        """Yield all results of a listing, each with the address of its site, which stands beside them.

        The address of the next page of them is that of the site, which is not ours behind a gateway: what counts is
        its place in the listing.
        """
        place: dict[str, str] = {}
        with self.site.listing() as room:
            for _ in range(MOST_LISTED):
                found, place = _page(self.got(path, what, {"limit": most, **params, **place}), what)
                room.take(found)
                yield from found
                if not place:
                    return
        raise faults.endless(what)

    def wrote(self, method: Method, path: str, title: str, data: object = None, **params: Any) -> Answer:
        """Write; ``title`` is what people call what is written.

        Raises:
            PortError: it was not done, or nobody knows.
        """
        answer = self._sent(method, path, data, **params)
        if not answer.done:
            self.check_signed_in(answer)
            raise faults.of_writing(answer, title)
        return answer

    def commented(self, path: str, data: object) -> None:
        """Write a comment.

        Raises:
            PortError: it was not done, or nobody knows.
        """
        answer = self._sent("post", path, data)
        if not answer.done:
            self.check_signed_in(answer)
            raise faults.of_commenting(answer)

    def _sent(self, method: Method, path: str, data: object, **params: Any) -> Answer:
        """Write; an answer that is too long to be read does not tell whether it was done."""
        try:
            return self.site.write(method, path, data, **params)
        except TooLongAnswer as error:
            return Answer(0, message=str(error))

    def place_of(self, page_id: str, links: Json) -> str:
        """Return where a page is found below the address of the site."""
        return str(links.get("webui") or "")

    def state(self, raw: Json) -> PageState:
        """Return a page as it was answered.

        Raises:
            OutcomeUnknown: that is no page.
        """
        with understanding("a page"):
            page_id, version, links = id_of(raw), int(raw["version"]["number"]), raw.get("_links") or {}
            title, status = _word(raw["title"]), _word(raw["status"])
            url = f"{links.get('base') or self.site.url}{self.place_of(page_id, links)}"
            text = text_in(raw)
        seen = PageState(page_id, title, version, status, text or "", url, is_shown=text is not None)
        return _without_text(seen) if len(seen.storage) > LARGEST else seen

    def state_of(self, page_id: str, raw: Json) -> PageState:
        """Return a page that was asked for, or written, as it was answered.

        Raises:
            OutcomeUnknown: that is no page, or another one: what stands before a server may mix answers up.
        """
        return _one_of((page_id,), self.state(raw))

    def state_titled(self, title: str, raw: Json) -> PageState:
        """Return a page that was made with a title, as it was answered.

        Raises:
            OutcomeUnknown: that is no page, or another one.
        """
        state = self.state(raw)
        if _spelled(state.title) != _spelled(title):
            raise faults.not_understood(f"“{title}”")
        return state


Result = TypeVar("Result")


@contextmanager
def understanding(what: str) -> Iterator[None]:
    """Say of an answer about ``what`` that is none of Confluence's, though it is JSON, that it is not understood.

    Raises:
        OutcomeUnknown: something in it is not there, or something else.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise faults.not_understood(what) from None


def understood(found: Iterable[Json], what: str, meaning: Callable[[Json], Result]) -> list[Result]:
    """Return what each thing of a listing means.

    Raises:
        OutcomeUnknown: one of them has no meaning.
    """
    with understanding(what):
        return [meaning(one) for one in found]


def id_of(raw: Json, name: str = "id") -> str:
    """Return the id of a page, a folder or a space.

    Raises:
        ValueError, LookupError: it has none; ids are numbers.
    """
    if not (told := str(raw[name])).isdecimal():
        raise ValueError("an id is no number")
    return told


def _one_of(ids: Container[str], state: PageState) -> PageState:
    if state.id not in ids:
        raise faults.not_understood("a page")
    return state


def _spelled(title: str) -> str:
    """Return a title as it is however its blanks and letters are spelled."""
    return " ".join(normalized("NFKC", title[: LONGEST_TITLE + 1]).split()).casefold()


def _word(told: Any) -> str:
    if not isinstance(told, str):
        raise TypeError("a word is something else")
    return told


def _page(body: Json, what: str) -> tuple[list[Json], dict[str, str]]:
    """Return the things on one page of a listing, and where it goes on, if it does."""
    with understanding(what):
        links = body.get("_links") or {}
        base = {"base": _word(links["base"])} if "base" in links else {}
        found = [{**one, "_links": {**base, **(one.get("_links") or {})}} for one in body["results"]]
        following = parse_qs(_word(links.get("next") or "").partition("?")[2])
        return found, {name: following[name][0] for name in ("cursor", "start") if name in following}


def _listed(raw: Json) -> Listed:
    page_id, version = id_of(raw), int(raw["version"]["number"])
    try:
        made = datetime.fromisoformat(raw["history"]["createdDate"])
    except (KeyError, TypeError, ValueError, OverflowError):
        made = None
    return Listed(page_id, version, made)


def _without_text(state: PageState) -> PageState:
    return replace(state, storage="", is_shown=True, is_too_long=True)


def text_in(raw: Json) -> str | None:
    """Return the storage format in what was answered; None where it holds none."""
    text = ((raw.get("body") or {}).get("storage") or {}).get("value")
    return text if isinstance(text, str) else None


def parts_of(ids: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """Yield ids in as many parts as one request may name."""
    return (ids[at : at + most] for at in range(0, len(ids), most))
