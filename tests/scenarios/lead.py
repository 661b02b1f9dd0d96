"""What a team lead does to the YAML. ``pick`` is any number: it chooses among what is there."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from daemon.model import Session
from tests.scenarios.programme import Programme

Value = TypeVar("Value")
CADENCES: tuple[dict[str, object], ...] = (
    {"every": "week", "on": "thursday", "at": "12:15"},
    {"every": "week", "on": "tuesday", "at": "10:00"},
    {"every": "week", "on": ["monday", "thursday"], "at": "16:00"},
    {"every": "2 weeks", "on": "wednesday", "at": "09:30", "starts": "2026-12-02"},
    {"every": "month", "on": "first tuesday", "at": "14:00"},
    {"every": "month", "on": "last friday", "at": "14:00"},
    {"every": "sprint", "day": 4, "at": "15:00"},
    {"every": "sprint", "day": 1, "at": "11:00"},
)
NEWCOMERS = ("Fay Wray", "Gus Grissom", "Hal Jordan", "Ivy Walker", "Jo March", "Kim Novak", "Lou Reed")
MOST_TOPICS = 8


def chosen(found: Sequence[Value], pick: int) -> Value:
    """Return one of several."""
    return found[pick % len(found)]


def joins(programme: Programme, pick: int) -> bool:
    """Somebody new is in the team, from now or from a day to come."""
    team = deepcopy(programme.team)
    known = {member["name"] for member in team["members"]}
    newcomers = [name for name in NEWCOMERS if name not in known]
    if not newcomers:
        return False
    name = newcomers[0]
    member = {"name": name, "email": f"{name.split()[0].lower()}@example.com"}
    if pick % 3:
        member["joined"] = str((programme.now + timedelta(days=pick % 20)).date())
    team["members"].insert(pick % (len(team["members"]) + 1), member)
    return programme.edit(team)


def leaves(programme: Programme, pick: int) -> bool:
    """Somebody has a last day, or is taken out of the file."""
    team = deepcopy(programme.team)
    if len(team["members"]) <= 3:
        return False
    member = chosen(team["members"], pick)
    if pick % 2:
        member["leaves"] = str((programme.now + timedelta(days=pick % 30)).date())
        return programme.edit(team)
    team["members"].remove(member)
    team["lead"] = team["members"][0]["email"] if _same(team["lead"], member["email"]) else team["lead"]
    for one in (*team["topics"], *team["sessions"]):
        for field in [name for name, value in one.items() if _same(value, member["email"])]:
            del one[field]
    team["sessions"] = [one for one in team["sessions"] if len(one) > 2]
    return programme.edit(team)


def is_away(programme: Programme, pick: int) -> bool:
    """Somebody is away for some days."""
    team = deepcopy(programme.team)
    member = chosen(team["members"], pick)
    first = (programme.now + timedelta(days=pick // 7 % 30)).date()
    dates = f"{first}..{first + timedelta(days=pick % 13)}"
    member["away"] = [*member.get("away", []), dates]
    return programme.edit(team)


def is_back(programme: Programme, pick: int) -> bool:
    """Somebody is not away after all."""
    team = deepcopy(programme.team)
    away = [member for member in team["members"] if member.get("away")]
    if not away:
        return False
    del chosen(away, pick)["away"]
    return programme.edit(team)


def changes_share(programme: Programme, pick: int) -> bool:
    """Somebody works more or less than before."""
    team = deepcopy(programme.team)
    chosen(team["members"], pick)["share"] = chosen((0.4, 0.5, 0.8, 1.0), pick // 5)
    return programme.edit(team)


def is_excused(programme: Programme, pick: int) -> bool:
    """Somebody is never to be given a role again."""
    team = deepcopy(programme.team)
    chosen(team["members"], pick)["excused"] = [chosen(("presenter", "facilitator", "note-taker"), pick // 5)]
    return programme.edit(team)


def is_renamed(programme: Programme, pick: int) -> bool:
    """Somebody has a new e-mail."""
    team = deepcopy(programme.team)
    member = chosen(team["members"], pick)
    old = member["email"]
    handle, _, domain = old.partition("@")
    member["email"] = f"{handle}.x@{domain}"
    member["was"] = [*member.get("was", []), old]
    for one in (team, *team["topics"], *team["sessions"]):
        for field in [name for name, value in one.items() if _same(value, old)]:
            one[field] = member["email"]
    return programme.edit(team)


def recases(programme: Programme, pick: int) -> bool:
    """Somebody's e-mail is written in another case."""
    team = deepcopy(programme.team)
    member = chosen(team["members"], pick)
    member["email"] = member["email"].swapcase() if pick % 2 else member["email"].lower()
    return programme.edit(team)


