"""The rules of time zones: those of the locked package ``tzdata``, whatever the system has.

A system's rules are of any age, and a calendar that was right here would be an hour wrong there. The rules are chosen
when ``config`` is imported, for the whole process, so that the libraries that we use have the same ones.
"""

import zoneinfo

import tzdata

RELEASE: str = tzdata.IANA_VERSION
"""The release of the rules, as IANA names it: 2026f."""


def use_locked_rules() -> None:
    """Let every zone of this process be the package's."""
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
