"""The schema, the reference, the example and the models say the same."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

import config
from config import yaml12
from config.load import load_team
from config.operator import Operator, operator_model
from config.parts import Before
from config.schema import operator_schema, team_schema
from config.team import Team
from daemon.tell.kinds import EVERYTHING, KINDS, MUTABLE
from integrations import kinds
from tests.unit.test_config_load import CASES, GOOD

FOLDER = Path(config.__file__).parent
EXAMPLE, STARTER, README = FOLDER / "example/platform.yaml", FOLDER / "starter.yaml", FOLDER / "README.md"
TEAM_SCHEMA, OPERATOR_SCHEMA = team_schema(MUTABLE), operator_schema(kinds())
Json = dict[str, Any]


def parts(schema: Json, root: Json) -> Iterator[Json]:
    """Yield the objects that a schema may mean, each kind of them, in lists and mappings too."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if "properties" in schema:
        yield schema
    else:
        inner = [
            *schema.get("anyOf", ()),
            *schema.get("oneOf", ()),
            schema.get("items"),
            schema.get("additionalProperties"),
        ]
        for one in inner:
            if isinstance(one, dict):
                yield from parts(one, root)


def keys(schema: Json, root: Json, path: str = "") -> Iterator[tuple[str, str, Json, bool]]:
    """Yield the path of what has a key, the key, its schema, and whether it is required; once for each kind."""
    for part in parts(schema, root):
        for key, value in part["properties"].items():
            yield path, key, value, key in part.get("required", ())
            yield from keys(value, root, f"{path}.{key}".strip("."))


def reference() -> dict[tuple[str, str, str], tuple[str, str]]:
    """Return default and example of each row of the reference, by file, section and key."""
    rows: dict[tuple[str, str, str], tuple[str, str]] = {}
    file = section = ""
    for line in README.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            file = line[3:]
        elif line.startswith("### "):
            section = line[4:].strip("`") if "`" in line else ""
        elif match := re.fullmatch(r"\| `(\w+)` \| .+ \| (.+?) \| `(.+)` \|", line):
            assert (file, section, match[1]) not in rows
            rows[(file, section, match[1])] = match[2], match[3]
    return rows


ROWS = reference()
FILES = {"The team's file": TEAM_SCHEMA, "peerloop.yaml": OPERATOR_SCHEMA}
DOCUMENTED = [(file, *found) for file, schema in FILES.items() for found in keys(schema, schema)]


def test_the_reference_tells_all_that_can_be_muted() -> None:
    kinds = (f"`{kind.name}` ({kind.meaning})" for kind in KINDS if kind.can_be_muted)
    assert ", ".join([f"`{EVERYTHING}` (anything)", *kinds]) in README.read_text(encoding="utf-8")


def test_every_key_is_documented_and_every_documented_key_exists() -> None:
    assert {(file, path, key) for file, path, key, _, _ in DOCUMENTED} == set(ROWS)


@pytest.mark.parametrize(("file", "path", "key", "schema", "required"), DOCUMENTED)
def test_every_key_is_explained_and_its_default_is_the_documented_one(
    file: str, path: str, key: str, schema: Json, required: bool
) -> None:
    assert schema["description"].endswith(".")
    assert schema["title"]
    default, _ = ROWS[(file, path, key)]
    if required:
        assert default == "required" or (path, key) == ("connections", "user")
    elif "default" not in schema or schema["default"] == []:
        assert default == "—"
    elif isinstance(schema["default"], dict):
        assert default == "see there"
    else:
        assert yaml12.read(default.strip("`").encode()).root == schema["default"]


@pytest.mark.parametrize(("row", "cells"), ROWS.items())
def test_every_example_is_valid(row: tuple[str, str, str], cells: tuple[str, str]) -> None:
    file = row[0]
    value = yaml12.read(cells[1].encode())
    assert value.faults == []
    schemas = [found for other, where, name, found, _ in DOCUMENTED if (other, where, name) == row]
    validators = [Draft202012Validator({**schema, "$defs": FILES[file]["$defs"]}) for schema in schemas]
    assert any(validator.is_valid(value.root) for validator in validators)


