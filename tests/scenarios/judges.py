"""What makes each claim of a mail or page true: a judge each, by what the claim means.

A judge looks at one moment, and returns why the claim is not true of it; nothing where it is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.scenarios import sentences
from tests.scenarios.sentences import DEEDS, DELETED, NOBODY, OTHER_DATES
from tests.scenarios.truth import Event, History, Id, Look, Seen

FREEZE = timedelta(hours=24)
MOMENT = re.compile(r"(\w+) (\d{4}-\d\d-\d\d), (\d\d:\d\d) \(([^;)]+)(?:; (\d\d:\d\d)(?: on (\w+))? for you)?\)")
TURN = re.compile(r"(?P<what>.+?) on (?P<day>\d{4}-\d\d-\d\d)(?:, | and |$)")


class Untrue(AssertionError):
    """Somebody was told what is not so."""


@dataclass(frozen=True)
class Claim:
    """Something that a mail tells one person: what it means, and what it says, by name."""

    means: str
    said: Mapping[str, str]
    to: str
    moment: datetime
    heading: str = ""

    @property
    def series(self) -> str:
        """The series that it is about."""
        return self.said["series"]

    @property
    def start(self) -> datetime:
        """When the session takes place that it is about."""
        return moment_of(self.said["when"])


def moment_of(text: str) -> datetime:
    """Return the moment that is written ``Thursday 2026-12-10, 12:15 (Europe/Berlin; 11:15 for you)``."""
    found = MOMENT.fullmatch(text)
    assert found, text
    day, on, at, zone, *_ = found.groups()
    there = datetime.fromisoformat(f"{on} {at}").replace(tzinfo=ZoneInfo(zone))
    if f"{there:%A}" != day:
        raise Untrue(f"{on} is no {day}")
    return there.astimezone(UTC)


@dataclass
class Evidence:
    """What claims are held against: what was so, and what people were told before."""

    history: History
    claims: list[Claim] = field(default_factory=list)
    arrived: set[tuple[str, str]] = field(default_factory=set)
    """Who had a mail of which day."""


def label(role: str) -> str:
    """Return how a fact calls a role."""
    return role[:1].upper() + role[1:]


def cut(text: str) -> str:
    """Return words without the signs around them, as far as they are quoted."""
    return text.strip("“” …")


# sessions to come


def _off(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It is off, and somebody called it off: a person in the calendar, or the file."""
    why = claim.said.get("why")
    return _is_off(evidence, look, claim.series, claim.start, why)


def _is_off(evidence: Evidence, look: Look, series: str, start: datetime, why: str | None) -> str:
    once = evidence.history.once(series, start, look)
    missing = {id_: one for id_, one in once.items() if id_ not in look.ids}
    if not once:
        return "no such session ever stood there"
    if look.in_trouble and any(_is_off_by_file(evidence, look, one, why) for one in once.values()):
        return ""
    if why in (None, DELETED) and once.keys() & evidence.history.missed.keys():
        return ""
    if not missing:
        return f"it stands: {[(one.id, str(one.start)) for id_, one in look.ids.items() if id_ in once]}"
    if any(id_ in look.deleted for id_ in missing) and why in (None, DELETED):
        return ""
    if why in (None, OTHER_DATES) and not _goes_on_near(look, series, start):
        return ""
    if why != DELETED and any(_is_off_by_file(evidence, look, one, why) for one in missing.values()):
        return ""
    return f"nobody called it off{f' for that reason: {why}' if why else ''}"


def _goes_on_near(look: Look, series: str, start: datetime) -> bool:
    """Whether a series that a person moved as a whole has a session soon after the time of one, which may be that."""
    series, soon = look.first_name(series), timedelta(days=3)
    moved = (series, "dates") in look.by_hand
    return not moved or any(one.series == series and start <= one.start <= start + soon for one in look.events)


def _is_off_by_file(evidence: Evidence, look: Look, event: Event, why: str | None = None) -> bool:
    return look.off_by_file(event, why, evidence.history.rules.get(event.id, ""))


