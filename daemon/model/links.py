"""Links between resources: a plan names pages by their keys, and their addresses are put in once they are known. Pure.

An event names its page apart; in Markdown a page is named as the target of a link, ``[text](page:KEY)``.
"""

import posixpath
import re
from dataclasses import replace
from urllib.parse import quote, unquote

from daemon.model import Kind, Page, Resource, SessionEvent
from daemon.model.memory import Memory

_REFERENCE = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\(page:([^)\s]+)\)")


def reference(page: str) -> str:
    """Return the target of a link to the page of a key."""
    return f"page:{quote(page, safe='/:')}"


def references(resource: Resource) -> frozenset[str]:
    """Return the keys of the pages that a resource links."""
    if isinstance(resource, SessionEvent):
        return frozenset({resource.page} if resource.page else ())
    found = _REFERENCE.finditer(resource.region) if isinstance(resource, Page) else ()
    return frozenset(unquote(match[2]) for match in found)


def resolved(resource: Resource, memory: Memory) -> Resource:
    """Return a resource with the addresses of the pages it links; what has none yet is not linked."""
    if isinstance(resource, SessionEvent) and resource.page:
        page = _address(resource.page, memory)
        description = f"{resource.description}\n\nPage: {page}".strip()
        return replace(resource, description=description, page=None) if page else resource
    if isinstance(resource, Page) and "](page:" in resource.region:
        folder = _folder(resource.key, memory)

        def link(match: "re.Match[str]") -> str:
            address = _address(unquote(match[2]), memory)
            return f"[{match[1]}]({_from(folder, address)})" if address else match[1]

        return replace(resource, region=_REFERENCE.sub(link, resource.region))
    return resource


def _address(page: str, memory: Memory) -> str | None:
    shown = memory.observed(page)
    return shown.url if shown and not shown.gone else None


def _folder(page: str, memory: Memory) -> str:
    """Return the folder that a page is in or, before it is made, that all pages are in; of addresses nothing."""
    shown, pages = memory.observed(page), [one.observed for one in memory.records.values() if one.kind is Kind.PAGE]
    urls = [one.url for one in ([shown] if shown else pages) if one and one.url and "://" not in one.url]
    return posixpath.commonpath([posixpath.dirname(url) for url in urls]) if urls else ""


def _from(folder: str, url: str) -> str:
    """Return an address as a page in ``folder`` links it: a web address as it is, a file relative to the page."""
    return url if "://" in url else quote(posixpath.relpath(url, folder or "."))
