"""What it costs to make everybody's digest: many teams of different people, each of whom has something to hear."""

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.team import Team
from daemon.deliver import deliver
from daemon.ledger import Ledger, open_ledger
from daemon.model import Message, Reminder
from daemon.model.memory import Memory
from daemon.ports import Messenger
from daemon.tell.kinds import ACTION_ITEM

NOW = datetime(2026, 11, 23, 13, tzinfo=ZoneInfo("Europe/Berlin"))
PEOPLE = 3


class Sent(NamedTuple):
    """How many digests of so many teams went out, and the processor's seconds that they and a delivery of none took."""

    teams: int
    digests: int
    seconds: float
    nothing: float

    @property
    def each(self) -> float:
        """Milliseconds a digest."""
        return self.seconds * 1000 / self.digests


class _Nowhere:
    """A mail account that takes everything."""

    domain = "example.com"
    is_private = True

    def send(self, message: Message) -> None:
        """Take a message."""

    def sent(self, message_id: str) -> bool:
        """Tell that it is not out yet."""
        return False


def digests_cost(teams: int) -> Sent:
    """Return what the digests of a day cost, with what the ledger is told of each."""
    served = {f"team-{number}": _team(number) for number in range(teams)}
    with TemporaryDirectory() as folder, closing(open_ledger(f"sqlite:///{Path(folder)}/ledger.db")) as ledger:
        for key, team in served.items():
            ledger.remember(Memory(key, ""), Memory(key, team.team))
            ledger.leave(key, [_reminder(key, member.email) for member in team.members], NOW)
        seconds, sent = _delivery(served, NOW, ledger)
        nothing, _ = _delivery(served, NOW + timedelta(minutes=5), ledger)
    return Sent(teams, sent, seconds, nothing)


def _delivery(served: dict[str, Team], now: datetime, ledger: Ledger) -> tuple[float, int]:
    start = process_time()
    done = deliver(served, now, ledger, _account)
    return process_time() - start, done.sent


def _account(_team: Team, _key: str) -> Messenger:
    return _Nowhere()  # type: ignore[return-value]


def _team(number: int) -> Team:
    members = [{"name": f"Person {n}", "email": f"p{n}-of-{number}@example.com"} for n in range(PEOPLE)]
    series = {
        "name": "Lunch",
        "format": "lunch-and-learn",
        "cadence": {"every": "week", "on": "thursday", "at": "12:15"},
    }
    told = {"team": f"Team {number}", "timezone": "Europe/Berlin", "lead": members[0]["email"]}
    return Team.model_validate({**told, "members": members, "series": [series]})


def _reminder(key: str, to: str) -> Reminder:
    return ACTION_ITEM.reminder(f"{key}/item/{to}", key, to, "“Order the books”, due today", due=NOW.date())
