"""Jobs: what stands in the queue of the workers, which is kept in the ledger's PostgreSQL by procrastinate.

A job is a pass over a team. Its lane are the connections that it needs. It carries the team's key and its file's path;
what the file says stands in the ledger, where whoever gave it out has put what was good of it: both hold as long as
that one has the same connection to the ledger.
"""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes, urlencode

import psycopg
import psycopg.sql
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager
from psycopg_pool import PoolTimeout
from sqlalchemy import make_url

from config.team_file import TeamFile
from daemon.ledger import LedgerError, of_database
from daemon.ledger.advisory import MAKING_TABLES
from daemon.ledger.bounded import Bounded
from daemon.ledger.server import SPOKEN, bounds

TASK = "pass"
"""The one kind of job, but for the sweeps."""
_LONGEST_LANE = 100
_MADE_BY = """SELECT jobs IS NOT NULL, obj_description(jobs, 'pg_class')
    FROM to_regclass('procrastinate_jobs') AS jobs"""
_UNMADE = """DO $$
DECLARE one text;
BEGIN
    SET LOCAL lock_timeout = '10s';
    FOR one IN SELECT format('TABLE IF EXISTS %s', oid::regclass) FROM pg_class WHERE relkind = 'r'
            AND relnamespace = current_schema()::regnamespace AND starts_with(relname, 'procrastinate_')
        UNION ALL SELECT format('ROUTINE IF EXISTS %s', oid::regprocedure) FROM pg_proc
            WHERE pronamespace = current_schema()::regnamespace AND starts_with(proname, 'procrastinate_')
        UNION ALL SELECT format('TYPE IF EXISTS %s', pg_type.oid::regtype)
            FROM pg_type LEFT JOIN pg_class ON pg_class.oid = typrelid
            WHERE typnamespace = current_schema()::regnamespace AND starts_with(typname, 'procrastinate_')
            AND typelem = 0 AND relkind IS DISTINCT FROM 'r'
    LOOP
        EXECUTE format('DROP %s CASCADE', one);
    END LOOP;
END $$"""


class NoPass(Exception):
    """What stands in the queue is none; the message says so, to a person."""


ORDINARY, SOON, URGENT = 0, 5, 10
"""How soon a job is to be done: whenever its time has come, or because somebody changed or said something. What has
much to compute goes after others for which somebody waits, and few such compute at once."""
AT_ONCE = 5
"""So many jobs that are asked for at once are equally urgent; of the others as many are less so, and so on: who asks
for one alone does not wait for them all."""
LARGE = 10_000
"""A pass over a team whose file has more letters has much to compute."""


@dataclass(frozen=True, slots=True)
class PassJob:
    """A pass over a team, known by its key, that is called ``name`` in its file, and since when it is asked for.

    It is one only as long as ``given_by`` gives out the work, as the ledger tells that: after PostgreSQL has restarted,
    or another server has taken over that lost what was written last, it is asked for anew, with what the file says
    now. By whoever, where nothing is told of that.
    """

    team: str
    name: str
    path: Path
    unclaimed: tuple[str, ...]
    since: datetime
    given_by: int = 0

    @classmethod
    def of(cls, key: str, file: TeamFile, now: datetime, given_by: int) -> "PassJob":
        """Return the job of passing over a team as its file has it."""
        return cls(key, file.team.team, file.path.absolute(), file.unclaimed, now, given_by)

    def told(self) -> dict[str, Any]:
        """Return it as it stands in the queue, which is JSON: a path may have any bytes."""
        path = quote_from_bytes(os.fsencode(self.path))
        asked = {"since": self.since.isoformat(), "given_by": self.given_by}
        return {"team": self.team, "name": self.name, "path": path, "unclaimed": [*self.unclaimed], **asked}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "PassJob":
        """Return it as it was told; what another release has told besides is passed over.

        Raises:
            NoPass: nothing is told that is one.
        """
        try:
            path = Path(os.fsdecode(unquote_to_bytes(told["path"])))
            since = datetime.fromisoformat(told["since"])
            asked = since, int(told.get("given_by", 0))
            return cls(str(told["team"]), str(told["name"]), path, tuple(map(str, told["unclaimed"])), *asked)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise NoPass("something stood in the queue that is no pass of peerloop's, and was taken out") from None


