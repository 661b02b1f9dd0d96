"""The web page beside a daemon: begun with it, told of on the terminal, and ended with it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import click
import structlog

from config.web import Web
from daemon.cli.setting import Setting
from daemon.loop import World
from daemon.serve.forever import Daemon
from daemon.web.app import application
from daemon.web.server import CannotListen, Server
from daemon.web.site import Site
from daemon.web.who import Signatures
from integrations import feed, page

log = structlog.get_logger()


@contextmanager
def served(setting: Setting, world: World, daemon: Daemon) -> Iterator[None]:
    """Serve the web page meanwhile, unless it is off; where it cannot be, all else goes on."""
    web = setting.operator.web
    try:
        server = Server(web.listen, or_any_port="listen" not in web.model_fields_set) if web else None
    except CannotListen as error:
        log.error("the web page is not served", why=str(error))
        server = None
    if web is None or server is None:
        yield
        return
    token = secrets.token_urlsafe(24)
    site = Site(
        web,
        world,
        daemon.teams,
        daemon.passed,
        clock=setting.now,
        hurry=daemon.watcher.hurry,
        signatures=Signatures(partial(world.ledger.keys.of, "web")),
        page=partial(page, setting.operator, setting.now),
        feed=feed,
        token=token,
    )
    server.start(application(site))
    click.echo(_told(web, server, token), err=True)
    try:
        yield
    finally:
        server.stop()


def _told(web: Web, server: Server, token: str) -> str:
    if web.user_header:
        return f"the web page: {web.url or server.address} (who somebody is says {web.user_header})"
    return f"the web page: {(web.url or server.address).rstrip('/')}/?token={token}"
