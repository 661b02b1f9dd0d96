"""How people, days and texts are named to people, whatever is said of them and wherever it stands."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from config.markdown import without_code
from config.parts import DAY_NAMES
from config.team import Member, Team

_STRUCK = re.compile(r"~~(.+?)~~", re.S)
_STRONG = re.compile(r"\*\*([^*\s](?:[^*]{0,300}[^*\s])?)\*\*")
FACILITATOR = "facilitator"
"""The role of whoever leads a session."""


TOPIC_WANTED = "topic wanted"
"""What stands in the place of the topic of a session that has none."""
NOT_KNOWN = "nobody that is known of"
"""Who had a role in a session that is over, where nobody was given it, or they had declined."""
NONE_NOTED = "none was written down"
"""What stands there once a session has been held, until somebody writes what it was about."""
CHOOSE, SUGGEST = "please choose one", "suggestions are welcome"
"""How somebody, or anybody, is asked for a topic where it would stand."""


def names_of(team: Team) -> dict[str, str]:
    """Return everybody's name by every e-mail they have or had."""
    names = names_among(team.members)
    former = {email: names[member.email] for member in team.members for email in member.was}
    return former | names


def names_among(members: Iterable[Member]) -> dict[str, str]:
    """Return each member's name by their e-mail; of two who share one, the name with the e-mail behind it."""
    members = list(members)
    times = Counter(" ".join(member.name.casefold().split()) for member in members)
    return {
        member.email: f"{member.name} ({member.email})"
        if times[" ".join(member.name.casefold().split())] > 1
        else member.name
        for member in members
    }


def listed(names: Sequence[str]) -> str:
    """Return names as people list them: Ada, Bob and Cleo."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def often(times: int) -> str:
    """Return a number of times in words."""
    return {1: "once", 2: "twice"}.get(times, f"{times} times")


def local(moment: datetime, team: Team) -> datetime:
    """Return a moment in the team's zone."""
    return moment.astimezone(ZoneInfo(team.timezone))


def weekday(day: date) -> str:
    """Return a day's name: Thursday."""
    return DAY_NAMES[day.weekday()].capitalize()


def weekday_of(day: date) -> str:
    """Return a day as ``Thursday 2026-12-10``."""
    return f"{weekday(day)} {day}"


def shortened(text: str, length: int) -> str:
    """Return people's text as one line of at most ``length`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def unmarked(text: str) -> str:
    """Return what people wrote in Markdown as the words it shows, code as it is.

    What is struck through is left out, unless that is all of it.
    """
    left = _without_signs(_STRUCK, text, keep=False)
    shown = left if any(map(str.isalnum, left)) else _without_signs(_STRUCK, text, keep=True)
    return " ".join(_without_signs(_STRONG, shown, keep=True).split()) or text


def _without_signs(pattern: "re.Pattern[str]", text: str, keep: bool) -> str:
    parts, at = list[str](), 0
    for found in pattern.finditer(without_code(text, "x")):
        parts += [text[at : found.start()], text[slice(*found.span(1))] if keep else " "]
        at = found.end()
    return "".join([*parts, text[at:]])


def quoted(text: str) -> str:
    """Return people's text as a short quotation on one line; an address at its end stands apart from the quote sign.

    Mail programs make links of addresses, and would take the sign into them.
    """
    line = shortened(text, 160)
    return f"“{line} ”" if "://" in line.rpartition(" ")[2] else f"“{line}”"
