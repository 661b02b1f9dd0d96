"""What a page of ours shows, as it is now: whose it is, what people changed, what they wrote."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from daemon.model import CAN_YOU, Kind, Mark, Observed, Page, accepted_among, fingerprint
from integrations.confluence import faults
from integrations.confluence.api import PageState
from integrations.confluence.links import Address, is_respelled, leading
from integrations.confluence.own_boxes import own_boxes, promised
from integrations.confluence.reading import action_items, topic_row, unread, write_up
from integrations.confluence.shown import text_of
from integrations.confluence.storage import Fault, Malformed, Region, TooMuch, digest, region_of, regions
from integrations.confluence.transcripts import NOTHING, Heard
from integrations.formats.page_words import MOST_ITEMS, is_topic_said, not_read

_NUMBERED = re.compile(r"(.*) \(\d+\)", re.S)
_UNSEEN = re.compile(r"<[^<>]*>|&nbsp;|&#160;|[\s\u00a0]")
_EDITED = "edited "
_MADE = "made"
"""The part of a page's mark that says of what our part was made, and what Confluence was told: three digests."""
_AROUND, TOPIC = "around", "topic"
"""The parts that say what Confluence was told but for the topic, and which topic there is a person's."""
_OWN = (_MADE, _AROUND, TOPIC)
_PLAIN = {"p", "strong", "span"}
"""The elements of a cell that has only words."""


def marked_keys(state: PageState) -> set[str]:
    """Return the keys that a page's regions tell: of one page, or of none, or of several where people copied them."""
    try:
        return {region.mark.key for region in regions(state.storage) if region.mark}
    except Malformed:
        return set()


def _nowhere(title: str, space: str | None) -> str | None:
    return None


def observed(
    state: PageState,
    key: str,
    people: Mapping[str, str],
    done: Mapping[str, bool],
    address: Address = _nowhere,
    heard: Heard = NOTHING,
) -> Observed:
    """Return what a page of ours shows; ``people`` are e-mails by how pages name people, ``address`` is that of a page.

    ``done`` tells of tasks, by their ids on the page, whether they are done where the site knows better than the text,
    ``heard`` what its transcript suggests.
    """
    seen = Observed(key, Kind.PAGE, {}, version=f"{state.id}:", url=state.url, title=state.title)
    seen = replace(seen, transcript=bool(heard.version) and not heard.trouble)
    if state.status == "trashed":
        return gone(key, state.id)
    if state.status != "current":
        return replace(seen, trouble=faults.archived(state.title))
    if not state.is_shown:
        return replace(seen, trouble=faults.without_text(state.title))
    try:
        text = state.text()
        region, items = region_of(text, key), action_items(key, text, people)
        seen = replace(seen, write_up=write_up(text, people), unread=unread(text, people))
    except Malformed as error:
        return _unreadable(seen, error)
    seen = replace(seen, suggestions=heard.suggestions if seen.write_up.consent else ())
    followed = tuple(replace(item, done=done.get(item.id, item.done)) for item in items[:MOST_ITEMS])
    seen = replace(seen, items=followed, not_read=not_read(False, len(items)) or heard.trouble)
    if isinstance(region, Fault):
        return replace(seen, trouble=faults.of_region(region, state.title))
    seen = replace(seen, blank=_is_blank(state.storage, region))
    return _with_our_part(seen, state, region, people, done, address)


def _with_our_part(
    seen: Observed,
    state: PageState,
    region: Region,
    people: Mapping[str, str],
    done: Mapping[str, bool],
    address: Address,
) -> Observed:
    """Return what a page shows with what our part of it does: whether people changed it, and what they tick there."""
    shown = _shown(state, region, address)
    inner, is_edited = region.inside(state.storage), shown["region"].startswith(_EDITED)
    topic, only = said_topic(region, inner, is_edited), is_edited and _only_topic(region, inner, address)
    found = own_boxes(inner, people, done) if inner else []
    boxes = tuple(box for box, _ in found)
    accepted = accepted_among(boxes, is_edited and not only)
    return replace(
        seen,
        shown=shown,
        mark=_plain(region),
        version=version_of(state, region),
        topic=topic,
        only_topic=only,
        accepted=accepted,
        items=(*promised(seen.key, accepted, found, people), *seen.items),
        boxes=tuple(box for box in boxes if box.title == CAN_YOU),
    )


def _unreadable(seen: Observed, error: Malformed) -> Observed:
    """Return a page that cannot be read: its lead hears that it is left as it is, of too much also its facilitator."""
    not_read = faults.more_than_is_read(str(error)) if isinstance(error, TooMuch) else ""
    return replace(seen, trouble=faults.unreadable(seen.title, error), not_read=not_read)


def _is_blank(storage: str, region: Region) -> bool:
    """Whether nothing is to be seen outside our region."""
    outside = storage[: region.whole.start] + storage[region.whole.end :]
    return "<ri:" not in outside and not _UNSEEN.sub("", outside)


