"""What an operator may write for a Google account."""

from collections.abc import Iterator
from typing import Literal

from config.connection import Purpose, Remote, open_over_http
from config.faults import Problem
from config.parts import Email
from config.places import Endpoint
from config.secret import SecretPlace
from config.team import Team


class GoogleCalendar(Remote):
    """A Google account for calendars."""

    serves = ("calendar",)

    kind: Literal["google-calendar"]
    """An account of Google Calendar."""
    credentials: SecretPlace | None = None
    """A service account's key or an authorised user's token; without it, the machine's own account."""
    subject: Email | None = None
    """The person in whose name a service account acts (domain-wide delegation)."""
    api_endpoint: Endpoint | None = None
    """Another address of the API."""

    def open_to(self) -> str | None:
        """Return the host of another address of the API that is not encrypted."""
        return open_over_http(self.api_endpoint)

    def misuse(self, purpose: Purpose, team: Team) -> Iterator[Problem]:
        """Yield that it is not known which calendar a team means."""
        if team.calendar.id is None:
            advice = "add id, as the calendar's settings show"
            yield Problem(("calendar",), f"Google Calendar needs to know which calendar; {advice}")

    def remarks(self, purpose: Purpose, team: Team) -> Iterator[Problem]:
        """Yield what Google does for as many guests as a team has."""
        if len(team.members) > MOST_TOLD:
            text = (
                f"a session has {len(team.members)} guests; above {MOST_TOLD}, Google no longer passes answers on to "
                "the guests' own calendars, so who declined shows in the team's calendar alone"
            )
            yield Problem(("members",), text)


MOST_TOLD = 200
"""How many guests an event may have so that each sees what the others answered."""
CONNECTIONS = (GoogleCalendar,)
