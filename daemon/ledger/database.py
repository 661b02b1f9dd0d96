"""Opening the ledger's database: SQLite by default, PostgreSQL by URL; its schema brought up to date by Alembic."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from daemon.ledger import tables
from daemon.ledger.errors import LedgerBusy, LedgerError
from daemon.ledger.store import Ledger

HEAD = "0001"
"""The revision that the tables in ``tables.py`` belong to; the newest in ``migrations/versions``."""

ADVISORY_LOCK = 0x70656572  # "peer"
BUSY_SECONDS = 10


def open_ledger(url: str, create: bool = True) -> Ledger:
    """Return the ledger at an SQLAlchemy URL, its schema up to date.

    Without ``create`` nothing is written: a ledger that does not exist yet is an empty one in memory.

    Raises:
        LedgerError: the URL is wrong, or the database is not reached or not ours.
    """
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return _open_sqlite(address.database or ":memory:", create)
        engine = create_engine(address, pool_pre_ping=True)
        _upgrade(engine)
        return Ledger(engine, lambda: _alone_in_postgresql(engine))
    except (SQLAlchemyError, ArgumentError, OSError, ImportError) as error:
        raise LedgerError(f"the ledger {make_safe(url)} cannot be opened: {_first_line(error)}") from error


def make_safe(url: str) -> str:
    """Return a ledger's URL without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "(not a URL)"


def _open_sqlite(database: str, create: bool) -> Ledger:
    path = Path(database)
    if database == ":memory:" or (not create and not path.exists()):
        engine = _sqlite("sqlite://", poolclass=StaticPool)
        keeper: Callable[[], AbstractContextManager[None]] = _alone_in_memory
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = _sqlite(f"sqlite:///{path}")
        keeper = lambda: _alone_by_file(path.with_name(path.name + ".lock"))  # noqa: E731
    _upgrade(engine)
    return Ledger(engine, keeper)


def _sqlite(url: str, **options: Any) -> Engine:
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver would begin transactions of its own, and too late
        for pragma in ("journal_mode=WAL", f"busy_timeout={BUSY_SECONDS * 1000}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _upgrade(engine: Engine) -> None:
    with engine.connect().execution_options(reading=True) as connection:
        there = {*inspect(connection).get_table_names()}
        known = "alembic_version" in there
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if revision is None and there & {*tables.metadata.tables}:
        raise LedgerError(f"{_name(engine)} holds tables of another application; name a database that is the ledger's")
    if revision is None:
        _make(engine)
    elif revision != HEAD:
        _migrate(engine, revision)


def _make(engine: Engine) -> None:
    """Make the tables as they are today; Alembic, which is slow to import, is told that nothing is left to do."""
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head) ON CONFLICT DO NOTHING"), {"head": HEAD})


def _migrate(engine: Engine, revision: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        made = f"is of the revision {revision}, which this peerloop does not know"
        raise LedgerError(f"{_name(engine)} {made}: use the newer peerloop that made it, or another ledger") from error


def _name(engine: Engine) -> str:
    return f"the ledger {engine.url.render_as_string(hide_password=True)}"


@contextmanager
def _alone_in_memory() -> Iterator[None]:
    yield


@contextmanager
def _alone_by_file(path: Path) -> Iterator[None]:
    """Hold an advisory lock on a file: the system lets go of it when the process ends, however it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(descriptor, 32).decode(errors="replace").strip()
            raise LedgerBusy(f"another peerloop (process {owner}) is at work on this ledger, {path}") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _alone_in_postgresql(engine: Engine) -> Iterator[None]:
    """Hold a session's advisory lock: the server lets go of it when the connection ends."""
    with engine.connect() as connection:
        if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_LOCK}).scalar():
            raise LedgerBusy("another peerloop is at work on this ledger")
        connection.commit()
        yield


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
