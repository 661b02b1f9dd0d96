"""A file whose numbers are each allowed, and come to too much together: refused in a sentence, and never planned."""

from pathlib import Path

import pytest

from config.load import load_team
from config.markdown import markdown_text
from tests.scenarios.command_line import MONDAY, peerloop

DAYS = "[monday, tuesday, wednesday, thursday, friday, saturday, sunday]"


def faults(tmp_path: Path, members: int, series: int, form: str, on: str, ahead: str, more: str = "") -> list[str]:
    people = "".join(f"  - {{name: P{n}, email: p{n}@example.com}}\n" for n in range(members))
    cadence = on if "rrule" in on else f"every: week, on: {on}"
    each = "".join(f'  - {{name: S{n}, {form}, cadence: {{{cadence}, at: "10:00"}}}}\n' for n in range(series))
    path = tmp_path / "team.yaml"
    head = "team: T\ntimezone: Europe/Berlin\nlead: p0@example.com\n"
    path.write_text(f"{head}members:\n{people}series:\n{each}{ahead and f'rotation: {{ahead: {ahead}}}'}\n{more}")
    return [str(fault).removeprefix(f"{path}:") for fault in load_team(path).faults]


def test_too_many_sessions_are_refused_where_the_file_says_how_far_ahead(tmp_path: Path) -> None:
    found = faults(tmp_path, 500, 100, "format: pairing", DAYS, "52 weeks")
    said = "this comes to about 36,500 sessions in the 52 weeks ahead, and at most 1,500 are planned"
    assert found == [f"606:19: {said}; write ahead: 13 days under rotation, or have fewer series"]


@pytest.mark.parametrize(
    ("members", "series", "form", "on", "more", "said"),
    [
        (
            500,
            2,
            "format: pairing",
            DAYS,
            "",
            "choices, each member in each role or pair, and at most 100,000 are made",
        ),
        (500, 30, "format: deep-dive", "monday", "", "write ahead: 2 weeks under rotation, or have fewer members"),
        (5, 25, "format: pairing", "rrule: FREQ=DAILY", "", "this comes to about 2,125 sessions in the 12 weeks ahead"),
    ],
)
def test_so_are_too_many_choices(
    tmp_path: Path, members: int, series: int, form: str, on: str, more: str, said: str
) -> None:
    (found,) = faults(tmp_path, members, series, form, on, "", more)
    assert said in found


def test_and_too_many_topics_for_so_many_sessions(tmp_path: Path) -> None:
    topics = "topics:\n" + "".join(f"  - {{title: T{n}}}\n" for n in range(5000))
    (found,) = faults(tmp_path, 5, 2, "format: code-review", DAYS, "", topics)
    assert "choices, each topic in each of them, and at most 300,000 are made; write ahead: 4 weeks" in found


@pytest.mark.parametrize(
    ("members", "series", "form", "on"),
    [
        (60, 9, "format: lunch-and-learn", "[monday, tuesday, wednesday, thursday, friday]"),
        (200, 20, "format: lunch-and-learn", "tuesday"),
        (500, 5, "format: pairing", "tuesday"),
        (10, 100, "formats: [pairing, code-review]", "friday"),
        (20, 100, "format: deep-dive", "rrule: FREQ=MONTHLY;BYDAY=-1FR"),
    ],
)
def test_a_large_team_is_well_within(tmp_path: Path, members: int, series: int, form: str, on: str) -> None:
    assert faults(tmp_path, members, series, form, on, "") == []


def test_a_session_is_not_moved_into_another_century(tmp_path: Path) -> None:
    moved = 'sessions: [{series: S0, on: 2027-01-04, move_to: "2199-01-04 10:00"}]\n'
    (found,) = faults(tmp_path, 2, 1, "format: code-review", "monday", "", moved)
    assert "2199-01-04 is more than a year away from 2027-01-04; check the year" in found


def crowd(folder: Path, name: str, more: str = "") -> list[str]:
    """Write the largest team, in a series of pairs; return its names, each of which begins with ``name``."""
    names = [f"{name} {number:03}" for number in range(500)]
    people = "".join(f'  - {{name: "{each}", email: m{number:03}@example.com}}\n' for number, each in enumerate(names))
    cadence = '{every: week, on: thursday, at: "12:15"}'
    (folder / "team.yaml").write_text(
        "team: Crowd\ntimezone: Europe/Berlin\nlead: m000@example.com\nrotation: {ahead: 2 weeks}\n"
        f"series:\n  - {{name: Pairs, format: pairing, cadence: {cadence}}}\nmembers:\n{people}{more}"
    )
    return names


def test_the_largest_team_that_check_accepts_has_its_sessions_page(tmp_path: Path) -> None:
    for name in ("<_" * 16, "Maximiliana"):
        folder = tmp_path / str(len(name))
        folder.mkdir()
        names = crowd(folder, name)
        checked = peerloop(folder, "check", "team.yaml")
        assert checked.code == 0, checked.out

        applied = peerloop(folder, "apply", "team.yaml", "--now", MONDAY)
        assert applied.code == 0, applied.err
        (page,) = folder.glob("peerloop-data/wiki/**/*-pairs.md")
        text = page.read_text()
        assert text.count("## Pair ") == 250
        for each in names:
            assert f"- [ ] {markdown_text(each)}\n" in text
            assert f"| {markdown_text(each)} | |\n" in text


def test_names_that_no_page_has_room_for_are_refused(tmp_path: Path) -> None:
    crowd(tmp_path, "<_" * 18)
    refused = peerloop(tmp_path, "check", "team.yaml")
    assert refused.code == 2
    said = "team.yaml:8:3: the names and e-mails come to 64,000 characters on a page, and it has room for 60,000; "
    assert f"{said}shorten the names, or have fewer members" in refused.out + refused.err


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% for one in people %}{% for other in people %}x{% endfor %}{% endfor %}", "the loops go round too often"),
        ("{% for one in people %}" + "x" * 500 + "{% endfor %}", "the page gets too large"),
        ("{% for pair in pairs %}{% for name in pair %}- {{ name }}\n{% endfor %}{% endfor %}" * 3, None),
    ],
)
def test_a_template_is_tried_with_as_many_as_the_team_has(tmp_path: Path, template: str, said: str | None) -> None:
    crowd(tmp_path, "Max", "formats: [{name: pairing, template: ours.md}]\n")
    (tmp_path / "ours.md").write_text(template)
    checked = peerloop(tmp_path, "check", "team.yaml")
    assert (checked.code == 2, said is None or said in checked.out + checked.err) == (said is not None, True), checked
