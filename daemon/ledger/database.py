"""Opening the ledger's database: SQLite by default, PostgreSQL by URL; its schema brought up to date by Alembic."""

import os
import sqlite3
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    Connection,
    Engine,
    ExceptionContext,
    StaticPool,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, IntegrityError, InternalError, OperationalError, SQLAlchemyError

from daemon.ledger import tables
from daemon.ledger.advisory import MAKING_TABLES, InPostgreSQL
from daemon.ledger.errors import LedgerBusy, LedgerError, Unusable
from daemon.ledger.right import InMemory, OfFile, Right, opened
from daemon.ledger.server import BUSY_SECONDS, Patient, name_of, server, unusable
from daemon.ledger.store import Ledger

HEAD = "0006"
"""The revision that the tables in ``tables.py`` belong to; the newest in ``migrations/versions``."""
KEPT_PAGES = 256
"""So many kilobytes of the file SQLite keeps for each connection, an eighth of what it would by itself.

The system keeps the file for all of them."""
_MAY_NOT, _NO_TABLE = "42501", "42P01"
"""By PostgreSQL's codes: the role may not do it; the table is not there, or not to be seen."""
_TOO_MUCH = "54"
"""The class of what is longer than PostgreSQL takes, which says nothing of anything else."""


def open_ledger(url: str, create: bool = True) -> Ledger:
    """Return the ledger at an SQLAlchemy URL, its schema up to date.

    Without ``create`` nothing is written: a ledger that does not exist yet is an empty one in memory, and a file of an
    earlier release, which may be at work on it, is read from a copy there.

    Raises:
        LedgerBusy: its schema is an earlier release's, and another process, perhaps of that release, is at work on it.
        LedgerError: the URL is wrong, or the database is not reached or not ours.
    """
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return _open_sqlite(address.database or ":memory:", create)
        engine = server(address)
        right = InPostgreSQL(engine)
        return Ledger(engine, right, lambda: _upgrade(engine, right, create))
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
        right: Right = InMemory()
    else:
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        if not path.exists():  # SQLite would let others read it
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        engine, right = _sqlite(f"sqlite:///{path}", poolclass=Patient, creator=partial(opened, path)), OfFile(path)
        if not create and _is_older(_revision(engine)):
            engine, right = _copy_of(engine), InMemory()
    return Ledger(engine, right, lambda: _upgrade(engine, right))


def _copy_of(engine: Engine) -> Engine:
    """Return a copy in memory, and be done with the file."""
    copy = _sqlite("sqlite://", poolclass=StaticPool)
    with closing(engine.raw_connection()) as there, closing(copy.raw_connection()) as here:
        cast(sqlite3.Connection, there.driver_connection).backup(cast(sqlite3.Connection, here.driver_connection))
    engine.dispose()
    return copy


def _sqlite(url: str, **options: Any) -> Engine:
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver would begin transactions of its own, and too late
        for pragma in (
            "journal_mode=WAL",
            f"cache_size=-{KEPT_PAGES}",
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


@event.listens_for(Engine, "handle_error")
def _tell(context: ExceptionContext) -> None:
    """Say in words for people what a database cannot do, whenever that is."""
    error, why = context.original_exception, _first_line(context.original_exception)
    if context.is_pre_ping or context.engine is None:
        return
    if type(error) is sqlite3.DatabaseError:
        told = f"{name_of(context.engine)} is damaged, or its disk does not read it ({why})"
        advice = "Put its backup in its place; or move it away, and events and pages are found again by their marks"
        raise Unusable(f"{told}. See first whether the disk fails. {advice}.") from error
    code = getattr(error, "sqlstate", None)
    if code == _NO_TABLE:
        anew = "Where the database is a new one, restart peerloop: it makes them, and finds what it wrote by its marks"
        advice = f"{anew}; else let its role see them, or put its backup in its place"
        raise Unusable(f"{name_of(context.engine)} lacks a table, or hides it ({why}). {advice}.") from error
    is_too_much = (code or "").startswith(_TOO_MUCH)
    if is_too_much or isinstance(context.sqlalchemy_exception, IntegrityError):
        advice = "Where somebody has added a trigger or a rule to it, take that out; else please report it"
        raise LedgerError(f"{name_of(context.engine)} refused what was to be written ({why}). {advice}.") from error
    if code == _MAY_NOT or isinstance(context.sqlalchemy_exception, OperationalError | InternalError):
        raise unusable(context.engine, why, code) from error


def _upgrade(engine: Engine, right: Right, may_migrate: bool = True) -> None:
    revision = _revision(engine)
    if revision is None:
        _make(engine)
    elif _is_older(revision) and not may_migrate:
        by = "`peerloop run` or `apply` of this one brings it up to date; then no earlier one can use it"
        raise LedgerError(f"{name_of(engine)} is of an earlier release, and nothing is to be written now. {by}")
    elif revision != HEAD:
        _migrate(engine, right)


def _revision(engine: Engine) -> str | None:
    with engine.connect().execution_options(reading=True) as connection:
        return _revision_in(connection)


def _revision_in(connection: Connection) -> str | None:
    """Return the revision of a ledger's tables; None where there are none yet.

    Raises:
        LedgerError: there are tables of another application.
    """
    there = {*inspect(connection).get_table_names()}
    known = "alembic_version" in there
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if revision is None and there & {*tables.metadata.tables}:
        raise LedgerError(
            f"{name_of(connection.engine)} holds tables of another application; name a database that is the ledger's"
        )
    return revision


def _is_older(revision: str | None) -> bool:
    return revision is not None and revision < HEAD


def _make(engine: Engine) -> None:
    """Make the tables as they are today; Alembic, which is slow to import, is told that nothing is left to do."""
    with engine.begin() as connection:
        _wait_for_others(connection)
        tables.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head) ON CONFLICT DO NOTHING"), {"head": HEAD})


def _wait_for_others(connection: Connection) -> None:
    """Wait for whoever makes the tables at the same time; SQLite lets one write at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MAKING_TABLES})


def _migrate(engine: Engine, right: Right) -> None:
    """Bring the tables up to date, unless another process has the right: it may be of a release that knows no others.

    Of several that are about to do so, one does; the right is given back once nobody can see the former tables.
    """
    with ExitStack() as until_committed, engine.begin() as connection:
        _wait_for_others(connection)
        revision = _revision_in(connection)
        if _is_older(revision):
            try:
                until_committed.enter_context(right.over_tables(connection))
            except LedgerBusy as busy:
                raise LedgerBusy(f"{busy}; the ledger is of an earlier release, and was left as it is") from None
        if revision != HEAD:
            _run_migrations(connection, revision)


def _run_migrations(connection: Connection, revision: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        made = f"is of the revision {revision}, which this peerloop does not know"
        raise LedgerError(
            f"{name_of(connection.engine)} {made}: use the newer peerloop that made it, or another ledger"
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
