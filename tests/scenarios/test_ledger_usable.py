"""Whether the ledger can be used, as an overseer is told: as long as what was to be written to it could not be, no.

The databases are real ones, and what is wrong with them is done to them by another program.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from daemon.ledger import LedgerError, Superseded, Unusable, of_database
from daemon.serve.passed import Passed
from tests.postgresql import Cluster, cluster, new_database, server_is_installed
from tests.scenarios.command_line import edited
from tests.scenarios.programme import Programme
from tests.scenarios.site import asked
from tests.scenarios.test_daemon import Running, calendar_of, running, shows, until
from tests.scenarios.test_metrics import figures
from tests.scenarios.test_web_daemon import PORT, address_of

needs_postgresql = pytest.mark.skipif(not server_is_installed(), reason="no PostgreSQL server (initdb) is here")


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as started:
        yield started


@dataclass(frozen=True)
class Overseen:
    """A daemon that runs, its folder, and where its page is."""

    daemon: Running
    folder: Path
    base: str

    def tells(self, usable: bool) -> bool:
        """Whether an overseer is told so, by whatever it asks."""
        ready = asked(self.base, "GET", "/readyz").status == 200
        return ready is usable and figures(self.base)["peerloop_ledger_usable"] == usable

    def edits(self) -> None:
        """Give a pass something to record."""
        edited(self.folder / "team.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")

    def looks(self) -> None:
        """Have the team passed over at once, whoever makes the passes."""
        with (self.folder / "team.yaml").open("a") as file:
            file.write("# again\n")

    def says(self, about: str, what: str) -> bool:
        """Whether that is wrong by the log, which says so once."""
        said = [line for line in self.daemon.about("trouble") if line["about"] == about and what in line["what"]]
        assert len(said) < 2
        return bool(said)


@contextmanager
def overseen(folder: Path, *more: str, ledger: str = "") -> Iterator[Overseen]:
    told = f"ledger: {ledger}\n" if ledger else ""
    (folder / "peerloop.yaml").write_text(f"{told}every: 1 minute\n{PORT}")
    edited(folder / "team.yaml", "@example.com}", "@example.com, mute: [digest]}")  # so that passes alone write
    with running(folder, "team.yaml", *more) as daemon:
        it = Overseen(daemon, folder, address_of(daemon).partition("/?")[0])
        until(lambda: it.tells(usable=True))
        yield it
        assert daemon.stop() == 0


@needs_postgresql
@pytest.mark.parametrize("workers", [(), ("--workers", "1")])
@pytest.mark.parametrize(
    ("wrong", "right", "what"),
    [
        (
            "ALTER SYSTEM SET default_transaction_read_only = on",
            "ALTER SYSTEM RESET default_transaction_read_only",
            "lets nothing be written",
        ),
        ("ALTER TABLE series RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO series", "lacks a table"),
        ("REVOKE INSERT, UPDATE ON series FROM {owner}", "GRANT ALL ON series TO {owner}", "permission denied"),
    ],
)
def test_of_postgresql(
    server: Cluster, folder: Path, workers: tuple[str, ...], wrong: str, right: str, what: str
) -> None:
    with database(server) as (url, does), overseen(folder, *workers, ledger=url) as it:
        does(wrong)
        it.edits()
        until(lambda: it.tells(usable=False))
        until(lambda: it.says("the ledger", what) or it.says("Platform", what))
        does(right)
        it.looks()
        until(lambda: it.tells(usable=True))
        until(shows(calendar_of(folder), "SUMMARY:Brown bag"))


@needs_postgresql
def test_of_the_queue(server: Cluster, folder: Path) -> None:
    with database(server) as (url, does), overseen(folder, "--workers", "1", ledger=url) as it:
        does("ALTER TABLE procrastinate_jobs RENAME TO elsewhere")
        it.looks()
        until(lambda: it.tells(usable=False))
        does("ALTER TABLE elsewhere RENAME TO procrastinate_jobs")
        until(lambda: it.tells(usable=True))


def test_of_a_file_that_another_program_has_locked(folder: Path) -> None:
    with overseen(folder) as it, closing(sqlite3.connect(folder / "peerloop-data" / "ledger.db")) as shell:
        shell.execute("BEGIN IMMEDIATE")
        it.looks()
        until(lambda: it.tells(usable=False))
        until(lambda: it.says("the ledger", "database is locked"))
        shell.rollback()
        until(lambda: it.tells(usable=True))


@contextmanager
def database(server: Cluster) -> Iterator[tuple[str, Callable[[str], None]]]:
    """Make a database of a role that may do no more than it is let; what is done to it, is by who may do all."""
    url = make_url(new_database(server.address))
    engine = create_engine(url, isolation_level="AUTOCOMMIT")

    def does(*statements: str) -> None:
        with engine.connect() as connection:
            for statement in (*statements, "SELECT pg_reload_conf()"):
                connection.execute(text(statement.format(owner=url.database)))

    does(f"CREATE ROLE {url.database} LOGIN", f"ALTER DATABASE {url.database} OWNER TO {url.database}")
    try:
        yield url.set(username=url.database).render_as_string(), does
    finally:
        does("ALTER SYSTEM RESET default_transaction_read_only")
        engine.dispose()


def test_one_transaction_that_gave_way_to_another_says_nothing_of_the_ledger() -> None:
    assert isinstance(of_database("no disk", "53100"), Unusable) and isinstance(of_database("locked", None), Unusable)
    for code in ("40001", "40P01"):
        assert not isinstance(of_database("gave way", code), Unusable)


def test_what_last_failed_counts_until_it_succeeds_and_only_of_what_is_served(tmp_path: Path) -> None:
    passed, file = Passed(), Programme(tmp_path).file
    for error in (Unusable("full"), Superseded("given away"), LedgerError("unknown")):
        with suppress(LedgerError), passed.needing_ledger("platform"):
            raise error
        assert passed.ledger_could_be_used({"platform": file}) is not isinstance(error, Unusable)
    with suppress(Unusable), passed.needing_ledger("gone"):
        raise Unusable("full")
    assert passed.ledger_could_be_used({"platform": file})
    with suppress(Unusable), passed.needing_ledger("mail"):
        raise Unusable("full")
    assert not passed.ledger_could_be_used({"platform": file})
