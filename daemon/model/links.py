"""Links between resources: a plan names pages by their keys, and their addresses are put in once they are known. Pure.

An event names its page apart; in Markdown a page is named as the target of a link, ``[text](page:KEY)``, and what lies
beside the pages by its path, ``[text](at:PATH)``.
"""

import posixpath
import re
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote, unquote

from daemon.model import Kind, Page, Resource, SessionEvent
from daemon.model.memory import Memory

_REFERENCE = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\((?P<scheme>page|at):([^)\s]+)\)")


def reference(page: str) -> str:
    """Return the target of a link to the page of a key."""
    return f"page:{quote(page, safe='/:')}"


def whereabouts(address: str) -> str:
    """Return the target of a link to what has an address of the web, or a path beside the pages."""
    return address if "://" in address else f"at:{quote(address, safe='/:')}"


def references(resource: Resource) -> frozenset[str]:
    """Return the keys of the pages that a resource links."""
    if isinstance(resource, SessionEvent):
        return frozenset({resource.page} if resource.page else ())
    found = _REFERENCE.finditer(resource.region) if isinstance(resource, Page) else ()
    return frozenset(unquote(match[3]) for match in found if match["scheme"] == "page")


def linking(resource: Resource) -> str:
    """Return the name of the field in which a resource links pages."""
    return "region" if isinstance(resource, Page) else "description"


def unresolved(resource: Resource, memory: Memory) -> bool:
    """Return whether a resource links a page that has no address."""
    return any(_address(page, memory) is None for page in references(resource))


def resolved(resource: Resource, memory: Memory) -> Resource:
    """Return a resource with the addresses of the pages it links; what has none yet is not linked."""
    if isinstance(resource, SessionEvent) and resource.page:
        page = _address(resource.page, memory)
        description = f"{resource.description}\n\nPage: {page}".strip()
        return replace(resource, description=description, page=None) if page else resource
    if isinstance(resource, Page) and any(f"]({scheme}:" in resource.region for scheme in ("page", "at")):
        folder = _folder(resource.key, memory)

        def link(match: "re.Match[str]") -> str:
            target, is_page = unquote(match[3]), match["scheme"] == "page"
            address = _address(target, memory) if is_page else target
            return f"[{match[1]}]({_from(folder or _home_of(resource.key, address), address)})" if address else match[1]

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


def _home_of(page: str, address: str) -> str:
    """Return the folder that a page is made in, of the team that its key names first."""
    before, team, _ = address.partition(f"/{page.partition('/')[0]}/")
    return f"{before}{team}".rstrip("/") if team else ""


@lru_cache(maxsize=4096)
def _from(folder: str, url: str) -> str:
    """Return an address as a page in ``folder`` links it: a web address as it is, a file relative to the page."""
    return url if "://" in url else quote(posixpath.relpath(url, folder or "."))
