"""What people wrote on a page, in storage format, outside our region: action items, and what a session came to."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import islice

from daemon.model import ActionItem, WriteUp
from integrations.confluence.lacking import lacking
from integrations.confluence.sections import outside, sections, tasks_in
from integrations.confluence.shown import (
    NAMES_OF_PEOPLE,
    NOBODY_KNOWN,
    as_shown,
    is_struck,
    name_of,
    person_of,
    struck,
    text_of,
    user_of,
)
from integrations.confluence.storage import Element, Malformed, parse
from integrations.formats.due_dates import LINK_ENDS, LINK_STARTS, NEVER
from integrations.formats.page_words import (
    ADDRESS,
    ADDRESS_IN_WORDS,
    DUE_WORD,
    LONGEST_ITEM,
    MOST_ITEMS,
    PLACEHOLDER,
    RECORDING,
    TAKEAWAYS,
    TOPIC_ROW,
    WHO_WAS_THERE,
    asks_everybody,
    consent,
    cut_unread,
    is_takeaway,
    named_together,
    other_mentions,
    tidy,
    without_date,
    without_mention,
)

_MARKUP = 10  # times as long as its words may be what an item's body consists of
_DUE, _FIRST = "\x01", "\x04"  # stand for the date of an item and whom it mentions first, for no page can hold them
_FIRST_NAME = "whom-it-mentions-first"
_WHERE_DUE = re.compile(rf"[(\[]?{DUE_WORD}?{_DUE}[)\]]?", re.I)
_NOTHING_LEFT = re.compile(r"\(\s*\)|\[\s*\]")
_WORD = re.compile(r"\w")
_LISTS = {"ac:task-list", "ul", "ol"}
_LINKS = {"a", "ac:link"}
_NAMED = {"ri:page", "ri:blog-post", "ri:attachment", "ri:url", "ri:space"}
_TELLING = {"url", "jqlQuery", "name", "page"}
"""The parameters of macros that people see something of where a macro shows no words."""


def action_items(page_key: str, storage: str, people: Mapping[str, str]) -> tuple[ActionItem, ...]:
    """Return the action items of a page in their order; ``people`` gives the e-mail of an account id, key or username.

    An item's id is Confluence's. Who does it is the person mentioned first, else the first ``@name``; a person who is
    not known gives what their mention shows, or their id. It is due on the first date that Confluence knows to be one,
    else on one in words.

    Raises:
        Malformed: as ``parse`` does.
    """
    read = (_read(page_key, task, people) for task in _asked(parse(storage)))
    return tuple(islice(_distinct(item for item in read if item), MOST_ITEMS + 1))


def unread(storage: str, people: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tasks that say who or when, but not what is to be done; ``people`` as in ``action_items``.

    Raises:
        Malformed: as ``parse`` does.
    """
    wordless = [task for task in _asked(parse(storage)) if not _read("", task, people)]
    said = (text_of(body, people, _LISTS) for task in wordless for body in task.children("ac:task-body"))
    return cut_unread(text for text in said if text not in ("", PLACEHOLDER))


def _asked(page: Element) -> list[Element]:
    """Return the tasks that are no answers."""
    answers = {id(task) for section in sections(page, WHO_WAS_THERE) for task in tasks_in(section)}
    answers |= set(map(id, _consent_boxes(page)))
    return [task for task in tasks_in([page]) if id(task) not in answers]


@lru_cache(maxsize=1024)
def has_open_items(storage: str) -> bool:
    """Whether an action item of a page is not done, as far as its text tells."""
    try:
        return "<ac:task>" in storage and any(not item.done for item in action_items("", storage, NOBODY_KNOWN))
    except Malformed:
        return False


def write_up(storage: str, people: Mapping[str, str] = NOBODY_KNOWN) -> WriteUp:
    """Return what people wrote of a session; ``people`` as in ``action_items``.

    Takeaways and who was there stand below a heading of such a name; so does the recording, or in a line that begins
    with the word. Consent is a box that says that everybody agrees, or a table with everybody's answer: None where
    nobody was asked or nobody has answered; no answer of one is a no.

    Raises:
        Malformed: as ``parse`` does.
    """
    page = parse(storage)
    asked, marked = lacking(storage)
    return WriteUp(
        takeaways=tuple(dict.fromkeys(_takeaways(page, people))),
        recording=next(_recordings(page), None),
        consent=_consent(page),
        attended=tuple(dict.fromkeys(_attended(page, people))),
        needs=asked,
        marked=marked,
    )


