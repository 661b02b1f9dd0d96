"""What people wrote is quoted in what others are told, and may be of any length; a sentence stays one to be read."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from config.values import LONGEST_READ, readable
from daemon.ports import Refused
from daemon.tell.troubles import MOST, by_subject
from tests.scenarios.command_line import MONDAY, TEAM, peerloop

ENDLESS = "A" * 90_000
LATER = "2026-11-23T14:00"


def pages(folder: Path) -> None:
    """Give each page a title without an end, and leave a copy beside it."""
    for page in (folder / "peerloop-data" / "wiki").rglob("*.md"):
        page.write_text(re.sub("^# .*", f"# {ENDLESS}", page.read_text(), count=1))
        shutil.copy(page, page.with_name(f"copy-{page.name}"))


def events(folder: Path) -> None:
    """Make the series an all-day event with a title without an end."""
    for calendar in (folder / "peerloop-data" / "calendar").rglob("*.ics"):
        renamed = re.sub(rb"SUMMARY:[^\r]*", b"SUMMARY:" + ENDLESS.encode(), calendar.read_bytes())
        calendar.write_bytes(re.sub(rb"DTSTART;TZID=[^:]*:(\d{8})T\d{6}", rb"DTSTART;VALUE=DATE:\1", renamed))


@pytest.mark.parametrize(("edit", "mends"), [(pages, "Delete the copies"), (events, "give it back its time of day")])
def test_a_title_without_an_end_leaves_what_is_said_of_it_to_be_read(
    folder: Path, edit: Callable[[Path], None], mends: str
) -> None:
    (folder / "team.yaml").write_text(TEAM)
    assert peerloop(folder, "apply", "team.yaml", "--now", MONDAY).code == 0
    edit(folder)
    told = ""
    for command in ("plan", "apply", "status", "log"):
        now = [] if command == "log" else ["--now", LATER]
        result = peerloop(folder, command, "team.yaml", *now)
        told += result.out + result.err
    assert mends in told
    assert max(map(len, told.splitlines())) < LONGEST_READ
    for mail in (folder / "peerloop-data" / "outbox").rglob("*.eml"):
        assert mail.stat().st_size < len(ENDLESS)


def test_of_a_fault_that_is_too_long_the_beginning_and_the_end_are_said() -> None:
    said = str(Refused(f"“{ENDLESS}” cannot be read. Save it once in the editor."))
    assert len(said) <= LONGEST_READ
    assert said.startswith("“AAA") and said.endswith("A” cannot be read. Save it once in the editor.")
    assert readable(said) == said


def test_of_very_many_faults_at_once_some_are_kept_and_the_others_counted() -> None:
    found = by_subject([f"Page {number} cannot be written." for number in range(MOST + 5)])["writing"]
    assert found.startswith("Page 0 cannot be written. Page 1 ")
    assert found.endswith(f"Page {MOST - 1} cannot be written. There are 5 more of them.")
