"""The team's file as typed values: what a team lead may write, and nothing else.

Field names are the YAML's contract; ``config/README.md`` is their reference, and the line below each field is what
an editor shows of it. Dates and times are naive here and mean the team's time zone.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

from config import meant
from config.cadence import Cadence
from config.needs import NeedSource
from config.outcomes import OutcomesWanted
from config.parts import (
    ChaseRule,
    Count,
    Day,
    Days,
    Duration,
    Email,
    Emails,
    Hours,
    Minutes,
    Name,
    Names,
    NeedIds,
    OneOrMany,
    Part,
    PositiveDuration,
    Reminders,
    SessionMinutes,
    SeveralDays,
    Truth,
    Url,
    WallTime,
    Weekdays,
    WholeDays,
    Word,
    Words,
)
from config.uses import CalendarUse, MailUse, WikiUse
from config.values import DaysBefore, EveryWorkingDays, WorkingHours, shown

MOST_MEMBERS, MOST_SERIES, MOST_FORMATS, MOST_SOURCES = 500, 100, 100, 100
MOST_TOPICS, MOST_DECISIONS, MOST_BLACKOUTS = 5_000, 2_000, 1_000
MOST_ROLES, MOST_AHEAD, MOST_WEIGHED, MOST_COMPARED, MOST_NAMED = 10, 1_500, 100_000, 300_000, 60_000
"""More than that is no one team; what it would take to plan for it holds up others.

``MOST_AHEAD`` sessions are planned at once, and in all of them ``MOST_WEIGHED`` choices made, each member in each role,
and ``MOST_COMPARED``, each topic in each session that takes one. ``MOST_NAMED`` characters, in Markdown, are all names
and e-mails: the page of a session lists everybody twice, and has room for no more.
"""

MESSAGES = "messages"
"""Under which key the validation context has what returns the names of what members can be sent.

Without it any name will do."""


def _known_message(name: str, info: ValidationInfo) -> str:
    told = (info.context or {}).get(MESSAGES)
    if told is None or name in (known := told()):
        return name
    raise PydanticCustomError("literal_error", "expected {expected}", {"expected": ", ".join(map(repr, known))})


MessageName = TypeAliasType("MessageName", Annotated[str, AfterValidator(_known_message)])
"""A kind of message, by its name."""


class MemberHolidays(Part):
    """The public holidays of a member who lives elsewhere than the team."""

    country: Name
    """The country, by its ISO 3166 code, such as DE."""
    subdivision: Name | None = None
    """The state, province or region within the country, by its code, such as BE."""


class Member(Part):
    """A person of the team, identified by e-mail."""

    name: Name
    """The name that others see."""
    email: Email
    """The address that identifies this person; reminders and invitations go there."""
    was: Emails = ()
    """Earlier addresses; turns and history are kept."""
    confluence: Name | None = None
    """The account in Confluence: accountId (Cloud) or username (Data Center)."""
    timezone: Name | None = None
    """The member's own time zone, for working hours; the team's where it is not given."""
    share: Annotated[float, Field(strict=True, gt=0, le=1)] = 1.0
    """The part of a full turn taken by somebody who works part-time: above 0, up to 1."""
    joined: Day | None = None
    """The first day in the team; no turn before it."""
    onboarded: Day | None = None
    """The day on which they had reached what `outcomes` calls onboarding, such as a first on-call."""
    leaves: Day | None = None
    """The last day in the team; no turn after it."""
    away: SeveralDays = ()
    """Dates, or ranges of dates with both ends included, without a turn or a reminder."""
    knows: Words = ()
    """Areas that this member can present a topic of."""
    excused: Words = ()
    """Roles that this member is never given."""
    holidays: MemberHolidays | None = None
    """The member's own public holidays; the team's where they are not given."""
    mute: Annotated[tuple[MessageName, ...], OneOrMany()] = ()
    """What this member does not want to be sent; digest is all of it, thanks leaves them out of the page too."""


class Holidays(MemberHolidays):
    """The team's public holidays, and what becomes of a session that falls on one."""

    then: Literal["skip", "next-working-day"] = "skip"
    """What becomes of a session that falls on a public holiday."""


class Blackout(Part):
    """Days on which no session takes place."""

    dates: Days
    """A date, or a range of dates with both ends included."""
    reason: Name = "blackout"
    """Why; it is shown where the session would have been."""


class Sprint(Part):
    """When the first sprint starts and how long each lasts."""

    starts: Day
    """The first day of any sprint; all others are counted from it."""
    length: WholeDays
    """How long a sprint lasts, in whole days or weeks."""