def changes_cadence(programme: Programme, pick: int) -> bool:
    """A series takes place at other times."""
    team = deepcopy(programme.team)
    series = chosen(team["series"], pick)
    series["cadence"] = chosen([one for one in CADENCES if one != series["cadence"]], pick // 3)
    _drop_decisions(team, series, programme)
    return programme.edit(team)


def renames_series(programme: Programme, pick: int) -> bool:
    """A series is called something else."""
    team = deepcopy(programme.team)
    series = chosen(team["series"], pick)
    series["was"] = [*series.get("was", []), series["name"]]
    series["name"] = f"{series['name'].split(' no. ')[0]} no. {len(series['was']) + 1}"
    return programme.edit(team)


def adds_series(programme: Programme, pick: int) -> bool:
    """Something else recurs as well."""
    team = deepcopy(programme.team)
    names = [name for name in ("Debug club", "Paper club") if name not in str(team["series"])]
    if not names:
        return False
    form = chosen(("pairing", "lunch-and-learn", "code-review"), pick)
    team["series"].append({"name": names[0], "format": form, "cadence": chosen(CADENCES, pick // 3)})
    return programme.edit(team)


def removes_series(programme: Programme, pick: int) -> bool:
    """A series is given up."""
    team = deepcopy(programme.team)
    if len(team["series"]) == 1:
        return False
    series = chosen(team["series"], pick)
    team["series"].remove(series)
    team["sessions"] = [one for one in team["sessions"] if one["series"] not in _names(series)]
    return programme.edit(team)


def adds_topic(programme: Programme, pick: int) -> bool:
    """The backlog grows."""
    team = deepcopy(programme.team)
    if len(team["topics"]) >= MOST_TOPICS:
        return False
    topic: dict[str, Any] = {"title": f"Topic {len(team['topics'])} <&> *{pick % 100}*", "votes": pick % 5}
    if pick % 2:
        topic["owner"] = chosen(team["members"], pick // 2)["email"]
    if pick % 3:
        topic["area"] = chosen(("kubernetes", "postgres"), pick)
    if topic["title"] not in str(team["topics"]):
        team["topics"].append(topic)
    return programme.edit(team)


def removes_topic(programme: Programme, pick: int) -> bool:
    """A topic is of no interest any more."""
    team = deepcopy(programme.team)
    if not team["topics"]:
        return False
    topic = chosen(team["topics"], pick)
    team["topics"].remove(topic)
    team["sessions"] = [one for one in team["sessions"] if one.get("topic") != topic["title"]]
    return programme.edit(team)


def votes(programme: Programme, pick: int) -> bool:
    """A topic is wanted more."""
    team = deepcopy(programme.team)
    if team["topics"]:
        chosen(team["topics"], pick)["votes"] = 5 + pick % 5
    return programme.edit(team)


def assigns(programme: Programme, pick: int) -> bool:
    """The lead decides who does something, and what about."""
    member = chosen(programme.team["members"], pick // 7)["email"]
    session = _coming(programme, pick)
    roles = [assignment.role for assignment in session.assignments] if session else []
    if not roles:
        return False
    told = {chosen(roles, pick // 3): member}
    if pick % 2 and programme.team["topics"]:
        told["topic"] = chosen(programme.team["topics"], pick)["title"]
    return _decides(programme, pick, told)


def cancels(programme: Programme, pick: int) -> bool:
    """The lead calls a session off."""
    return _decides(programme, pick, {"cancel": "Off-site"})


def moves(programme: Programme, pick: int) -> bool:
    """The lead moves a session, to a time to come."""
    session = _coming(programme, pick)
    if session is None:
        return False
    to = session.slot.wall + timedelta(days=pick % 9 - 2, hours=1)
    if to.replace(tzinfo=ZoneInfo(programme.team["timezone"])) <= programme.now:
        return False
    return _decides(programme, pick, {"move_to": f"{to:%Y-%m-%d %H:%M}"})


def takes_back(programme: Programme, pick: int) -> bool:
    """A decision does not hold any more."""
    team = deepcopy(programme.team)
    if team["sessions"]:
        team["sessions"].remove(chosen(team["sessions"], pick))
    return programme.edit(team)


def blocks_days(programme: Programme, pick: int) -> bool:
    """There are days without sessions."""
    team = deepcopy(programme.team)
    first = (programme.now + timedelta(days=1 + pick % 30)).date()
    dates = f"{first}..{first + timedelta(days=pick // 30 % 8)}"
    team["blackouts"] = [{"dates": dates, "reason": "Release"}]
    return programme.edit(team)


def moves_house(programme: Programme, pick: int) -> bool:
    """The team has another time zone, or another name."""
    team = deepcopy(programme.team)
    if pick % 2:
        team["timezone"] = chosen(("Europe/Berlin", "Europe/London", "America/New_York"), pick // 2)
    else:
        team["was"] = [*team.get("was", []), team["team"]]
        team["team"] = f"Platform {len(team['was']) + 1}"
    return programme.edit(team)


Edit = Callable[[Programme, int], bool]
EDITS: tuple[Edit, ...] = (
    *(joins, leaves, is_away, is_back, changes_share, is_excused, is_renamed, recases),
    *(changes_cadence, renames_series, adds_series, removes_series),
    *(adds_topic, removes_topic, votes),
    *(assigns, cancels, moves, takes_back, blocks_days, moves_house),
)


def _same(value: object, email: str) -> bool:
    return isinstance(value, str) and value.lower() == email.lower()


def _names(series: dict[str, Any]) -> list[str]:
    return [series["name"], *series.get("was", [])]


def _drop_decisions(team: dict[str, Any], series: dict[str, Any], programme: Programme) -> None:
    """Decisions on dates to come are about sessions that will not be there any more."""
    today = str(programme.now.date())
    team["sessions"] = [one for one in team["sessions"] if one["series"] not in _names(series) or one["on"] < today]


def _coming(programme: Programme, pick: int) -> Session | None:
    """Return a session to come that the lead can decide on."""
    memory = programme.memory()
    coming = [
        session
        for _, session in sorted(memory.sessions.items())
        if session.slot.starts_at > programme.now and session.slot.wall.date() >= programme.now.date()
        if session.slot.series in memory.series and memory.series[session.slot.series].name in str(programme.team)
    ]
    return chosen(coming, pick) if coming else None


def _decides(programme: Programme, pick: int, told: dict[str, str]) -> bool:
    """Put a decision into the file, in place of one on the same session."""
    session = _coming(programme, pick)
    if session is None:
        return False
    team = deepcopy(programme.team)
    name, day = programme.memory().series[session.slot.series].name, str(session.slot.wall.date())
    others = [one for one in team["sessions"] if (one["series"], one["on"]) != (name, day)]
    team["sessions"] = [*others, {"series": name, "on": day, **told}]
    return programme.edit(team)
