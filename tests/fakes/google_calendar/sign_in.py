"""The token endpoint, and who a request's token speaks for."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.fakes.google_calendar.discovery import Json
from tests.fakes.google_calendar.exchange import ApiError
from tests.fakes.google_calendar.world import Identity

_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class GrantRefused(Exception):
    """The token endpoint says no: ``error`` is its code (RFC 6749, section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.status = status
        self.body: Json = {"error": error, "error_description": description}
        super().__init__(description)


@dataclass
class Tokens:
    """Access tokens, refresh tokens, and service accounts with or without delegation."""

    anonymous: Identity | None
    access: dict[str, Identity] = field(default_factory=dict)
    refresh: dict[str, Identity] = field(default_factory=dict)
    service_accounts: dict[str, bool] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)

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

    def grant(self, form: Mapping[str, Sequence[str]]) -> Json:
        """Answer the token endpoint.

        Raises:
            GrantRefused: as Google says it.
        """
        kind = form.get("grant_type", [""])[0]
        if kind == "refresh_token":
            identity = self._refreshed(form.get("refresh_token", [""])[0])
        elif kind == _JWT:
            identity = self._asserted(form.get("assertion", [""])[0])
        else:
            raise GrantRefused("unsupported_grant_type", f"Invalid grant_type: {kind}")
        scope = {"scope": " ".join(sorted(identity.scopes))} if identity.scopes is not None else {}
        return {"access_token": self.issue(identity), "expires_in": 3599, "token_type": "Bearer", **scope}

    def _refreshed(self, token: str) -> Identity:
        if token in self.dead or token not in self.refresh:
            raise GrantRefused("invalid_grant", "Token has been expired or revoked.")
        return self.refresh[token]

    def _asserted(self, assertion: str) -> Identity:
        claims = _claims(assertion)
        account = str(claims.get("iss", ""))
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
