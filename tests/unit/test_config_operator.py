"""The operator's file: typed connections, secrets that never show, and whether teams' connections fit."""

from datetime import timedelta
from pathlib import Path

import pytest

import config.found
from config.found import found
from config.load import load_team
from config.operator import LoadedOperator, connection_faults, connection_remarks, load_operator, operator_model
from config.secret import Secret, SecretMissing
from integrations import kinds
from integrations.google_calendar.connection import GoogleCalendar
from integrations.local.connection import Local
from integrations.mail.connection import Smtp

GOOD = """\
teams: [teams/*.yaml, more/*.yaml]
ledger: sqlite:///data/ledger.db
every: 10 minutes
caps: {create: 60, delete: 5}
# the accounts
connections:
  google:
    kind: google-calendar
    credentials: file:secrets/google.json
    subject: organiser@example.com
    api_endpoint: https://calendar.example.com/
  cloud: {kind: confluence-cloud, url: https://example.atlassian.net/wiki, user: bot@example.com, token: env:TOKEN}
  ours: {kind: confluence-data-center, url: https://wiki.example.com/confluence, token: env:TOKEN}
  mail:
    kind: smtp
    host: smtp.example.com
    security: tls
    user: bot
    password: env:SMTP_PASSWORD
    from: Peer learning <peers@example.com>
  shelf: {kind: local, folder: shelf}
  jira: {kind: jira-cloud, url: https://example.atlassian.net, user: bot@example.com, token: env:TOKEN}
  tracker: {kind: jira-data-center, url: https://jira.example.com, token: env:TOKEN}
"""
TEAM = """\
team: Platform
timezone: UTC
lead: ada@example.com
members: [{name: Ada, email: ada@example.com}]
series: [{name: Lunch, format: lunch-and-learn, cadence: {every: week, on: friday, at: "12:00"}}]
"""


EVERYTHING = operator_model(kinds())


def read(path: Path) -> LoadedOperator:
    return load_operator(path, kinds())


def write(folder: Path, text: str) -> Path:
    path = folder / "peerloop.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_is_understood(tmp_path: Path) -> None:
    operator = read(write(tmp_path, GOOD)).checked()
    google, mail, shelf = (operator.connections[name] for name in ("google", "mail", "shelf"))
    assert isinstance(google, GoogleCalendar)
    assert google.credentials == Secret(file=tmp_path / "secrets/google.json")
    assert google.api_endpoint == "https://calendar.example.com"
    assert isinstance(mail, Smtp)
    assert (mail.sender, mail.port, mail.password) == (
        "Peer learning <peers@example.com>",
        587,
        Secret(variable="SMTP_PASSWORD"),
    )
    assert isinstance(shelf, Local)
    assert shelf.folder == str(tmp_path / "shelf")
    assert operator.every == timedelta(minutes=10)
    assert operator.caps.delete == 5
    assert operator.data == str(tmp_path / "peerloop-data")
    assert operator.ledger_url() == f"sqlite:///{tmp_path}/data/ledger.db"
    assert isinstance(operator.connections["local"], Local)
    assert "nowhere" not in operator.connections


def test_teams_are_found_each_once_and_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "with [brackets]"
    (folder / "teams").mkdir(parents=True)
    for name in ("b.yaml", "a.yaml", "c.txt"):
        (folder / "teams" / name).touch()
    operator = read(write(folder, "teams: [teams/*.yaml, teams/a.yaml, 'none/**/*.yaml']\n")).checked()
    assert [path.name for path in operator.team_files()] == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("teams/*.yaml", ["a.yaml", "gone.yaml", "old.yaml"]), ("teams/**", ["a.yaml", "gone.yaml", "b.yaml"])],
)
def test_what_is_found_and_is_no_file_is_not_passed_over(tmp_path: Path, pattern: str, found: list[str]) -> None:
    (tmp_path / "teams" / "old.yaml").mkdir(parents=True)
    (tmp_path / "teams" / "gone.yaml").symlink_to("away/gone.yaml")
    for name in ("a.yaml", "old.yaml/b.yaml"):
        (tmp_path / "teams" / name).touch()
    operator = read(write(tmp_path, f"teams: {pattern}\n")).checked()
    assert [path.name for path in operator.team_files()] == found


