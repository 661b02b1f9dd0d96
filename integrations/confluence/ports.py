"""What a team gets of Confluence: its pages, comments that mention people, and what people need to learn."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from config.needs import NeedSource
from config.team import Team
from daemon.model.names import home_key
from integrations.atlassian.site import Site
from integrations.confluence.cloud import Cloud
from integrations.confluence.comments import Comments
from integrations.confluence.connection import ConfluenceCloud, ConfluenceDataCenter
from integrations.confluence.data_center import DataCenter
from integrations.confluence.faults import CONFLUENCE
from integrations.confluence.look import Look
from integrations.confluence.places import Cache
from integrations.confluence.sources import LabelledPages, Watch
from integrations.confluence.wiki import TeamWiki
from integrations.pause import Pause

Account = ConfluenceCloud | ConfluenceDataCenter


def wiki(connection: Account, data: Path, clock: Callable[[], datetime], team: Team, key: str) -> TeamWiki:
    """Return a team's pages in the space that it names; teams with the same connection share the signing in."""
    api = _api(team.wiki.connection, connection)
    return TeamWiki(api, _cache(api, key, team.wiki.space), team, key, clock)


def sources(
    connection: Account,
    data: Path,
    clock: Callable[[], datetime],
    team: Team,
    key: str,
    source: NeedSource,
    folder: Path,
) -> LabelledPages:
    """Return where needs come from: pages of people's in the team's space."""
    api = _api(source.connection, connection)
    return LabelledPages(api, _watch(api, key, source), team, source, clock)


def messenger(connection: Account, data: Path, clock: Callable[[], datetime], team: Team, key: str) -> Comments:
    """Return what writes to people below the team's home page, in the space that its pages are in."""
    pages = wiki(connection, data, clock, team, key)
    api = _api(team.mail.connection, connection)
    return Comments(api, team, pages.places, home_key(key), _pause(api, key))


@lru_cache(maxsize=64)
def _api(name: str, connection: Account) -> Cloud | DataCenter:
    site = Site(CONFLUENCE, name, connection)
    return Cloud(site) if isinstance(connection, ConfluenceCloud) else DataCenter(site)


@lru_cache(maxsize=256)
def _cache(api: Cloud | DataCenter, key: str, space: str | None) -> Cache:
    return Cache(_look(api, space))


@lru_cache(maxsize=256)
def _pause(api: Cloud | DataCenter, key: str) -> Pause:
    return Pause()


@lru_cache(maxsize=256)
def _watch(api: Cloud | DataCenter, key: str, source: NeedSource) -> Watch:
    return Watch()


@lru_cache(maxsize=64)
def _look(api: Cloud | DataCenter, space: str | None) -> Look:
    return Look(api)
