"""Does it help? What a team and its lead are told over weeks, in the wiki, by the command and by mail."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from daemon.cli.setting import Setting, reading_of
from daemon.loop import run_once
from daemon.serve.team_files import read_team
from integrations.local.page_text import PageText
from tests.scenarios.command_line import environment, peerloop
from tests.scenarios.confluence_programme import FLAVOURS, ConfluenceProgramme, Flavour, confluence
from tests.scenarios.confluence_programme import TEAM as ON_CONFLUENCE
from tests.scenarios.forks import LONGEST
from tests.scenarios.programme import Programme
from tests.scenarios.test_changed_minds import TEAM, edits, passes, programme_of

SIX = [{"name": name, "email": f"{name.lower()}@example.com"} for name in ("Ada", "Bob", "Cleo", "Dan", "Eve", "Fay")]
KNOWING = [{**SIX[0], "knows": ["ci", "dns"]}, {**SIX[1], "knows": ["ci"]}, *SIX[2:]]
DATES = "email,date,joined\n" + "".join(
    f"{name}@elsewhere.example.com,{date},{joined}\n"
    for name, joined, date in (
        *(("u", "2026-02-02", "2026-03-14"), ("v", "2026-03-02", "2026-04-15"), ("w", "2026-03-02", "2026-04-16")),
        *(("x", "2026-04-01", "2026-05-17"), ("y", "2026-05-04", "2026-06-23"), ("z", "2026-06-01", "2026-07-31")),
    )
)
PAGE = "outcomes.md"


def region(programme: Programme, name: str = PAGE) -> str:
    return PageText(programme.pages()[name]).region


def part(programme: Programme, heading: str) -> str:
    """Return what the page says below a heading."""
    return region(programme).partition(f"**{heading}")[2].partition("**")[2].partition("**")[0].strip()


def asked(programme: Programme, *more: str) -> Any:
    """Return what the command says at the programme's moment, as JSON."""
    now = f"{programme.now:%Y-%m-%dT%H:%M}"
    result = peerloop(programme.path.parent, "outcomes", "team.yaml", *more, "--data", "data", "--now", now, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def goes_on(programme: Programme, **later: float) -> None:
    """Do a pass, some time later."""
    programme.later(**later)
    outcome, delivered = programme.apply()
    assert (outcome.errors, delivered.errors) == ((), ())


def is_named(text: str) -> bool:
    """Whether a text names anybody."""
    return any(re.search(rf"\b{one['name']}\b", text, re.IGNORECASE) for one in SIX)


def writes_items(programme: Programme, day: str, *items: str) -> None:
    """Let people write action items below the page of a lunch."""
    page = programme.wiki / f"{day}-1215-lunch.md"
    page.write_text(f"{page.read_text()}\n" + "".join(f"- [ ] @{item}\n" for item in items))


def ticks(programme: Programme, day: str, who: str) -> None:
    page = programme.wiki / f"{day}-1215-lunch.md"
    page.write_text(page.read_text().replace(f"- [ ] @{who} ", f"- [x] @{who} "))


def lines(programme: Programme, words: str) -> list[tuple[str, str]]:
    """Return the lines of mails that hold some words, and to whom they went."""
    said = ((mail["To"], mail.get_body(("plain",))) for mail in programme.mails())
    return [(str(to), line) for to, body in said if body for line in body.get_content().splitlines() if words in line]


def test_a_season_of_a_team(tmp_path: Path) -> None:
    (tmp_path / "dates.csv").write_text(DATES)
    programme = programme_of(
        tmp_path,
        members=SIX,
        sprint={"starts": "2026-01-05", "length": "1 week"},
        outcomes={"onboarding": "first on-call", "file": "dates.csv"},
    )
    goes_on(programme, days=4)
    writes_items(programme, "2026-11-26", *(f"{one['name'].lower()} do it" for one in SIX))
    assert PAGE not in programme.pages() and "Does it help?" not in region(programme, "home.md")

    passes(programme, days=3)  # Monday, 30 November
    assert f"**Does it help?**\n\n[What the figures say, and what not]({PAGE})" in region(programme, "home.md")
    assert "100%: 1 of 1 that were due" in part(programme, "Sessions held")
    assert "17%: 1 of 6 people who may lead one." in part(programme, "Who has led")
    assert "joined before 2026-11-26, 6 count, and half of them took 45.5 days or less." in part(
        programme, "Onboarding"
    )
    assert "None had so much time yet." in part(programme, "Action items")
    assert "no source tells of bug reports" in part(programme, "Bug reports")

    first = region(programme)
    ticks(programme, "2026-11-26", "ada")
    goes_on(programme, days=6)
    assert region(programme) == first  # Sunday: the week is not over yet
    ticks(programme, "2026-11-26", "bob")
    goes_on(programme, days=1)
    assert "100%: 2 of 2 that were due" in part(programme, "Sessions held")
    goes_on(programme, days=7)
    assert "33%: 2 of 6 that had so much time. 95% interval: 4% to 78%." in part(programme, "Action items")

    found = asked(programme)["teams"][0]
    told = re.sub(r"\\(?=\W)", "", region(programme))
    assert found["until"] == "2026-12-13"
    assert all(one["said"] in told and one["meaning"] in told for one in found["figures"])
    assert not is_named(told)

    edits(programme, outcomes={"page": False})
    assert region(programme).strip() == "These figures are not kept any more."
    assert "Does it help?" not in region(programme, "home.md")


def test_nobody_in_a_team_of_four_can_be_traced(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=KNOWING[:4], outcomes={"onboarding": "first on-call"})
    goes_on(programme, days=4)
    writes_items(programme, "2026-11-26", "ada do it", "bob do it")
    for weeks in (0, 2, 4):
        goes_on(programme, weeks=weeks)
    shown = {one["figure"] for one in asked(programme)["teams"][0]["figures"] if one["value"] is not None or one["n"]}
    assert shown == {"sessions_held"}
    assert region(programme).count("Nothing to show: ") == 4
    assert not is_named(region(programme))


def test_only_the_lead_hears_what_one_person_alone_knows_once_a_month(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=KNOWING, outcomes={"onboarding": "first on-call"})
    for _ in range(3):
        goes_on(programme, weeks=1)
    text = "Known to one person alone, as far as your file and the sessions tell: dns (Ada)"
    assert [to for to, _ in lines(programme, text)] == [
        "Ada <ada@example.com>"
    ]  # on 7 December, not on 30 November and 14 December
    assert asked(programme)["teams"][0]["known_by_one"] == [{"area": "dns", "member": "ada@example.com"}]
    assert not any("dns" in page for page in programme.pages().values())


def test_nobody_is_told_of_it_who_did_not_ask_for_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=KNOWING)
    for _ in range(2):
        goes_on(programme, weeks=1)
    assert PAGE not in programme.pages() and lines(programme, "Known to one person") == []
    figures = {one["figure"]: one for one in asked(programme)["teams"][0]["figures"]}
    assert figures["sessions_held"]["n"] == [2]


