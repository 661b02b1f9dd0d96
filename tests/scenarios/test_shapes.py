"""What commands print with --json has the shape that `peerloop schema COMMAND` documents."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from daemon.cli.shapes import SHAPES, shape_of
from tests.scenarios.command_line import MONDAY, TEAM, peerloop

COMMANDS = {
    "check": "check team.yaml",
    "schedule": "schedule team.yaml --from 2026-12-01 --until 2026-12-31",
    "plan": f"plan team.yaml --now {MONDAY}",
    "apply": f"apply team.yaml --now {MONDAY}",
    "status": "status team.yaml --now 2026-12-20T10:00",
    "why": f"why team.yaml 2026-12-10 --now {MONDAY}",
    "needs": "needs team.yaml",
    "outcomes": "outcomes team.yaml --now 2026-12-20T10:00",
    "log": "log team.yaml",
    "doctor": "doctor team.yaml",
}
WITH_ALL = (
    TEAM.replace("lunch-and-learn, cadence", "pairing, cadence")
    + "blackouts:\n  - {dates: 2026-12-24}\ntopics:\n  - {title: Vacuum, area: postgres}\n"
    + "  - {title: Reviews}\nsessions:\n  - {series: Lunch & Learn, on: 2026-12-17, cancel: Party}\n"
)


@pytest.mark.parametrize("command", SHAPES)
def test_what_a_command_prints_has_its_shape(command: str, tmp_path: Path) -> None:
    shape = shape_of(command)
    Draft202012Validator.check_schema(shape)
    for text in (TEAM + "topics:\n  - {title: Vacuum, area: postgres}\n", WITH_ALL):
        (tmp_path / "team.yaml").write_text(text)
        if command in ("status", "why", "outcomes", "log"):
            peerloop(tmp_path, "apply", "team.yaml", "--now", MONDAY)
        result = peerloop(tmp_path, *COMMANDS[command].split(), "--json")
        assert result.code == 0, result.err
        Draft202012Validator(shape).validate(json.loads(result.out))


def test_the_schema_of_a_command_is_printed(tmp_path: Path) -> None:
    assert json.loads(peerloop(tmp_path, "schema", "plan").out) == shape_of("plan")
    unknown = peerloop(tmp_path, "schema", "plans")
    assert (unknown.code, unknown.out) == (2, "")
    assert "those are check, schedule, plan" in unknown.err
