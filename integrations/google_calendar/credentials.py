"""Who peerloop is for Google: a service account, a person who has signed in, or the machine's own account."""

import json
import re
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from config.secret import SecretMissing
from daemon.ports import PortError, Refused, Unavailable
from integrations.google_calendar import faults
from integrations.google_calendar.connection import GoogleCalendar
from integrations.google_calendar.faults import SIGN_IN_AGAIN
from integrations.unreached import why_unreached

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.auth.exceptions import GoogleAuthError

EVENTS = "https://www.googleapis.com/auth/calendar.events"
FREE_BUSY = "https://www.googleapis.com/auth/calendar.events.freebusy"
_OUT_OF_TIME = re.compile("short-lived token|reasonable timeframe|used too early|iat and exp", re.IGNORECASE)
"""What Google says of a sign-in that is not of this time."""
_TOKENS = "https://oauth2.googleapis.com/token"
_OF_THE_LIBRARY = re.compile("The (credentials|refresh)|User credential|domain wide|Reauthentication")
"""How the sentences begin that Google's library has of its own for credentials; all others are what was answered."""
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])[:/]")


def credentials(connection: GoogleCalendar, name: str, scope: str) -> "Credentials":
    """Return the credentials of a connection, called ``name``, for one scope.

    Raises:
        Refused: they are not there, or no credentials.
    """
    if connection.credentials is None:
        return _without_secret(connection, name, scope)
    try:
        info = json.loads(connection.credentials.reveal())
    except SecretMissing as missing:
        raise Refused(f"The connection “{name}” has no credentials: {missing}.") from None
    except ValueError:
        info = None
    try:
        return _from(info, connection.subject, scope)
    except (ValueError, KeyError, TypeError, AttributeError):  # its text may hold parts of the key
        raise Refused(
            f"The credentials of the connection “{name}”, {connection.credentials}, are neither the key of a service "
            "account nor the token of `peerloop auth google`. Put the whole JSON file there, unchanged."
        ) from None


def _from(info: Any, subject: str | None, scope: str) -> "Credentials":
    """Return the credentials that a JSON holds; ValueError, KeyError, TypeError or AttributeError where it does not."""
    if info.get("type") == "service_account":
        from google.oauth2 import service_account

        found: Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            info, scopes=[scope], subject=subject
        )
        return found
    if subject:
        raise Refused(
            f"subject: {subject} needs the key of a service account; with a person's own token, delete subject from "
            "peerloop.yaml."
        )
    from google.oauth2.credentials import Credentials as OfPerson

    return OfPerson(  # type: ignore[no-untyped-call]
        token=None,
        refresh_token=info["refresh_token"],
        token_uri=info.get("token_uri", _TOKENS),
        client_id=info["client_id"],
        client_secret=info["client_secret"],
    )


def _without_secret(connection: GoogleCalendar, name: str, scope: str) -> "Credentials":
    import google.auth
    from google.auth.credentials import AnonymousCredentials
    from google.auth.exceptions import GoogleAuthError

    if _LOOPBACK.match(connection.api_endpoint or ""):
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    try:
        found: Credentials = google.auth.default(scopes=[scope])[0]
    except GoogleAuthError:
        raise Refused(
            f"The connection “{name}” names no credentials, and this machine has none of its own. Name them in "
            "peerloop.yaml, as credentials: file:/path/to/google.json"
        ) from None
    return found.with_subject(connection.subject) if connection.subject and hasattr(found, "with_subject") else found


def check_installed(name: str) -> None:
    """Look whether Google's libraries are there, without loading them.

    Raises:
        Refused: they are not.
    """
    if not all(map(find_spec, ("googleapiclient", "google_auth_oauthlib"))):
        raise Refused(
            f"The connection “{name}” needs Google's libraries, and they are not installed here. Install peerloop with "
            "them: pip install '.[google]' in its folder."
        )


def of_sign_in(error: "GoogleAuthError", connection: GoogleCalendar, name: str) -> PortError:
    """Return what a failed sign-in means, in words; ``error`` is Google's.

    Only what Google itself says against it, as JSON with a code, is held against a sign-in: anything else is a network,
    a proxy or a Google that is out of order for a while.
    """
    from google.auth.exceptions import InvalidValue, RefreshError, TransportError

    body = next((part for part in error.args if isinstance(part, dict)), None)
    said, code = faults.answered(body or str(error)), faults.code_of(body)
    if isinstance(error, TransportError):
        why = why_unreached(error)
        unreached = f"Google's sign-in was not reached for the connection “{name}”{why and f' ({why})'}"
        return Unavailable(f"{unreached}; the next pass tries again.")
    if _OUT_OF_TIME.search(said):
        return Refused(
            f"Google does not accept the sign-in of the connection “{name}”, for the clock of this machine seems to be "
            f"wrong: it says {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. Set it right, best by NTP. Google says: {said}."
        )
    is_elses = type(error) is RefreshError and not code and not _OF_THE_LIBRARY.match(str(error))
    is_none = isinstance(error, InvalidValue)  # such as a number in the place of a token
    if error.retryable or is_elses or is_none:
        return Unavailable(
            f"Google's sign-in is out of order for the connection “{name}”, or a proxy answers for it: {said}. The "
            "next pass tries again."
        )
    if code in faults.SIGN_IN_MENDS:
        return Refused(f"Google refuses the sign-in of the connection “{name}”: {said}. {faults.SIGN_IN_MENDS[code]}.")
    if code in ("unauthorized_client", "access_denied", "invalid_scope"):
        return Refused(f"{_may_not_act(connection, name)}: {said}. {_delegate(connection)}.")
    if connection.subject and code == "invalid_grant":
        return Refused(
            f"Google does not let the connection “{name}” act for {connection.subject}: {said}. There may be no such "
            "person in the domain, or the key was withdrawn. Correct subject in peerloop.yaml, or give it a new key."
        )
    return Refused(
        f"The sign-in of the connection “{name}” does not hold any more: {said}. {SIGN_IN_AGAIN}. If it keeps dying "
        "after a week, publish the consent screen of the Google project: in “Testing”, Google ends every sign-in after "
        "7 days."
    )


def _may_not_act(connection: GoogleCalendar, name: str) -> str:
    if connection.subject:
        return f"The service account of the connection “{name}” may not act for {connection.subject}"
    return f"The connection “{name}” may not do what peerloop needs"


def _delegate(connection: GoogleCalendar) -> str:
    if not connection.subject:
        return f"{SIGN_IN_AGAIN}, and let an administrator of the domain allow it where the domain decides that"
    return (
        "Let an administrator of the domain allow its client id domain-wide delegation (Admin console, Security, API "
        f"controls) with the scopes {EVENTS} and {FREE_BUSY}"
    )
