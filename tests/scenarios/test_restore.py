"""A copy of the ledger, made while the daemon runs and put back a week later: nothing stands twice, nothing is lost."""

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from config.operator import Operator, operator_model
from daemon.ledger import open_ledger
from daemon.serve.jobs import make_tables
from integrations import kinds
from tests.postgresql import INSTALLED, cluster, new_database, server_is_installed
from tests.scenarios.programme import Programme

DEPLOY = Path(__file__).parents[2] / "deploy"
PATH = os.pathsep.join([*map(str, INSTALLED), os.environ["PATH"]])


def ran(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(DEPLOY / script), *map(str, arguments)]
    return subprocess.run(command, env={**os.environ, "PATH": PATH}, capture_output=True, text=True, timeout=300)


class OnPostgreSQL(Programme):
    """A programme whose ledger is in PostgreSQL."""

    url = ""

    def operators(self) -> Operator:
        return operator_model(kinds()).default(str(self.data)).model_copy(update={"ledger": self.url})


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Programme, object]]:
    """A programme, and the address of its ledger as the scripts take it."""
    if request.param == "sqlite":
        yield Programme(tmp_path), tmp_path / "data/ledger.db"
        return
    if not server_is_installed():
        pytest.skip("no PostgreSQL server (initdb) is installed here")
    with cluster() as server:
        OnPostgreSQL.url = new_database(server.address)
        yield OnPostgreSQL(tmp_path), OnPostgreSQL.url.replace("postgresql+psycopg", "postgresql")


def sent(programme: Programme) -> list[tuple[str, date]]:
    """Return each mail that is out: to whom, and of which day."""
    mails = [message_from_bytes(path.read_bytes()) for path in (programme.data / "outbox").glob("*.eml")]
    return [(str(mail["To"]), parsedate_to_datetime(str(mail["Date"])).date()) for mail in mails]


def test_a_week_old_copy_makes_nothing_twice_and_sends_no_mail_again_that_is_known(
    kept: tuple[Programme, object], tmp_path: Path
) -> None:
    programme, ledger = kept
    programme.apply()
    copy = tmp_path / "copy"
    made = ran("backup.sh", ledger, copy)
    assert made.returncode == 0, made.stderr
    assert ran("backup.sh", ledger, copy).returncode == 2 and copy.stat().st_mode & 0o77 == 0
    for days in (3, 4):
        programme.later(days=days)
        programme.apply()
    before, sessions = programme.contents(), programme.memory().sessions
    restored = ran("restore.sh", copy, ledger)
    assert restored.returncode == 0, restored.stderr
    assert programme.memory().sessions != sessions
    today = {mail for mail in sent(programme) if mail[1] == programme.now.date()}
    outcome, _ = programme.apply()
    after = programme.contents()
    assert outcome.errors == () and {name: after.get(name) for name in before} == before
    assert {name.partition("/")[0] for name in after.keys() - before.keys()} <= {"outbox"}
    twice = [mail for mail, times in Counter(sent(programme)).items() if times > 1]
    assert twice == [] and today
    assert {key: one.roles for key, one in programme.memory().sessions.items()} == {
        key: one.roles for key, one in sessions.items()
    }
    assert programme.apply()[0].written == 0


def test_what_was_in_the_place_of_the_ledger_stays_beside_it(tmp_path: Path) -> None:
    programme, ledger, copy = Programme(tmp_path), tmp_path / "data/ledger.db", tmp_path / "copy.db"
    programme.apply()
    assert ran("backup.sh", ledger, copy).returncode == 0
    assert ran("restore.sh", copy, ledger).returncode == 0
    assert (tmp_path / "data/ledger.db.before-restore").exists() and programme.apply()[0].written == 0


def test_nothing_of_a_later_release_stays_in_a_database_where_a_copy_is_put_back(tmp_path: Path) -> None:
    if not server_is_installed():
        pytest.skip("no PostgreSQL server (initdb) is installed here")
    copy, damaged = tmp_path / "copy", tmp_path / "damaged"
    with cluster() as server:
        url = new_database(server.address)
        address, engine = url.replace("postgresql+psycopg", "postgresql"), create_engine(url)
        open_ledger(url).close()
        make_tables(url)
        before = {*inspect(engine).get_table_names()}
        assert ran("backup.sh", address, copy).returncode == 0
        damaged.write_bytes(copy.read_bytes()[:2000])
        with engine.begin() as connection:
            for made in ("TABLE later (x int)", "TYPE mood AS ENUM ('well')", "FUNCTION f() RETURNS int RETURN 1"):
                connection.execute(text(f"CREATE {made}"))
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        assert ran("restore.sh", damaged, address).returncode != 0
        assert {*inspect(engine).get_table_names()} == {*before, "later"}, "of a damaged copy nothing is taken"
        restored = ran("restore.sh", copy, address)
        assert (restored.returncode, restored.stdout, restored.stderr) == (0, "", "")
        assert {*inspect(engine).get_table_names()} == before
        with engine.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM pg_type WHERE typname = 'mood'")).scalar() == 0
            assert connection.execute(text("SELECT count(*) FROM pg_proc WHERE proname = 'f'")).scalar() == 0
        open_ledger(url).close()
        make_tables(url)
        other = new_database(server.address)
        engine.dispose()
        engine = create_engine(other)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE invoices (x int)"))
        refused = ran("restore.sh", copy, other.replace("postgresql+psycopg", "postgresql"))
        assert refused.returncode != 0 and "holds tables of another application" in refused.stderr
        assert inspect(engine).get_table_names() == ["invoices"]
        engine.dispose()


@pytest.mark.parametrize("script", ["backup.sh", "restore.sh"])
def test_what_is_not_there_is_said(script: str, tmp_path: Path) -> None:
    done = ran(script, tmp_path / "nothing", tmp_path / "there")
    assert done.returncode == 2 and "there is no" in done.stderr and list(tmp_path.iterdir()) == []
