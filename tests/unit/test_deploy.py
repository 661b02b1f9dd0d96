"""What an operator is given holds what it says: manifests, unit, image, alerts, dashboard, scripts, and their page.

Tools that are no Python packages are Debian's; where one is missing a test says so, and with CI=true it fails.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from config.operator import load_operator, operator_model
from daemon.ledger import open_ledger
from daemon.ports import Traffic
from daemon.serve.passed import Passed
from daemon.serve.team_files import read_team
from daemon.serve.teams import Teams
from daemon.web.metrics import Metrics
from integrations import kinds

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
NOW = datetime(2026, 11, 23, tzinfo=UTC)
MOST_EXPOSED = 20
"""Of 100, by systemd's reckoning."""
PAGE = (DEPLOY / "README.md").read_text(encoding="utf-8")


def tool(name: str, package: str) -> str:
    """Return a program that is no Python package; without it the test is skipped aloud."""
    found = shutil.which(name)
    if found is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(f"{name} is not installed here (apt-get install --no-install-recommends {package})")
    return str(found)


def ran(*command: object, **more: Any) -> str:
    """Run a program, which has to succeed; return all it says."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, check=False, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout + done.stderr)


@cache
def metrics() -> str:
    """Return what a daemon with one connection tells at /metrics."""
    ledger = open_ledger("sqlite://", create=True)
    teams = Teams(operator_model(kinds()).default("nowhere"))
    teams.served = read_team(ROOT / "config/example/platform.yaml", teams.operator, NOW).files
    try:
        return Metrics(teams, ledger, lambda: {"google": Traffic(1, 0, 0, False)}, Passed()).text().decode()
    finally:
        ledger.close()


def told() -> set[str]:
    """Return the names of all figures, as they are asked for."""
    return {one.name for family in text_string_to_metric_families(metrics()) for one in family.samples}


def asked(text: str) -> set[str]:
    """Return the names of figures that a text mentions."""
    return set(re.findall(r"\bpeerloop_[a-z_]+\b", text))


def test_each_figure_is_in_the_table_of_the_page_and_nothing_else_is() -> None:
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in told()}
    assert asked(PAGE) == families


@pytest.mark.parametrize("file", ["alerts.yaml", "dashboard.json", "alerts_test.yaml"])
def test_alerts_and_dashboard_ask_only_for_figures_that_are_there(file: str) -> None:
    mentioned = asked((DEPLOY / "monitoring" / file).read_text())
    assert mentioned and mentioned <= told()


def test_promtool_finds_the_figures_well_formed() -> None:
    ran(tool("promtool", "prometheus"), "check", "metrics", input=metrics())


def test_each_alert_fires_when_it_should_and_only_then() -> None:
    promtool = tool("promtool", "prometheus")
    ran(promtool, "check", "rules", DEPLOY / "monitoring/alerts.yaml")
    ran(promtool, "test", "rules", DEPLOY / "monitoring/alerts_test.yaml")


def test_each_alert_is_tested_and_has_its_entry_in_the_runbook() -> None:
    (group,) = yaml.safe_load((DEPLOY / "monitoring/alerts.yaml").read_text())["groups"]
    tests = yaml.safe_load((DEPLOY / "monitoring/alerts_test.yaml").read_text())["tests"]
    fired = {one["alertname"] for test in tests for one in test["alert_rule_test"] if one.get("exp_alerts")}
    names = [rule["alert"] for rule in group["rules"]]
    assert set(names) == fired and len(names) == len(set(names))
    assert re.findall(r"^### (Peerloop\w+)$", PAGE, re.M) == names
    for rule in group["rules"]:
        assert rule["annotations"]["runbook"] == f"deploy/README.md#{rule['alert'].lower()}"


def test_the_dashboard_has_its_panels_side_by_side() -> None:
    panels = json.loads((DEPLOY / "monitoring/dashboard.json").read_text())["panels"]
    places = [(one["gridPos"]["x"], one["gridPos"]["y"]) for one in panels]
    assert len(set(places)) == len(places) and all(one["targets"] for one in panels)


def test_the_unit_is_shut_off_from_the_machine() -> None:
    analyze = tool("systemd-analyze", "systemd")
    ran(analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", DEPLOY / "peerloop.service")


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    analyze, unit = tool("systemd-analyze", "systemd"), tmp_path / "peerloop.service"
    text = (DEPLOY / "peerloop.service").read_text()
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text))
    assert "Unknown" not in ran(analyze, "verify", "--man=no", unit)


def test_the_daemon_needs_no_memory_that_can_be_written_and_run(tmp_path: Path) -> None:
    """As the unit's MemoryDenyWriteExecute has it; the kernel's own such switch stands in for it."""
    (tmp_path / "team.yaml").write_text((ROOT / "config/starter.yaml").read_text())
    script = "import ctypes, sys; r = ctypes.CDLL(None).prctl(65, 1, 0, 0, 0); sys.exit(77) if r else None; "
    script += "sys.argv = ['peerloop', 'apply', 'team.yaml']; import daemon.web.metrics, psycopg, google.auth; "
    script += "from daemon.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True
    )
    if done.returncode == 77:
        pytest.skip("this kernel cannot forbid it")
    assert done.returncode == 0, done.stderr


def test_the_containerfile_is_as_its_linter_wants_it() -> None:
    ran(BIN / "hadolint", DEPLOY / "Containerfile")


def test_the_image_takes_all_that_it_copies_and_little_else() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+)", (DEPLOY / "Containerfile").read_text(), re.M)
    let_in = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) == let_in and all((ROOT / name).exists() for name in copied)


@pytest.mark.parametrize("file", ["config.yaml", "peerloop.yaml"])
def test_the_manifests_are_as_kubernetes_wants_them(file: str) -> None:
    ran(BIN / "kubernetes-validate", "--strict", "-k", "1.31", DEPLOY / "kubernetes" / file)


def test_the_manifests_hold_together(tmp_path: Path) -> None:
    objects = [one for file in (DEPLOY / "kubernetes").glob("*.yaml") for one in yaml.safe_load_all(file.read_text())]
    there = {(one["kind"], one["metadata"]["name"]) for one in objects}
    (pod,) = (one["spec"]["template"]["spec"] for one in objects if one["kind"] == "Deployment")
    for volume in pod["volumes"]:
        if "configMap" in volume:
            assert ("ConfigMap", volume["configMap"]["name"]) in there
        if "secret" in volume:
            assert ("Secret", volume["secret"]["secretName"]) in there
    mounted = [mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]]
    maps = {one["metadata"]["name"]: one["data"] for one in objects if one["kind"] == "ConfigMap"}
    (secret,) = (one["stringData"] for one in objects if one["kind"] == "Secret")
    written = maps["peerloop"]["peerloop.yaml"]
    assert {f"/run/secrets/peerloop/{name}" for name in secret} == set(re.findall(r"file:(\S+)", written))
    (tmp_path / "peerloop.yaml").write_text(written)
    operator = load_operator(tmp_path / "peerloop.yaml", kinds()).checked()
    assert {Path(pattern).parent.as_posix() for pattern in operator.teams} < set(mounted) and operator.data in mounted
    (tmp_path / "team.yaml").write_text(maps["peerloop-teams"]["platform.yaml"])
    assert read_team(tmp_path / "team.yaml", operator, NOW).faults == ()


def test_the_compose_file_is_as_its_schema_wants_it() -> None:
    ran(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")


def test_the_scripts_are_as_their_linter_wants_them() -> None:
    ran(BIN / "shellcheck", *DEPLOY.glob("*.sh"), ROOT / ".ci/run")


AUDITS = {  # what pip-audit says, of each database in turn, and how it ends
    "reached": (("No known vulnerabilities found", 0),),
    "only the other one": (("alembic: Dependency not found on PyPI and could not be audited", 1), ("No known", 0)),
    "neither": (("could not be audited", 1), ("Name or service not known", 1)),
    "vulnerable": (("Found 2 known vulnerabilities in 1 package", 1),) * 2,
}


def released(folder: Path, audit: str, bill: Path = Path("/bin/true")) -> "subprocess.CompletedProcess[str]":
    """Make what goes with a release, where the databases of vulnerabilities answer so."""
    tools, dist = folder / "bin", folder / "dist"
    tools.mkdir()
    dist.mkdir()
    (dist / "peerloop.whl").write_text("built")
    (tools / "cyclonedx-py").symlink_to(bill)
    answers = dict(zip(("pypi", "osv"), AUDITS[audit], strict=False))
    cases = "".join(f"*' {name} '*) echo '{said}'; exit {code};;\n" for name, (said, code) in answers.items())
    (tools / "pip-audit").write_text(
        f'#!/bin/sh\ncase " $* " in *strict*) ;; *) exit 9;; esac\ncase " $* " in\n{cases}esac\n'
    )
    (tools / "pip-audit").chmod(0o755)
    command = ["sh", str(DEPLOY / "release.sh"), str(dist)]
    return subprocess.run(command, env={**os.environ, "BIN": str(tools)}, capture_output=True, text=True, timeout=300)


def test_a_release_has_its_bill_of_materials_and_its_sums(tmp_path: Path) -> None:
    done, dist = released(tmp_path, "reached", BIN / "cyclonedx-py"), tmp_path / "dist"
    assert done.returncode == 0 and "no known vulnerabilities" in done.stdout and done.stderr == ""
    bill = json.loads((dist / "sbom.json").read_text())
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.M)
    assert bill["bomFormat"] == "CycloneDX" and {one["name"] for one in bill["components"]} == set(locked)
    ran("sha256sum", "-c", "SHA256SUMS", cwd=dist)
    assert "peerloop.whl" in (dist / "SHA256SUMS").read_text()


def test_that_nothing_is_known_of_a_release_is_said_only_where_every_package_was_looked_up(tmp_path: Path) -> None:
    said = {}
    for name in AUDITS:
        (tmp_path / name).mkdir()
        said[name] = released(tmp_path / name, name)
    assert {name: one.returncode for name, one in said.items()} == dict.fromkeys(AUDITS, 0) | {"vulnerable": 1}
    assert "no known vulnerabilities" in said["only the other one"].stdout
    assert "NOT AUDITED" in said["neither"].stderr and "no known" not in said["neither"].stdout
    assert "Found 2 known vulnerabilities" in said["vulnerable"].stderr


@pytest.mark.parametrize("command", sorted({*re.findall(r"(?m)(?:[^`]`|bin/|^)peerloop ([a-z]+)", PAGE)}))
def test_the_page_names_only_commands_that_there_are(command: str) -> None:
    from daemon.cli.commands import cli

    assert command in cli.commands or command == "does"


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", PAGE, re.S))
def test_the_examples_of_peerloop_yaml_are_right(example: str, tmp_path: Path) -> None:
    if "scrape_configs" in example:
        return
    (tmp_path / "peerloop.yaml").write_text(example)
    load_operator(tmp_path / "peerloop.yaml", kinds()).checked()
