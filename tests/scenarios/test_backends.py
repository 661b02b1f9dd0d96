"""A backend is a folder and one line: one that is made up here serves a team as calendar, wiki and mail."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from click.testing import CliRunner, Result

import config
import daemon
import integrations
from config.connection import kind_of
from config.schema import operator_schema
from daemon.cli.commands import cli
from daemon.cli.setting import reading_of, setting_of
from daemon.serve.watch import Watcher
from tests.scenarios.command_line import MONDAY, TEAM, edited

CONNECTION = '''
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from config.connection import Connection, Purpose
from config.faults import Problem
from config.places import Folder
from config.team import Team


class Pinboard(Connection):
    """A board in the corridor."""

    serves = ("calendar", "wiki", "mail")

    kind: Literal["pinboard"]
    """A board in the corridor."""
    board: Annotated[Folder, Field(examples=["corridor"])]
    """Where it hangs."""
    pins: int = 9
    """How many pins there are."""

    def problems(self) -> Iterator[Problem]:
        if self.pins < 1:
            yield Problem(("pins",), "nothing holds without pins; buy some")

    def misuse(self, purpose: Purpose, team: Team) -> Iterator[Problem]:
        if purpose == "calendar" and team.calendar.id is None:
            yield Problem(("calendar",), "a pinboard needs to know which corner; add id, as in id: left")

    def watched(self, data: Path, teams: Collection[str]) -> Iterator[Path]:
        yield Path(self.board) / "*.card"


CONNECTIONS = (Pinboard,)
'''
PORTS = """
import hashlib
import pickle
from pathlib import Path

from daemon.model import Check, Observation, Observed, Written, fingerprint


class Board:
    def __init__(self, folder):
        self.folder = Path(folder)

    def observe(self, cursor, known=()):
        cards = sorted(self.folder.glob(f"{self.name}-*.card"))
        return Observation("seen", tuple(pickle.loads(card.read_bytes()) for card in cards), complete=True)

    def write(self, writes):
        return [self.pin(write.resource, write.mark) for write in writes]

    def pin(self, resource, mark):
        card = Observed(resource.key, resource.kind, fingerprint(resource.content), mark)
        digest = hashlib.sha256(resource.key.encode()).hexdigest()[:12]
        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{self.name}-{digest}.card").write_bytes(pickle.dumps(card))
        return Written(resource.key, card)

    def check_up(self):
        yield Check("it hangs there", True, str(self.folder))


class Corner(Board):
    name = "calendar"

    def address(self, event, instance, zone):
        return None

    def busy(self, emails, start, end):
        return {}


class Pages(Board):
    name = "wiki"


class Notes(Board):
    domain = "corridor.example"
    is_private = False

    def send(self, message):
        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{message.to}.note").write_text(message.text)

    def sent(self, message_id):
        return None


def calendar(connection, data, clock, team, key):
    return Corner(connection.board)


def wiki(connection, data, clock, team, key):
    return Pages(connection.board)


def messenger(connection, data, clock, team, key):
    return Notes(connection.board)
