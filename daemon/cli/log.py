"""The log of a team: what was written to calendar and wiki, sent by mail, and said by people, and who asked for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from config.team import Team
from daemon.cli.render import TeamNames
from daemon.ledger import Ledger
from daemon.ledger.log import KEPT
from daemon.model.entries import Entry, Facts
from daemon.model.memory import Memory
from daemon.model.statements import DOORS, Statement, StatementKind
from daemon.model.words import quoted

OWN_BUSINESS = frozenset({StatementKind.CAN, StatementKind.ATTENDED, StatementKind.CONSENT, StatementKind.VOTE})
"""What people say of themselves, which is counted and shown to nobody by name."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened ``at`` a moment; ``kind`` is write, mail or said, ``how`` done, failed or unknown."""

    at: datetime
    kind: str
    what: str
    how: str = "done"
    why: str = ""
    asked: str = ""
    by: str = ""
    key: str = ""
    before: Facts = field(default_factory=dict)
    after: Facts = field(default_factory=dict)


def lines_of(team: Team, memory: Memory, ledger: Ledger, since: datetime | None, most: int) -> Sequence[Line]:
    """Return the last things that happened since a moment, aware, in their order; ``most`` bounds how many."""
    found = [_of_write(*one) for one in ledger.log.all_of(memory.team, most)]
    found += [_of_statement(one) for one in memory.statements if one.kind not in OWN_BUSINESS and one.who]
    found += _mails(team, ledger)
    wanted = sorted((one for one in found if since is None or one.at >= since), key=lambda one: one.at)
    return wanted[-most:]


def untold(memory: Memory, ledger: Ledger, now: datetime) -> int:
    """Return how many resources were written of which there is no entry, although none can have been forgotten yet."""
    told, first = ledger.log.told_of(memory.team)
    if first and now - first > KEPT - timedelta(weeks=1):
        return 0
    return sum(bool(record.applied) and key not in told for key, record in memory.records.items())


def _of_write(entry: Entry, is_done: bool) -> Line:
    how = "done" if is_done else "unknown"
    told = entry.what, how, entry.why, entry.asked, entry.by, entry.key, entry.before, entry.after
    return Line(entry.at, "write", *told)


def _of_statement(said: Statement) -> Line:
    what = " ".join(filter(None, (said.kind.value, said.about, said.role, said.other or "")))
    return Line(said.at, "said", f"{what}, {DOORS[said.door]}", asked=said.who or "")


def _mails(team: Team, ledger: Ledger) -> Iterator[Line]:
    people = {member.email for member in team.members} | {team.lead}
    for message, sent_at, error in ledger.log.mails():
        if message.to in people:
            how = "done" if sent_at else "failed" if error else "unknown"
            yield Line(sent_at or message.date, "mail", f"{quoted(message.subject)} to {message.to}", how, why=error)


def log_json(team: Team, lines: Sequence[Line]) -> dict[str, Any]:
    """Return what happened for programs."""
    return {"team": team.team, "entries": [_line_json(line) for line in lines]}


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "at": line.at.isoformat(),
        "kind": line.kind,
        "what": line.what,
        "how": line.how,
        "why": line.why,
        "asked": line.asked,
        "pass": line.by,
        "key": line.key,
        "before": dict(line.before),
        "after": dict(line.after),
    }


HOW: Mapping[str, str] = {
    "done": "",
    "failed": " — that failed",
    "unknown": " — whether that was done is not known yet",
}
KINDS = {"write": "", "mail": "mail ", "said": "said: "}


def log_lines(team: Team, memory: Memory, lines: Sequence[Line], not_told: int = 0) -> Iterator[str]:
    """Yield what happened for people."""
    names = TeamNames.of(team, memory)
    yield f"{team.team} ({team.timezone})"
    if not_told:
        why = "that was an earlier release, which kept no log, or the ledger that told it was lost"
        yield f"  how {not_told} of its events and pages came to be is not known: {why}"
    elif not lines:
        yield "  nothing yet"
    for line in lines:
        yield f"  {names.when(line.at)}  {KINDS[line.kind]}{line.what}{HOW[line.how]}"
        yield from (f"      {told}" for told in _details(line, names))


def _details(line: Line, names: TeamNames) -> Iterator[str]:
    if line.why:
        yield f"why: {line.why}"
    if line.asked:
        yield f"who asked: {names.person(line.asked)}"
    for name in {**line.before, **line.after}:
        was, now = (side.get(name) for side in (line.before, line.after))
        yield f"{name}: {_shown(was, names)} → {_shown(now, names)}" if line.before else f"{name}: {_shown(now, names)}"
    if line.by:
        yield f"pass {line.by}"


def _shown(fact: str | None, names: TeamNames) -> str:
    if fact is None:
        return "—"
    try:
        return names.when(datetime.fromisoformat(fact))
    except ValueError:
        return names.person(fact)
