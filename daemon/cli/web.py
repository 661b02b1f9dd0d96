"""The web page beside a daemon: begun with it, told of on the terminal, and ended with it.

What serves it is loaded only where it is served.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import click
import structlog

from config.web import Web
from daemon.cli.setting import Setting
from daemon.loop import World
from daemon.serve.forever import Daemon
from integrations import feed, page, traffic

if TYPE_CHECKING:
    from daemon.web.metrics import Metrics
    from daemon.web.server import Server
    from daemon.web.site import Site

log = structlog.get_logger()


@contextmanager
def served(setting: Setting, world: World, daemon: Daemon) -> Iterator[None]:
    """Serve the web page meanwhile, unless it is off; where it cannot be, all else goes on."""
    web = setting.operator.web
    server = _listening(web) if web else None
    if web is None or server is None:
        yield
        return
    from daemon.web.app import application
    from daemon.web.metrics import Metrics

    metrics = Metrics(daemon.teams, world.ledger, partial(traffic, setting.operator), daemon.passed)
    daemon.passed.overseers.append(metrics)
    site = _site(web, setting, world, daemon, metrics)
    server.start(application(site))
    click.echo(f"the web page: {_address(site, server)}", err=True)
    try:
        yield
    finally:
        server.stop()


def _listening(web: Web) -> "Server | None":
    from daemon.web.server import CannotListen, Server

    try:
        return Server(web.listen, or_any_port="listen" not in web.model_fields_set)
    except CannotListen as error:
        log.error("the web page is not served", why=str(error))
        return None


def _site(web: Web, setting: Setting, world: World, daemon: Daemon, metrics: "Metrics") -> "Site":
    from daemon.web.site import Site
    from daemon.web.who import Signatures

    return Site(
        web,
        world,
        daemon.teams,
        daemon.passed,
        clock=setting.now,
        hurry=daemon.watcher.hurry,
        signatures=Signatures(partial(world.ledger.keys.of, "web")),
        page=partial(page, setting.operator, setting.now),
        feed=feed,
        metrics=metrics.text,
        token=secrets.token_urlsafe(24),
    )


def _address(site: "Site", server: "Server") -> str:
    """Return where people reach it, with what lets them in; a proxy in front that tells who they are does that."""
    address = (site.web.url or server.address).rstrip("/")
    if site.web.user_header:
        return f"{address} (the header {site.web.user_header} says who somebody is)"
    return f"{address}/?token={site.token}"
