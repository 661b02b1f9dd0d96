"""What files of other tools say of a team, as a file to start from; what cannot be taken is told, line by line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from config.values import CONTROL

MEETING = "meeting"
PARTS = re.compile(r"^(?:members|series|formats|sessions):", re.M)
"""Before what an empty line stands."""
UNQUOTED = re.compile(r"'(on|\d{4}-\d\d-\d\d)'")
"""What YAML 1.2 reads as text, or as a date, without quotes too."""
STAND_INS = {
    "members": {"name": "Ada Lovelace", "email": "ada@example.com"},
    "series": {"name": "Lunch & Learn", "format": "lunch-and-learn"}
    | {"cadence": {"every": "week", "on": "thursday", "at": "12:15"}},
}
"""What stands where a file says nothing: a team has somebody, and something that recurs."""


@dataclass
class Found:
    """What was found in files of other tools so far, and what of it cannot be taken."""

    team: str = ""
    timezone: str = ""
    lead: str = ""
    members: list[dict[str, Any]] = field(default_factory=list)
    series: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[dict[str, Any]] = field(default_factory=list)
    lengths: set[int] = field(default_factory=set)
    """How long the sessions are that fit no format built in."""
    left: list[str] = field(default_factory=list)
    """What could not be taken, and why, a line each."""

    def add_member(self, member: dict[str, Any]) -> None:
        """Add somebody, once."""
        known = {one["email"].lower() for one in self.members}
        if member["email"].lower() not in known:
            self.members.append(member)

    def add_series(self, name: str, cadence: dict[str, Any], minutes: int, left_out: Sequence[date]) -> None:
        """Add something that recurs, of so many minutes, and the dates on which it does not take place."""
        taken, known = name, {one["name"] for one in self.series}
        while taken in known:
            taken = f"{taken} again"
        form = "lunch-and-learn" if 30 <= minutes <= 60 else "deep-dive" if 90 <= minutes <= 120 else MEETING
        self.lengths |= {minutes} if form == MEETING else set()
        self.series.append({"name": taken, "format": form, "cadence": cadence, "minutes": minutes})
        entries = ({"series": taken, "on": str(day), "cancel": "left out where this came from"} for day in left_out)
        self.sessions += entries

    def leave(self, what: str, why: str) -> None:
        """Say that something cannot be taken."""
        self.left.append(f"{CONTROL.sub(' ', what)}: {why}")

    def text(self, files: Sequence[Path]) -> str:
        """Return it as a team's file, with what could not be taken at its end."""
        import yaml

        head = f"# Made by `peerloop init` of {', '.join(CONTROL.sub(' ', path.name) for path in files)}.\n"
        shown = yaml.safe_dump(self._content(), allow_unicode=True, sort_keys=False, default_flow_style=None, width=200)
        shown = UNQUOTED.sub(r"\1", PARTS.sub(r"\n\g<0>", shown))
        left = ["# Not taken:", *(f"# - {one}" for one in self.left)] if self.left else []
        return "\n".join([head, shown, *left, *([""] if left else [])])

    def _content(self) -> dict[str, Any]:
        self._stand_in()
        content: dict[str, Any] = {"team": self.team, "timezone": self.timezone, "lead": self.lead}
        content |= {"members": self.members, "series": self.series}
        if self.lengths:
            span = f"{min(self.lengths)}..{max(self.lengths)}"
            content["formats"] = [{"name": MEETING, "roles": ["facilitator"], "minutes": span, "topic": False}]
        return content | ({"sessions": self.sessions} if self.sessions else {})

    def _stand_in(self) -> None:
        """Write something where a team's file needs it, and say that it is to be replaced."""
        for key, value in STAND_INS.items():
            if not getattr(self, key):
                getattr(self, key).append(value)
                self.leave(key, "none was found; the one that stands there is an example, to be replaced")
        if not self.timezone:
            self.timezone = "UTC"
            self.leave("timezone", "none was found; write the team's in place of UTC")
        if not self.lead:
            self.lead = self.members[0]["email"]
            self.leave("lead", "nobody is said to lead; the first member stands there")
        self.team = self.team or "My team"


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def cadence_of(rule: str, starts: datetime) -> dict[str, Any]:
    """Return a cadence that follows a rule of iCalendar: in words where it is weekly, else as it is."""
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";"))
    days = [day for day in parts.get("BYDAY", "").split(",") if day]
    places = [next((number for number, name in enumerate(WEEKDAYS) if name[:2].upper() == day), -1) for day in days]
    begins = {"at": f"{starts:%H:%M}", "starts": str(starts.date())}
    if parts.get("FREQ") == "WEEKLY" and parts.keys() <= {"FREQ", "INTERVAL", "BYDAY", "WKST"} and -1 not in places:
        on = [WEEKDAYS[place] for place in places] or [WEEKDAYS[starts.weekday()]]
        every = "week" if parts.get("INTERVAL", "1") == "1" else f"{parts['INTERVAL']} weeks"
        return {"every": every, "on": on[0] if len(on) == 1 else on, **begins}
    return {"rrule": rule, **begins}


def in_week(parity: int, weekday: int, since: date) -> date:
    """Return the first day from a date on that has this weekday, in a week of ISO's with an odd or an even number."""
    days: Iterator[date] = (since + timedelta(days=n) for n in range(15))
    return next(day for day in days if day.weekday() == weekday and day.isocalendar().week % 2 == parity)
