"""Resources: what calendar and wiki are to show, how it is compared, and the mark by which it is ours."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote, unquote

Fingerprint = Mapping[str, str]
"""Of each field of a resource, a short digest of its value: enough to see who changed what."""


class Kind(StrEnum):
    """What a resource is."""

    SERIES = "series"
    SESSION = "session"
    PAGE = "page"


PORTS: Mapping[str, frozenset[Kind]] = {
    "calendar": frozenset({Kind.SERIES, Kind.SESSION}),
    "wiki": frozenset({Kind.PAGE}),
}
"""Which kinds of resource each port shows."""


@dataclass(frozen=True, slots=True)
class SeriesEvent:
    """A recurring event: one cadence of one series, from ``starts`` (wall time of the first instance) on.

    ``until`` (wall time) is said of a series that has ended: it has no instance after it; where there is none before it
    either, the event is to be removed. ``guests`` maps e-mail to name.
    """

    key: str
    starts: datetime
    zone: str
    minutes: int
    rrule: str
    summary: str
    description: str = ""
    guests: Mapping[str, str] = field(default_factory=dict)
    until: datetime | None = None
    kind: Kind = Kind.SERIES

    @property
    def content(self) -> dict[str, object]:
        """What is compared, field by field; of a series that has ended only when it did.

        Guests are compared apart, for people may add their own.
        """
        if self.until is not None:
            return {"until": self.until}
        return {
            "when": (self.starts, self.zone, _rule_parts(self.rrule)),
            "until": self.until,
            "minutes": self.minutes,
            "summary": self.summary,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One instance of a series where it differs from the rule: who, what about, when else, or called off.

    ``event`` is the key of its SeriesEvent and ``recurrence_id`` the instance's wall time in the zone of that series.
    ``page`` is the key of the page to link: the writer appends its address to the description once it is known.
    """

    key: str
    event: str
    recurrence_id: datetime
    zone: str
    starts_at: datetime
    minutes: int
    summary: str
    description: str = ""
    cancelled: bool = False
    page: str | None = None
    kind: Kind = Kind.SESSION

    @property
    def content(self) -> dict[str, object]:
        """What is compared, field by field; of a session that is called off only that it is."""
        if self.cancelled:
            return {"cancelled": True}
        return {
            "cancelled": False,
            "when": (self.starts_at, self.minutes),
            "summary": self.summary,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class Bar:
    """What a chart shows of one person: what they took, and what was due to them."""

    label: str
    taken: float
    due: float


CHART = "turns.png"
"""The name under which a region shows its page's chart, as a Markdown image whose text says all that is in it."""


SUGGESTED, ACCEPTED = "Suggestions from the transcript", "Action items from the transcript"
CAN_YOU = "Can you do it now?"
BOXED = frozenset({SUGGESTED, ACCEPTED, CAN_YOU})
"""The titles of the lists in a region whose boxes people tick: to accept a suggestion, for what is done, to answer."""
_TICK = re.compile(r"^- \[[^\[\]\n]\] ", re.M)


def unticked(region: str) -> str:
    """Return a region as it is while nobody has ticked a box in it: a tick is no edit."""
    return _TICK.sub("- [ ] ", region)


@dataclass(frozen=True, slots=True)
class Page:
    """What the wiki shows of a session, or of the programme.

    ``region`` is ours to write; ``body`` is only ever what a new page starts with; both are Markdown. ``name`` is a
    file-like name derived from the key, for wikis whose addresses are chosen; ``year`` is what it is filed under, if
    anything. A new page gets the ``labels``, and ``values`` are what a wiki's own template may show, by name.
    """

    key: str
    name: str
    title: str
    region: str
    body: str
    year: int | None = None
    labels: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    chart: tuple[Bar, ...] = ()
    kind: Kind = Kind.PAGE

    @property
    def content(self) -> dict[str, object]:
        """What is compared, field by field; the body and the boxes belong to people from the moment they exist."""
        return {"title": self.title, "region": unticked(self.region)}


Resource = SeriesEvent | SessionEvent | Page
Event = SeriesEvent | SessionEvent


def fingerprint(content: Mapping[str, object]) -> Fingerprint:
    """Return the digest of each value by its meaning: instants in UTC, text without trailing or doubled blanks."""
    return {name: _digest(value) for name, value in content.items()}


def _digest(value: object) -> str:
    return hashlib.sha256(_meaning(value).encode("utf-8", "replace")).hexdigest()[:10]


def _meaning(value: object) -> str:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, tuple):
        return "\x1f".join(map(_meaning, value))
    if isinstance(value, str):
        return "\n".join(" ".join(line.split()) for line in value.translate(UNSEEN).splitlines()).strip()
    return repr(value)


def _rule_parts(rrule: str) -> tuple[str, ...]:
    """Return what an RRULE means: its parts and their values in any order, what is so by default left out."""
    parts = (part.partition("=") for part in rrule.upper().split(";"))
    said = sorted(f"{name}={','.join(sorted(value.split(',')))}" for name, _, value in parts)
    return tuple(part for part in said if part not in BY_DEFAULT and not part.startswith("UNTIL="))


BY_DEFAULT = ("INTERVAL=1", "WKST=MO")
"""What a recurrence rule means without saying so (RFC 5545, section 3.3.10)."""
UNSEEN = dict.fromkeys((*range(9), *range(14, 28), 127))
"""Control characters, which calendars cannot hold and nobody sees."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What makes a resource ours: its key, the fingerprint of what was applied, and the roles in short form.

    As text: ``KEY field=digest,… role=e-mail,…``, each part percent-encoded, so that it fits one line anywhere.
    Besides the roles ``roles`` holds the topic, format and pairs: enough to rebuild a lost ledger.
    """

    key: str
    applied: Fingerprint
    roles: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join((_quoted(self.key), _pairs_text(self.applied), _pairs_text(self.roles)))

    @staticmethod
    @lru_cache(maxsize=4096)
    def parse(text: str) -> "Mark | None":
        """Return the mark that ``text`` is, or None where it is none."""
        parts = text.split(" ")
        if len(parts) != 3 or not parts[0]:
            return None
        return Mark(unquote(parts[0]), _pairs(parts[1]), _pairs(parts[2]))


def _quoted(text: str) -> str:
    return quote(text, safe="/:@+")


def _pairs_text(pairs: Mapping[str, str]) -> str:
    return ",".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs.items()) or "-"


def _pairs(text: str) -> dict[str, str]:
    halves = (pair.partition("=") for pair in text.split(",") if "=" in pair)
    return {unquote(name): unquote(value) for name, _, value in halves}


def shown_by(event: Event, mark: Mark | None) -> Fingerprint:
    """Return the fingerprint of what a calendar shows; a series that a person ended, not we, still says the rest."""
    shown = fingerprint(event.content)
    if not isinstance(event, SeriesEvent) or event.until is None or (mark and mark.applied.keys() == {"until"}):
        return shown
    return {**fingerprint(replace(event, until=None).content), **shown}
