"""Where things stand on this site."""

from urllib.parse import quote


def team_path(team: str, inner: str = "") -> str:
    """Return the address of a page of a team, by the team's key."""
    return f"/t/{quote(team)}/{inner}"


def session_path(team: str, session: str) -> str:
    """Return the address at which everything about a session stands, by its key."""
    return team_path(team, f"session/{quote(session, safe='/:')}")
