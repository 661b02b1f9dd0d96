"""Checks of places: time zones, and the countries whose public holidays count."""

from collections.abc import Iterator, Mapping
from functools import cache
from zoneinfo import ZoneInfo

from config.draft import Draft
from config.faults import Problem, closest, listing, suggestion
from config.team import MemberHolidays, Team
from config.values import shown
from config.yaml12 import Path

_OF_THE_MACHINE = ("localtime", "posixrules", "Factory", "posix", "right")


def check_places(draft: Draft[Team]) -> Iterator[Problem]:
    """Yield time zones, countries and subdivisions that do not exist."""
    team = draft.model
    yield from _zone(("timezone",), team.timezone)
    yield from _country(("holidays",), team.holidays)
    for number, member in enumerate(team.members):
        yield from _zone(("members", number, "timezone"), member.timezone)
        yield from _country(("members", number, "holidays"), member.holidays)


def _zone(path: Path, name: str | None) -> Iterator[Problem]:
    if name is not None and not _is_zone(name):
        yield Problem(path, f"{shown(name)} is no time zone; {_meant_zone(name)}")


def _meant_zone(name: str) -> str:
    """Return the advice for a time zone that was misspelled, or written as its city alone."""
    known = _all_zones()
    city = name.casefold().replace(" ", "_")
    same_city = (zone for zone in known if zone.casefold().rpartition("/")[2] == city)
    meant = next(same_city, None) or closest(name, known, likeness=0.7)
    return f"did you mean {meant}?" if meant else "write one of the IANA names, such as Europe/Berlin"


@cache
def _all_zones() -> tuple[str, ...]:
    from zoneinfo import available_timezones

    return tuple(zone for zone in sorted(available_timezones()) if zone.split("/")[0] not in _OF_THE_MACHINE)


def _is_zone(name: str) -> bool:
    if name.split("/")[0] in _OF_THE_MACHINE:
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # as zoneinfo says of what is not there, not a name, or a folder
        return False
    return True


def _country(path: Path, holidays: MemberHolidays | None) -> Iterator[Problem]:
    if holidays is None:
        return
    # The package takes a few hundredths of a second to load, which only teams with holidays should pay.
    from config.countries import country_names, subdivisions

    if holidays.country not in country_names():
        advice = _meant_country(holidays.country, country_names())
        yield Problem((*path, "country"), f"the public holidays of {shown(holidays.country)} are not known; {advice}")
    elif holidays.subdivision is not None and holidays.subdivision not in subdivisions(holidays.country):
        known = subdivisions(holidays.country)
        problem = f"{shown(holidays.subdivision)} is no subdivision of {holidays.country}"
        advice = suggestion(holidays.subdivision, known) or _listed(known)
        yield Problem((*path, "subdivision"), f"{problem}{advice}")


def _meant_country(country: str, names: Mapping[str, str]) -> str:
    """Return the advice for a country that was written in small letters, or by its name."""
    if country.upper() in names:
        return f"did you mean {country.upper()}?"
    spelled = country.casefold().replace(" ", "")
    by_name = (code for code, name in names.items() if name.casefold() == spelled)
    meant = next(by_name, None)
    return f"did you mean {meant}?" if meant else "write its ISO 3166 code, such as DE"


def _listed(known: tuple[str, ...]) -> str:
    return f"; the known ones are {listing(known, 60)}" if known else "; none are known there, so delete the line"
