"""The VTIMEZONEs that we write mean what the zones mean, to a reader that knows nothing else."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from io import BytesIO, StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from integrations.formats.ics.content_lines import Component
from integrations.formats.ics.zones import Zones, vtimezone

FIRST, LAST = date(2026, 1, 1), date(2029, 1, 1)


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Berlin",
        "Europe/Dublin",
        "America/New_York",
        "America/Sao_Paulo",
        "Africa/Casablanca",
        "Africa/Cairo",
        "Asia/Kolkata",
        "Asia/Gaza",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "America/Nuuk",
    ],
)
def test_every_hour_has_the_right_offset(name: str) -> None:
    text = Component.made("VTIMEZONE", vtimezone(name, FIRST, LAST), "\r\n").text
    read, zone = tzical(StringIO(text)).get(), ZoneInfo(name)
    wall, last = datetime(2026, 1, 2), datetime(2028, 12, 31)  # noqa: DTZ001, wall times
    while wall < last:
        clear = wall.replace(tzinfo=zone).utcoffset() == wall.replace(tzinfo=zone, fold=1).utcoffset()
        there = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall
        if clear and there:  # neither repeated nor skipped by the clocks
            assert wall.replace(tzinfo=read).utcoffset() == wall.replace(tzinfo=zone).utcoffset(), wall
        wall += timedelta(hours=1)


@pytest.mark.parametrize("module", ["config", "daemon.cli.passes", "integrations.formats.ics.zones"])
def test_the_rules_are_the_package_s_whatever_the_system_has(module: str, tmp_path: Path) -> None:
    """On a system that has the rules of Honolulu for Berlin, of which somebody has made use before us."""
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Berlin").write_bytes(rules("Pacific/Honolulu"))
    code = (
        f"from zoneinfo import ZoneInfo\nZoneInfo('Europe/Berlin')\nimport {module}\n"
        "from datetime import datetime\nfrom icalendar.timezone import tzp\n"
        "zones = ZoneInfo('Europe/Berlin'), tzp.timezone('Europe/Berlin')\n"
        "print(*(datetime(2027, 7, 1, tzinfo=zone).utcoffset() for zone in zones))"
    )
    environment = {**os.environ, "PYTHONTZPATH": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert (said.stdout, said.stderr) == ("2:00:00 2:00:00\n", "")


def test_every_zone_has_the_rules_of_the_package() -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days) for days in range(0, 900, 9)]
    for name in resources.files("tzdata").joinpath("zones").read_text().split():
        ours, theirs = ZoneInfo(name), ZoneInfo.from_file(BytesIO(rules(name)), key=name)
        assert [moment.astimezone(ours).utcoffset() for moment in moments] == [
            moment.astimezone(theirs).utcoffset() for moment in moments
        ], name


def rules(name: str) -> bytes:
    return resources.files("tzdata").joinpath("zoneinfo", name).read_bytes()


def test_a_change_is_told_in_the_time_before_it() -> None:
    lines = vtimezone("Europe/Berlin", FIRST, date(2027, 1, 1))
    spring, autumn = lines.index("DTSTART:20260329T020000"), lines.index("DTSTART:20261025T030000")
    assert lines[spring - 1] == "BEGIN:DAYLIGHT"
    assert lines[spring + 1 : spring + 4] == ("TZNAME:CEST", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200")
    assert lines[autumn + 1 : autumn + 4] == ("TZNAME:CET", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100")


@pytest.mark.parametrize("tzid", ["Europe/Berlin", "W. Europe Standard Time", "/example.com/20260101/Europe/Berlin"])
def test_names_that_others_have_for_a_zone_mean_it(tzid: str) -> None:
    assert Zones({}).get(tzid) == ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("tzid", ["", "Nowhere", "Europe", "../../etc/passwd", "a" * 300, "\x00"])
def test_names_that_mean_nothing_are_unknown(tzid: str) -> None:
    assert Zones({"Nowhere": "BEGIN:VTIMEZONE\r\nTZID:Nowhere\r\nEND:VTIMEZONE\r\n"}).get(tzid) is None


DEFINITION = """\
BEGIN:VTIMEZONE
TZID:Our Own
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:{}
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
"""


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=SECON\n DLY",
        "FREQ=YEARLY;BYSECOND=0,1,2,3;BYMINUTE=0,1,2,3;BYHOUR=0,1,2,3",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_a_zone_that_would_be_counted_out_for_ever_is_none(rule: str) -> None:
    zones = Zones({"Our Own": DEFINITION.format(rule).replace("\n", "\r\n")})
    assert zones.get("Our Own") is None


def test_a_zone_is_what_the_file_defines() -> None:
    rule = "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20401025T010000Z"
    zone = Zones({"Our Own": DEFINITION.format(rule).replace("\n", "\r\n")}).get("Our Own")
    assert zone and datetime(2026, 7, 1, tzinfo=zone).utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(
    ("start", "rule"), [("00010101", "BYMONTH=3;BYDAY=-1SU"), ("20000101", "BYDAY=MO,TU,WE,TH,FR,SA,SU")]
)
def test_a_definition_of_more_changes_than_a_zone_has_is_none(start: str, rule: str) -> None:
    offsets = "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100"
    part = f"BEGIN:STANDARD\r\nDTSTART:{start}T000000\r\n{offsets}\r\nRRULE:FREQ=YEARLY;{rule}\r\n"
    parts = f"{part}END:STANDARD\r\n" * 40
    assert Zones({"Mine": f"BEGIN:VTIMEZONE\r\nTZID:Mine\r\n{parts}END:VTIMEZONE\r\n"}).get("Mine") is None


@pytest.mark.parametrize("rule", ["BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=10", "BYDAY=SU;BYSETPOS=-1;BYMONTH=10"])
def test_a_definition_is_read_however_a_program_says_when_clocks_change(rule: str) -> None:
    def part(kind: str, of: str, to: str, when: str) -> str:
        offsets = f"TZOFFSETFROM:{of}\r\nTZOFFSETTO:{to}"
        return f"BEGIN:{kind}\r\nDTSTART:20001029T030000\r\n{offsets}\r\nRRULE:FREQ=YEARLY;{when}\r\nEND:{kind}\r\n"

    parts = part("STANDARD", "+0200", "+0100", rule) + part("DAYLIGHT", "+0100", "+0200", "BYDAY=-1SU;BYMONTH=3")
    zone = Zones({"Mine": f"BEGIN:VTIMEZONE\r\nTZID:Mine\r\n{parts}END:VTIMEZONE\r\n"}).get("Mine")
    assert datetime(2027, 1, 10, 12, tzinfo=zone).utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize("interval", ["0", "+0", "-0", "00"])
def test_a_rule_that_stands_still_is_none(interval: str) -> None:
    rule = f"RRULE:FREQ=YEARLY;INTERVAL={interval};BYMONTH=2;BYMONTHDAY=30"
    offsets = "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100"
    part = f"BEGIN:STANDARD\r\nDTSTART:20001029T030000\r\n{offsets}\r\n{rule}\r\nEND:STANDARD\r\n"
    assert Zones({"Mine": f"BEGIN:VTIMEZONE\r\nTZID:Mine\r\n{part}END:VTIMEZONE\r\n"}).get("Mine") is None
