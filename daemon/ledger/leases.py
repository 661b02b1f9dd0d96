"""Leases: of several workers the one that began the latest pass over a team may write, and no earlier one any more.

A worker that was stopped in the middle of a pass, and goes on after its team was given to another, finds that the
epoch is another one. Within a transaction of ours nobody can raise it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, select, update

from daemon.ledger import tables
from daemon.ledger.errors import Superseded
from daemon.ledger.rows import insert_of


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's right to write what is a team's, until another one begins a pass over it.

    ``given_at`` is when it was given, by the clock of the ledger's server; ``was_well`` tells whether nothing failed in
    the last pass that came to its end.
    """

    team: str
    epoch: int
    given_at: datetime
    was_well: bool = False


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the last pass over a team went that a worker brought to its end, and how many seconds it had waited."""

    at: datetime
    waited: float
    written: int
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """When a pass over a team ended that did not come to its end, and how that was."""

    at: datetime
    how: str


_present: ContextVar[Lease | None] = ContextVar("lease", default=None)
"""That of the pass which is made in this thread."""


class Leases:
    """The leases of all teams. Made by the ledger."""

    def __init__(self, engine: Engine) -> None:
        """Take an engine whose schema is up to date."""
        self._engine = engine

    @contextmanager
    def over(self, team: str) -> Iterator[Lease]:
        """Have a new lease of a team for what the caller does in this thread; the one before it is worth nothing."""
        lease = self._given(team)
        before = _present.set(lease)
        try:
            yield lease
        finally:
            _present.reset(before)

    def _given(self, team: str) -> Lease:
        table = tables.leases
        with self._engine.begin() as connection:
            first = insert_of(connection, table).values(team=team, epoch=1)
            raised = first.on_conflict_do_update(index_elements=["team"], set_={"epoch": table.c.epoch + 1})
            found = raised.returning(table.c.epoch, func.now(), table.c.ended_at, table.c.errors)
            epoch, now, ended_at, errors = connection.execute(found).one()
        return Lease(team, epoch, _aware(now), bool(ended_at) and not _errors(errors))

    def check(self) -> None:
        """See that the pass which is made in this thread, if one is, is the latest of its team.

        Raises:
            Superseded: another one was begun.
        """
        if _present.get():
            with self._engine.begin() as connection:
                self.see_to(connection)

    def see_to(self, connection: Connection) -> None:
        """See to the same within a transaction, and that no other is begun before its end."""
        if lease := _present.get():
            table = tables.leases
            mine = select(table.c.epoch).where(table.c.team == lease.team).with_for_update(read=True)
            if connection.execute(mine).scalar() != lease.epoch:
                given = "was given to another worker, while this one stood still"
                raise Superseded(f"{lease.team} {given}; what this one was about to write is left to that one")

    def end(self, lease: Lease, run: LastRun) -> None:
        """Record how a pass went, if it is the latest of its team."""
        told = {"waited": run.waited, "written": run.written, "errors": json.dumps(run.errors)}
        self._record(lease, ended_at=_stored(run.at), broken_off_at=None, broken_off_how=None, **told)

    def break_off(self, lease: Lease, end: BrokenOff) -> None:
        """Record that a pass did not come to its end, beside how the last one went that did."""
        self._record(lease, broken_off_at=_stored(end.at), broken_off_how=end.how)

    def _record(self, lease: Lease, **told: object) -> None:
        table = tables.leases
        mine = (table.c.team == lease.team) & (table.c.epoch == lease.epoch)
        with self._engine.begin() as connection:
            connection.execute(update(table).where(mine).values(told))

    def last_runs(self) -> Mapping[str, LastRun]:
        """Return how the last pass over each team went that came to its end, by the teams' keys."""
        rows = self._rows(tables.leases.c.ended_at.is_not(None))
        return {row.team: LastRun(_read(row.ended_at), row.waited, row.written, _errors(row.errors)) for row in rows}

    def broken_off(self) -> Mapping[str, BrokenOff]:
        """Return which teams' latest pass did not come to its end, by the teams' keys."""
        rows = self._rows(tables.leases.c.broken_off_at.is_not(None))
        return {row.team: BrokenOff(_read(row.broken_off_at), row.broken_off_how) for row in rows}

    def _rows(self, which: ColumnElement[bool]) -> Sequence[Any]:
        with self._engine.connect().execution_options(reading=True) as connection:
            return connection.execute(select(tables.leases).where(which)).all()


def _stored(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _read(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def _errors(document: str) -> tuple[str, ...]:
    return tuple(json.loads(document))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