class Series(Part):
    """A recurring commitment: a cadence, one format or several in turn, minutes."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["format"]}, {"required": ["formats"]}]},
    )

    name: Name
    """What the series is called, in the calendar too."""
    was: Names = ()
    """Earlier names; history, calendar and pages are kept."""
    format: Name | None = None
    """The format of every session; or give `formats`."""
    formats: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """Several formats, which take turns; or give `format`."""
    cadence: Cadence
    """When the series recurs."""
    minutes: SessionMinutes | None = None
    """How long a session lasts, in minutes; the format's own length where it is not given."""
    whiteboard: Url | None = None
    """The series' own whiteboard; the team's where it is not given."""

    @property
    def turns(self) -> tuple[str, ...]:
        """The formats that take turns, by name; one for most series."""
        return self.formats or ((self.format,) if self.format else ())


class Format(Part):
    """A kind of session: who does what in it, how long it may last, what its page looks like.

    ``pairs: true`` puts everybody present into a pair as well. ``topic: false`` leaves the backlog alone.
    """

    name: Name
    """The format's name; that of a built-in format changes the built-in one."""
    roles: Annotated[tuple[Word, ...], Field(min_length=1, max_length=MOST_ROLES), OneOrMany()] | None = None
    """The roles that are given out in each session; a new format has one, facilitator."""
    minutes: Minutes | None = None
    """How long a session may last, in minutes: one number, or the least and the most."""
    template: Name | None = None
    """A Markdown file for the page, by its path from this file's folder."""
    pairs: Truth | None = None
    """Whether everybody present is put into a pair as well."""
    topic: Truth | None = None
    """Whether a session takes a topic from the backlog."""


class Rotation(Part):
    """How turns are given out."""

    rule: Literal["fair-share", "in-order"] = "fair-share"
    """Fair shares over everybody who can serve, or simply one after the other."""
    rest: Annotated[int, Field(strict=True, ge=0, le=50)] = 1
    """Sessions of the same series between two duties of a person, where possible."""
    keep: Duration = timedelta(weeks=2)
    """Sessions so near are not reassigned for a joiner or a changed rule."""
    freeze: Duration = timedelta(hours=24)
    """So near a session, a decline alerts the lead instead of being reassigned."""
    ahead: PositiveDuration = timedelta(weeks=12)
    """How far ahead sessions are planned."""
    volunteers: Duration | None = None
    """How long new turns, beyond `keep`, wait for volunteers before they are given out."""


class BacklogTopic(Part):
    """What a session may be about, and where the need came from."""

    title: Name
    """What it is about; it stands in invitations and page titles."""
    was: Names = ()
    """Earlier titles; history is kept."""
    area: Word | None = None
    """The field it belongs to; areas take turns, and so do those who teach them."""
    why: Annotated[str, Field(max_length=2000)] | None = None
    """Where the need came from."""
    link: Url | None = None
    """Where to read more, or where the need was noticed."""
    owner: Email | None = None
    """The member who brings it, and presents it if they can."""
    votes: Count = 0
    """How many people want it; more votes come first."""
    added: Day | None = None
    """When it was added; older ones come first."""
    whiteboard: Url | None = None
    """The topic's own whiteboard; the series' or team's where it is not given."""
    answers: NeedIds = ()
    """The needs that it answers, by their ids in `peerloop needs`."""