"""
USES = "calendar: {connection: corridor, id: left}\nwiki: {connection: corridor}\nmail: {connection: corridor}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a team's folder, where the backend is installed and has its line."""
    backend = tmp_path / "installed" / "pinboard"
    backend.mkdir(parents=True)
    for name, text in (("__init__", ""), ("connection", CONNECTION), ("ports", PORTS)):
        (backend / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(backend.parent)
    monkeypatch.setattr(integrations, "BACKENDS", (*integrations.BACKENDS, "pinboard"))
    for module in ("pinboard", "pinboard.connection", "pinboard.ports"):
        monkeypatch.delitem(sys.modules, module, raising=False)  # one of an earlier test lies elsewhere
    monkeypatch.chdir(tmp_path)
    (tmp_path / "peerloop.yaml").write_text("connections:\n  corridor: {kind: pinboard, board: corridor}\n")
    (tmp_path / "team.yaml").write_text(f"{TEAM}{USES}")
    return tmp_path


def peerloop(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def test_a_pass_keeps_all_of_a_programme_there(folder: Path) -> None:
    applied = peerloop("apply", "team.yaml", "--now", MONDAY)
    assert (applied.exit_code, applied.stderr) == (0, "")
    board = Path("corridor")
    assert {file.name.partition("-")[0] for file in board.glob("*.card")} == {"calendar", "wiki"}
    assert "Lunch & Learn" in "".join(note.read_text() for note in board.glob("*.note"))
    assert {file.name for file in Path("peerloop-data").iterdir() if file.is_dir()} == set()

    again = peerloop("plan", "team.yaml", "--now", MONDAY, "--detailed-exitcode")
    assert (again.exit_code, again.stdout) == (0, "Platform: nothing to do\n")
    assert peerloop("doctor", "team.yaml").stdout.count(f"+ it hangs there: {board}") == 3
    signed_in = peerloop("auth", "corridor", "--client", "client.json")
    assert "nobody signs in to a connection of the kind pinboard" in signed_in.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("team.yaml", ", id: left", "", "team.yaml:11:11: a pinboard needs to know which corner; add id"),
        ("peerloop.yaml", ", board: corridor", "", "2:13: this connection has no board; add it, as in board: corridor"),
        ("peerloop.yaml", "board:", "bord:", "2:30: there is no key 'bord' in this connection; did you mean board?"),
        ("peerloop.yaml", "board: corridor", "board: x, pins: 0", "2:46: nothing holds without pins; buy some"),
        ("peerloop.yaml", "board: corridor", "board: x, pins: no", "2:46: pins has to be a whole number, not 'no'"),
        (
            "peerloop.yaml",
            "kind: pinboard",
            "kind: pinbord",
            "2:20: 'pinbord' is no kind of connection; did you mean pinb",
        ),
        ("peerloop.yaml", "kind: pinboard", "folder: x", "2:13: this connection has no kind; add it"),
    ],
)
def test_what_is_wrong_with_it_is_told(folder: Path, file: str, old: str, new: str, said: str) -> None:
    edited(folder / file, old, new)
    checked = peerloop("check", "team.yaml")
    assert checked.exit_code == 2
    assert said in checked.stderr


def test_the_files_that_it_names_start_a_pass(folder: Path) -> None:
    told = setting_of([Path("team.yaml")], None, None)
    board, files = Path("corridor"), [*told.watched(reading_of(told))]
    assert board / "*.card" in files
    board.mkdir()
    watcher = Watcher()
    assert watcher.follow(files)
    try:
        assert any(is_noticed(watcher, board / "a.card") for _ in range(20))  # the first ones may come too early
        watcher.wait(timedelta(seconds=1))
        assert not is_noticed(watcher, board / "a.md")
    finally:
        watcher.close()


def is_noticed(watcher: Watcher, file: Path) -> bool:
    file.write_text("edited")
    start = monotonic()
    watcher.wait(timedelta(seconds=1))
    return monotonic() - start < 1


def test_an_editor_knows_what_may_be_written_for_it(folder: Path) -> None:
    described = operator_schema(integrations.kinds())["$defs"]["Pinboard"]
    assert described["properties"]["board"]["description"] == "Where it hangs."
    assert described["required"] == ["kind", "board"]


def python_files(*folders: str) -> Sequence[Path]:
    return [file for folder in folders for file in Path(folder).rglob("*.py")]


def test_only_the_line_names_a_backend() -> None:
    core = python_files(*config.__path__, *daemon.__path__)
    root = Path(integrations.__path__[0])
    names = {kind_of(kind) for kind in integrations.kinds()} - {"local"}
    said = {file: file.read_text() for file in (*core, root / "__init__.py", *python_files(str(root / "formats")))}
    assert [(file, name) for file, text in said.items() for name in names if name in text] == []
    named = [(file, text.count(backend)) for backend in integrations.BACKENDS for file, text in said.items()]
    assert {file: times for file, times in named if times} == {root / "__init__.py": 1}
    assert set(integrations.BACKENDS) == {f"integrations.{file.parent.name}" for file in root.glob("*/connection.py")}


def test_what_may_be_written_is_known_without_the_backends_themselves() -> None:
    code = "import sys, integrations; integrations.kinds(); print(*(name for name in sys.modules if '.' in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600)
    loaded = {name for name in done.stdout.split() if name.startswith(("integrations.", "daemon."))}
    assert loaded == {name for backend in integrations.BACKENDS for name in (backend, f"{backend}.connection")}
