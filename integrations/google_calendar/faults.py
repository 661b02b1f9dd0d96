"""What Google answers when something is wrong, in words for the people who can mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from daemon.ports import PortError, Refused, Unavailable
from integrations.formats.web_page import said_in

Json = dict[str, Any]

TOO_LONG = "answerTooLong"
"""Our own reason, for an answer that was not read to its end."""
SIGN_IN_AGAIN = "Sign in again with `peerloop auth google`, or give it a new key"
_SLOW_DOWN = ("rateLimitExceeded", "userRateLimitExceeded")
_OUT_OF_QUOTA = ("quotaExceeded", "dailyLimitExceeded")
_MENDS: Mapping[str, str] = {
    "forbiddenForServiceAccounts": (
        "the service account may not invite guests, for it acts for nobody. Let an administrator of the domain allow "
        "it domain-wide delegation (Admin console, Security, API controls), and name the organiser as subject in "
        "peerloop.yaml"
    ),
    "insufficientPermissions": "the sign-in does not cover what is needed. " + SIGN_IN_AGAIN + ", with both scopes",
    "accessNotConfigured": (
        "the Google Calendar API is switched off in the Google project. Switch it on there (APIs and services, Library)"
    ),
    "requiredAccessLevel": (
        "the account may look at the calendar but not change it. In the calendar's settings, share it with the account "
        "with the right to make changes to events"
    ),
}
"""By Google's reason, what keeps the whole connection from working, and how to mend it."""

