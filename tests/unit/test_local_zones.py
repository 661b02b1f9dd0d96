"""The VTIMEZONEs that we write mean what the zones mean, to a reader that knows nothing else."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
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