def topic_row(inner: str) -> tuple[Element, list[Element]] | None:
    """Return the row of the table of our part of a page that says its topic, and the row's cells; None where none does.

    Raises:
        Malformed: as ``parse`` does.
    """
    rows = ((row, _cells(row)) for row in parse(inner).walk() if row.name == "tr")
    return next(
        ((row, cells) for row, cells in rows if len(cells) > 1 and TOPIC_ROW.fullmatch(text_of(cells[0]))), None
    )


def _read(page_key: str, task: Element, people: Mapping[str, str]) -> ActionItem | None:
    body, task_id = child_of(task, "ac:task-body"), child_of(task, "ac:task-id")
    if body is None or body.inner.end - body.inner.start > LONGEST_ITEM * _MARKUP:
        return None
    return item_in(page_key, task_id.text() if task_id else "", body, is_done(task), people)


def item_in(page_key: str, task_id: str, body: Element, done: bool, people: Mapping[str, str]) -> ActionItem | None:
    """Return the action item that a task's body says; None where it has no words, or those of the example."""
    mention, moment = _first_mention(body), _first_date(body)

    def shown(element: Element) -> str | None:
        if element is mention:
            return _FIRST
        if element.name in _LISTS:
            return " "
        if moment and element is moment[0]:
            return _DUE
        words = as_shown(element, people)
        if element.name in _LINKS and not user_of(element):
            return f"{LINK_STARTS}{element.text(shown) if words is None else words}{LINK_ENDS}"
        return words

    text = body.text(lambda element: struck(element, shown) if is_struck(element) else shown(element))
    if not _WORD.search(_WHERE_DUE.sub("", text)):
        text = f"{text} {LINK_STARTS}{' '.join(dict.fromkeys(_things(body, people)))}{LINK_ENDS}"
    if text == PLACEHOLDER:
        return None
    besides, together = named_together(text.replace(_FIRST, f" @{_FIRST_NAME} ", 1))
    text = text.replace(_FIRST, " ")
    others = [] if mention else other_mentions(text)
    text, assignee = (text, person_of(mention, people)) if mention else without_mention(text)
    due = NEVER._replace(day=moment[1], words=str(moment[1])) if moment else without_date(text)[1]

    def plain(words: str) -> str:
        words = _WHERE_DUE.sub(" ", words, count=1) if moment else without_date(words)[0]
        return tidy(_NOTHING_LEFT.sub(" ", words.replace(LINK_STARTS, "").replace(LINK_ENDS, "")))

    if not plain(text):
        return None
    otherwise = tuple((plain(words), name) for words, name in others)
    item = ActionItem(
        page_key, task_id, plain(text), assignee, due.day, done, otherwise, False, due.written, due.unclear
    )
    in_words = any(" " in person_of(one, people) for one in _own(body) if user_of(one))
    is_row = together and _FIRST_NAME not in together and not in_words
    return replace(item, together=together, besides=plain(besides)) if is_row else item


def _things(body: Element, people: Mapping[str, str]) -> Iterator[str]:
    """Yield how that is called which a task without words consists of: pictures, files, people, macros, bare links."""
    found = [*_called(body, people)]
    macros = (one.attributes.get("ac:name", "") for one in _own(body) if one.name == "ac:structured-macro")
    yield from found or macros


def _called(body: Element, people: Mapping[str, str]) -> Iterator[str]:
    mentions = {id(user) for link in _own(body) if link.name == "ac:link" for user in link.children("ri:user")}
    for element in _own(body):
        attributes = element.attributes
        if element.name == "a" and not element.text():
            yield attributes.get("href", "")
        elif element.name == "ac:image" and attributes.get("ac:alt"):
            yield attributes["ac:alt"]
        elif element.name == "ri:user" and id(element) not in mentions:
            name = next((attributes[name] for name in NAMES_OF_PEOPLE if name in attributes), "")
            yield people.get(name, name)
        elif element.name in _NAMED and (name := name_of(element)):
            yield name
        elif element.name == "ac:parameter" and attributes.get("ac:name") in _TELLING:
            yield element.text()


def _distinct(items: Iterable[ActionItem]) -> Iterator[ActionItem]:
    """Tell items apart whose ids are the same, or are missing, by their order."""
    seen: Counter[str] = Counter()
    for item in items:
        seen[item.id] += 1
        yield item if item.id and seen[item.id] == 1 else replace(item, id=f"{item.id}-{seen[item.id]}")


