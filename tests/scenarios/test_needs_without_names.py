"""A wish on the home page is said without a name: who wrote it, and when, is nowhere but on that page."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

from daemon.model.needs import monday_of
from tests.scenarios.command_line import peerloop
from tests.scenarios.test_daemon import running, shows, until

TEAM = """\
team: Platform
timezone: UTC
lead: ada@example.com
members:
  - {name: Ada Lovelace, email: ada@example.com}
  - {name: Zelda Quux, email: zelda.q@example.com}
series:
  - {name: Talks, format: lunch-and-learn, cadence: {every: week, on: thursday, at: "12:00"}}
working_days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]
chase: {working_hours: 00:00-24:00}
"""
WISH = "how quokkas sleep, asks Zelda Quux (@zelda.q, zelda.q@example.com, stranger@elsewhere.example, @far_away)"
KEPT = "how quokkas sleep, asks somebody (somebody, somebody, somebody, somebody)"
AROUND = ("Quentin Outside", "quentin@outside.example", "quentin_handle", "2031-05-06", "10:17:23", "04:05:06")
WRITTEN = f"""
Quentin Outside <quentin@outside.example>, 2031-05-06 10:17:23:

- {WISH}

(@quentin_handle wrote this at 10:17:23)

- [ ] @quentin_handle ask Quentin Outside by 2031-05-06
"""
MOMENT = datetime(2031, 5, 6, 4, 5, 6, 789_000, UTC)


def files(folder: Path, home: Path) -> Iterator[tuple[Path, str]]:
    """Yield all that is kept or said, as text, but for the page itself."""
    for path in folder.rglob("*"):
        if path.is_file() and path != home:
            data = path.read_bytes()
            parts = message_from_bytes(data, policy=policy.default).walk() if path.suffix == ".eml" else ()
            decoded = [str(part.get_content()) for part in parts if part.get_content_maintype() == "text"]
            yield path, "\n".join([data.decode("utf-8", "replace"), *decoded])


def documents(ledger: Path) -> Iterator[str]:
    """Yield every row of the ledger as text."""
    with closing(sqlite3.connect(ledger)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            yield from (repr(row) for row in connection.execute(f'SELECT * FROM "{table}"'))


def test_nobody_can_tell_who_wrote_it_nor_when(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(TEAM)
    data = tmp_path / "peerloop-data"
    home = data / "wiki/platform/home.md"
    with running(tmp_path, "team.yaml") as daemon:
        until(shows(home, "peerloop:end"))
        home.write_text(home.read_text() + WRITTEN)
        os.utime(home, (MOMENT.timestamp(), MOMENT.timestamp()))
        until(lambda: any("quokkas" in row for row in documents(data / "ledger.db")))
        daemon.stop()
    assert "quokkas" not in home.read_text().partition("peerloop:end")[0]
    today = datetime.now(UTC)
    monday = monday_of(today.date())
    coming = f"{monday + timedelta(days=14)}T10:00"
    assert peerloop(tmp_path, "apply", "team.yaml", "--now", coming).code == 0
    listed = peerloop(tmp_path, "needs", "team.yaml", "--json").out
    assert KEPT in listed and f'"seen": "{monday}"' in listed

    kept = dict(files(tmp_path, home))
    assert any("how quokkas sleep" in " ".join(text.split()) for path, text in kept.items() if path.suffix == ".eml")
    for path, text in kept.items():
        assert [sign for sign in (*AROUND, "stranger", "far_away") if sign.casefold() in text.casefold()] == [], path
    told = [row for row in documents(data / "ledger.db") if "quokkas" in row]
    assert told
    for row in told:
        around_it = row.replace(KEPT, "").casefold()
        if "overview" not in around_it:  # which goes to the lead, on a Monday, with all else
            assert "zelda" not in around_it and f"{int(MOMENT.timestamp())}" not in row
            assert today.weekday() == 0 or f"{today.date()}" not in row
    shown = home.read_text().partition("peerloop:end")[0]
    assert KEPT in shown and f"in the week of {monday}" in shown
    assert WRITTEN in home.read_text()
