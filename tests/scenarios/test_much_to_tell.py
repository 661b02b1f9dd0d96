"""A team with much to tell each of its people: theirs arrives, and nobody else's mail waits for it to be made."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from time import process_time
from typing import Any

from config.operator import operator_model
from daemon.cli.setting import Setting, world_of
from daemon.model import Reminder
from daemon.plan.guards import Allowance
from daemon.serve.rounds import Rounds
from daemon.serve.team_files import read_teams
from daemon.tell.kinds import NOTICE, TURN
from integrations import kinds
from tests.scenarios.command_line import MONDAY, TEAM, edited
from tests.scenarios.forks import LONGEST

PEOPLE, DATES = 20, 500
MOST_SECONDS = 25
"""Of the processor, passes and mails of a day together; comparing all that waits with all of it took minutes."""
MUCH = TEAM.replace("team: Platform", "team: Much").partition("members:")


def much() -> str:
    """Return the file of a team of many people, none of whom is in the other one."""
    before, members, rest = MUCH
    people = "".join(f"\n  - {{name: Person {n}, email: {address(n)}}}" for n in range(PEOPLE))
    return f"{before}{members}{people}\n{rest[rest.index('series:') :]}".replace("ada@example.com", address(0))


def address(number: int) -> str:
    return f"person{number}@much.test"


def called_off(to: str) -> Iterator[Reminder]:
    """Yield what one edit that calls off so many dates tells somebody, who had been given the turn in each."""
    for n in range(DATES):
        day, key = datetime.fromisoformat(MONDAY).date() + timedelta(days=10 + n), f"much/daily/{n}"
        of_it: dict[str, Any] = {"due": day, "session": key}
        off, gains = f"{key}/notice/cancelled-1/{to}@{MONDAY}", f"{key}/turn/gains/facilitator/{to}@{MONDAY}"
        yield NOTICE.reminder(off, "much", to, f"Called off: Daily on {day}", **of_it)
        yield TURN.reminder(gains, "much", to, f"You facilitate Daily on {day}", **of_it)


def mails(folder: Path) -> dict[str, list[EmailMessage]]:
    """Return all mails that are out, by whom they are for."""
    found = dict[str, list[EmailMessage]]()
    for file in sorted((folder / "peerloop-data" / "outbox").glob("*.eml")):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        found.setdefault(mail["To"].addresses[0].addr_spec, []).append(mail)
    return found


def test_what_one_team_has_to_tell_keeps_no_other_ones_mail_waiting(folder: Path) -> None:
    (folder / "much.yaml").write_text(much())
    files, monday = (folder / "much.yaml", folder / "team.yaml"), datetime.fromisoformat(MONDAY)
    told = Setting(operator_model(kinds()).default(folder / "peerloop-data"), files, monday)
    world, now = world_of(told), [told.now()]
    rounds = Rounds(world, Allowance(), lambda: now[0], gone_by=lambda: now[0].timestamp())

    def round_of(newcomer: str = "") -> None:
        if newcomer:
            edited(folder / "team.yaml", "members:", f"members:\n  - {{name: {newcomer}, email: {newcomer}@b.test}}")
        rounds.begin(read_teams(files, told.operator, now[0]).files)
        assert rounds.settle(LONGEST)

    round_of()
    assert {address(n) for n in range(PEOPLE)} | {"ada@example.com"} <= mails(folder).keys(), "all are welcomed"
    world.ledger.add("much", [one for n in range(PEOPLE) for one in called_off(address(n))])

    start = process_time()
    round_of(newcomer="yara")
    assert "yara@b.test" in mails(folder)
    assert all(len(mails(folder)[address(n)]) == 1 for n in range(PEOPLE)), "they had today's"
    now[0] += timedelta(days=1)
    round_of(newcomer="zoe")
    assert process_time() - start < MOST_SECONDS
    assert "zoe@b.test" in mails(folder)
    for n in range(PEOPLE):
        _, mail = mails(folder)[address(n)]
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert f"{DATES} sessions changed" in mail["Subject"]
        assert text.count("Called off: Daily on ") == 8 and f"  - and {DATES - 8} more" in text
        assert "You facilitate Daily" not in text, "those are off"
    rounds.close()
    world.ledger.close()