def test_a_line_that_cannot_be_used_reaches_the_lead_and_that_it_is_mended(tmp_path: Path) -> None:
    (tmp_path / "dates.csv").write_text(DATES)
    programme = programme_of(tmp_path, members=SIX, outcomes={"file": "dates.csv"})
    (tmp_path / "dates.csv").write_text(f"{DATES}zoe@example.com,2026-11-02\n")
    goes_on(programme)
    goes_on(programme, minutes=5)
    assert lines(programme, "Some dates of the onboarding") == []
    goes_on(programme, days=1)
    ((to, line),) = lines(programme, "Some dates of the onboarding cannot be used, since Monday 2026-11-23, 10:00: ")
    assert to == "Ada <ada@example.com>" and "dates.csv:8:1: nobody in the team has the address 'zoe@" in line
    assert "They are not counted until that is mended" in line
    checked = peerloop(tmp_path, "check", "team.yaml")
    assert checked.code == 0 and "dates.csv:8:1: warning: nobody in the team" in checked.err
    (tmp_path / "dates.csv").write_text(DATES)
    goes_on(programme, days=1)
    assert len(lines(programme, "All dates of the onboarding can be used, since Wednesday")) == 1


def test_a_file_of_dates_that_is_out_of_reach_is_said_and_comes_back(tmp_path: Path) -> None:
    """What the team's file said when it was good stays in force, and its dates are not taken for none."""
    (tmp_path / "dates.csv").write_text(DATES)
    programme = programme_of(tmp_path, members=SIX, outcomes={"file": "dates.csv"})
    goes_on(programme, days=7)
    before = region(programme)
    (tmp_path / "dates.csv").rename(tmp_path / "elsewhere.csv")
    checked = peerloop(tmp_path, "check", "team.yaml")
    missing = "there is no file 'dates.csv'; it is looked for in the folder of this file"
    assert checked.code == 2 and missing in checked.err
    (good,) = read_team(programme.path, programme.operator, programme.now, programme.path.read_text()).files
    with programme.world() as world:
        run_once(good, programme.now, world)
    assert "Not known at present." in part(programme, "Onboarding")
    assert "The file with the dates is not used: it cannot be read" in part(programme, "Onboarding")
    (tmp_path / "elsewhere.csv").rename(tmp_path / "dates.csv")
    goes_on(programme)
    assert region(programme) == before


