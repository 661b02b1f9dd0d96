"""What SECURITY.md promises: each threat has its tests, and secrets stand in nothing that anybody reads."""

import ast
import base64
import binascii
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from config.secret import Secret, without_secrets
from daemon.ports import Refused
from tests.scenarios.command_line import MONDAY, TEAM, peerloop
from tests.scenarios.site import asked
from tests.scenarios.test_daemon import running, until
from tests.scenarios.test_web_daemon import address_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "deploy/SECURITY.md").read_text(encoding="utf-8")
SECRETS = {
    "CONFLUENCE_TOKEN": "confluence-hunter2-ATATT3xFfGF0",
    "JIRA_TOKEN": "jira-hunter2-ATATT3xFfGF1",
    "SMTP_PASSWORD": "smtp-hunter2-pass",
}
WHO = "bot@example.com"
READ = ("check", "plan", "apply", "status", "log", "outcomes", "needs", "doctor")


def test_each_threat_names_tests_that_there_are() -> None:
    files = (ROOT / "tests").rglob("test_*.py")
    trees = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    there = {node.name for node in trees if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
    rows = [row for row in PAGE.partition("## Threats")[2].partition("##")[0].splitlines()[4:] if row.startswith("|")]
    named = [re.findall(r"`(test_\w+)`", row.split("|")[-2]) for row in rows]
    assert len(rows) > 20 and all(named)
    assert [name for names in named for name in names if name not in there] == []


class Repeating(BaseHTTPRequestHandler):
    """Answers by what it was sent, with every header of it, as a proxy's page may that helps to find a fault."""

    def answer(self) -> None:
        signed = str(self.headers.get("Authorization", "")).rpartition(" ")[2]
        said = f"{self.headers} {signed} {_decoded(signed)}"
        body = json.dumps({"message": said}).encode()
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Type", self.server.says)  # type: ignore[attr-defined]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = answer  # noqa: N815 - as the standard library calls them

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _decoded(signed: str) -> str:
    with suppress(binascii.Error):
        return base64.b64decode(signed + "==").decode("utf-8", "replace")
    return ""


class RepeatingMail(StreamRequestHandler):
    """Greets, and refuses each line with what it said."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            said = line.strip()
            if said.upper().startswith(b"EHLO"):
                self.wfile.write(b"250-here\r\n250 AUTH PLAIN LOGIN\r\n")
            else:
                self.wfile.write(b"535 no: " + said + b"\r\n")


@contextmanager
def serving(server: ThreadingTCPServer | ThreadingHTTPServer) -> Iterator[int]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def everything(folder: Path) -> str:
    """Return all that stands in the files of a folder."""
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file())


def written(folder: Path, web: int, mail: int) -> None:
    """Write files of an operator and a lead who use these servers for everything."""
    (folder / "peerloop.yaml").write_text(f"""\
teams: team.yaml
web: {{listen: "127.0.0.1:0"}}
connections:
  wiki: {{kind: confluence-cloud, url: "http://127.0.0.1:{web}/wiki", user: {WHO}, token: env:CONFLUENCE_TOKEN}}
  jira: {{kind: jira-cloud, url: "http://127.0.0.1:{web}", user: {WHO}, token: env:JIRA_TOKEN}}
  mail:
    {{kind: smtp, host: 127.0.0.1, port: {mail}, security: none, user: bot, password: env:SMTP_PASSWORD, from: {WHO}}}
""")
    more = "wiki: {connection: wiki, space: PLAT}\nmail: {connection: mail}\n"
    more += "needs:\n  - {connection: jira, query: type = Bug}\n"
    (folder / "team.yaml").write_text(TEAM + more)


@pytest.mark.parametrize(("status", "says"), [(401, "application/json"), (403, "text/html"), (400, "application/json")])
def test_a_server_that_repeats_our_secrets_gets_them_into_nothing(tmp_path: Path, status: int, says: str) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Repeating)
    server.status, server.says = status, says  # type: ignore[attr-defined]
    with serving(server) as web, serving(ThreadingTCPServer(("127.0.0.1", 0), RepeatingMail)) as mail:
        written(tmp_path, web, mail)
        said = []
        for command in READ:
            more = ["--now", MONDAY] if command in ("plan", "apply") else []
            for form in ([], ["--json"]):
                result = peerloop(tmp_path, command, *more, *form, env=SECRETS)
                said.append(result.out + result.err)
    assert "127.0.0.1" in "".join(said), "nothing was asked"
    whole = "\n".join([*said, everything(tmp_path)])
    for secret in SECRETS.values():
        for shape in (secret, base64.b64encode(f"{WHO}:{secret}".encode()).decode(), _alone(secret)):
            assert shape not in whole, next(line for line in whole.splitlines() if shape in line)


def _alone(secret: str) -> str:
    return base64.b64encode(f"\0bot\0{secret}".encode()).decode()


def test_a_document_of_secrets_hides_each_of_them(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(
        '{"type": "service_account", "private_key": "-----KEY-7f3a", "project_id": "project"}'
    )
    Secret(file=tmp_path / "key.json").reveal()
    assert str(Refused("the project says -----KEY-7f3a")) == "the project says …"
    assert without_secrets("service_account of project") == "service_account of project"


def test_a_running_daemon_tells_its_secrets_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Repeating)
    server.status, server.says = 400, "application/json"  # type: ignore[attr-defined]
    with serving(server) as web, serving(ThreadingTCPServer(("127.0.0.1", 0), RepeatingMail)) as mail:
        written(tmp_path, web, mail)
        with running(tmp_path) as daemon:
            base = address_of(daemon).partition("/?")[0]
            until(lambda: daemon.about("trouble"))
            shown = "".join(asked(base, "GET", path).body.decode() for path in ("/metrics", "/", "/nowhere", "/readyz"))
            assert daemon.stop() == 0
    found = shown + everything(tmp_path)
    assert not [secret for secret in SECRETS.values() if secret in found]


def test_a_running_daemon_leaves_no_dump(tmp_path: Path) -> None:
    script = "from daemon.serve.dumps import forbid_dumps; import os, resource; forbid_dumps(); "
    script += "print(resource.getrlimit(resource.RLIMIT_CORE), len(os.listdir('/proc/self/fd')) > 0, flush=True); "
    script += "os.kill(os.getpid(), 11)"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    died = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert died.returncode == -signal.SIGSEGV and died.stdout == "(0, 0) True\n" and not list(tmp_path.iterdir())
    assert "make_ready()" in (ROOT / "daemon/cli/commands.py").read_text().partition("def run(")[2]
    assert "forbid_dumps()" in (ROOT / "daemon/serve/limits.py").read_text().partition("def make_ready(")[2]