@pytest.mark.parametrize(("model", "schema"), [(Team, TEAM_SCHEMA), (operator_model(kinds()), OPERATOR_SCHEMA)])
def test_the_defaults_that_editors_show_are_those_of_the_models(
    model: type[Team] | type[Operator], schema: Json
) -> None:
    Draft202012Validator.check_schema(schema)
    for name, field in model.model_fields.items():
        shown = schema["properties"][name].get("default")
        if shown is not None and name != "data":
            adapter: TypeAdapter[Any] = TypeAdapter(field.rebuild_annotation())
            assert adapter.validate_python(shown) == field.get_default(call_default_factory=True)
    assert TypeAdapter(Before).validate_python("7 days before") == Team.model_fields["wiki"].default.open


@pytest.mark.parametrize("schema", [TEAM_SCHEMA, OPERATOR_SCHEMA], ids=["team", "operator"])
def test_the_schema_is_one_for_editors_too(schema: Json, tmp_path: Path) -> None:
    """Their patterns are those of JavaScript, which is stricter than Python."""
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [str(program), "--check-metaschema", str(tmp_path / "schema.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_the_schema_accepts_what_is_right() -> None:
    validator = Draft202012Validator(TEAM_SCHEMA)
    for text in (GOOD.encode(), EXAMPLE.read_bytes(), STARTER.read_bytes()):
        assert list(validator.iter_errors(yaml12.read(text).root)) == []


BEYOND_A_SCHEMA = re.compile(
    r"no time zone|public holidays|subdivision of|before joining|no format has|is there|in a to z|another"
    r"|called today|in the list twice|needs to know when|never comes|lasts|no template|lies outside|not a member"
    r"|earlier|no series|no topic|is no role|two roles|decides on it|does not exist|ends before|smaller number"
    r"|ten years|too far|no format '|share is nan|line break|control character|two people|the text is empty"
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [case for case in CASES if not BEYOND_A_SCHEMA.search(case[2])],
    ids=[said.partition(";")[0] for _, _, said in CASES if not BEYOND_A_SCHEMA.search(said)],
)
def test_the_schema_refuses_what_it_can(old: str, new: str, said: str) -> None:
    document = yaml12.read(GOOD.replace(old, new, 1).encode())
    assert not Draft202012Validator(TEAM_SCHEMA).is_valid(document.root)


def test_the_example_uses_every_key_of_a_team() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    used = set(re.findall(r"(?m)^(?:# )?([a-z_]+):", text))
    assert used >= set(Team.model_fields)
    deeper = set(re.findall(r"[a-z_]+(?=: )", text))
    wanted = {key for _, path, key, _, _ in DOCUMENTED if path in ("members", "topics", "chase", "rotation", "series")}
    assert wanted - deeper == {"confluence"}


@pytest.mark.parametrize("path", [EXAMPLE, STARTER])
def test_what_is_delivered_is_right(path: Path) -> None:
    assert load_team(path).faults == ()
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=./peerloop.schema.json\n")


def test_what_the_starter_has_commented_out_is_right_too(tmp_path: Path) -> None:
    text = STARTER.read_text(encoding="utf-8")
    head, _, rest = text.partition("team: My team")
    active = re.sub(r"(?m)^( *)# (?=( *- \{|  )?[a-z_]+:|  ?[- ] |- [{n])", r"\1", rest)
    active = re.sub(r"(?m)^Without.*$|^Days on.*$", "", active)
    path = tmp_path / "team.yaml"
    path.write_text(f"{head}team: My team{active}", encoding="utf-8")
    loaded = load_team(path)
    assert loaded.faults == ()
    team = loaded.checked()
    assert len(team.series) == 3
    assert len(team.sessions) == 3
    assert team.members[1].share == 0.5
    assert team.wiki.space == "TEAM"