def lane_of(connections: Iterable[str]) -> str:
    """Return the lane of those who need these connections: a queue of procrastinate's, whose name is short."""
    name = f"{TASK}:{'+'.join(sorted(connections))}"
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return name if len(name) <= _LONGEST_LANE else f"{name[:_LONGEST_LANE]}…{digest}"


def hurries_of(files: Mapping[str, TeamFile], urgent: Iterable[str]) -> Mapping[str, int]:
    """Return how soon the jobs are to be done for whose teams somebody waits, by the teams' keys."""
    large = {key for key in urgent if len(files[key].text) > LARGE}
    small = [key for key in urgent if key not in large]
    hurries = {key: max(SOON + 1, URGENT - ahead // AT_ONCE) for ahead, key in enumerate(small)}
    return {**dict.fromkeys(large, SOON), **hurries}


def lock_of(team: str) -> str:
    """Return what a job of a team holds while it runs, and while it waits."""
    return f"{TASK}:{team}"


def address_of(ledger: str) -> str:
    """Return the address of a ledger's server as its driver takes it, with how it is spoken to, and how long."""
    address = make_url(ledger).set(drivername="postgresql")
    spoken = [f"-c {name}={value.replace(' ', '')}" for name, value in SPOKEN.items()]
    told = address.query.get("options", ())
    options = " ".join([*((told,) if isinstance(told, str) else told), *spoken])
    query = urlencode(
        {**bounds(address), **address.query, "options": options}, doseq=True, quote_via=quote
    )  # libpq knows no + for a blank
    return f"{address.set(query={}).render_as_string(hide_password=False)}?{query}"


def make_tables(ledger: str, anew: bool = False) -> None:
    """Make procrastinate's tables in the ledger's database, where they are not there yet.

    It keeps no version of them, so a comment of ours says by which schema they were made. Where the installed one is
    another, they are made ``anew`` by whoever gives out, without the jobs: those are asked for again.

    Raises:
        LedgerError: the database cannot be used, or the tables are another release's and not to be made anew.
    """
    schema = SchemaManager.get_schema()
    ours = f"peerloop: {hashlib.sha256(schema.encode()).hexdigest()[:12]}"
    with in_words(), Bounded.connect(address_of(ledger)) as server:
        server.execute("SELECT pg_advisory_xact_lock(%s)", (MAKING_TABLES,))
        is_there, made_by = server.execute(_MADE_BY).fetchone() or (False, None)
        if is_there and made_by == ours:
            return
        if is_there and not anew:
            raise LedgerError(
                "the queue in the ledger is another release's; the `peerloop run` of this one makes it anew. "
                "Stop the processes of the other one, on every machine"
            )
        if anew:  # what is left of it as well, where somebody has dropped a table
            server.execute(_UNMADE)
        server.execute(schema)
        server.execute(psycopg.sql.SQL("COMMENT ON TABLE procrastinate_jobs IS {}").format(ours))


@contextmanager
def in_words() -> Iterator[None]:
    """Say in words for people what a database cannot do."""
    try:
        yield
    except (ConnectorException, psycopg.Error) as error:
        cause = error.__cause__ or error
        why = (str(cause).strip() or type(error).__name__).splitlines()[0]
        if isinstance(cause, PoolTimeout):
            why = "no connection to the database was to be had in time"
        said = f"the queue in the ledger cannot be used now ({why}); it is tried again"
        raise of_database(said, getattr(cause, "sqlstate", None)) from error


def quiet() -> None:
    """Let the libraries say nothing of a database that is away: that is said by us, once."""
    for name in ("procrastinate", "psycopg"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