@pytest.mark.parametrize("links", [1, 2, 3])
def test_any_folders_are_those_to_which_no_link_leads(tmp_path: Path, links: int) -> None:
    for name in ("z", "deep/below", ".hidden"):
        (tmp_path / "teams" / name).mkdir(parents=True)
        (tmp_path / "teams" / name / "team.yaml").touch()
    for number in range(links):
        (tmp_path / "teams" / "z" / f"round-{number}").symlink_to("..", target_is_directory=True)
        (tmp_path / "teams" / f"a-{number}").symlink_to("/", target_is_directory=True)
    (tmp_path / "elsewhere.yaml").touch()
    (tmp_path / "teams" / "z" / "led.yaml").symlink_to("../../elsewhere.yaml")
    operator = read(write(tmp_path, "teams: teams/**/*.yaml\n")).checked()
    names = [str(path.relative_to(tmp_path / "teams")) for path in operator.team_files()]
    assert names == ["deep/below/team.yaml", "z/led.yaml", "z/team.yaml"]
    everything = {str(Path(name).relative_to(tmp_path)) for name in found(str(tmp_path / "teams" / "**"))}
    assert everything > {"teams", "teams/z", "teams/deep", "teams/deep/below", "teams/deep/below/team.yaml"}


def test_a_checkout_of_one_team_is_not_looked_through_for_ever_and_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config.found, "MOST_FOLDERS", 20)
    for number in range(70):
        (tmp_path / "teams" / "huge" / f"{number:03}" / "deep").mkdir(parents=True)
    for place in ("huge/000", "other/deep/deeper"):
        (tmp_path / "teams" / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / "teams" / place / "team.yaml").touch()
    operator = read(write(tmp_path, "teams: teams/**/team.yaml\n")).checked()
    huge, *teams = operator.team_files()
    assert [file.parent.name for file in teams] == ["000", "deeper"]
    assert huge == tmp_path / "teams" / "huge"  # which is no file, as is told
    assert "no more than 2,000 of the folders in one are looked through" in load_team(huge).faults[0].message
    assert len([*found(str(tmp_path / "teams" / "**"))]) < 40


@pytest.mark.parametrize("pattern", ["teams/*/team.yaml", "teams/gone/team.yaml", "teams/*/more/*.yaml"])
def test_a_folder_that_is_a_link_to_what_is_not_there_is_not_passed_over(tmp_path: Path, pattern: str) -> None:
    for name in ("gone", "beside"):
        (tmp_path / "teams" / name).mkdir(parents=True)
    (tmp_path / "teams" / "gone").rmdir()
    (tmp_path / "teams" / "gone").symlink_to("away", target_is_directory=True)
    (tmp_path / "teams" / "leads-here").symlink_to("beside", target_is_directory=True)
    operator = read(write(tmp_path, f"teams: {pattern}\n")).checked()
    (found,) = operator.team_files()
    (fault,) = load_team(found).faults
    assert found.name == "gone" and "this is a link, and what it leads to is not there; bring" in fault.message


