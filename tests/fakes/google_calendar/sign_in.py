"""The consent screen, the token endpoint, and who a request's token speaks for."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.exchange import ApiError
from tests.fakes.google_calendar.world import Identity

_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_CLIENT = ("client", "secret")
Form = Mapping[str, Sequence[str]]


class GrantRefused(Exception):
    """The token endpoint says no: ``error`` is its code (RFC 6749, section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.status = status
        self.body: Json = {"error": error, "error_description": description}
        super().__init__(description)


@dataclass
class Consent:
    """What the person at the consent screen does.

    ``allows`` are the scopes whose boxes they tick, None all that are asked for; with none at all they deny.
    ``lasting`` is whether a refresh token is given: Google gives one the first time, or with ``prompt=consent``.
    ``state`` is what the answer says instead of the state that was asked with.
    """

    email: str = "organiser@example.com"
    allows: frozenset[str] | None = None
    lasting: bool = True
    state: str | None = None


@dataclass
class Tokens:
    """Access tokens, refresh tokens, and service accounts with or without delegation.

    ``refused`` is what the token endpoint says to everybody: a code, its description and the HTTP status.
    ``codes`` are the codes handed out and not yet redeemed, each with what it was asked for with and for whom.
    ``clocks_differ`` is whether the clock of a service account's machine is an hour off.
    """

    anonymous: Identity | None
    consent: Consent = field(default_factory=Consent)
    codes: dict[str, tuple[Form, Identity]] = field(default_factory=dict)
    access: dict[str, Identity] = field(default_factory=dict)
    refresh: dict[str, Identity] = field(default_factory=dict)
    service_accounts: dict[str, bool] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    clocks_differ: bool = False
    refused: tuple[str, str, int] | None = None

    def issue(self, identity: Identity) -> str:
        """Return a new access token."""
        token = f"access-{len(self.access) + 1}"
        self.access[token] = identity
        return token

    def identity(self, authorization: str | None) -> Identity:
        """Return who a request speaks for.

        Raises:
            ApiError: 401.
        """
        if authorization is None:
            if self.anonymous is None:
                raise ApiError("authError", "Login Required.")
            return self.anonymous
        found = self.access.get(authorization.removeprefix("Bearer "))
        if found is None:
            raise ApiError("authError")
        return found

    def authorize(self, query: Form) -> str:
        """Answer the consent screen: return where the browser is sent (RFC 6749, section 4.1; RFC 7636).

        Raises:
            GrantRefused: the client asks for it wrongly, which Google tells the person and not the client.
        """
        lacking = [name for name in ("redirect_uri", "scope", "code_challenge", "access_type") if name not in query]
        if lacking or query["response_type"] != ["code"] or query["code_challenge_method"] != ["S256"]:
            raise GrantRefused("invalid_request", f"Missing or unfit: {lacking}")
        if query["client_id"] != [_CLIENT[0]]:
            raise GrantRefused("invalid_client", "The OAuth client was not found.", status=401)
        answer = {"state": self.consent.state or query["state"][0]}
        asked = frozenset(query["scope"][0].split())
        allowed = asked if self.consent.allows is None else asked & self.consent.allows
        if allowed:
            answer["code"] = f"code-{len(self.access) + len(self.codes) + 1}"
            self.codes[answer["code"]] = (query, Identity(self.consent.email, allowed))
        else:
            answer["error"] = "access_denied"
        return f"{query['redirect_uri'][0]}?{urlencode(answer)}"

    def grant(self, form: Form, authorization: str = "") -> Json:
        """Answer the token endpoint.

        Raises:
            GrantRefused: as Google says it.
        """
        if self.refused:
            raise GrantRefused(*self.refused)
        kind = form.get("grant_type", [""])[0]
        lasting: Json = {}
        if kind == "authorization_code":
            identity = self._redeemed(form, authorization)
            if self.consent.lasting:
                lasting = {"refresh_token": f"refresh-{len(self.refresh) + 1}"}
                self.refresh[lasting["refresh_token"]] = identity
        elif kind == "refresh_token":
            identity = self._refreshed(form.get("refresh_token", [""])[0])
        elif kind == _JWT:
            identity = self._asserted(form.get("assertion", [""])[0])
        else:
            raise GrantRefused("unsupported_grant_type", f"Invalid grant_type: {kind}")
        scope = {"scope": " ".join(sorted(identity.scopes))} if identity.scopes is not None else {}
        return {"access_token": self.issue(identity), "expires_in": 3599, "token_type": "Bearer", **scope, **lasting}

    def _redeemed(self, form: Form, authorization: str) -> Identity:
        """Return whose code it is, which is good once, for whom it was given to."""
        basic = base64.b64encode(":".join(_CLIENT).encode()).decode()
        if authorization != f"Basic {basic}":
            raise GrantRefused("invalid_client", "Unauthorized", status=401)
        asked, identity = self.codes.pop(form["code"][0], ({}, None))
        challenge = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        if identity is None or asked["redirect_uri"] != form["redirect_uri"]:
            raise GrantRefused("invalid_grant", "Bad Request")
        if asked["code_challenge"] != [base64.urlsafe_b64encode(challenge).decode().rstrip("=")]:
            raise GrantRefused("invalid_grant", "Invalid code verifier.")
        return identity

    def _refreshed(self, token: str) -> Identity:
        if token in self.dead or token not in self.refresh:
            raise GrantRefused("invalid_grant", "Token has been expired or revoked.")
        return self.refresh[token]

    def _asserted(self, assertion: str) -> Identity:
        claims = _claims(assertion)
        account = str(claims.get("iss", ""))
        if self.clocks_differ:
            raise GrantRefused(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your "
                "iat and exp values in the JWT claim.",
            )
        if account in self.dead or account not in self.service_accounts:
            raise GrantRefused("invalid_grant", "Invalid JWT Signature.")
        scopes = frozenset(str(claims.get("scope", "")).split())
        subject = str(claims.get("sub", account))
        if subject == account:
            return Identity(account, scopes, may_invite=False)
        if not self.service_accounts[account]:
            raise GrantRefused(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any "
                "of the scopes requested.",
                status=401,
            )
        return Identity(subject, scopes)


def _claims(assertion: str) -> Json:
    try:
        part = assertion.split(".")[1]
        claims: Json = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError) as fault:
        raise GrantRefused("invalid_grant", "Invalid JWT: it cannot be read.") from fault
    return claims
