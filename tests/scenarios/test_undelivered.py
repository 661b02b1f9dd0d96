"""A digest that a mail server refuses for good is given up, and the lead and the status say so; others are retried."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes, policy
from itertools import count
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
import yaml

from config.operator import Operator, load_operator
from config.team_file import TeamFile
from daemon.deliver import deliver
from daemon.ledger import LedgerError
from daemon.plan.guards import Allowance
from daemon.serve.rounds import Rounds
from daemon.serve.team_files import read_team
from daemon.tell.kinds import UNDELIVERED
from daemon.tell.readers import Reader, Readers
from integrations import account as account_of
from integrations import kinds
from integrations.mail import ports
from tests.fakes.mail_server import DROP, SILENCE, MailServer, Stage
from tests.scenarios.command_line import begun, peerloop
from tests.scenarios.disturbances import Failure
from tests.scenarios.forks import LONGEST
from tests.scenarios.programme import MONDAY, TEAM, Programme, heard_of
from tests.scenarios.test_daemon import until

LEAD = "grace@example.com"
"""Who is no member, and has no part in any session."""


FULL = "CREATE TRIGGER full BEFORE UPDATE {} ON digests BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
"""Has the ledger claim what is to be sent, and record nothing more of it, as on a disk that was filled meanwhile."""


class Mailing(Programme):
    """A programme whose digests go through a mail server."""

    def __init__(self, folder: Path, server: MailServer) -> None:
        self.server, self.config = server, folder / "peerloop.yaml"
        super().__init__(folder, {**TEAM, "lead": LEAD, "mail": {"connection": "mail"}}, MONDAY)

    def operators(self) -> Operator:
        mail: dict[str, Any] = {"kind": "smtp", "host": "127.0.0.1", "port": self.server.port, "security": "none"}
        told = {"data": str(self.data), "connections": {"mail": {**mail, "from": "peers@example.com"}}}
        self.config.write_text(yaml.safe_dump(told))
        return load_operator(self.config, kinds()).checked()


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server
    assert server.complaints == []


def reached(server: MailServer) -> list[str]:
    return sorted(mail.to for mail in server.kept)


def words(server: MailServer, to: str) -> str:
    """Return what the last digest to somebody says."""
    last = next(mail.content for mail in reversed(server.kept) if mail.to == to)
    body = message_from_bytes(last, policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_what_is_refused_for_good_is_not_sent_again_and_the_lead_hears_of_it(
    server: MailServer, tmp_path: Path
) -> None:
    programme = Mailing(tmp_path, server)
    server.fail("RCPT", "550 5.1.1 no such user")
    _, delivered = programme.apply()
    (error,) = delivered.errors
    lost = error.split()[2].rstrip(":")
    assert lost not in reached(server)
    programme.later(hours=1)
    _, delivered = programme.apply()
    assert delivered.errors == ()
    assert lost not in reached(server)
    assert UNDELIVERED.section.heading in words(server, LEAD)
    told = peerloop(tmp_path, "status", "team.yaml", "--now", programme.now.isoformat())
    assert "! The digest of 2026-11-23 did not reach" in told.out


@pytest.mark.parametrize("place", ["daemon.digests.compose", "integrations.formats.letter.Address"])
def test_a_fault_of_our_own_in_one_mail_keeps_no_other_from_going_out(
    server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    Mailing(tmp_path / "before", server).apply()
    first, *others = usual = reached(server)
    assert others
    server.kept.clear()
    sound = resolve_name(place)

    def faulty(*given: Any, **named: Any) -> Any:
        if first in (*given, *named.values()):
            raise AttributeError("no such thing")
        return sound(*given, **named)

    programme = Mailing(tmp_path / "now", server)
    with monkeypatch.context() as patched:
        patched.setattr(place, faulty)
        _, delivered = programme.apply()
    assert reached(server) == others
    assert delivered.errors == (f"mail to {first}: that is a fault of peerloop itself; its log says more",)
    programme.later(hours=1)
    programme.apply()
    assert reached(server) == usual


def test_what_was_dropped_is_sent_again_and_then_nothing_is_said(server: MailServer, tmp_path: Path) -> None:
    programme = Mailing(tmp_path, server)
    server.fail("MAIL", DROP, times=20)
    _, delivered = programme.apply()
    assert delivered.sent == 0
    server._faults.clear()
    programme.later(hours=1)
    _, delivered = programme.apply()
    assert delivered.errors == ()
    assert delivered.sent == len(reached(server)) > 0
    assert LEAD not in reached(server)


@pytest.mark.parametrize("arrives", [True, False])
def test_what_arrives_by_the_time_is_not_called_undelivered(tmp_path: Path, arrives: bool) -> None:
    programme = Programme(tmp_path, {**TEAM, "lead": LEAD})
    programme.apply(Failure("messenger", "send", refused=False, after=arrives))
    assert bool(programme.mails()) is arrives
    for _ in range(3):
        programme.later(days=1)
        programme.apply()
    assert programme.mails()
    assert heard_of(programme, "The digest of") == []


def digests(programme: Mailing) -> list[tuple[str, str]]:
    """Return to whom each digest went, and its Message-ID, in their order."""
    return [(mail.to, message_from_bytes(mail.content)["Message-ID"]) for mail in programme.server.kept]


@pytest.mark.parametrize(
    ("stage", "answer"),
    [
        ("RCPT", "504 5.5.2 <host>: Helo command rejected: need fully-qualified hostname"),
        ("RCPT", "550 5.1.8 bad sender's system address"),
        ("RCPT", "550 5.2.0 not accepted"),
        ("RCPT", "550 5.7.1 blocked: address 192.0.2.1 has a poor reputation"),
        ("TAKEN", "550 5.4.5 Daily sending quota exceeded"),
        ("TAKEN", "554 5.6.0 content rejected"),
    ],
)
def test_what_is_refused_to_all_waits_and_goes_out_once_when_it_is_mended(
    server: MailServer, tmp_path: Path, stage: Stage, answer: str
) -> None:
    programme = Mailing(tmp_path, server)
    server.fail(stage, answer, times=999)
    for _ in range(3):  # Monday to Wednesday
        _, delivered = programme.apply()
        assert delivered.sent == 0
        programme.later(days=1)
        ports._account.cache_clear()  # an account at fault rests for a minute of the real time
    server._faults.clear()
    for hour in range(3):
        _, delivered = programme.apply()
        assert delivered.errors == ()
        assert (delivered.sent > 0) is (hour == 0)
        programme.later(hours=1)
    people, ids = zip(*digests(programme), strict=True)
    assert len({*people}) == len(people) > 1
    assert all(one.endswith("@example.com>") for one in ids)


def test_what_nothing_takes_for_a_week_is_given_up_and_the_rest_goes_on(server: MailServer, tmp_path: Path) -> None:
    programme = Mailing(tmp_path, server)
    unheard = "dan@example.com"
    server.puts_off[unheard] = "550 no"
    _, delivered = programme.apply()
    (error,) = delivered.errors
    assert unheard in error
    for _ in range(12):
        programme.later(days=1)
        programme.apply()
    assert set(reached(server)) > {LEAD} and unheard not in reached(server)
    server.puts_off.clear()
    programme.later(days=2)  # when they are at work
    programme.apply()
    assert unheard in reached(server)


def test_who_is_put_off_is_asked_ever_less_often_and_holds_up_nobody(server: MailServer, tmp_path: Path) -> None:
    programme = Mailing(tmp_path, server)
    server.puts_off["bob@example.com"] = "450 4.2.0 greylisted, come back in 300 seconds"
    asked = []
    for _ in range(8 * 12):  # the working day, every five minutes
        _, delivered = programme.apply()
        asked.append(bool(delivered.errors))
        programme.later(minutes=5)
    tried = [5 * number for number, was_tried in enumerate(asked) if was_tried]
    assert tried == [0, 5, 10, 20, 40, 80, 140, 200, 260, 320, 380], "minutes"
    others = [to for to in reached(server) if to != "bob@example.com"]
    assert len({*others}) == len(others) > 2
    server.puts_off.clear()
    programme.later(hours=15)
    programme.apply()
    assert "bob@example.com" in reached(server)


def test_a_mail_that_may_have_gone_out_twice_is_not_sent_again_and_not_called_undelivered(
    server: MailServer, tmp_path: Path
) -> None:
    """The server keeps each mail, and hangs up before it says so (RFC 1047)."""
    programme = Mailing(tmp_path, server)
    server.fail("TAKEN", DROP, times=99)
    for _ in range(30):
        programme.apply()
        programme.later(minutes=5)
    assert server.kept and all(reached(server).count(to) == 2 for to in reached(server))
    server._faults.clear()
    programme.later(days=1)
    programme.apply()
    told = words(server, LEAD)
    assert "Whether the digest of 2026-11-23 reached Bob Noyce is not known: " in told
    assert "hung up over the mail to bob@example.com, and may have taken it" in told
    assert "did not reach" not in told
    bobs = [mail.content for mail in server.kept if mail.to == "bob@example.com"]
    assert not any(b"Welcome" in mail for mail in bobs[2:]), "nor is what they say said once more"


def test_a_server_that_hangs_up_for_some_minutes_costs_nobody_a_mail(server: MailServer, tmp_path: Path) -> None:
    """It is restarted over a mail, so the second and last time that is sent is not a moment later."""
    programme = Mailing(tmp_path, server)
    server.fail("TAKEN", DROP, times=99)
    for minutes in (0, 1, 6):
        programme.later(minutes=minutes)
        assert programme.apply()[1].given_up == ()
    assert server.kept and len({*reached(server)}) == len(reached(server)), "each was sent but once"
    server._faults.clear()
    programme.later(minutes=5)
    _, delivered = programme.apply()
    assert delivered.errors == () and delivered.sent == len({*reached(server)})


def test_trouble_with_mail_is_over_when_nothing_waits_for_it_any_more(
    server: MailServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    programme = Mailing(tmp_path, server)
    server.puts_off["bob@example.com"] = "450 4.2.0 greylisted"
    with programme.world() as world:
        rounds = Rounds(world, Allowance(), lambda: programme.now)
        for minutes in (0, 1, 1, 1, 60):
            programme.later(minutes=minutes)
            rounds.begin([programme.file])
            assert rounds.settle(LONGEST)
            if minutes == 1:
                server.puts_off.clear()  # of which nobody knows while the mail rests
    assert re.findall("trouble|recovered", capsys.readouterr().out) == ["trouble", "recovered"]


def test_a_delivery_that_takes_long_leaves_the_rest_to_the_next_one(tmp_path: Path) -> None:
    programme = Programme(tmp_path, TEAM)
    programme.apply(Failure("messenger", "send", refused=False))
    passed = count(step=6)
    with programme.world() as world, world.ledger.alone():
        teams = {"platform": programme.file.team}
        told = (teams, programme.now, world.ledger, world.messenger)
        deliveries = [deliver(*told, gone_by=lambda: next(passed))]
        while deliveries[-1].left:
            deliveries.append(deliver(*told, gone_by=lambda: next(passed)))
    assert [one.sent for one in deliveries] == [1] * len(programme.mails())
    assert len(deliveries) > 4


def other_team(programme: Programme, name: str, **more: Any) -> TeamFile:
    """Return a team of other people, but for those who are named."""
    people = [{**one, "email": f"{name}-{one['email']}"} for one in TEAM["members"]]
    team = {**TEAM, "team": name, "lead": people[0]["email"], "members": people, "topics": [], "sessions": [], **more}
    path = programme.path.with_name(f"{name}.yaml")
    path.write_text(yaml.safe_dump(team))
    reading = read_team(path, programme.operator, programme.now)
    assert reading.faults == ()
    (file,) = reading.files
    return file


@pytest.mark.parametrize("answer", [SILENCE, "550 5.1.1 <helo@example.com>: undeliverable: mx said: 550 HELO rejected"])
def test_an_address_over_which_a_server_is_silent_or_odd_keeps_no_other_team_waiting(
    server: MailServer, tmp_path: Path, answer: str
) -> None:
    programme = Mailing(tmp_path, server)
    others = other_team(programme, "zebra", mail={"connection": "mail"})
    server.puts_off = dict.fromkeys(("ada@example.com", "bob@example.com", "cleo@example.com"), answer)
    with programme.world() as world:
        rounds = Rounds(world, Allowance(), lambda: programme.now)
        rounds.begin([programme.file, others])
        until(lambda: {one.email for one in others.team.members} <= {*reached(server)})
        assert server.puts_off.keys().isdisjoint(reached(server))
        server.speak()
        rounds.close()


def delivered_with(programme: Programme, *others: TeamFile) -> None:
    with programme.world() as world:
        rounds = Rounds(world, Allowance(), lambda: programme.now)
        rounds.begin([programme.file, *others])
        assert rounds.settle(LONGEST)
        rounds.close()


def test_what_a_team_tells_leaves_by_its_own_account_alone(server: MailServer, tmp_path: Path) -> None:
    programme = Mailing(tmp_path, server)
    here = other_team(programme, "Aaa", members=TEAM["members"], lead=LEAD)
    delivered_with(programme, here)
    members = {one["email"] for one in TEAM["members"]}
    kept = {mail["To"].addresses[0].addr_spec: str(mail) for mail in programme.mails()}
    assert members <= {*reached(server)} and members <= kept.keys()
    assert not [one for one in members if "Aaa" in words(server, one) or "Platform" in kept[one]]


def test_a_team_that_names_others_people_keeps_no_mail_of_theirs(server: MailServer, tmp_path: Path) -> None:
    class Dead(Mailing):
        def operators(self) -> Operator:
            super().operators()
            written = yaml.safe_load(self.config.read_text())
            written["connections"]["dead"] = {**written["connections"]["mail"], "port": 1}
            self.config.write_text(yaml.safe_dump(written))
            return load_operator(self.config, kinds()).checked()

    programme = Dead(tmp_path, server)
    greedy = other_team(programme, "Aaa", members=TEAM["members"], lead=LEAD, mail={"connection": "dead"})
    delivered_with(programme, greedy)
    assert {one["email"] for one in TEAM["members"]} <= {*reached(server)}


def test_a_team_that_takes_two_people_for_one_keeps_no_mail_of_theirs(server: MailServer, tmp_path: Path) -> None:
    programme = Mailing(tmp_path, server)
    bob = {"name": "Bob", "email": "bob@example.com", "was": ["ada@example.com"]}
    mistaken = other_team(programme, "Aaa", members=[bob], lead=LEAD, mail={"connection": "mail"})
    delivered_with(programme, mistaken)
    assert {"ada@example.com", "bob@example.com"} <= {*reached(server)}
    readers = Readers({"platform": programme.file.team, "aaa": mistaken.team}, programme.now)
    assert readers.addresses_of(Reader("bob@example.com", "mail")) == ["bob@example.com"], "else hers of today is his"


def test_teams_of_one_account_tell_somebody_in_one_mail(server: MailServer, tmp_path: Path) -> None:
    programme = Mailing(tmp_path, server)
    other = other_team(programme, "Aaa", members=TEAM["members"], lead=LEAD, mail={"connection": "mail"})
    delivered_with(programme, other)
    assert reached(server).count("ada@example.com") == 1
    assert "Aaa" in words(server, "ada@example.com") and "Platform" in words(server, "ada@example.com")


@pytest.mark.parametrize(("kind", "account"), [("confluence", "wiki platform"), ("local", "wiki")])
def test_a_mail_that_others_read_tells_of_no_other_team(tmp_path: Path, kind: str, account: str) -> None:
    config, secret = tmp_path / "peerloop.yaml", {"url": "https://example.com", "token": "env:TOKEN"}
    about = secret | {"kind": "confluence-data-center"} if kind == "confluence" else {"kind": "local"}
    config.write_text(yaml.safe_dump({"connections": {"wiki": about}}))
    operator = load_operator(config, kinds()).checked()
    team = Programme(tmp_path, TEAM).file.team
    team = team.model_copy(update={"mail": team.mail.model_copy(update={"connection": "wiki"})})
    assert account_of(operator, team, "platform") == account


@pytest.mark.parametrize(
    ("odd", "more"),
    [
        ({"leaves": "2025-01-01"}, {}),
        ({"joined": "2199-01-01"}, {}),
        ({"away": "1970-01-01..2199-12-31"}, {}),
        ({}, {"working_days": ["sunday"], "series": TEAM["series"][:1]}),
        ({"timezone": "Pacific/Auckland"}, {}),
        ({}, {"chase": {"working_hours": "03:00-03:01"}}),
    ],
)
def test_what_another_team_tells_of_somebody_keeps_no_mail_from_them(
    tmp_path: Path, odd: dict[str, Any], more: dict[str, Any]
) -> None:
    programme = Programme(tmp_path, TEAM)
    ada, zoe = {"name": "Ada", "email": "ada@example.com"}, {"name": "Zoe", "email": "zoe@example.com"}
    other = other_team(programme, "Aaa", members=[{**ada, **odd}, zoe], lead="zoe@example.com", **more)
    with programme.world() as world:
        rounds = Rounds(world, Allowance(), lambda: programme.now)
        rounds.begin([programme.file, other])
        assert rounds.settle(LONGEST)
        rounds.close()
    assert "ada@example.com" in {mail["To"].addresses[0].addr_spec for mail in programme.mails()}


def test_a_digest_of_an_older_release_keeps_its_message_id(server: MailServer, tmp_path: Path) -> None:
    programme = Mailing(tmp_path, server)
    server.fail("TAKEN", DROP, times=99)
    programme.apply()
    with closing(sqlite3.connect(programme.data / "ledger.db")) as database, database:
        for table, column in (("digests", "message_id"), ("digests", "message"), ("reminders", "digest")):
            database.execute(f"UPDATE {table} SET {column} = replace({column}, '@example.com>', '@peerloop>')")
    server._faults.clear()
    server.kept.clear()
    programme.later(hours=1)
    programme.apply()
    assert {one.rpartition("@")[2] for _, one in digests(programme)} == {"peerloop>"}


def test_an_outbox_that_cannot_be_written_for_a_while_costs_nobody_a_mail(tmp_path: Path) -> None:
    programme = Programme(tmp_path, TEAM)
    outbox = programme.data / "outbox"
    outbox.parent.mkdir(parents=True, exist_ok=True)
    outbox.write_text("somebody's file in its place")
    _, delivered = programme.apply()
    assert (delivered.sent, delivered.given_up) == (0, ())
    assert "Check the path, its owner and its permissions" in delivered.errors[0]
    outbox.unlink()
    programme.later(hours=1)
    _, again = programme.apply()
    assert again.sent == len(delivered.errors) == len(programme.mails()) > 0


def told_to_ledger(programme: Programme, statement: str) -> None:
    with closing(sqlite3.connect(programme.data / "ledger.db")) as database, database:
        database.execute(statement)


@pytest.mark.parametrize(("of", "went_out"), [("", 0), ("OF sent_at", 1)])
def test_a_ledger_that_cannot_record_what_goes_out_has_nothing_sent_twice(
    server: MailServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], of: str, went_out: int
) -> None:
    programme = Mailing(tmp_path, server)
    programme.plan()
    with programme.world() as world:
        told_to_ledger(programme, FULL.format(of))
        rounds = Rounds(world, Allowance(), lambda: programme.now)
        for _ in range(3):
            rounds.begin([programme.file])
            assert rounds.settle(LONGEST)
            programme.later(minutes=5)
        assert bool(reached(server)) == bool(went_out), "what may be out is noted before it is"
        assert len(reached(server)) == len({*reached(server)})
        said = capsys.readouterr().out
        assert "database or disk is full" in said
        assert "recovered" not in said
        told_to_ledger(programme, "DROP TRIGGER full")
        for _ in range(2):
            rounds.begin([programme.file])
            assert rounds.settle(LONGEST)
        rounds.close()
        assert not world.ledger.digests.unsent()
        assert not world.ledger.digests.undelivered()
    assert len({*reached(server)}) == len(reached(server)) > 1
    assert "recovered" in capsys.readouterr().out


def test_a_process_that_can_record_nothing_sends_nothing_that_another_may_have_sent(
    server: MailServer, tmp_path: Path
) -> None:
    programme = Mailing(tmp_path, server)
    server.puts_off = dict.fromkeys([one["email"] for one in TEAM["members"]] + [LEAD], "451 4.3.0 not now")
    programme.apply()
    server.puts_off.clear()
    told_to_ledger(programme, FULL.format(""))
    programme.later(minutes=30)
    with pytest.raises(LedgerError, match="database or disk is full"):
        programme.apply()
    assert reached(server) == []
    told_to_ledger(programme, "DROP TRIGGER full")
    programme.apply()
    assert len({*reached(server)}) == len(reached(server)) > 1


def killed_while_sending(programme: Mailing) -> None:
    there, says = len(programme.server.kept), (programme.path.with_name("out"), programme.path.with_name("err"))
    one = begun(programme.path.parent, "apply", "--now", programme.now.isoformat(), programme.path.name, says=says)
    until(lambda: len(programme.server.kept) > there)
    one.kill()
    one.wait()


def test_restarts_while_a_server_says_nothing_send_nothing_again_at_once(server: MailServer, tmp_path: Path) -> None:
    programme = Mailing(tmp_path, server)
    programme.plan()
    server.fail("TAKEN", SILENCE, times=4)
    for _ in range(4):
        killed_while_sending(programme)
    assert len(reached(server)) == len({*reached(server)}) == 4
    programme.later(minutes=11)
    programme.apply()
    programme.later(days=1)
    programme.apply()
    copies = Counter(message_from_bytes(mail.content)["Message-ID"] for mail in server.kept)
    assert sorted(copies.values(), reverse=True)[:5] == [2, 2, 2, 2, 1]