def test_without_a_file_and_with_an_empty_one_everything_is_local(tmp_path: Path) -> None:
    assert EVERYTHING.default("here").ledger_url() == "sqlite:///here/ledger.db"
    assert EVERYTHING.default().data == "peerloop-data"
    assert read(write(tmp_path, "# all by default\n")).checked().data == str(tmp_path / "peerloop-data")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("every: 10 minutes", "evry: 10 minutes", "3:1: there is no key 'evry' at the top of the file; did"),
        ("every: 10 minutes", "every: 0 minutes", "3:8: '0 minutes' is no time at all; write a longer duration"),
        ("create: 60", "create: many", "4:16: create has to be a whole number, not 'many'; write it"),
        ("delete: 5", "delete: -1", "4:28: delete is -1; it has to be at least 0"),
        ("kind: google-calendar", "kind: google", "8:11: 'google' is no kind of connection; did you mean google"),
        ("    kind: google-calendar\n", "", "8:5: this connection has no kind; add it, as in kind: local"),
        ("    host: smtp.example.com\n", "", "15:5: this connection has no host; add it, as in host: smtp.example.com"),
        ("host: smtp", "hots: smtp", "16:5: there is no key 'hots' in this connection; did you mean host?"),
        ("host: smtp.example.com", "host: x\n    url: https://x.org", "17:5: url does not belong to this kind of conn"),
        ("security: tls", "security: ssl", "17:15: security cannot be 'ssl'; write starttls"),
        ("    password: env:SMTP_PASSWORD\n", "", "15:5: signing in needs user and password, and there is no"),
        ("from: Peer learning <peers@", "from: Peer peers@", "20:11: 'Peer peers@example.com>' is not a sender"),
        ("shelf: {kind: local, folder: shelf}", "local: {kind: smtp, host: x, from: a@b}", "21:17: the name local"),
        ("shelf: {kind: local", "shelf: {kind: local, from: x", "21:24: from does not belong to this kind"),
        ("sqlite:///data/ledger.db", "mysql://db/x", "2:9: 'mysql://db/x' is not the address of a ledger; write"),
        ("url: https://wiki.example.com/confluence", "url: wiki", "13:45: 'wiki' is not the address of a server"),
        ("every: 10 minutes", "web: {port: 8000}", "3:7: there is no key 'port' in web; the keys there are listen,"),
        ("every: 10 minutes", "web: {listen: here}", "3:15: 'here' is not an address of this machine with a port"),
        ("every: 10 minutes", "web: {listen: 0.0.0.0:80}", "3:15: other machines reach it there, and what is said"),
        ("every: 10 minutes", "web: {user_header: X-Mail}", "3:20: anybody could send this header and be believed"),
        ("every: 10 minutes", "web: {trusted: 10.0.0.0/8}", "3:16: what these addresses are trusted to say is missing"),
        ("every: 10 minutes", "web: {url: 'mailto:a@b'}", "3:12: 'mailto:a@b' is no address of a web page"),
        ("every: 10 minutes", "web: {url: 'https://a.b/peers'}", "3:12: the web page cannot stand below another one"),
    ],
)  # fmt: skip
def test_faults(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    loaded = read(path)
    assert loaded.operator is None
    assert any(str(fault).startswith(f"{path}:{said}") for fault in loaded.faults), loaded.faults


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("file:secrets/google.json", '\'{"private_key": "hunter2"}\''),
        ("token: env:TOKEN", "token: hunter2"),
        ("token: env:TOKEN", "token: {hunter2: hunter2}"),
        ("token: env:TOKEN", "token: [hunter2]"),
        ("token: env:TOKEN", "token: env:hunter2-x!"),
        ("token: env:TOKEN", "tokn: hunter2"),
        ("password: env:SMTP_PASSWORD", "password: hunter2\n    password: hunter2"),
        ("sqlite:///data/ledger.db", "postgresql+psycopg://me:hunter2@db/peerloop"),
        ("sqlite:///data/ledger.db", "postgresql+psycopg://me:a/hunter2@db/peerloop"),
        ("sqlite:///data/ledger.db", "postgresql+psycopg://db/peerloop?user=me&password=hunter2"),
        ("sqlite:///data/ledger.db", "mysql://me:hunter2@db/x"),
        ("https://example.atlassian.net", "https://me:hunter2@example.atlassian.net"),
        ("shelf: {kind: local, folder: shelf}", "shelf: hunter2"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, old: str, new: str) -> None:
    loaded = read(write(tmp_path, GOOD.replace(old, new, 1)))
    assert loaded.operator is None
    assert loaded.faults
    assert "hunter2" not in " ".join(map(str, loaded.faults))
    assert "hunter2" not in repr(loaded)


def test_secrets_are_read_when_they_are_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("  s3cret\n", encoding="utf-8")
    monkeypatch.setenv("TOKEN", "s3cret\n")
    assert Secret(file=tmp_path / "token").reveal() == "s3cret"
    assert Secret(variable="TOKEN").reveal() == "s3cret"
    monkeypatch.delenv("TOKEN")
    with pytest.raises(SecretMissing, match="env:TOKEN is empty or not set; provide it"):
        Secret(variable="TOKEN").reveal()
    with pytest.raises(SecretMissing, match=r"none cannot be read: No such file or directory; provide the file"):
        Secret(file=tmp_path / "none").reveal()


def test_the_whole_address_of_a_ledger_may_be_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER", "postgresql+psycopg://me:hunter2@db/x")
    operator = read(write(tmp_path, "ledger: env:LEDGER\n")).checked()
    assert operator.ledger_url() == "postgresql+psycopg://me:hunter2@db/x"
    assert "hunter2" not in repr(operator)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ("calendar: {connection: local}", None),
        ("calendar: {connection: google, id: x}", None),
        ("wiki: {connection: cloud, space: PLAT}", None),
        ("mail: {connection: mail}", None),
        ("mail: {connection: shelf}", None),
        ("calendar: {connection: gogle}", "6:24: peerloop.yaml has no connection 'gogle'; did you mean google?"),
        (
            "wiki: {connection: zzz}",
            "6:20: peerloop.yaml has no connection 'zzz'; there are cloud, google, jira, local",
        ),
        (
            "wiki: {connection: mail}",
            "6:20: the connection 'mail' is of the kind smtp and cannot serve as wiki; name one",
        ),
        ("mail: {connection: google}", "6:20: the connection 'google' is of the kind google-calendar and cannot serve"),
        ("calendar: {connection: google}", "6:11: Google Calendar needs to know which calendar; add id"),
        ("wiki: {connection: ours}", "6:7: Confluence needs to know which space; add space, as in space: PLAT"),
        ("calendar: {meet: true}", "6:18: a local calendar has no Meet links; delete meet"),
        ("needs: [{connection: jira, query: type = Bug, many: 3 in 4 weeks}]", None),
        ("needs: [{connection: tracker, query: labels = postmortem, area: operations}]", None),
        ("needs: [{connection: jira}]", "6:9: Jira needs to know which issues; add query in its own language, as in"),
        ("needs: [{connection: jira, query: x = 1, label: y}]", "6:49: Jira has no label; delete it, or make it an"),
        (
            "needs: [{connection: mail, label: y}]",
            "6:22: the connection 'mail' is of the kind smtp and cannot serve as a source of needs; name one",
        ),
        ("needs: [{connection: ours, label: retro}]", "6:9: Confluence needs to know which space; add it to wiki"),
    ],
)
def test_connections_of_a_team(tmp_path: Path, use: str, said: str | None) -> None:
    operator = read(write(tmp_path, GOOD)).checked()
    path = tmp_path / "team.yaml"
    path.write_text(f"{TEAM}{use}\n", encoding="utf-8")
    team = load_team(path)
    assert team.faults == ()
    found = [str(fault).removeprefix(f"{path}:") for fault in connection_faults(team, operator)]
    assert [fault[: len(said or "")] for fault in found] == ([said] if said else [])


