"""The recipes for a repository with team files: their own steps, run as a pipeline does, beside an API on loopback."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from daemon.cli.plan_markdown import MARK
from tests.fakes.loopback import Answer, Listener
from tests.scenarios.command_line import PROGRAM, TEAM

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "config" / "recipes"
OTHERS = 100
"""So many comments of others stand there first: a page of them is full."""


@dataclass
class Comments:
    """The comments on a request for a review, of GitHub's or GitLab's; whoever has the token adds and changes them."""

    token: str
    bodies: dict[int, str] = field(default_factory=lambda: {n: f"comment {n}" for n in range(1, OTHERS + 1)})
    complaints: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    base: str = ""

    def received(self, method: str, target: str, headers: dict[str, str], content: bytes) -> Answer:
        """Answer a request."""
        if self.token not in (headers.get("authorization"), headers.get("private-token")):
            return Answer.of(401, {"message": "401 Unauthorized"})
        path, _, query = target.partition("?")
        number = int(found[1]) if (found := re.search(r"/(?:comments|notes)/(\d+)$", path)) else None
        with self.lock:
            if method == "GET":
                page = int((re.search(r"\bpage=(\d+)", query) or ["", "1"])[1])
                there = sorted(self.bodies)[100 * (page - 1) : 100 * page]
                return Answer.of(200, [self._shown(one) for one in there])
            if (method == "POST") is (number is not None) or (number is not None and number not in self.bodies):
                return Answer.of(404, {"message": "Not Found"})
            number = number or len(self.bodies) + 1
            self.bodies[number] = json.loads(content)["body"]
            return Answer.of(201 if method == "POST" else 200, self._shown(number))

    def _shown(self, number: int) -> dict[str, Any]:
        return {"id": number, "url": f"{self.base}/repos/o/r/issues/comments/{number}", "body": self.bodies[number]}

    @property
    def ours(self) -> list[str]:
        """The comments that are plans."""
        return [body for body in self.bodies.values() if body.startswith(MARK)]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout with a team's file, and programs of the names that a pipeline finds on its path."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, runs in (("peerloop", PROGRAM), ("python", sys.executable)):
        (programs / name).write_text(f'#!/bin/sh\nexec {runs} "$@"\n')
        (programs / name).chmod(0o755)
    (tmp_path / "checkout" / "teams").mkdir(parents=True)
    (tmp_path / "checkout" / "teams" / "platform.yaml").write_text(TEAM)
    return tmp_path / "checkout"


def run(
    script: str, shell: list[str], repository: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    path = f"{repository.parent / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables, "PATH": path}
    return subprocess.run(
        [*shell, script], cwd=repository, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


class GitHub:
    """A job of GitHub's: each step with its own shell, as its documentation has it; those that fetch are left out."""

    def __init__(self, api: str) -> None:
        self.job = yaml.safe_load((RECIPES / "github-actions.yml").read_text())["jobs"]["plan"]
        self.api = api

    def run(self, repository: Path) -> str:
        """Run the job, and return what failed in it."""
        known = {"github.token": "secret", "github.event.pull_request.number": "7"}
        summary = repository.parent / "summary.md"
        variables = {"GITHUB_API_URL": self.api, "GITHUB_REPOSITORY": "o/r", "GITHUB_STEP_SUMMARY": str(summary)}
        for step in (step for step in self.job["steps"] if step.get("name", "Install") != "Install"):
            own = {
                name: re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known[found[1]], value)
                for name, value in step.get("env", {}).items()
            }
            shell = ["python", "-c"] if step.get("shell") == "python" else ["bash", "-e", "-c"]
            done = run(step["run"], shell, repository, {**self.job["env"], **variables, **own})
            if done.returncode:
                return done.stdout + done.stderr
        return ""