def _first_mention(body: Element) -> Element | None:
    return next((element for element in _own(body) if user_of(element)), None)


def _first_date(body: Element) -> tuple[Element, date] | None:
    for element in _own(body):
        if element.name == "time":
            try:
                return element, date.fromisoformat(element.attributes.get("datetime", "")[:10])
            except ValueError:
                continue
    return None


def _own(body: Element) -> Iterator[Element]:
    """Yield what is in a task's body, without the lists in it."""
    return body.walk(lambda element: element.name in _LISTS)


def is_done(task: Element) -> bool:
    """Whether a task is ticked, as far as the text tells."""
    return any(status.text() == "complete" for status in task.children("ac:task-status"))


def child_of(element: Element, name: str) -> Element | None:
    """Return the first element of a name directly in another."""
    return next(iter(element.children(name)), None)


def _takeaways(page: Element, people: Mapping[str, str]) -> Iterator[str]:
    """Yield the items of the lists and the decisions or, without any, the paragraphs but for those that ask."""
    for section in sections(page, TAKEAWAYS):
        inside = list(outside(section))
        items = [
            text_of(element, people, _LISTS) for element in inside if element.name == "li" or _is_decision(element)
        ]
        lines = [text_of(element, people) for element in inside if element.name == "p"]
        yield from list(filter(None, items)) or filter(is_takeaway, lines)


def _is_decision(element: Element) -> bool:
    return element.name == "ac:adf-node" and element.attributes.get("type") == "decision-item"


def _recordings(page: Element) -> Iterator[str]:
    """Yield the addresses below a heading, or else in a row, an item or a paragraph, that says recording."""
    for section in sections(page, RECORDING):
        yield from _addresses(section)
    for element in outside([page]):
        found = RECORDING.match if element.name in ("tr", "li", "p") else RECORDING.search
        if element.name in ("tr", "li", "p", "a") and found(text_of(element)):
            yield from _addresses([element])


def _addresses(elements: list[Element]) -> Iterator[str]:
    """Yield the addresses of the web in elements: first those of links, then those in words."""
    for element in outside(elements, but={"ac:image"}):
        address = element.attributes.get({"a": "href", "ri:url": "ri:value"}.get(element.name, ""), "")
        if ADDRESS.fullmatch(address):
            yield address
    for element in elements:
        yield from ADDRESS_IN_WORDS.findall(text_of(element))


def _consent_boxes(page: Element) -> list[Element]:
    """Return the boxes that say that everybody agrees to a recording."""
    below = {id(task) for section in sections(page, RECORDING) for task in tasks_in(section)}
    return [task for task in tasks_in([page]) if asks_everybody(text_of(task), id(task) in below)]


def _consent(page: Element) -> bool | None:
    tables = (table for table in outside([page]) if table.name == "table")
    rows = ([row for row in table.walk() if row.name == "tr"] for table in tables)
    said = ([[_answer(cell) for cell in _cells(row)] for row in table] for table in rows)
    return consent([is_done(task) for task in _consent_boxes(page)], said)


def _answer(cell: Element) -> str:
    tasks = tasks_in([cell])
    return ("yes" if all(map(is_done, tasks)) else "no") if tasks else text_of(cell)


def _cells(row: Element) -> list[Element]:
    return [cell for cell in row.content if isinstance(cell, Element) and cell.name in ("th", "td")]


def _attended(page: Element, people: Mapping[str, str]) -> Iterator[str]:
    """Yield those who are ticked or mentioned below a heading that asks who was there, or stand in a list there."""
    for section in sections(page, WHO_WAS_THERE):
        for task in filter(is_done, tasks_in(section)):
            yield from (name for body in task.children("ac:task-body") for name in _named(body, people))
        for element in outside(section, but={"ac:task"}):
            if user_of(element):
                yield person_of(element, people)
            elif element.name == "li" and not _first_mention(element):
                yield from _named(element, people)


def _named(element: Element, people: Mapping[str, str]) -> list[str]:
    """Return those whom it mentions, or else its words."""
    mentioned = [person_of(one, people) for one in _own(element) if user_of(one)]
    words = text_of(element, people, _LISTS).lstrip("@")
    return mentioned or [words] * bool(words)