def _on(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands, and there was a time at which it was off."""
    now = look.at(claim.series, claim.start)
    was_off = [
        event
        for event in now
        for earlier in evidence.history.looks
        if event.id not in earlier.ids and (event.id in earlier.deleted or _is_off_by_file(evidence, earlier, event))
    ]
    return _stands(evidence, claim, look) or ("" if was_off else "it was never off")


def _all_off(evidence: Evidence, claim: Claim, look: Look) -> str:
    """From that day on nothing of it stands, and as many once did."""
    there = _from_day_on(claim, look.ids, look)
    once = {id_ for one in evidence.history.looks for id_ in _from_day_on(claim, one.ids, look)}
    if look.in_trouble:
        return ""
    return (
        f"it stands: {sorted(there)}"
        if there
        else ""
        if len(once) >= int(claim.said["number"])
        else "so many never did"
    )


def _all_on(evidence: Evidence, claim: Claim, look: Look) -> str:
    """From that day on as many of it stand."""
    there = _from_day_on(claim, look.ids, look)
    return "" if look.in_trouble or len(there) >= int(claim.said["number"]) else f"only these stand: {sorted(there)}"


def _from_day_on(claim: Claim, events: Mapping[Id, Event], look: Look) -> set[Id]:
    series, since = look.first_name(claim.series), date.fromisoformat(claim.said["day"].split()[1])
    there = {id_: one.start.astimezone(look.zone).date() for id_, one in events.items() if one.series == series}
    return {id_ for id_, day in there.items() if day >= since}


def _moved(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands at the new time, and once stood at the old one."""
    was = evidence.history.once(claim.series, moment_of(claim.said["was"]), look)
    rules = [evidence.history.rules.get(id_, "") for id_ in was]
    if look.in_trouble and any(look.moved_by_file(claim.series, claim.start, rule) for rule in rules):
        return ""
    return _stands(evidence, claim, look) or ("" if was else "it never stood at the old time")


def _series_moved(evidence: Evidence, claim: Claim, look: Look) -> str:
    """From that day on it stands at that time, as the day shows."""
    there = look.on(claim.series, date.fromisoformat(claim.said["since"]))
    times = [f"{one.start.astimezone(ZoneInfo(claim.said['zone'])):%H:%M}" for one in there]
    if look.in_trouble or any(time in claim.said["now"] for time in times):
        return ""
    return f"on that day it stands at {times}"


def _series_on(evidence: Evidence, claim: Claim, look: Look) -> str:
    """Some of it stand from that day on."""
    return "" if look.in_trouble or _from_day_on(claim, look.ids, look) else "none of it stand"


def _stands(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands then."""
    if look.at(claim.series, claim.start):
        return _is_wrong_for_them(claim, look)
    there = sorted(str(one.start) for one in look.events if one.series == look.first_name(claim.series))
    return f"it does not stand there, but at {there}"


def _is_wrong_for_them(claim: Claim, look: Look) -> str:
    found = MOMENT.fullmatch(claim.said["when"])
    member = look.member(claim.to)
    here = claim.start.astimezone(ZoneInfo((member or {}).get("timezone", look.team["timezone"])))
    said = found[5] if found and found[5] else f"{here:%H:%M}"
    return "" if said == f"{here:%H:%M}" else f"for them it is at {here:%H:%M}"


def _duty(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands, the calendar names them for that role and this topic, and they have not declined in time."""
    if why := _stands(evidence, claim, look):
        return why
    whys = [_is_not_theirs(evidence, claim, look, event) for event in look.at(claim.series, claim.start)]
    return min(whys)


def _is_not_theirs(evidence: Evidence, claim: Claim, look: Look, event: Event) -> str:
    role, facts = claim.said["role"], event.facts
    if facts is not None and facts.get(label(role), "").lower() not in {name.lower() for name in look.names(claim.to)}:
        return f"the calendar says {facts}"
    topic = cut(claim.said.get("topic", ""))
    if facts is not None and not facts.get("Topic", "").startswith(topic):
        return f"the topic is {facts.get('Topic')!r}"
    return _has_declined(evidence, claim.to, look, event, role)


def _has_declined(evidence: Evidence, email: str, look: Look, event: Event, role: str = "") -> str:
    """Return that somebody has declined, in time for somebody else to be found, unless the lead decided otherwise."""
    day = (event.id[1] or event.start).astimezone(look.zone).date()
    decided = [one for one in look.team["sessions"] if str(one["on"]) == str(day)]
    if any(email in str(value).lower() for one in decided for value in one.values()):
        return ""
    since = None
    for one in reversed([one for one in evidence.history.passes if one.good and one.after.now <= look.now]):
        then = one.after.ids.get(event.id)
        if then is None or email not in then.declined:
            break
        since = one.after.now
    return f"they declined, by {since}" if since and since < event.start - FREEZE else ""


def _not_theirs(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands, and the calendar names somebody else for that role."""
    mine = {name.lower() for name in look.names(claim.to)}
    holders = [(one.facts or {}).get(label(claim.said["role"]), "") for one in look.at(claim.series, claim.start)]
    return _stands(evidence, claim, look) or ("it is theirs" if any(one.lower() in mine for one in holders) else "")


def _led_by(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands, the calendar names that facilitator, and that topic."""
    who, topic = claim.said.get("name", NOBODY), cut(claim.said.get("topic", ""))
    known = [one.facts for one in look.at(claim.series, claim.start) if one.facts]
    there = [one for one in known if one.get("Facilitator", NOBODY).startswith(who)]
    there = [one for one in there if one.get("Topic", "").startswith(topic)]
    return _stands(evidence, claim, look) or ("" if there or not known else f"the calendar says {known}")


def _pair(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands, and the calendar names that pair; none of them has declined in time."""
    if why := _stands(evidence, claim, look):
        return why
    whys = []
    for event in look.at(claim.series, claim.start):
        pairs = [text for label, text in (event.facts or {}).items() if label.startswith("Pair ")]
        names = look.names(claim.to)
        mine = [text for text in pairs if any(name.lower() in text.lower() for name in names)]
        there = event.facts is None or any(claim.said["others"].split(" and ")[0] in text for text in mine)
        whys.append(_has_declined(evidence, claim.to, look, event) if there else f"the pairs are {pairs}")
    return min(whys)


def _no_topic(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands, and the calendar shows no topic."""
    topics = [one.facts["Topic"] for one in look.at(claim.series, claim.start) if one.facts and "Topic" in one.facts]
    return _stands(evidence, claim, look) or (f"the topic is {topics[0]}" if topics else "")


def _new_topic(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands, and the calendar shows that topic, or could not be written, and it is one of the file's."""
    shown = [one.facts.get("Topic", "") for one in look.at(claim.series, claim.start) if one.facts]
    there = not shown or any(one.startswith(cut(claim.said["topic"])) for one in shown)
    decided = look.in_trouble and any(one["title"].startswith(cut(claim.said["topic"])) for one in look.team["topics"])
    return _stands(evidence, claim, look) or ("" if there or decided else f"the calendar says {shown}")


def _other_topic(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands, and the calendar shows another topic, or none."""
    shown = [one.facts.get("Topic", "") for one in look.at(claim.series, claim.start) if one.facts]
    there = any(one.startswith(cut(claim.said["topic"])) for one in shown)
    return _stands(evidence, claim, look) or (f"the calendar says {shown}" if there else "")


def _topic_asked(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands, that is its topic, and it is not their own."""
    if why := _stands(evidence, claim, look):
        return why
    whys = []
    for event in look.at(claim.series, claim.start):
        facts = event.facts or {}
        said, mine = cut(claim.said["topic"]), {name.lower() for name in look.names(claim.to)}
        roles = [label for label, text in facts.items() if text.lower() in mine]
        shown = facts.get("Topic", said).startswith(said)
        whys.append("" if shown and not roles else f"the calendar says {facts}")
    return min(whys)


def _gap(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands, and nobody has that role."""
    if why := _stands(evidence, claim, look):
        return why
    holders = [(one.facts or {}).get(label(claim.said["role"]), NOBODY) for one in look.at(claim.series, claim.start)]
    return "" if any(holder.startswith(NOBODY) for holder in holders) else f"it is {holders}"


def _late_decline(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands, they have that role and have declined; whoever could step in has not."""
    start = datetime.fromisoformat(f"{claim.said['date']} {claim.said['time']}").replace(tzinfo=look.zone)
    found = look.at(claim.series, start.astimezone(UTC))
    if not found:
        return "it does not stand there"
    for event in found:
        if not look.addresses(claim.said["name"]) & (event.declined | evidence.history.programme.cannot):
            return f"only these have declined: {event.declined}"
        for name in claim.said["instead"].split(", "):
            if look.addresses(name) & event.declined:
                return f"{name} has declined, too"
    return ""


# action items


def _boxes(claim: Claim, look: Look) -> list[bool]:
    """Return whether each box with those words is done or dropped."""
    words = cut(claim.said["words"])
    return [box.done or box.dropped for box in look.boxes if words in box.words]


def _open(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands open on a page."""
    boxes = _boxes(claim, look)
    return "" if False in boxes else f"it is {'done' if boxes else 'on no page'}"


def _all_open(evidence: Evidence, claim: Claim, look: Look) -> str:
    """Each of them stands open on a page."""
    words = [cut(text) for text in re.findall("“.+?”", claim.said["items"])]
    seen = {text for text in words for box in look.boxes if text in box.words and not box.done and not box.dropped}
    return f"open are {seen}" if seen != set(words) else ""


def _item(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands open on a page, it is theirs, and it is overdue if it is said to be."""
    member = look.member(claim.to)
    today = look.now.astimezone(ZoneInfo((member or {}).get("timezone", look.team["timezone"]))).date()
    due = date.fromisoformat(claim.said["day"].split()[1])
    overdue = claim.heading == sentences.OVERDUE
    if overdue != (due < today):
        return f"today is {today}"
    words = [box.words for box in look.boxes if cut(claim.said["words"]) in box.words and not box.done]
    dated = [text for text in words if str(due) in text or not re.search(r"by \d{4}-\d\d-\d\d", text)]
    return _open(evidence, claim, look) or ("" if dated else f"what stands there is {words}")


def _reminded(evidence: Evidence, claim: Claim, look: Look) -> str:
    """That many mails about it went to them."""
    addresses = look.addresses(claim.said["name"])
    mails = [
        earlier
        for earlier in evidence.claims
        if earlier.means in ("item", "open", "left_open") and earlier.to in addresses
        if earlier.said["words"] == claim.said["words"] and earlier.moment < claim.moment
    ]
    overdue = [earlier for earlier in mails if earlier.heading == sentences.OVERDUE]
    said = 1 if claim.said["times"] == "once" else int(claim.said["times"].split()[0])
    since = int(claim.said.get("number", said))
    if said > len(mails) or since > len(overdue):
        return f"{len(mails)} mails told them of it, {len(overdue)} of those when it was overdue"
    return _open(evidence, claim, look)


def _left_open(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands open, and that person is not in the team any more."""
    members = [one for one in look.team["members"] if claim.said["name"] in look.names(one["email"])]
    today = str(look.now.astimezone(look.zone).date())
    there = [one for one in members if not one.get("leaves") or str(one["leaves"]) >= today]
    return _open(evidence, claim, look) or (f"{claim.said['name']} has not left" if there else "")


def _dropped(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It was dropped."""
    looks = [one for one in evidence.history.looks if one.now <= look.now]
    words = cut(claim.said["words"])
    return "" if any(box.dropped and words in box.words for one in looks for box in one.boxes) else "it was not dropped"


def _lost(evidence: Evidence, claim: Claim, look: Look) -> str:
    """None of what is named stands open on a page that can be read."""
    words = [cut(text) for text in re.findall("“.+?”", claim.said["items"])]
    seen = {text for text in words for box in look.boxes if text in box.words and not box.done}
    return f"to be read are {seen}" if seen and len(seen) == len(set(words)) else ""


def _unread(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It is written on a page."""
    words = " ".join(cut(claim.said["words"]).split())
    return "" if any(words in " ".join(page.text.split()) for page in look.pages.values()) else "it stands nowhere"


# sessions held


def _written_up(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It was held on that day, they had a part in it, and what is said to be missing is."""
    day = date.fromisoformat(claim.said["day"].split()[1])
    held = [one for one in _held(evidence, look, claim.series) if one.on(day, look.zone)]
    if not held:
        return "no such session took place on that day"
    return "" if "action items" not in claim.said["missing"] or not _has_items(held, look) else "items are there"


def _has_items(held: Sequence[Event], look: Look) -> bool:
    days = {str(one.start.astimezone(look.zone).date()) for one in held}
    pages = {path for path, page in look.pages.items() if any(day in page.facts.get("When", "") for day in days)}
    names = {page.facts.get("Session", "").rpartition(" (")[0] for path, page in look.pages.items() if path in pages}
    if len(pages) != 1 or len(names) != 1:
        return False  # two of them on one day: which page is meant cannot be told
    return any(box.page in pages and "@" in box.words and "YYYY" not in box.words for box in look.boxes)


def _held(evidence: Evidence, look: Look, series: str) -> list[Event]:
    """Return the sessions of a series that had begun and stood in the calendar then."""
    begun = (one for one in evidence.history.held.values() if one.start <= look.now)
    return [one for one in begun if one.series == look.first_name(series)]


def _learned(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It was held, and what was learned stands on a page."""
    day = date.fromisoformat(claim.said["day"].split()[1])
    if not any(one.on(day, look.zone) for one in _held(evidence, look, claim.series)):
        return "no such session took place on that day"
    said = [cut(text) for text in re.findall("“.+?”", claim.said["learned"])]
    there = "\n".join(page.text for page in look.pages.values())
    return next((f"{text} stands nowhere" for text in said if text not in there), "")


def _can_now(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It was held, eight weeks ago or more, and a page has their boxes."""
    day = date.fromisoformat(claim.said["day"].split()[1])
    if not any(one.on(day, look.zone) for one in _held(evidence, look, claim.series)):
        return "no such session took place on that day"
    if look.now.astimezone(look.zone).date() - day < timedelta(weeks=8):
        return "that is not so long ago"
    asked = [f"{name}: not yet" for name in look.names(claim.to)]
    return "" if any(words in page.text for page in look.pages.values() for words in asked) else "no page asks them"


def _deeds(evidence: Evidence, claim: Claim, look: Look) -> str:
    """They did each of it."""
    for part in claim.said["deeds"].split("; "):
        verb = next((verb for verb in DEEDS if part.startswith(f"{verb} ")), None)
        for turn in TURN.finditer(part.removeprefix(f"{verb} ")) if verb else ():
            if why := _did_not(evidence, claim.to, DEEDS[verb or ""], turn["what"], turn["day"], look):
                return f"{part}: {why}"
    return ""


def _did_not(evidence: Evidence, email: str, role: str, what: str, day: str, look: Look) -> str:
    series = max((name for name in look.first_names if what.startswith(name)), key=len, default=what)
    held = [one for one in _held(evidence, look, series) if one.on(date.fromisoformat(day), look.zone)]
    if not held:
        return f"no session of {series} took place on that day"
    names = {name.lower() for name in look.names(email)}
    holders = [one.facts.get(label(role), "").lower() for one in held if one.facts is not None]
    return "" if not holders or any(holder in names for holder in holders) else f"it was {holders}"


# what people changed


def _undelivered(evidence: Evidence, claim: Claim, look: Look) -> str:
    """No mail of that day has reached them."""
    addresses = look.addresses(claim.said["name"])
    return (
        "it did"
        if not look.in_trouble and any((one, claim.said["date"]) in evidence.arrived for one in addresses)
        else ""
    )


def _page_gone(evidence: Evidence, claim: Claim, look: Look) -> str:
    """No page of that key can be read."""
    key = evidence.history.titles.get(cut(claim.said["title"]))
    return "it is there" if key in {page.key for page in look.pages.values()} else ""


def _series_gone(evidence: Evidence, claim: Claim, look: Look) -> str:
    """Nothing of it stands."""
    series = look.first_name(cut(claim.said["title"]))
    there = [one for one in look.events if one.series == series and one.start > look.now]
    return f"it stands at {[str(one.start) for one in there]}" if there else ""


def _series_ended(evidence: Evidence, claim: Claim, look: Look) -> str:
    """A recurring event of it has an end."""
    return "" if any("UNTIL" in rule or "COUNT" in rule for rule in look.series.values()) else "nothing has an end"


def _trouble(evidence: Evidence, claim: Claim, look: Look) -> str:
    """A pass went wrong."""
    return "" if any(not one.good for one in evidence.history.passes if one.after.now <= look.now) else "all went well"


def _by_hand(evidence: Evidence, claim: Claim, look: Look) -> str:
    """People have changed such a field, of something of that kind."""
    changed = {name for _, name in look.by_hand}
    return "" if claim.said["field"] in changed else f"people have changed {changed}"


def _moved_whole(evidence: Evidence, claim: Claim, look: Look) -> str:
    """A person has moved it."""
    there = (look.first_name(cut(claim.said["title"])), "time") in look.by_hand
    return "" if there else f"people have changed {look.by_hand}"


def _overruled(evidence: Evidence, claim: Claim, look: Look) -> str:
    """It stands where it is said that a person put it."""
    start = datetime.fromisoformat(claim.said["moved"])
    wall = [one for one in look.events if one.start.astimezone(look.zone).replace(tzinfo=None) == start]
    return "" if wall else "nothing stands there"


def _unjudged(evidence: Evidence, claim: Claim, look: Look) -> str:
    return ""


Judge = Callable[[Evidence, Claim, Look], str]
JUDGES: Mapping[str, Judge] = {
    **{"off": _off, "on": _on, "moved": _moved, "stands": _stands, "duty": _duty, "pair": _pair, "gap": _gap},
    **{"sought": _gap, "swap": _stands, "no_swap": _stands, "open_turn": _stands},
    **{"no_topic": _no_topic, "topic_asked": _topic_asked, "late_decline": _late_decline, "item": _item, "open": _open},
    **{"reminded": _reminded, "left_open": _left_open, "dropped": _dropped, "lost": _lost, "unread": _unread},
    **{"written_up": _written_up, "learned": _learned, "deeds": _deeds, "undelivered": _undelivered},
    **{"can_now": _can_now},
    **{"page_gone": _page_gone, "series_gone": _series_gone, "series_ended": _series_ended, "by_hand": _by_hand},
    **{
        "not_theirs": _not_theirs,
        "led_by": _led_by,
        "series_moved": _series_moved,
        "new_topic": _new_topic,
        "other_topic": _other_topic,
        "all_off": _all_off,
        "all_on": _all_on,
        "series_on": _series_on,
        "all_open": _all_open,
        "trouble": _trouble,
    },
    **{"moved_whole": _moved_whole, "overruled": _overruled, "unjudged": _unjudged},
}
"""What makes a sentence true, by what it means: each returns why it is not so."""


# pages


def _is_coming(evidence: Evidence, page: Seen, look: Look, said: Mapping[str, str]) -> str:
    """It stands there, and what is told of it is what the calendar shows."""
    series, start = shown_on(page)
    lately = timedelta(days=1) < look.now - start < timedelta(days=14)  # older pages are left as they are
    if lately and series in {one["name"] for one in look.team["series"]}:
        return "it is over"
    found = look.at(series, start)
    return min((_differences(page.facts, one) for one in found), default="it does not stand in the calendar")


def shown_on(page: Seen) -> tuple[str, datetime]:
    """Return which session a page is about: its series, and when it starts."""
    when = page.facts["When"]
    day, rest = when.split(", ", 1)
    zone = when.rpartition("(")[2].rstrip(")")
    return page.facts["Session"].rpartition(" (")[0], moment_of(f"{day}, {rest[:5]} ({zone})")


def _differences(facts: Mapping[str, str], event: Event) -> str:
    shown = event.facts
    if shown is None:
        return ""
    unlike = {
        label: (text, shown.get(label))
        for label, text in facts.items()
        if label not in (*sentences.ONLY_ON_PAGES, *sentences.LINKED) and shown.get(label) != text
    }
    return f"page and calendar differ: {unlike}" if unlike else ""


def _was_held(evidence: Evidence, page: Seen, look: Look, said: Mapping[str, str]) -> str:
    """It stood there, and it is over."""
    series, start = shown_on(page)
    return "" if any(one.start == start for one in _held(evidence, look, series)) else "no such session took place"


def _is_called_off(evidence: Evidence, page: Seen, look: Look, said: Mapping[str, str]) -> str:
    series, start = shown_on(page)
    return _is_off(evidence, look, series, start, said.get("why"))


def _is_another_now(evidence: Evidence, page: Seen, look: Look, said: Mapping[str, str]) -> str:
    """What is at that time is called so, or it is over."""
    _, start = shown_on(page)
    there = look.at(cut(said["title"]), start) or start <= look.now or look.team["team"] == cut(said["title"])
    return "" if there else "nothing of that name stands there"


PageJudge = Callable[[Evidence, Seen, Look, Mapping[str, str]], str]
PAGES: Mapping[str, PageJudge] = {
    **{"coming": _is_coming, "held": _was_held, "called_off": _is_called_off, "another": _is_another_now},
}
"""What makes the page of a session true, by what its status means."""


def _home_coming(evidence: Evidence, look: Look, said: Mapping[str, str]) -> str:
    """It stands there, and those do it."""
    start = moment_of(f"{said['weekday']} {said['date']}, {said['time']} ({look.team['timezone']})")
    found = [one for one in look.events if one.start == start and said["about"].startswith(_names(one.series, look))]
    if not found:
        return "it does not stand in the calendar"
    people = dict(reversed(one) for one in re.findall(r"([^,]+?) \(([^()@]+)\)(?:, |$)", said.get("people", "")))
    unlike = [
        {role: name for role, name in people.items() if one.facts and not _is_named(one.facts, role, name)}
        for one in found
    ]
    return "" if {} in unlike else f"the calendar says {[one.facts for one in found]}"


def _is_named(facts: Mapping[str, str], role: str, name: str) -> bool:
    """Whether the calendar names somebody for a role, or nobody, and perhaps until when it waits."""
    shown = facts.get(label(role), name)
    return shown.startswith(NOBODY) if name == NOBODY else shown == name


def _names(series: str, look: Look) -> tuple[str, ...]:
    return tuple(name for name, first in look.first_names.items() if first == series) or (series,)


def _home_open(evidence: Evidence, look: Look, said: Mapping[str, str]) -> str:
    there = [box for box in look.boxes if said["what"] in box.words and not box.done and not box.dropped]
    return "" if there else "it stands open nowhere"


def _home_past(evidence: Evidence, look: Look, said: Mapping[str, str]) -> str:
    day = date.fromisoformat(said["date"])
    held = [one for one in evidence.history.held.values() if one.on(day, look.zone) and one.start <= look.now]
    there = [one for one in held if said["about"].startswith(_names(one.series, look))]
    return "" if there else "no such session took place"


HOME: Mapping[str, Callable[[Evidence, Look, Mapping[str, str]], str]] = {
    "home_coming": _home_coming,
    "home_open": _home_open,
    "home_past": _home_past,
}
"""What makes a line of the home page true."""