class GitLab:
    """A job of GitLab's: its lines one after the other in one shell, which ends at the first that fails."""

    def __init__(self, api: str) -> None:
        self.job = yaml.safe_load((RECIPES / "gitlab-ci.yml").read_text())["peerloop"]
        self.api = api
        self.token = "secret"

    def run(self, repository: Path) -> str:
        """Run the job, and return what failed in it."""
        variables = {
            **self.job["variables"],
            **{"CI_API_V4_URL": self.api, "CI_PROJECT_ID": "1", "CI_MERGE_REQUEST_IID": "7"},
            "PEERLOOP_COMMENT_TOKEN": self.token,
        }
        script = "\n".join(line for line in self.job["script"] if "pip install" not in line)
        done = run(script, ["sh", "-e", "-c"], repository, variables)
        return done.stdout + done.stderr if done.returncode else ""


@pytest.fixture(params=[GitHub, GitLab], ids=["github", "gitlab"])
def pipeline(request: pytest.FixtureRequest) -> "Iterator[tuple[GitHub | GitLab, Comments]]":
    comments = Comments("Bearer secret" if request.param is GitHub else "secret")
    with Listener(comments, "comments") as listener:
        comments.base = listener.url
        yield request.param(listener.url), comments
    assert comments.complaints == []


def test_a_plan_is_one_comment_which_the_next_plan_replaces(
    pipeline: tuple[GitHub | GitLab, Comments], repository: Path
) -> None:
    job, comments = pipeline
    assert job.run(repository) == ""
    (first,) = comments.ours
    assert "**Platform: add 1 series" in first and "presenter Bob Noyce" in first
    team = repository / "teams" / "platform.yaml"
    team.write_text(team.read_text().replace("Bob Noyce", "Bob ``` @here"))
    assert job.run(repository) == ""
    (second,) = comments.ours
    assert second != first and len(comments.bodies) == OTHERS + 1
    assert "````diff" in second  # what somebody is called does not end the block in which mentions call nobody


def test_a_fault_ends_the_run_before_anything_is_planned(
    pipeline: tuple[GitHub | GitLab, Comments], repository: Path
) -> None:
    job, comments = pipeline
    (repository / "teams" / "platform.yaml").write_text(TEAM.replace("members:", "membres:"))
    assert re.search(r"teams/platform\.yaml:\d+:\d+: ", job.run(repository))
    assert comments.ours == [] and not (repository / "plan.md").exists()


def test_gitlab_without_a_token_leaves_the_plan_as_an_artifact(repository: Path) -> None:
    job = GitLab("http://127.0.0.1:9")
    job.token = ""
    assert job.run(repository) == ""
    assert set(job.job["artifacts"]["paths"]) == {"plan.md"}
    assert (repository / "plan.md").read_text().startswith(MARK)


@pytest.mark.parametrize(("file", "schema"), [("github-actions", "github-workflows"), ("gitlab-ci", "gitlab-ci")])
def test_the_recipes_are_what_their_vendors_take(file: str, schema: str) -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [str(program), "--builtin-schema", f"vendor.{schema}", str(RECIPES / f"{file}.yml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_step_puts_what_others_wrote_into_a_script() -> None:
    text = (RECIPES / "github-actions.yml").read_text()
    steps = yaml.safe_load(text)["jobs"]["plan"]["steps"]
    assert not any("${{" in step.get("run", "") for step in steps)
    assert "pull_request_target" not in text


def test_the_hook_of_pre_commit_checks_the_files_that_it_names(repository: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    staged = [
        path for path in ("teams/platform.yaml", "teams/old/a.yml", "README.md") if re.search(hook["files"], path)
    ]
    assert staged == ["teams/platform.yaml"]
    assert run(f"{hook['entry']} {' '.join(staged)}", ["sh", "-c"], repository, {}).returncode == 0
    (repository / staged[0]).write_text("team: [")
    assert run(f"{hook['entry']} {' '.join(staged)}", ["sh", "-c"], repository, {}).returncode == 2