def test_an_edit_of_the_dates_is_watched_for(tmp_path: Path) -> None:
    (tmp_path / "dates.csv").write_text(DATES)
    programme = Programme(tmp_path, {**TEAM, "members": SIX, "outcomes": {"file": "dates.csv"}})
    setting = Setting(programme.operator, (programme.path,), programme.now)
    assert tmp_path / "dates.csv" in {*setting.watched(reading_of(setting))}


def test_what_runs_needs_no_statistics_library(tmp_path: Path) -> None:
    (tmp_path / "dates.csv").write_text(DATES)
    programme = programme_of(tmp_path, members=SIX, outcomes={"file": "dates.csv"})
    programme.later(days=7)
    commands = [[*name, "team.yaml", "--data", "data", "--now", f"{programme.now:%Y-%m-%dT%H:%M}"] for name in RUN]
    code = (
        "import sys\nfrom contextlib import suppress\nfrom daemon.cli.commands import cli\n"
        f"for command in {commands}:\n    with suppress(SystemExit):\n        cli(command)\n"
        "sys.exit(str({*sys.modules} & {'scipy', 'numpy'}))"
    )
    options: Any = {"cwd": tmp_path, "env": environment(), "capture_output": True, "text": True, "timeout": LONGEST}
    found = subprocess.run([sys.executable, "-c", code], **options)
    assert found.stderr == "set()\n" and "95% interval" in found.stdout
    assert "6 count" in region(programme)


RUN = (["apply"], ["outcomes"])


def test_several_teams_are_told_together(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=SIX)
    other = (tmp_path / "team.yaml").read_text().replace("team: Platform", "team: Payments")
    (tmp_path / "other.yaml").write_text(other)
    goes_on(programme, days=7)
    found = asked(programme, "other.yaml")
    assert [one["team"] for one in found["teams"]] == ["Platform", "Payments"]
    held = next(one for one in found["together"] if one["figure"] == "sessions_held")
    assert (held["value"], held["n"]) == (1, [1])


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_page_stands_in_confluence_as_well(flavour: Flavour, tmp_path: Path) -> None:
    (tmp_path / "dates.csv").write_text(DATES)
    with confluence(flavour) as server:
        team = {**ON_CONFLUENCE, "outcomes": {"onboarding": "first on-call", "file": "dates.csv"}}
        programme = ConfluenceProgramme(server, tmp_path, team)
        goes_on(programme)
        goes_on(programme, days=7)
        page = server.page(programme.shown().pages_of["platform/outcomes"])
        assert page.title == "Platform: does it help?"
        assert "6 count, and half of them took 45.5 days or less" in page.storage
        version = page.version
        goes_on(programme, days=3)
        assert server.page(page.id).version == version
