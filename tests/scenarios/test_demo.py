"""The demo: the same seed gives the same year, and what it tells is so in the calendar, the ledger and the mails."""

import io
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

import icalendar
import pytest
from rich.console import Console
from rich.live import Live

from daemon.cli.demo.lines import Line, Tone
from daemon.cli.demo.play import Day, Play
from daemon.cli.demo.screen import Plain, Wide
from tests import soak
from tests.scenarios.command_line import peerloop
from tests.scenarios.filmed import film, picture
from tests.scenarios.programme import contents

LAST = date(2026, 11, 28)
SOME_DAYS = 19
"""How many days of a year are played where it need not be all of it: up to the first decline."""
PICTURES = os.environ.get("PEERLOOP_PICTURES")


@dataclass
class Played:
    """A year, or its beginning, that was played in a folder."""

    folder: Path
    days: Sequence[Day]

    @property
    def lines(self) -> list[Line]:
        """What was told."""
        return [line for day in self.days for line in day.lines]

    def told(self, tone: Tone) -> list[str]:
        """What was told of some doing."""
        return [line.text for line in self.lines if line.tone is tone]


@contextmanager
def playing(folder: Path, seed: int) -> Iterator[Play]:
    play = Play(folder, seed, LAST)
    with closing(play.stage):
        yield play


def beginning(folder: Path, seed: int) -> Played:
    with playing(folder, seed) as play:
        return Played(folder, list(islice(play.days(), SOME_DAYS)))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return beginning(tmp_path_factory.mktemp("demo"), 5)


def test_the_same_seed_is_the_same_year(played: Played, tmp_path: Path) -> None:
    again = beginning(tmp_path, 5)
    assert again.lines == played.lines
    assert contents(again.folder) == contents(played.folder)


def test_who_is_said_to_decline_has_declined_in_the_calendar_and_somebody_else_has_the_turn(played: Played) -> None:
    (declined,) = (text for text in played.told(Tone.PEOPLE) if " declines " in text)
    name, number = re.findall(r"^(\w+) declines .* on \w+ (\d+)", declined)[0]
    calendar = icalendar.Calendar.from_ical((played.folder / "calendar" / "lighthouse.ics").read_bytes())
    assert isinstance(calendar, icalendar.Calendar)
    answers = {
        (str(guest.params["CN"]).partition(" ")[0], event.start.day)
        for event in calendar.events
        for guest in event.attendees
        if "RECURRENCE-ID" in event and guest.params["PARTSTAT"] == "DECLINED"
    }
    assert answers == {(name, int(number))}
    (instead,) = (text for text in played.told(Tone.PEERLOOP) if "has declined" in text)
    assert not instead.startswith(name)


def test_a_pipe_gets_plain_lines(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    for day in played.days:
        Plain().show(day)
    printed = capsys.readouterr().out
    assert "2025-12-09  ● " in printed and "\x1b" not in printed


def test_a_folder_with_a_team_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text("team: Ours\n")
    done = peerloop(tmp_path, "demo", "--no-serve", "--data", ".")
    assert (done.code, (tmp_path / "team.yaml").read_text()) == (2, "team: Ours\n")
    assert "holds a team already" in done.err


YEAR = (
    " declines ",
    " is ill; ",
    "takes on an action item",
    " ticks “write the runbook",
    " would rather have ",
    " agrees",
    "A retrospective notes",
    "takes it up as a topic",
    " joins; ",
    "mistypes a key",
    " drags ",
    "taps “I can't”",
    "taps “I'll take it”",
    " cancels ",
    "from Thursdays to Wednesdays",
    " leaves on ",
    "on the day before",
)
"""What people do in a year, whatever its seed."""
COMES_OF_IT = (
    "series are in the calendar",
    " swapped turns with ",
    "is the topic of ",
    "takes place on Wednesday",
    "does not take place: Summer party",
    "goes on anew",
    "A page of thanks",
    "it comes back",
    "there is no key 'rotaton'",
)


@pytest.mark.skipif(not (soak.SOAKING or PICTURES), reason="a whole year takes a minute: in a soak")
@soak.soaked
@pytest.mark.parametrize("seed", soak.either([1], [soak.SEED % 1000, soak.SEED % 1000 + 1]))
def test_readme_a_whole_year_stands_every_look(tmp_path: Path, seed: int) -> None:
    with playing(tmp_path, seed) as play:
        wide = Wide(play, Live(console=Console(file=io.StringIO()), auto_refresh=False))
        pictures, days = list[str](), list[Day]()
        for day in play.days():
            days.append(day)
            wide.show(day)
            if any(line.tone is Tone.PEOPLE for line in day.lines) or day.day == LAST:
                pictures.append(picture(wide.drawn(day.day), f"f{len(pictures)}"))
        assert play.stage.went_well
    told = Played(tmp_path, days)
    for what, tone in ((YEAR, Tone.PEOPLE), (COMES_OF_IT, Tone.PEERLOOP)):
        assert [text for text in what if not any(text in line for line in told.told(tone))] == []
    assert any("is stuck" in text or "Stuck" in text for text in told.told(Tone.MAIL))
    for command in ("status", "needs", "outcomes", "check"):
        done = peerloop(tmp_path, command, "team.yaml", "--data", ".", "--now", f"{LAST}T18:00")
        assert (done.code, done.err) == (0, ""), done
    if PICTURES:
        (Path(PICTURES) / "demo.svg").write_text(film(pictures), encoding="utf-8")


def test_a_year_is_drawn_to_fit_the_terminal(played: Played) -> None:
    with playing(played.folder / "drawn", 5) as play:
        console = Console(width=100, height=24, file=io.StringIO(), record=True)
        wide = Wide(play, Live(console=console, auto_refresh=False))
        wide._lines = played.lines
        console.print(wide.drawn(played.days[-1].day))
        shown = console.export_text().splitlines()
    assert len(shown) == 24 and max(map(len, shown)) == 100
    assert "peerloop demo: a year of Lighthouse" in shown[0] and "people do" in shown[-1]
    assert any("declines" in line for line in shown)
