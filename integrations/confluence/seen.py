"""What a page of ours shows, as it is now: whose it is, what people changed, what they wrote."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from daemon.model import Kind, Mark, Observed, Page, fingerprint
from integrations.confluence import faults
from integrations.confluence.api import PageState
from integrations.confluence.links import Address, is_respelled, leading
from integrations.confluence.reading import action_items, said_topic, unread, write_up
from integrations.confluence.storage import Fault, Malformed, Region, TooMuch, digest, region_of, regions
from integrations.formats.page_words import MOST_ITEMS, not_read

_NUMBERED = re.compile(r"(.*) \(\d+\)", re.S)
_UNSEEN = re.compile(r"<[^<>]*>|&nbsp;|&#160;|[\s\u00a0]")
_EDITED = "edited "
_MADE = "made"
"""The part of a page's mark that says of what our part was made, and what Confluence was told: three digests."""


def marked_keys(state: PageState) -> set[str]:
    """Return the keys that a page's regions tell: of one page, or of none, or of several where people copied them."""
    try:
        return {region.mark.key for region in regions(state.storage) if region.mark}
    except Malformed:
        return set()


def _nowhere(title: str, space: str | None) -> str | None:
    return None


def observed(
    state: PageState, key: str, people: Mapping[str, str], done: Mapping[str, bool], address: Address = _nowhere
) -> Observed:
    """Return what a page of ours shows; ``people`` are e-mails by how pages name people, ``address`` is that of a page.

    ``done`` tells of tasks, by their ids on the page, whether they are done where the site knows better than the text.
    """
    seen = Observed(key, Kind.PAGE, {}, version=f"{state.id}:", url=state.url, title=state.title)
    if state.status == "trashed":
        return gone(key, state.id)
    if state.status != "current":
        return replace(seen, trouble=faults.archived(state.title))
    if not state.is_shown:
        return replace(seen, trouble=faults.without_text(state.title))
    try:
        region = region_of(state.storage, key)
        items = action_items(key, state.storage, people)
        seen = replace(seen, write_up=write_up(state.storage, people), unread=unread(state.storage, people))
    except Malformed as error:
        return replace(seen, trouble=faults.unreadable(state.title, str(error), isinstance(error, TooMuch)))
    followed = tuple(replace(item, done=done.get(item.id, item.done)) for item in items[:MOST_ITEMS])
    seen = replace(seen, items=followed, not_read=not_read(False, len(items)))
    if isinstance(region, Fault):
        return replace(seen, trouble=faults.of_region(region, state.title))
    seen = replace(seen, blank=_is_blank(state.storage, region))
    shown = _shown(state, region, address)
    is_edited = region.inner is not None and shown["region"].startswith(_EDITED)
    topic = said_topic(region.inner.of(state.storage)) if region.inner and is_edited else ""
    return replace(seen, shown=shown, mark=_plain(region), version=version_of(state, region), topic=topic)


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


def mark_of(mark: Mark, made: str) -> Mark:
    """Return a mark as it stands on a page, with what our part was ``made`` of and told to Confluence."""
    return replace(mark, roles={**mark.roles, _MADE: made})


def made_of(page: Page, inner: str) -> str:
    """Return three digests: of what our part is made of, and of ``inner``, which says so, with its links' words and by
    what they lead to.
    """
    return f"{fingerprint(page.content)['region']}.{digest(inner)}.{digest(inner, leading(_nowhere))}"


def made_before(region: Region) -> str:
    """Return what our part was made of when it was last written."""
    return region.mark.roles.get(_MADE, "") if region.mark else ""


def _plain(region: Region) -> Mark | None:
    mark = region.mark
    return mark and replace(mark, roles={name: value for name, value in mark.roles.items() if name != _MADE})


def _shown(state: PageState, region: Region, address: Address) -> Mapping[str, str]:
    """Return the fingerprint of the title and of our part, which is known only while nobody has edited it."""
    source, _, written = made_before(region).partition(".")
    inner = region.inner.of(state.storage) if region.inner else ""
    now = digest(inner) if inner else ""
    is_ours = now == written.partition(".")[0] or _says_the_same(inner, written.partition(".")[2], address)
    return {"title": _title_shown(state, region), "region": source if is_ours else f"{_EDITED}{now}"}


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
