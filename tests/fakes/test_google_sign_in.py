"""Who may: tokens, service accounts, scopes; and when people have time."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.exceptions import InvalidOperation, RefreshError
from google.oauth2 import credentials as user
from google.oauth2 import service_account
from google_auth_oauthlib.flow import Flow  # type: ignore[import-untyped]
from googleapiclient.discovery import build  # type: ignore[import-untyped]
from oauthlib.oauth2 import AccessDeniedError, OAuth2Error  # type: ignore[import-untyped]

from tests.fakes.client import SERIES, TEAM, refusal, weekly
from tests.fakes.google_calendar import GoogleCalendarServer

EVENTS = "https://www.googleapis.com/auth/calendar.events"
FREE_BUSY = "https://www.googleapis.com/auth/calendar.events.freebusy"
ROBOT = "robot@project.iam.gserviceaccount.com"


@cache
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@contextmanager
def signed_in(google: GoogleCalendarServer, credentials: Any) -> Iterator[Any]:
    options = {"api_endpoint": google.api_endpoint}
    service = build("calendar", "v3", static_discovery=True, credentials=credentials, client_options=options)
    try:
        yield service
    finally:
        service.close()


def robot(google: GoogleCalendarServer, *scopes: str, subject: str | None = None) -> Any:
    info = {
        "type": "service_account",
        "client_email": ROBOT,
        "private_key": private_key(),
        "token_uri": google.token_uri,
    }
    make: Any = service_account.Credentials.from_service_account_info
    return make(info, scopes=list(scopes) or [EVENTS], subject=subject)


def person(google: GoogleCalendarServer, token: str) -> Any:
    return user.Credentials(  # type: ignore[no-untyped-call]
        None, refresh_token=token, token_uri=google.token_uri, client_id="client", client_secret="secret"
    )


def insert(service: Any, **fields: Any) -> Any:
    return service.events().insert(calendarId=TEAM, body=weekly(**fields), sendUpdates="all")


def test_a_service_account_cannot_invite(google: GoogleCalendarServer) -> None:
    google.add_service_account(ROBOT)
    with signed_in(google, robot(google)) as service:
        assert refusal(insert(service)) == (403, "forbiddenForServiceAccounts")
        insert(service, attendees=[]).execute()
        assert service.events().list(calendarId="primary").execute()["items"] == []
    assert google.requests.names == ["token", "events.insert", "events.insert", "events.list"]
    assert google.requests.round_trips == 3


def test_a_service_account_invites_for_somebody(google: GoogleCalendarServer) -> None:
    google.add_service_account(ROBOT, delegation=True)
    with signed_in(google, robot(google, subject="organiser@example.com")) as service:
        assert insert(service).execute()["creator"] == {"email": "organiser@example.com"}


def test_without_delegation(google: GoogleCalendarServer) -> None:
    google.add_service_account(ROBOT)
    with (
        signed_in(google, robot(google, subject="organiser@example.com")) as service,
        pytest.raises(RefreshError, match="unauthorized_client"),
    ):
        insert(service).execute()


@pytest.mark.parametrize("known", [True, False])
def test_a_dead_key(google: GoogleCalendarServer, known: bool) -> None:
    if known:
        google.add_service_account(ROBOT)
        google.kill_token(ROBOT)
    with signed_in(google, robot(google)) as service, pytest.raises(RefreshError, match="invalid_grant"):
        insert(service).execute()


def test_a_dead_refresh_token(google: GoogleCalendarServer) -> None:
    token = google.refresh_token()
    with signed_in(google, person(google, token)) as service:
        insert(service).execute()
        google.kill_token(token)
        with pytest.raises(RefreshError, match="expired or revoked"):
            service.events().get(calendarId=TEAM, eventId=SERIES).execute()
    assert google.requests.names == ["token", "events.insert", "events.get", "token"]


def test_an_access_token_that_ran_out_is_refreshed_by_the_client(google: GoogleCalendarServer) -> None:
    with signed_in(google, person(google, google.refresh_token())) as service:
        insert(service).execute()
        google.tokens.access.clear()
        service.events().get(calendarId=TEAM, eventId=SERIES).execute()
    assert google.requests.names == ["token", "events.insert", "events.get", "token", "events.get"]


def test_a_token_that_is_never_good_enough(google: GoogleCalendarServer) -> None:
    google.faults.refuse("authError", times=99, on="events.")
    with signed_in(google, person(google, google.refresh_token())) as service:
        assert refusal(insert(service)) == (401, "authError")
    assert google.requests.names.count("events.insert") == 3


def test_nobody_may_be_let_in_without_a_token(google: GoogleCalendarServer, service: Any) -> None:
    google.tokens.anonymous = None
    with pytest.raises(InvalidOperation):
        insert(service).execute()
    assert [request.status for request in google.requests] == [401]


def test_scopes(google: GoogleCalendarServer) -> None:
    span = {"timeMin": "2026-10-01T00:00:00Z", "timeMax": "2026-11-01T00:00:00Z"}
    with signed_in(google, person(google, google.refresh_token("ada@example.com", EVENTS))) as service:
        assert refusal(service.freebusy().query(body=span)) == (403, "insufficientPermissions")
    with signed_in(google, person(google, google.refresh_token("ada@example.com", EVENTS, FREE_BUSY))) as service:
        assert service.freebusy().query(body=span).execute()["calendars"] == {}


@pytest.fixture
def flow(google: GoogleCalendarServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    flow = Flow.from_client_config(google.client, [EVENTS, FREE_BUSY], redirect_uri="http://127.0.0.1:1/")
    with closing(flow.oauth2session):
        yield flow


def consented(flow: Any) -> str:
    """Visit the consent screen, and return where it sends the browser."""
    answer = requests.get(flow.authorization_url()[0], allow_redirects=False, timeout=100)
    return answer.headers["Location"].replace("http:", "https:")


def test_a_person_consents(google: GoogleCalendarServer, flow: Any) -> None:
    flow.fetch_token(authorization_response=consented(flow))
    with signed_in(google, flow.credentials) as service:
        assert insert(service).execute()["creator"] == {"email": "organiser@example.com"}
    assert flow.credentials.refresh_token in google.tokens.refresh
    assert google.requests.names == ["authorize", "token", "events.insert"]
    assert google.requests.round_trips == google.requests.quota_units == 1


def test_a_code_is_good_once_and_for_whom_it_was_given_to(google: GoogleCalendarServer, flow: Any) -> None:
    answer = consented(flow)
    verifier, flow.code_verifier = flow.code_verifier, "x" * 43
    with pytest.raises(OAuth2Error, match="Invalid code verifier"):
        flow.fetch_token(authorization_response=answer)
    flow.code_verifier = verifier
    with pytest.raises(OAuth2Error, match="invalid_grant"):
        flow.fetch_token(authorization_response=answer)
    assert google.tokens.refresh == {}


def test_a_person_denies(google: GoogleCalendarServer, flow: Any) -> None:
    google.tokens.consent.allows = frozenset()
    with pytest.raises(AccessDeniedError):
        flow.fetch_token(authorization_response=consented(flow))


def test_a_person_allows_a_part(google: GoogleCalendarServer, flow: Any) -> None:
    google.tokens.consent.allows = frozenset([EVENTS])
    with pytest.raises(Warning, match="Scope has changed"):
        flow.fetch_token(authorization_response=consented(flow))


def asked(service: Any, *names: str, days: int = 31) -> Any:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    body = {
        "timeMin": start.isoformat(),
        "timeMax": (start + timedelta(days=days)).isoformat(),
        "items": [{"id": name} for name in names],
    }
    return service.freebusy().query(body=body)


def test_free_busy(google: GoogleCalendarServer, service: Any) -> None:
    eight = datetime(2026, 10, 8, 8, 0, tzinfo=UTC)
    google.set_busy("ada@example.com", [(eight, eight + timedelta(hours=1)), (eight, eight + timedelta(hours=3))])
    google.set_busy("bob@example.com", unreadable=True)
    found = asked(service, "ada@example.com", "bob@example.com", "eve@example.com").execute()["calendars"]
    assert found["ada@example.com"] == {"busy": [{"start": "2026-10-08T08:00:00Z", "end": "2026-10-08T11:00:00Z"}]}
    for unreadable in ("bob@example.com", "eve@example.com"):
        assert found[unreadable] == {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}


def test_an_invitation_makes_busy_until_it_is_declined(google: GoogleCalendarServer, service: Any) -> None:
    google.set_busy("ada@example.com")
    insert(service).execute()

    def days() -> list[str]:
        found = asked(service, "ada@example.com").execute()["calendars"]["ada@example.com"]["busy"]
        return [span["start"][8:16] for span in found]

    assert days() == ["08T10:15", "15T10:15", "22T10:15", "29T11:15"]
    google.respond(TEAM, f"{SERIES}_20261015T101500Z", "ada@example.com", "declined")
    google.delete(TEAM, f"{SERIES}_20261022T101500Z")
    assert days() == ["08T10:15", "29T11:15"]
    google.behaviour.invitations_make_busy = False
    assert days() == []


def test_free_busy_has_limits(google: GoogleCalendarServer, service: Any) -> None:
    assert refusal(asked(service, TEAM, days=90)) == (400, "timeRangeTooLong")
    names = [f"member{number}@example.com" for number in range(51)]
    for name in names:
        google.set_busy(name)
    found = asked(service, *names).execute()["calendars"]
    assert json.dumps(found).count("tooManyCalendarsRequested") == 1
    assert len(google.complaints) == 1