class Decision(BaseModel):
    """The lead's own decision on one session, named by its series and original date.

    Besides the fields below a decision may name any role of the session's format, as ``role: e-mail``.
    """

    mistaken: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("cancelled", "canceled", "cancels", "skip", "skipped", "off", "called_off"), "cancel"),
        **dict.fromkeys(("move", "moved", "moved_to", "moves_to", "moveto", "postpone", "reschedule"), "move_to"),
        **dict.fromkeys(("date", "day", "when", "original"), "on"),
        **dict.fromkeys(("title", "about"), "topic"),
        **dict.fromkeys(("length", "duration"), "minutes"),
    }
    """Keys that are written for others. Any key may be a role, so it would be taken for that."""

    model_config = ConfigDict(
        extra="allow", frozen=True, json_schema_extra={"not": {"required": ["cancel", "move_to"]}}
    )
    __pydantic_extra__: dict[str, Email]

    series: Name
    """The series, by its name."""
    on: Day
    """The session's original date, wherever it has been moved to."""
    topic: Name | None = None
    """The topic, by its title in the backlog."""
    cancel: Name | None = None
    """Cancels the session; the text says why."""
    move_to: WallTime | None = None
    """Moves the session to another date and time, in the team's zone."""
    minutes: SessionMinutes | None = None
    """Another length for this session, in minutes."""
    pairs: tuple[tuple[Email, ...], ...] | None = None
    """The pairs, where the format has pairs: lists of two or three e-mails."""

    @property
    def roles(self) -> dict[str, str]:
        """The members named for roles: role to e-mail."""
        return {role: str(email) for role, email in (self.model_extra or {}).items()}

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, data: Any) -> Any:
        return {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else data

    @field_validator("move_to", mode="before")
    @classmethod
    def _not_a_time_alone(cls, written: object, info: ValidationInfo) -> object:
        on, at = info.data.get("on"), meant.clock(written) if isinstance(written, str) else None
        if at and on:
            raise ValueError(f"{shown(written)} lacks a date; on the same day write it as {on} {at}")
        return written


class Escalation(Part):
    """Who else hears of an action item after how many reminders without an end."""

    after: Reminders = 3
    """After how many reminders somebody else hears of it."""
    to: Annotated[tuple[Literal["facilitator", "lead"], ...], OneOrMany()] = ("facilitator", "lead")
    """Who hears of it, in turn: the session's facilitator, the lead."""


class Chase(Part):
    """How unfinished action items are chased."""

    refused: ClassVar[Mapping[str, str]] = {
        "working_days": "a team has one week for all that counts working days; move it to the top of the file"
    }

    due: Duration = timedelta(days=7)
    """When an item is due that names no date: so long after its session."""
    remind: Annotated[tuple[ChaseRule, ...], OneOrMany()] = (DaysBefore(2), DaysBefore(0), EveryWorkingDays(2))
    """When its assignee is reminded: before, on the day, and every n working days once it is overdue."""
    escalate: Escalation = Escalation()
    """Who else hears of an item that stays open."""
    working_hours: Hours = WorkingHours(time(9), time(17))
    """The part of the day in which a person is written to, in that person's time zone."""


class Recording(Part):
    """Whose consent a recording needs; ``off`` means that nothing is recorded."""

    consent: Literal["everyone", "off"] = "everyone"
    """Whose consent is asked: that of everyone, or off where nothing is recorded."""
    transcripts: Literal["on", "off"] = "off"
    """Whether suggestions are read from a transcript that lies with a session's page."""


class Team(Part):
    """One YAML file: people, series, rules."""

    team: Name
    """The team's name."""
    was: Names = ()
    """Earlier names; history, calendar and pages are kept."""
    timezone: Name
    """The IANA time zone in which every date and time of this file is read, such as Europe/Berlin."""
    lead: Email
    """The team lead, who hears of what needs a person; need not be a member."""
    members: Annotated[tuple[Member, ...], Field(min_length=1, max_length=MOST_MEMBERS)]
    """The people of the team."""
    holidays: Holidays | None = None
    """The public holidays of the team's place; none where it is not given."""
    blackouts: Annotated[tuple[Blackout, ...], Field(max_length=MOST_BLACKOUTS)] = ()
    """Days on which no session takes place."""
    working_days: Weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    """The days of the week on which the team works: sprints count them, and mail goes out on them."""
    sprint: Sprint | None = None
    """When sprints start and how long they last, for a cadence of every sprint."""
    series: Annotated[tuple[Series, ...], Field(max_length=MOST_SERIES)]
    """The recurring sessions; an empty list ends the team for good."""
    formats: Annotated[tuple[Format, ...], Field(max_length=MOST_FORMATS)] = ()
    """The team's own formats, and changes to the four built in."""
    rotation: Rotation = Rotation()
    """How turns are given out."""
    topics: Annotated[tuple[BacklogTopic, ...], Field(max_length=MOST_TOPICS)] = ()
    """The backlog that sessions take their topic from."""
    needs: Annotated[tuple[NeedSource, ...], Field(max_length=MOST_SOURCES)] = ()
    """Where knowledge gaps come from, besides the team's own pages."""
    declined: NeedIds = ()
    """The needs that become no topic, by their ids in `peerloop needs`."""
    sessions: Annotated[tuple[Decision, ...], Field(max_length=MOST_DECISIONS)] = ()
    """The lead's own decisions on single sessions; they win over the rotation."""
    calendar: CalendarUse = CalendarUse()
    """Which calendar the sessions are kept in."""
    wiki: WikiUse = WikiUse()
    """Which wiki the pages are kept in."""
    mail: MailUse = MailUse()
    """Which account mail is sent from."""
    chase: Chase = Chase()
    """How unfinished action items are chased."""
    recording: Recording = Recording()
    """Whose consent a recording needs."""
    pulse: Literal["on", "off"] = "off"
    """Whether those who were at a session are asked, without a name, if it was worth their time."""
    outcomes: OutcomesWanted | None = None
    """How it is measured whether the programme helps."""
    whiteboard: Url | None = None
    """The team's whiteboard; a series or a topic may name its own."""
