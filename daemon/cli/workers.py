"""Workers beside a daemon: processes that make its passes, here and on other machines."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon.cli.setting import CONFIG, DATA_FOLDER, FAILED, STOPPED, Setting, fail, options, setting_of, world_of

if TYPE_CHECKING:
    import subprocess

    from daemon.loop import World
    from daemon.serve.forever import Daemon
    from daemon.serve.watch import Watcher

LOOKS_AT_LEAST_EVERY = timedelta(seconds=30)
"""How often a daemon that gives passes out looks which teams' time has come."""
LOOKS_EVERY = 0.2
"""After how many seconds it is looked whether one has ended, or is to."""
RESTED = 1.0
"""After how many seconds a worker that has ended is begun anew."""
GRACE = 2.0
"""How many seconds workers have to end."""
PROGRAM = (sys.executable, "-c", "from daemon.cli import main; main()")


@click.command()
@options(CONFIG, DATA_FOLDER, click.option("--as-child", is_flag=True, hidden=True))
def worker(config: Path | None, data: Path | None, as_child: bool) -> None:
    """Make passes that `peerloop run --workers N` gives out.

    Any number of workers may do so, on any machine that reaches the ledger on PostgreSQL and has the team files at the
    same path. Ctrl-C or SIGTERM ends it; what it was at is made by another one.

    Example: peerloop worker --config peerloop.yaml
    """
    import structlog

    from daemon.ledger import LedgerBusy
    from daemon.plan.guards import Allowance
    from daemon.serve.files import Files
    from daemon.serve.limits import make_ready
    from daemon.serve.log import set_up_log
    from daemon.serve.passes import Passes
    from daemon.serve.watch import Watcher
    from daemon.serve.worker import Worker

    if lack := make_ready():
        fail(lack, FAILED)
    setting = setting_of((), config, data)
    check_server(setting)
    world, watcher = world_of(setting), Watcher()
    _share_quotas(world)
    caps = Allowance(setting.operator.caps.create, setting.operator.caps.delete)
    passes = Passes(world, caps, setting.now)
    files = Files(setting.operator, world.ledger, setting.now)
    set_up_log()
    watcher.heed_signals()
    if as_child:
        threading.Thread(target=_heed_end, args=(watcher,), daemon=True).start()
    log = structlog.get_logger()
    log.info("a worker started")
    try:
        with world.ledger.among_workers():
            Worker(passes, files, setting.operator.ledger_url()).run(lambda: watcher.stopped)
    except LedgerBusy as busy:
        fail(str(busy), STOPPED)
    log.info("a worker stopped")


def _heed_end(watcher: "Watcher") -> None:
    """End when the input does, so with the process that began this one.

    It is read past Python's own reader, whose lock an interpreter that ends would wait for in vain.
    """
    while os.read(sys.stdin.fileno(), 1024):
        pass
    watcher.end()


def check_server(setting: Setting) -> None:
    """See that the ledger is one that several processes can use at once; else end the command."""
    from config.secret import SecretMissing

    try:
        url = setting.operator.ledger_url()
    except SecretMissing as error:
        fail(str(error), FAILED)
    if not url.startswith("postgresql"):
        advice = "write `ledger: postgresql+psycopg://user@host/database` into peerloop.yaml, or leave out --workers"
        fail(f"workers need a ledger on PostgreSQL; {advice}")
    try:
        import procrastinate  # noqa: F401
    except ImportError:
        fail("the library for workers is not installed: make setup, or pip install '.[postgresql]'", FAILED)


def given_out(daemon: "Daemon", setting: Setting, world: "World") -> "Daemon":
    """Return a daemon whose passes are made by workers."""
    from daemon.serve.passed import PassedByWorkers
    from daemon.serve.queue import crew_of

    _share_quotas(world)
    every, url = setting.operator.every, setting.operator.ledger_url()
    passed = PassedByWorkers(look=world.ledger.leases.last_runs, look_for_broken=world.ledger.leases.broken_off)
    crew = crew_of(world.ledger, url, every)
    return replace(daemon, every=min(every, LOOKS_AT_LEAST_EVERY), crew=crew, passed=passed)


def _share_quotas(world: "World") -> None:
    from integrations import spend_together

    spend_together(world.ledger.quotas.spend)


@contextmanager
def helped(setting: Setting, number: int, watcher: "Watcher") -> Iterator[None]:
    """Have so many workers beside this process meanwhile; one that ends is begun anew, and all end with it.

    They are told to as soon as it is, whatever it waits for then.
    """
    over = threading.Event()
    keepers = [
        threading.Thread(target=_keep, args=(setting, lambda: over.is_set() or watcher.stopped), daemon=True)
        for _ in range(number)
    ]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        over.set()
        for keeper in keepers:
            keeper.join(GRACE + 1)


def _keep(setting: Setting, is_over: Callable[[], bool]) -> None:
    import subprocess

    import structlog

    while not is_over():
        command = _command(setting)  # of ours; it ends when its input does, so with this process, however that ends
        with subprocess.Popen(command, stdin=subprocess.PIPE) as child:  # noqa: S603  # nosec B603
            while child.poll() is None and not is_over():
                time.sleep(LOOKS_EVERY)
            if is_over():
                _end(child)
        if not is_over():
            structlog.get_logger().error("a worker has ended; another one is begun", exit_code=child.returncode)
            time.sleep(RESTED)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End a worker; one that is in the middle of a pass is killed after a while, and another one goes on with that."""
    from subprocess import TimeoutExpired

    child.terminate()
    with suppress(TimeoutExpired):
        child.wait(GRACE)
    child.kill()


def _command(setting: Setting) -> Sequence[str]:
    told = ["worker", "--as-child", "--data", str(setting.operator.data)]
    return [*PROGRAM, *told, *(["--config", str(setting.config)] if setting.config else [])]