def gone(key: str, page_id: str) -> Observed:
    """Return what is seen of a page that a person has deleted."""
    return Observed(key, Kind.PAGE, {}, version=f"{page_id}:", gone=True)


def version_of(state: PageState, region: Region) -> str:
    """Return the page's id, and what a write depends on: the title and our part; what else is there is people's."""
    ours = fingerprint({"ours": f"{state.title}\n{region.whole.of(state.storage)}"})["ours"]
    return f"{state.id}:{ours}"


def ids_of(seen: Iterable[Observed]) -> dict[str, str]:
    """Return the ids that pages had at an earlier look, with their keys."""
    ids = ((one.version.partition(":")[0], one.key) for one in seen if ":" in one.version)
    return {page_id: key for page_id, key in ids if page_id.isdecimal()}


def mark_of(mark: Mark, made: Mapping[str, str]) -> Mark:
    """Return a mark as it stands on a page, with what our part was ``made`` of and told to Confluence."""
    return replace(mark, roles={**{name: value for name, value in mark.roles.items() if name not in _OWN}, **made})


def made_of(page: Page, inner: str, said: str = "") -> dict[str, str]:
    """Return three digests: of what our part is made of, and of ``inner``, which says so, with its links' words and by
    what they lead to. Besides, where it tells a topic, of all but that; and the topic that a person has ``said`` there.
    """
    made = {_MADE: f"{fingerprint(page.content)['region']}.{_digests(inner)}"}
    if found := topic_row(inner):
        label, topic = (text_of(cell) for cell in found[1][:2])
        is_theirs = label.casefold() == "topic" and is_topic_said(topic, said)
        made |= {_AROUND: f"{_row(inner)}.{_digests(_around(inner))}", **({TOPIC: said} if is_theirs else {})}
    return made


def made_before(region: Region) -> dict[str, str]:
    """Return what our part was made of when it was last written."""
    return {name: value for name, value in region.mark.roles.items() if name in _OWN} if region.mark else {}


def said_topic(region: Region, inner: str, is_edited: bool = False) -> str:
    """Return what a person wrote as the topic in our table: told by the mark, once we have written around it.

    ``is_edited`` tells whether somebody changed our part, for marks that do not say what the row of the topic was.
    """
    before, found = made_before(region), topic_row(inner)
    row = before.get(_AROUND, "").partition(".")[0]
    is_theirs = row != _row(inner) if row else is_edited
    return (text_of(found[1][1]) if is_theirs else before.get(TOPIC, "")) if found else ""


def _only_topic(region: Region, inner: str, address: Address) -> bool:
    """Whether all that a person changed of our part is the topic."""
    before = made_before(region).get(_AROUND, "").partition(".")[2]
    return bool(before and inner) and _is_as_written(_around(inner), before, address)


def _row(inner: str) -> str:
    found = topic_row(inner)
    return digest(found[0].whole.of(inner)) if found else ""


def _around(inner: str) -> str:
    """Return our part but for the row of its topic; all of it, where that row has more than plain words."""
    found = topic_row(inner)
    if not found or len(found[1]) != 2 or {one.name for one in found[1][1].walk()} - _PLAIN:
        return inner
    return inner[: found[0].whole.start] + inner[found[0].whole.end :]


def _plain(region: Region) -> Mark | None:
    return region.mark and mark_of(region.mark, {})


def _shown(state: PageState, region: Region, address: Address) -> Mapping[str, str]:
    """Return the fingerprint of the title and of our part, which is known only while nobody has edited it."""
    source, _, written = made_before(region).get(_MADE, "").partition(".")
    inner = region.inside(state.storage)
    is_ours = _is_as_written(inner, written, address)
    now = digest(inner) if inner else ""
    return {"title": _title_shown(state, region), "region": source if is_ours else f"{_EDITED}{now}"}


def _digests(inner: str) -> str:
    return f"{digest(inner)}.{digest(inner, leading(_nowhere))}"


def _is_as_written(inner: str, digests: str, address: Address) -> bool:
    exact, _, led = digests.partition(".")
    return (digest(inner) if inner else "") == exact or _says_the_same(inner, led, address)


def _says_the_same(inner: str, led: str, address: Address) -> bool:
    """Whether the editor has only respelled our links: they lead to where they led, and around them nothing differs."""
    return bool(led) and is_respelled(inner) and digest(inner, leading(address)) == led


def _title_shown(state: PageState, region: Region) -> str:
    """Return the digest of a title; where only a number was added to ours, because ours was taken, that of ours."""
    numbered = _NUMBERED.fullmatch(state.title)
    ours = region.mark.applied.get("title") if region.mark else None
    if numbered and fingerprint({"title": numbered[1]})["title"] == ours:
        return str(ours)
    return fingerprint({"title": state.title})["title"]
