"""The countries whose public holidays are known, from the ``holidays`` package."""

import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any


@cache
def country_names() -> Mapping[str, str]:
    """Return every known code of ISO 3166, of two letters and of three, with the country's name in English."""
    from holidays.registry import COUNTRIES

    return {code: names[0] for names in COUNTRIES.values() for code in names[1:] if 2 <= len(code) <= 3}


def subdivisions(code: str) -> tuple[str, ...]:
    """Return the codes and names of a known country's subdivisions that have holidays of their own."""
    country = _country(code)
    return (*country.subdivisions, *country.subdivisions_aliases)


def _country(code: str) -> Any:
    _spare_the_others()
    return getattr(import_module("holidays"), code)


def _spare_the_others() -> None:
    """Let the package load a country when it is asked for.

    It would load all 250 with the first, which takes longer than reading a team's file. Its folder of countries is
    known as a module from here on, but what that module does when it is imported is not done.
    """
    folder = "holidays.countries"
    if folder not in sys.modules and (spec := find_spec(folder)):
        sys.modules[folder] = module_from_spec(spec)