SIGN_IN_MENDS: Mapping[str, str] = {
    "admin_policy_enforced": (
        "An administrator of the domain has kept the OAuth client from it: let them trust its client id (Admin "
        "console, Security, API controls, App access control)"
    ),
    "deleted_client": (
        "The OAuth client was deleted. Restore it in the Google project within 30 days, or make another one and sign "
        "in with its file: `peerloop auth google --client FILE`"
    ),
    "disabled_client": "The OAuth client is switched off in the Google project: switch it on, or make another one",
    "invalid_client": (
        "The client's secret is another one now, or the client is not there any more. Download its file anew, and sign "
        "in with it: `peerloop auth google --client FILE`"
    ),
    "org_internal": "The OAuth client is for people of its own organisation only: sign in as one of them",
}
"""By the code of a refused sign-in (RFC 6749, section 5.2, and Google's own), how to mend it, whosever it is."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Google answered to one call: the HTTP status, 0 where none came, with what it means.

    ``reason`` is Google's word for a failure, ``message`` its sentence, ``field`` what it is about, and
    ``retry_after`` after how many seconds it wants to be asked again.
    """

    status: int
    body: Json = field(default_factory=dict)
    reason: str = ""
    message: str = ""
    field: str = ""
    retry_after: float = 0

    @property
    def done(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300

    @property
    def busy(self) -> bool:
        """Whether it was not done because there were too many calls."""
        return self.status == 429 or (self.status == 403 and self.reason in _SLOW_DOWN)

    @property
    def unknown(self) -> bool:
        """Whether nobody knows if it was done: also where something else than Google answered, such as a proxy."""
        return self.status in (0, 408) or self.status >= 500

    @property
    def too_long(self) -> bool:
        """Whether there was more of it than is read."""
        return self.reason == TOO_LONG

    @property
    def missing(self) -> bool:
        """Whether what it is about is not there, or not any more."""
        return self.status in (404, 410)

    @property
    def refuses_meet(self) -> bool:
        """Whether the calendar may have no Meet links."""
        return self.status == 400 and "conference type" in self.message.lower()

    @property
    def out_of_quota(self) -> bool:
        """Whether Google will refuse this account for hours."""
        return self.status == 403 and self.reason in _OUT_OF_QUOTA


def answered(told: Json | str) -> str:
    """Return what was answered to a sign-in, on one line: Google's sentence with its code, or what somebody else said.

    Of a web page only its title is told.
    """
    if isinstance(told, dict):
        code, error = code_of(told), told.get("error")
        said = told.get("error_description") or (error.get("message") if isinstance(error, dict) else "")
        return f"{one_line(str(said or 'no reason was given'))}{f' ({code})' if code else ''}"
    if told.lstrip().startswith("<"):
        title = said_in(told, "title")
        return "a web page was answered" if title is None else f"a web page was answered, “{one_line(title)}”"
    return one_line(told) or "nothing was answered"


def code_of(told: Json | None) -> str:
    """Return the code with which Google refuses a sign-in; nothing where it is not Google that says so."""
    code = (told or {}).get("error")
    return code if isinstance(code, str) else ""


def one_line(text: str) -> str:
    """Return what somebody answered as one line that fits into a message, without the full stop at its end."""
    return " ".join(text[:20_000].split()).rstrip(".")[:300]


def of_connection(answer: Answer, connection: str) -> PortError | None:
    """Return the error that every other call would meet as well, or None where it is about this call alone."""
    said = f" (“{one_line(answer.message)}”)" if answer.message else ""
    if answer.status == 401:
        return Refused(f"Google does not accept the sign-in of the connection “{connection}”{said}. {SIGN_IN_AGAIN}.")
    if answer.status == 403 and answer.reason in _MENDS:
        return Refused(f"Google refuses the connection “{connection}”{said}: {_MENDS[answer.reason]}.")
    return None


def out_of_quota(connection: str, until: str, reads: bool = False) -> Unavailable:
    """Return the error of a connection that Google has stopped for hours; ``reads`` says that it may still look."""
    meanwhile = " Meanwhile it reads what people do in the calendar." if reads else ""
    return Unavailable(
        f"Google has stopped the connection “{connection}”, which has made too many invitations or events "
        f"(quotaExceeded). Nothing is lost; peerloop writes nothing until {until} and then goes on by itself."
        f"{meanwhile}"
    )


def of_calendar(answer: Answer, calendar: str, connection: str) -> PortError:
    """Return the error of a calendar that could not be read."""
    if answer.missing:
        return Refused(
            f"Google knows no calendar “{calendar}”, or does not show it to the connection “{connection}”. Copy the "
            "calendar's id from its settings (Integrate calendar), and share the calendar with the account."
        )
    if answer.busy or answer.unknown:
        why = f"was not reached: {_why(answer)}. The next pass tries again."
        return Unavailable(f"The calendar “{calendar}” {why}", to_all=f"Google Calendar {why}")
    return Refused(f"Google refuses to show the calendar “{calendar}”: {_why(answer)}.")


def of_free_busy(answer: Answer, connection: str) -> PortError:
    """Return the error of free and busy times that could not be read."""
    if answer.busy or answer.unknown:
        return Unavailable(f"Free and busy times were not told: {_why(answer)}.")
    return Refused(f"Google refuses to tell the connection “{connection}” free and busy times: {_why(answer)}.")


def of_event(answer: Answer, name: str) -> str:
    """Return why an event could not be written, as a sentence; ``name`` is what people call it."""
    if answer.missing:
        return f"“{name}” is not in the calendar any more; the next pass looks again."
    if answer.busy or answer.unknown:
        return f"“{name}” may not have been written: {_why(answer)}. The next pass looks and tries again."
    if answer.reason == "forbiddenForNonOrganizer":
        return (
            f"“{name}” belongs to another organiser, so this connection may not change it. Let the connection act for "
            "the organiser, as subject in peerloop.yaml, or let the organiser delete the event."
        )
    if answer.status == 403 and answer.reason == "forbidden":
        return (
            f"Google does not let “{name}” be changed or brought back ({_why(answer)}). Restore it in the calendar's "
            "bin, or check that the account may make changes to the calendar."
        )
    return f"Google refuses “{name}”: {_why(answer)}. Nothing of it was changed."


def took_no_change(name: str) -> str:
    """Return the sentence for a change that Google accepted and did not make, as it does for other organisers'."""
    return (
        f"Google took the change of “{name}” and made none of it: the event seems to belong to another organiser. Let "
        "the connection act for the organiser, as subject in peerloop.yaml, or let the organiser delete the event."
    )


def no_meet() -> str:
    """Return the sentence for a calendar that may have no Meet links."""
    return (
        "The calendar allows no Meet links, so series are made without them. Take meet: true out of the team's file, "
        "or let an administrator of the domain allow Meet for the calendar."
    )


def no_such_date(name: str, date: datetime) -> str:
    """Return the sentence for a session on a date that its series does not have."""
    return (
        f"“{name}” cannot be shown: its series in the calendar has no {date:%Y-%m-%d %H:%M} any more. Somebody ended "
        "or changed the series there; let it go on there, or change its cadence in the team's file."
    )


def outrun(name: str) -> str:
    """Return the sentence for a write that met something else than what was observed: a list may be behind, too."""
    other = "somebody changed it at the same moment, or Google's list of events is behind"
    return f"“{name}” is not any more as the calendar showed it: {other}; the next pass looks again."


def _why(answer: Answer) -> str:
    if answer.busy:
        return "Google asks for fewer calls"
    said = one_line(answer.message)
    about = f" in “{answer.field}”" if answer.field else ""
    code = " ".join(filter(None, (str(answer.status or ""), answer.reason)))
    return f"{said or 'no usable answer came'}{about}{f' ({code})' if code else ''}"
