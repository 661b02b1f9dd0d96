"""The plan as a value: the changes from what is observed to what is desired, and what was found on the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from daemon.model import Kind, Resource


class Action(StrEnum):
    """What a change does."""

    CREATE = "create"
    UPDATE = "update"
    END = "end"


@dataclass(frozen=True, slots=True)
class Change:
    """One resource to be created, or updated in ``fields``; a series that gets an ``until`` is ended."""

    action: Action
    resource: Resource
    fields: frozenset[str] = frozenset()
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the lead should know of: people's words stand where ours would have, or what ``kind`` says.

    ``subject`` is what a mail is called that says it first, ``field`` which one of a ``resource`` people changed.
    """

    key: str
    text: str
    subject: str = ""
    resource: str = ""
    field: str = ""
    kind: Literal["by hand", "question", "trouble"] = "by hand"


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes from observed to desired, pages first, and what was found on the way."""

    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()

    def of(self, kinds: Iterable[Kind]) -> tuple[Change, ...]:
        """Return the changes to resources of these kinds."""
        return tuple(change for change in self.changes if change.resource.kind in kinds)

    def count(self, action: Action) -> int:
        """Return how many series and pages are created or ended; overrides of single sessions do not count."""
        return sum(change.action is action and change.resource.kind is not Kind.SESSION for change in self.changes)
