"""When a series recurs, as a team lead may write it. Dates and times are naive and mean the team's time zone."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag
from pydantic.config import JsonDict

from config import meant
from config.parts import DAY_NAMES, ORDINALS, Day, EveryMonth, EveryWeek, Part, TimeOfDay, Weekdays, written
from config.values import shown


def _nth_weekday(text: str) -> str:
    ordinal, _, day = text.partition(" ")
    if ordinal not in ORDINALS or day not in DAY_NAMES:
        right = meant.weekday_of_month(text, ORDINALS, DAY_NAMES)
        advice = f"did you mean {right}?" if right else "write first tuesday, last friday, and so on"
        raise ValueError(f"{shown(text)} is not a day of a month; {advice}")
    return text


NthWeekday = Annotated[str, *written(_nth_weekday, f"({'|'.join(ORDINALS)}) ({'|'.join(DAY_NAMES)})", "first tuesday")]
_STARTS_IF_SEVERAL: JsonDict = {
    "if": {"properties": {"every": {"pattern": "^(0?[2-9]|[1-9][0-9]) "}}, "required": ["every"]},
    "then": {"required": ["starts"]},
}


class WeeklyCadence(Part):
    """Every week, or every n weeks, on one weekday or several."""

    model_config = ConfigDict(json_schema_extra=_STARTS_IF_SEVERAL)

    every: EveryWeek
    """How often: week, or 2 weeks, 3 weeks and so on."""
    on: Weekdays
    """The weekday, or a list of weekdays."""
    at: TimeOfDay
    """The time of day at which a session starts, in the team's zone."""
    starts: Day | None = None
    """No session before this date; with every n weeks, its week is the first."""

    @property
    def interval(self) -> int:
        """Weeks from one recurrence to the next."""
        return 1 if self.every == "week" else int(self.every.split()[0])


class MonthlyCadence(Part):
    """Every month, or every n months, on the nth or last weekday."""

    model_config = ConfigDict(json_schema_extra=_STARTS_IF_SEVERAL)

    every: EveryMonth
    """How often: month, or 2 months, 3 months and so on."""
    on: NthWeekday
    """Which weekday of the month: first to fifth, or last; a month without a fifth has no session."""
    at: TimeOfDay
    """The time of day at which a session starts, in the team's zone."""
    starts: Day | None = None
    """No session before this date; with every n months, its month is the first."""

    @property
    def interval(self) -> int:
        """Months from one recurrence to the next."""
        return 1 if self.every == "month" else int(self.every.split()[0])


class SprintCadence(Part):
    """A given working day of every sprint; day 1 is the sprint's first working day."""

    every: Literal["sprint"]
    """Once in every sprint; the team's `sprint` says when those are."""
    day: Annotated[int, Field(strict=True, ge=1, le=60)]
    """Which working day of the sprint; 1 is its first."""
    at: TimeOfDay
    """The time of day at which a session starts, in the team's zone."""
    starts: Day | None = None
    """No session before this date."""


class RuleCadence(Part):
    """Any recurrence rule of RFC 5545, section 3.3.10, without DTSTART."""

    rrule: Annotated[str, Field(min_length=1, max_length=500)]
    """A recurrence rule of RFC 5545, such as FREQ=MONTHLY;BYDAY=-1FR."""
    at: TimeOfDay
    """The time of day at which a session starts, in the team's zone."""
    starts: Day | None = None
    """No session before this date; the rule is counted from it."""


def _cadence_kind(value: object) -> str:
    """Return the tag of the cadence that is meant; the tags have blanks so that none of them can be a key."""
    if isinstance(value, dict):
        every = "rule" if "rrule" in value else str(value.get("every") or "week")
    else:
        every = getattr(value, "every", "rule")
    return f"by {(every.split() or ['week'])[-1].rstrip('s')}"


Cadence = Annotated[
    Annotated[WeeklyCadence, Tag("by week")]
    | Annotated[MonthlyCadence, Tag("by month")]
    | Annotated[SprintCadence, Tag("by sprint")]
    | Annotated[RuleCadence, Tag("by rule")],
    Discriminator(_cadence_kind),
]
