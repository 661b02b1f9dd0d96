"""What a lead does with what people lack: they look at it, and take it up or decline it, on the command line."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from daemon.cli.shapes import shape_of
from daemon.model.needs import need_id
from tests.scenarios.command_line import edited, peerloop, tree

TEAM = """\
# Ours since 2024.
team: Platform   # not the train
timezone: Europe/Berlin
lead: ada@example.com
members:
  - {name: Ada Lovelace, email: ada@example.com}
  - {name: Bob Kahn, email: bob@example.com}
series:
  - {name: Talks, format: lunch-and-learn, cadence: {every: week, on: thursday, at: "12:00", starts: 2026-11-26}}
rotation: {ahead: 4 weeks}
topics:   # the backlog

  - title: Deployments that roll back\t# soon
    area: ci

  - title: Vacuum
    area: postgres
needs:
  - {under: retros, area: ci}
  - {file: incidents.csv}
"""
RETRO = "# Retro of 2026-11-13\n\n## Questions\n\n- How do we roll back a deploy?\n- Who reviews on Fridays?\n"
INCIDENTS = "title,area,url,date\nFailing over Postgres: how?,postgres,https://incidents.example.com/1,2026-11-10\n"
MONDAY, NEXT_MONDAY = "2026-11-23T10:00", "2026-11-30T10:00"
BACK, FRIDAYS, POSTGRES = map(
    need_id, ("How do we roll back a deploy?", "Who reviews on Fridays?", "Failing over Postgres: how?")
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "team.yaml").write_text(TEAM)
    (tmp_path / "incidents.csv").write_text(INCIDENTS)
    retros = tmp_path / "peerloop-data/wiki/platform/retros"
    retros.mkdir(parents=True)
    (retros / "a.md").write_text(RETRO)
    applied = peerloop(tmp_path, "apply", "team.yaml", "--now", MONDAY)
    assert (applied.code, applied.err) == (0, "")
    return tmp_path


def found(folder: Path) -> dict[str, dict[str, Any]]:
    result = peerloop(folder, "needs", "team.yaml", "--json")
    assert result.code == 0, result.err
    Draft202012Validator(shape_of("needs")).validate(json.loads(result.out))
    return {one["id"]: one for one in json.loads(result.out)["needs"]}


def test_what_people_lack_is_listed_by_area(folder: Path) -> None:
    listed = peerloop(folder, "needs", "team.yaml")
    assert (listed.code, listed.err) == (0, "")
    assert listed.out == peerloop(folder, "needs", "list", "team.yaml").out
    assert listed.out.splitlines() == [
        "Platform: 3 needs to decide about, 0 decided",
        "  ci",
        *(
            line
            for need in sorted((BACK, FRIDAYS))
            for line in (
                f"    {need}  {'How do we roll back a deploy?' if need == BACK else 'Who reviews on Fridays?'}",
                "        noticed once: Retro of 2026-11-13 <wiki/platform/retros/a.md>",
                *(["        perhaps the same as “Deployments that roll back”"] if need == BACK else ()),
            )
        ),
        "  postgres",
        f"    {POSTGRES}  Failing over Postgres: how?",
        "        noticed once: incidents.csv, 2026-11-10 <https://incidents.example.com/1>",
    ]
    assert found(folder)[BACK] == {
        "id": BACK,
        "text": "How do we roll back a deploy?",
        "area": "ci",
        "state": "proposed",
        "times": 1,
        "sources": [{"where": "Retro of 2026-11-13", "link": "wiki/platform/retros/a.md", "seen": "2026-11-13"}],
        "perhaps": ["Deployments that roll back"],
    }


def test_a_need_is_taken_up_by_a_patch_that_touches_nothing_else(folder: Path) -> None:
    command = ("needs", "accept", POSTGRES, "team.yaml", "--now", MONDAY, "--owner", "bob@example.com")
    before = tree(folder)
    patch = peerloop(folder, *command)
    assert (patch.code, tree(folder)) == (0, before)
    assert "--write" in patch.err
    for program in (["git", "apply", "-"], ["git", "apply", "-R", "-"]):
        subprocess.run(program, cwd=folder, input=patch.out, text=True, check=True, timeout=60)
        by_hand = (folder / "team.yaml").read_text()
    assert by_hand == TEAM
    assert peerloop(folder, *command, "--write").out == patch.out
    assert (folder / "team.yaml").read_text() == TEAM.replace(
        "    area: postgres\n",
        "    area: postgres\n"
        "\n"
        '  - title: "Failing over Postgres: how?"\n'
        "    area: postgres\n"
        '    why: "Noticed once: incidents.csv, 2026-11-10"\n'
        "    link: https://incidents.example.com/1\n"
        "    owner: bob@example.com\n"
        "    added: 2026-11-23\n"
        f"    answers: [{POSTGRES}]\n",
    )
    assert peerloop(folder, "check", "team.yaml").code == 0
    assert found(folder)[POSTGRES]["state"] == "backlog"
    again = peerloop(folder, *command)
    assert (again.code, again.out) == (2, "") and "taken up already" in again.err


def test_a_need_that_is_the_same_and_one_that_is_declined(folder: Path) -> None:
    same = peerloop(folder, "needs", "same", BACK, "Deployments that roll back", "team.yaml", "--write")
    declined = peerloop(folder, "needs", "decline", FRIDAYS, "team.yaml", "--write")
    assert (same.code, declined.code) == (0, 0)
    assert (folder / "team.yaml").read_text() == TEAM.replace(
        "    area: ci\n", f"    area: ci\n    answers: [{BACK}]\n", 1
    ) + f"declined: [{FRIDAYS}]\n"
    states = {key: one["state"] for key, one in found(folder).items()}
    assert states == {BACK: "planned", FRIDAYS: "declined", POSTGRES: "proposed"}
    refused = peerloop(folder, "needs", "accept", FRIDAYS, "team.yaml")
    assert refused.code == 2 and "delete it under declined" in refused.err


def test_why_tells_the_whole_way_of_a_topic(folder: Path) -> None:
    peerloop(folder, "needs", "same", BACK, "Deployments that roll back", "team.yaml", "--write")
    told = peerloop(folder, "why", "team.yaml", "2026-11-26", "--now", MONDAY)
    assert f"answers “How do we roll back a deploy?” ({BACK}), noticed once: Retro of 2026-11-13" in told.out
    assert "noticed on 2026-11-13 → in the backlog → planned for 2026-11-26" in told.out
    (folder / "peerloop-data/wiki/platform/retros/a.md").unlink()
    peerloop(folder, "apply", "team.yaml", "--now", NEXT_MONDAY)
    told = peerloop(folder, "why", "team.yaml", "2026-11-26", "--now", NEXT_MONDAY)
    assert f"answers {BACK}, of which no source tells any more" in told.out
    told_again = peerloop(folder, "why", "team.yaml", "2026-11-26", "--now", NEXT_MONDAY, "--json").out
    Draft202012Validator(shape_of("why")).validate(json.loads(told_again))
    assert "in the backlog → taught on 2026-11-26" in told.out


def test_what_would_make_a_fault_is_not_written(folder: Path) -> None:
    for more, said in (
        (("--owner", "zoe@example.com"), "is not a member"),
        (("--area", "a, b"), "is one name with a comma in it"),
        (("--title", "Vacuum"), "there is a topic of that title already"),
        (("--title", "two\nlines"), "contains a line break"),
    ):
        refused = peerloop(folder, "needs", "accept", BACK, "team.yaml", "--write", *more)
        assert (refused.code, refused.out) == (2, "") and said in refused.err
    unknown = peerloop(folder, "needs", "accept", "n-00000000", "team.yaml", "--write")
    mistyped = peerloop(folder, "needs", "same", BACK, "Vacum", "team.yaml", "--write")
    assert (unknown.code, mistyped.code) == (2, 2)
    assert "did you mean Vacuum?" in mistyped.err
    assert (folder / "team.yaml").read_text() == TEAM


def test_the_file_keeps_its_permissions_and_a_link_stays_one(folder: Path) -> None:
    (folder / "team.yaml").rename(folder / "real one.yaml")
    (folder / "team.yaml").symlink_to("real one.yaml")
    (folder / "real one.yaml").chmod(0o640)
    assert peerloop(folder, "needs", "decline", BACK, "team.yaml", "--write").code == 0
    assert (folder / "team.yaml").is_symlink() and (folder / "real one.yaml").stat().st_mode & 0o777 == 0o640
    assert BACK in (folder / "real one.yaml").read_text()
    patch = peerloop(folder, "needs", "decline", FRIDAYS, "real one.yaml")
    subprocess.run(["git", "apply", "-"], cwd=folder, input=patch.out, text=True, check=True, timeout=60)
    assert FRIDAYS in (folder / "team.yaml").read_text()


def test_the_lead_hears_of_what_waits_once_a_week(folder: Path) -> None:
    (folder / "peerloop-data/wiki/platform/retros/b.md").write_text("# Retro of 2026-11-27\n\nWhat is a saga? #learn\n")
    peerloop(folder, "apply", "team.yaml", "--now", NEXT_MONDAY)
    mails = [path.read_text() for path in (folder / "peerloop-data/outbox").glob("digest-2026-11-30-*")]
    (told,) = (one for one in mails if "What is next, for you as the lead" in one)
    text = " ".join(told.replace("=\n", "").split())
    assert "4 things that people want to learn are neither taken up nor declined, 1 of them new last week" in text
    assert need_id("What is a saga?") in text and "accept ID FILE" in text


def test_a_file_that_is_edited_meanwhile_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from daemon.cli.needs import _Edit
    from daemon.cli.setting import setting_of

    monkeypatch.chdir(folder)
    file = Path("team.yaml")
    edit = _Edit.of(file, BACK, setting_of([file], None, None))
    edited(file, "not the train", "no train")
    with pytest.raises(SystemExit) as ended:
        edit.propose(("declined",), BACK, write=True)
    assert ended.value.code == 3
    assert file.read_text() == TEAM.replace("not the train", "no train")
