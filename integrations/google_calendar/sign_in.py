"""A person signs in with their browser, and the file that the connection names holds their token from then on.

The flow is that of an installed application, with PKCE (RFC 8252): the browser brings Google's answer to a port of this
machine that nobody else reaches.
"""

import json
import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stdout
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, Any, TextIO

from daemon.ports import PortError, Refused, Unavailable
from integrations.bounded import TooLong
from integrations.google_calendar.connection import GoogleCalendar
from integrations.google_calendar.credentials import EVENTS, FREE_BUSY, check_installed
from integrations.google_calendar.faults import SIGN_IN_MENDS, Json, answered, code_of, one_line
from integrations.unreached import why_unreached

if TYPE_CHECKING:
    from google.oauth2.credentials import Credentials

_NEEDED = ("client_id", "client_secret", "auth_uri", "token_uri")
_VISIT = "Open this address in the browser of this machine, and allow both of what is asked for:\n{url}"
_THANKS = "peerloop has its answer: look at the terminal. This window may be closed."
_DOWNLOAD = "in the Google project (APIs and services, Credentials), make an OAuth client id of the kind Desktop app"


def sign_in(connection: GoogleCalendar, name: str, client: Path, timeout: int, browser: bool) -> Path:
    """Let a person sign in within ``timeout`` seconds; return the file that holds their token from now on.

    ``client`` is the file of the OAuth client, as Google gives it. Without ``browser`` none is opened here.

    Raises:
        ValueError: the connection, or the client's file, is not fit for it.
        Refused, Unavailable: nobody has signed in; a token that was there before stays.
    """
    check_installed(name)
    told, file = _client(client), _place(connection, name)
    with _in_place_of(file) as fresh:
        fresh.write(_signed_in(told, timeout, browser).to_json(strip=["token", "expiry"]))  # type: ignore[no-untyped-call]
    return file


def _client(file: Path) -> Json:
    """Return what the file of an OAuth client says."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}; name the file of the OAuth client") from None
    except ValueError:
        told = None
    told = told if isinstance(told, dict) else {}
    if told.get("type") == "service_account":
        advice = "name it in peerloop.yaml, as credentials: file:/path/to/key.json"
        raise ValueError(f"{file} is the key of a service account, which needs nobody to sign in; {advice}")
    if "web" in told:
        raise ValueError(f"{file} is the client of a web application; {_DOWNLOAD}, and download that one's file")
    own = told.get("installed")
    if not isinstance(own, dict) or not all(isinstance(own.get(key), str) for key in _NEEDED):
        raise ValueError(f"{file} is not the file of an OAuth client; {_DOWNLOAD}, and download its file")
    return told


def _place(connection: GoogleCalendar, name: str) -> Path:
    """Return the file for the token; it may hold an earlier token, and nothing else."""
    place = connection.credentials
    if place is None or place.file is None:
        now = f"credentials: {place}" if place else "no credentials"
        advice = "write credentials: file:/path/to/google.json there"
        raise ValueError(f"the connection “{name}” has {now} in peerloop.yaml, and the token needs a file; {advice}")
    if connection.subject:
        advice = "delete subject from peerloop.yaml, or keep the key"
        raise ValueError(f"the connection “{name}” has a subject, which needs the key of a service account; {advice}")
    try:
        held = place.file.read_text(encoding="utf-8", errors="replace").strip()
        earlier = not held or "refresh_token" in json.loads(held)
    except FileNotFoundError:
        return place.file
    except (ValueError, TypeError):
        earlier = False
    if not earlier:
        advice = "let credentials in peerloop.yaml name a file that is not there yet"
        raise ValueError(f"{place.file} holds something else than a token, such as a key, and is left alone; {advice}")
    return place.file


@contextmanager
def _in_place_of(file: Path) -> Iterator[TextIO]:
    """Open what takes the file's place, at once, when it is whole; nobody but its owner may read it."""
    file = file.resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as fresh:
            yield fresh
            fresh.flush()
            os.fsync(handle)
        Path(beside).replace(file)
    except BaseException:
        Path(beside).unlink()
        raise


def _signed_in(client: Json, timeout: int, browser: bool) -> "Credentials":
    from google_auth_oauthlib.flow import InstalledAppFlow  # type: ignore[import-untyped]

    from integrations.transport import bound

    flow = InstalledAppFlow.from_client_config(client, [EVENTS, FREE_BUSY])
    bound(flow.oauth2session)
    flow.oauth2session.register_compliance_hook("access_token_response", _of_google)
    try:
        with closing(flow.oauth2session), redirect_stdout(sys.stderr):
            found: Credentials = flow.run_local_server(
                "127.0.0.1",
                port=0,
                authorization_prompt_message=_VISIT,
                success_message=_THANKS,
                open_browser=browser and _has_browser(),
                timeout_seconds=timeout,
                prompt="consent",  # without it, Google gives a refresh token the first time only
            )
    except Exception as error:
        words = _in_words(error, timeout)
        raise words or error from None
    if not found.refresh_token:
        raise Refused(
            "Google let you in but gave no token that lasts. Take peerloop's access away at "
            "https://myaccount.google.com/connections, and sign in again."
        )
    return found


def _of_google(response: Any) -> Any:
    """Return what was answered to the code that the browser brought, if Google did; an outage is no refusal.

    Raises:
        Unavailable: somebody else did, or Google is out of order.
    """
    try:
        told = response.json()
    except ValueError:
        told = None
    body = told if isinstance(told, dict) else {}
    if "access_token" in body or (code_of(body) and response.status_code < 500):
        return response
    said = answered(body or response.text)
    raise _out_of_order(said)


def _out_of_order(said: str) -> Unavailable:
    return Unavailable(f"Google's sign-in is out of order, or a proxy answers for it: {said}. Try again in a while.")


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _in_words(error: Exception, timeout: int) -> PortError | None:
    """Return what ended the flow, in words, or None where it is not known."""
    from google_auth_oauthlib.flow import WSGITimeoutError
    from oauthlib.oauth2 import (  # type: ignore[import-untyped]
        AccessDeniedError,
        MismatchingStateError,
        OAuth2Error,
    )
    from requests import RequestException

    if isinstance(error, PortError):
        return error
    code = getattr(error, "error", None) or ""
    mend, why = SIGN_IN_MENDS.get(code, "Download the client's file anew"), why_unreached(error)
    known: dict[type[Exception], PortError] = {
        WSGITimeoutError: Refused(f"Nobody signed in within {timeout} seconds. Try again; --timeout gives more time."),
        AccessDeniedError: Refused("The permission was denied in the browser. Try again, and allow what is asked for."),
        MismatchingStateError: Refused(
            "What the browser brought is no answer to this sign-in, perhaps to an earlier one. Nothing was stored. "
            "Close the windows of earlier ones, and try again."
        ),
        Warning: Refused("Only a part of what peerloop needs was allowed. Try again, and tick both boxes."),
        TooLong: _out_of_order(str(error)),
        OAuth2Error: Refused(f"Google refuses the sign-in: {_said(error)}. {mend}."),
        RequestException: Unavailable(
            f"Google's sign-in was not reached{why and f' ({why})'}. Look whether this machine has a network."
        ),
    }
    return next((words for kind, words in known.items() if isinstance(error, kind)), None)


def _said(error: Exception) -> str:
    return f"{one_line(str(getattr(error, 'description', '') or error))} ({getattr(error, 'error', '')})"
