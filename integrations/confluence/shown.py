"""What people see of an element of a page in storage format: its words, and whom it mentions."""

from collections.abc import Callable, Container, Mapping
from types import MappingProxyType

from integrations.confluence.storage import Element

NAMES_OF_PEOPLE = ("ri:account-id", "ri:userkey", "ri:username")
_NAMES = ("ri:content-title", "ri:filename", "ri:value", "ri:space-key")
_STRUCK = {"del", "s", "strike"}
NOBODY_KNOWN: Mapping[str, str] = MappingProxyType({})


def user_of(element: Element) -> str | None:
    """Return the id of the person whom a link mentions."""
    found = element.children("ri:user") if element.name == "ac:link" else []
    return next((user.attributes[name] for user in found for name in NAMES_OF_PEOPLE if name in user.attributes), None)


def person_of(mention: Element, people: Mapping[str, str]) -> str:
    """Return the e-mail of whom a link mentions, by ``people``, else what it shows, or their id."""
    name = user_of(mention) or ""
    return people.get(name) or mention.text().lstrip("@") or name


def name_of(resource: Element) -> str:
    """Return how people see a page, a post, a file, a space or an address that an element stands for."""
    return next((resource.attributes[name] for name in _NAMES if resource.attributes.get(name)), "")


def as_shown(element: Element, people: Mapping[str, str]) -> str | None:
    """Return the text that an element shows where that is not the text in it."""
    attributes = element.attributes
    match element.name:
        case "ac:link" if user_of(element):
            return f"@{person_of(element, people)}"
        case "ac:link":
            named = (child for child in element.content if isinstance(child, Element))
            return None if element.text() else " ".join(map(name_of, named)).strip() or attributes.get("ac:anchor", "")
        case "ac:emoticon":
            return attributes.get("ac:emoji-fallback") or attributes.get("ac:name", "")
        case "ac:parameter":
            return None if attributes.get("ac:name") in ("title", "key") else ""
        case "time":
            return attributes.get("datetime", "")
        case "code":
            return f"`{element.text()}`"
        case (
            "ac:placeholder" | "ac:adf-attribute" | "ac:task-id" | "ac:task-uuid" | "ac:task-status" | "ac:adf-fallback"
        ):
            return ""
    return None


def text_of(element: Element, people: Mapping[str, str] = NOBODY_KNOWN, but: Container[str] = ()) -> str:
    """Return the words that people see of an element, without those of elements of some names."""
    return element.text(lambda one: " " if one.name in but else as_shown(one, people))


_STANDS_FOR_SOMETHING = "\x01\x04"
"""What no page can hold, and readers put in the place of dates and names."""


def is_struck(element: Element) -> bool:
    """Whether an element strikes its words through."""
    return element.name in _STRUCK or (element.name == "span" and "line-through" in element.attributes.get("style", ""))


def struck(element: Element, shown: Callable[[Element], str | None]) -> str:
    """Return the words that an element strikes through, as Markdown says so; what only stands for something is none."""
    words = element.text(shown)
    return f"~~{words}~~" if words.strip(_STANDS_FOR_SOMETHING) else words or " "
