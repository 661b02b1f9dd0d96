"""What a lead is asked, before it is applied, who may have renamed a team or a series; only a ledger tells."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from config.team import Team
from config.team_file import TeamFile
from daemon.ledger import Ledger
from daemon.model.names import team_key
from daemon.plan.renames import asked, is_alike, renamed_series, unclaimed, with_members_of
from daemon.serve.team_files import read_teams

if TYPE_CHECKING:
    from daemon.cli.setting import Setting

Question = tuple[tuple[str | int, ...], str]
"""Where in the team's file, as a path in it, and what is asked."""


def questions_of(setting: "Setting", files: Iterable[TeamFile], ledger: Ledger) -> Iterator[tuple[TeamFile, Question]]:
    """Yield what the leads are to be asked of names that are new, file by file."""
    files = list(files)
    unread = [path for path in setting.operator.team_files() if path not in {file.path for file in files}]
    others = [file.team for file in (*files, *read_teams(unread, setting.operator, setting.now()).files)]
    for file in files:
        yield from ((file, question) for question in questions(file.team, ledger, others, setting.now(file.team)))


def questions(team: Team, ledger: Ledger, others: Iterable[Team], now: datetime) -> Iterator[Question]:
    """Yield what is to be asked of a team's names; ``others`` are the teams of all files, which are no former names.

    Raises:
        LedgerError: the ledger cannot be used.
    """
    known = ledger.team_keys()
    key = team_key(team, known)
    if key in known.values():
        for series, text in renamed_series(team, ledger.recall(key, team.team), now):
            yield ("series", team.series.index(series), "name"), text
    else:
        (names,) = with_members_of([team], ledger.bases(unclaimed(known, others)))
        former = [name for name in names if is_alike(team, ledger.recall(known[name], name), now)]
        if former:
            yield ("team",), asked(team.team, former)
