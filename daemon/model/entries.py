"""Entries of the log: one for each thing that was written to calendar and wiki, for whoever has to account for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Facts = Mapping[str, str]
"""What is so, by what it is about: ``facilitator`` is an e-mail, ``topic`` a title, ``when`` a moment."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A write of the resource ``key``: ``what`` was done, ``why``, and how what it is about was before and is after it.

    ``asked`` is whose doing it is: an e-mail, or in words where no single person asked. ``by`` names the pass.
    """

    key: str
    what: str
    why: str
    asked: str
    by: str
    at: datetime
    fields: tuple[str, ...] = ()
    """Which fields of it were written; none where it was made."""
    before: Facts = field(default_factory=dict)
    after: Facts = field(default_factory=dict)
