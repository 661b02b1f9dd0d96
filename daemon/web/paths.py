"""Where things stand on this site."""

from urllib.parse import quote, unquote


def team_path(team: str, inner: str = "") -> str:
    """Return the address of a page of a team, by the team's key."""
    return f"/t/{quote(team)}/{inner}"


def session_path(team: str, session: str) -> str:
    """Return the address at which everything about a session stands, by its key."""
    return team_path(team, f"session/{quote(session, safe='/:')}")


def page_path(team: str, page: str) -> str:
    """Return the address at which a page of a wiki is read here, by its key."""
    return team_path(team, f"page/{quote(page, safe='/:')}")


def plain(address: str) -> str:
    """Return an address as it is called: with no sign in it written as a number."""
    return unquote(address)