def test_pages_of_needs_are_named_by_a_label_or_what_is_above_them(tmp_path: Path) -> None:
    operator = read(write(tmp_path, GOOD)).checked()
    path = tmp_path / "team.yaml"
    path.write_text(
        f"{TEAM}wiki: {{connection: local, space: PLAT}}\nneeds:\n"
        "- {connection: ours, label: retro, under: Retrospectives}\n"
        "- {connection: ours}\n- {connection: ours, label: x, query: y = 1, file: a.csv, many: 3 in 4 weeks}\n"
    )
    team = load_team(path)
    assert team.faults == ()
    assert [fault.message for fault in connection_faults(team, operator)] == [
        "name the pages by their label, or the page above them as under",
        "Confluence has no query; delete it, or make it an entry of its own",
        "Confluence has no file; delete it, or make it an entry of its own",
        "pages are not counted; delete many",
    ]


def test_comments_need_pages_in_the_same_place(tmp_path: Path) -> None:
    told = {"kind": "confluence-data-center", "url": "https://wiki.example.com", "token": "env:TOKEN"}
    operator = EVERYTHING.model_validate({"connections": {"confluence": told}})
    path = tmp_path / "team.yaml"
    path.write_text(f"{TEAM}mail: {{connection: confluence}}\n")
    (fault,) = connection_faults(load_team(path), operator)
    assert "let wiki name the same connection" in fault.message


@pytest.mark.parametrize(
    ("guests", "said"), [(200, []), (201, ["a session has 201 guests; above 200, Google no longer"])]
)
def test_what_google_does_with_many_guests_is_told_and_is_no_fault(
    tmp_path: Path, guests: int, said: list[str]
) -> None:
    operator = read(write(tmp_path, GOOD)).checked()
    path = tmp_path / "team.yaml"
    members = [f"{{name: Nr {number}, email: nr{number}@example.com}}" for number in range(guests)]
    told = TEAM.replace("{name: Ada, email: ada@example.com}", ", ".join(members))
    path.write_text(f"{told}calendar: {{connection: google, id: x}}\n", encoding="utf-8")
    team = load_team(path)
    assert (team.faults, connection_faults(team, operator)) == ((), ())
    warnings = connection_remarks(team, operator)
    assert [warning.message[: len(said[0])] for warning in warnings] == said
