"""A plan in words: what apply would change, series by series; names and times are the team's."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.team import Team
from daemon.cli.render import TeamNames, counted, people
from daemon.learn.by_hand import who_declined
from daemon.model import BY_WORD, Assignment, Kind, Message, Page, Resource, SeriesEvent, Session, SessionEvent
from daemon.model.members import why_away
from daemon.model.memory import Memory
from daemon.model.sessions import is_moment
from daemon.model.words import quoted
from daemon.plan.plan import Action, Change, Plan

SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.END: "-"}
FIELDS = {"when": "time", "minutes": "length", "summary": "name", "description": "text", "region": "facts at its top"}
VERBS = ("add", "change", "call off", "end", "leave out")
NOUNS = (Kind.SERIES.value, Kind.SESSION.value, "date", Kind.PAGE.value)


def plan_lines(team: Team, plan: Plan, before: Memory, after: Memory) -> Iterator[str]:
    """Yield a plan for people, grouped by series; the sign at a line's start says what is done."""
    words = _Words(team, before, after, TeamNames.of(team, after))
    yield f"{team.team}: {_summary(plan, words)}"
    for name, changes in words.by_series(plan.of({Kind.SERIES, Kind.SESSION})):
        yield from _group(name, words.events(changes))
    yield from _group("Pages", sorted(map(words.page, plan.of({Kind.PAGE})), key=lambda line: line[2:]))
    yield from _group("For the lead", (*words.gaps(plan), *words.called_off_by_people(), *_found(plan)))


def _found(plan: Plan) -> Iterator[str]:
    yield from (f"! {finding.text}" for finding in plan.findings)


def _group(title: str, lines: Iterable[str]) -> Iterator[str]:
    if found := list(lines):
        yield f"  {title}"
        yield from (f"    {line}" for line in found)


def _summary(plan: Plan, words: "_Words") -> str:
    """Return what is done to how many: ``add 3 series, 18 sessions; leave out 3 dates (times in Europe/Berlin)``."""
    if not plan.changes:
        return "nothing to do"
    counts = Counter((words.verb(change), words.noun(change)) for change in plan.changes)
    done = (
        (verb, ", ".join(counted(counts[verb, noun], noun) for noun in NOUNS if counts[verb, noun])) for verb in VERBS
    )
    return "; ".join(f"{verb} {what}" for verb, what in done if what) + f" (times in {words.team.timezone})"


@dataclass(frozen=True, slots=True)
class _Words:
    """Tells the changes of a plan by what was known before it and will be after it."""

    team: Team
    before: Memory
    after: Memory
    names: TeamNames

    def verb(self, change: Change) -> str:
        """Return what is done, as a lead would say it."""
        if isinstance(change.resource, SessionEvent) and change.resource.cancelled:
            return "leave out" if self._leaves_out(change) else "call off"
        return {Action.CREATE: "add", Action.UPDATE: "change", Action.END: "end"}[change.action]

    def _leaves_out(self, change: Change) -> bool:
        """Whether it calls a date off on which people never knew of a session."""
        resource = change.resource
        return isinstance(resource, SessionEvent) and resource.cancelled and not self._announced(resource)

    def noun(self, change: Change) -> str:
        """Return what it is done to."""
        return "date" if self._leaves_out(change) else change.resource.kind.value

    def by_series(self, changes: Iterable[Change]) -> Iterator[tuple[str, list[Change]]]:
        """Yield the names of the series, those of the team's file first, with the changes to each in time order."""
        found: dict[str, list[Change]] = {series.name: [] for series in self.team.series}
        for change in sorted(changes, key=_in_time):
            found.setdefault(self._series(change.resource), []).append(change)
        yield from found.items()

    def _series(self, resource: Resource) -> str:
        return self.names.series(resource.key.rpartition("/")[0])

    def _announced(self, resource: SessionEvent) -> Session | None:
        """Return the session as people knew it before, if they did."""
        old = self.before.sessions.get(resource.key)
        return old if old and old.takes_place else None

    # the calendar

    def events(self, changes: Sequence[Change]) -> Iterator[str]:
        """Yield the lines of one series; the sessions of which just the wording changes share one."""
        reworded: list[Change] = []
        for change in changes:
            resource = change.resource
            if isinstance(resource, SeriesEvent):
                yield self._recurring(change, resource)
            elif isinstance(resource, SessionEvent):
                news = list(self._news(change, resource))
                reworded += [] if news else [change]
                yield from self._session(change, resource, news) if news else ()
        if reworded:
            fields = {name for change in reworded for name in change.fields}
            yield f"~ {self._span([change.resource for change in reworded])}: new {_listed(fields)}"

    def _span(self, resources: Sequence[Resource]) -> str:
        days = [self.names.when(one.starts_at) for one in resources if isinstance(one, SessionEvent)]
        return days[0] if len(days) == 1 else f"{len(days)} sessions from {days[0]} to {days[-1]}"

    def _recurring(self, change: Change, resource: SeriesEvent) -> str:
        if resource.until is not None:
            return f"- {self._ended(resource)}; what has taken place stays"
        if change.action is Action.CREATE:
            begins = "new series" if resource.key.endswith("/1") else "new cadence"
            first = f"{resource.starts:%a %Y-%m-%d %H:%M}"
            return f"+ {begins} from {first}, {counted(len(resource.guests), 'guest')}"
        return f"~ the series: {'; '.join(self._series_news(change, resource))}"

    def _ended(self, resource: SeriesEvent) -> str:
        key = resource.key.rpartition("/")[0]
        own = [one for one in self.before.sessions.values() if one.slot.series == key and one.takes_place]
        lost = [one for one in own if one.key in self.after.sessions and not self.after.sessions[one.key].takes_place]
        stays = any(
            generation.until is None for generation in self.after.generations.values() if generation.series == key
        )
        return (
            "the old cadence ends" if stays else f"the series ends, and {counted(len(lost), 'session')} to come with it"
        )

    def _series_news(self, change: Change, resource: SeriesEvent) -> Iterator[str]:
        if "summary" in change.fields:
            old = self.before.series.get(resource.key.rpartition("/")[0])
            yield f"{old.name if old else 'name'} → {resource.summary}"
        if "guests" in change.fields:
            shown = self.before.observed(resource.key)
            there = shown.guests if shown else ()
            yield from (f"invites {self._guest(email)}" for email in resource.guests if email not in there)
            yield from (f"takes off {self._guest(email)}" for email in change.former)
        if rest := change.fields - {"summary", "guests"}:
            yield f"new {_listed(rest)}"

    def _guest(self, email: str) -> str:
        name = self.names.person(email)
        return name if email in name else f"{name} <{email}>"

    def _session(self, change: Change, resource: SessionEvent, news: Sequence[str]) -> Iterator[str]:
        sign = "-" if resource.cancelled else SIGNS[change.action]
        title = resource.summary.removeprefix(f"{self._series(resource)}: ")
        line = f"{sign} {self.names.when(resource.starts_at)}  "
        if self._leaves_out(change):
            yield line + news[0]
        elif len(news) == 1:
            yield f"{line}{title} | {news[0]}"
        else:
            yield line + title
            yield from (f"    {one}" for one in news)

    def _news(self, change: Change, resource: SessionEvent) -> Iterator[str]:
        """Yield who does what, or of an announced session just what is new about it; nothing if only words are."""
        old, new = self._announced(resource), self.after.sessions.get(resource.key)
        if new is None:
            yield _listed(change.fields) or "as the calendar had it"
        elif resource.cancelled:
            yield f"{'called off' if old else 'no session'} ({new.note})"
        elif old is None or change.action is Action.CREATE:
            yield "; ".join([people(new, self.names), *self._instead_of(new)])
        else:
            yield from self._differences(old, new)
            if change.fields == {"description"} and resource.page:
                yield "links its page"

    def _instead_of(self, new: Session) -> Iterator[str]:
        """Yield when a session was originally due that is moved, and which one of a former cadence has become it."""
        if new.slot.is_moved:
            yield f"moved from {self.names.when(new.slot.original_start)}"
        former = [one for one in self.before.sessions.values() if one.page and one.page == new.page]
        yield from (f"instead of {self.names.when(one.slot.starts_at)}" for one in former if one.key != new.key)

    def _differences(self, old: Session, new: Session) -> Iterator[str]:
        today = {former: member.email for member in self.team.members for former in member.was}
        held = {role: today.get(email, email) for role, email in old.roles.items()}
        for one in new.assignments:
            if held.get(one.role) != one.member:
                yield f"{one.role}: {self._changed_hands(held.get(one.role), one, new)}"
        if not is_moment(old.slot.starts_at, new.slot.starts_at):
            yield f"moved from {self.names.when(old.slot.starts_at)}"
        for name, was, is_now in (
            ("minutes", old.slot.minutes, new.slot.minutes),
            ("format", old.slot.format, new.slot.format),
            ("topic", old.topic and old.topic.title, new.topic and new.topic.title),
        ):
            if was != is_now:
                yield f"{name}: {was or 'none'} → {is_now or 'none'}"
        if old.pairs != new.pairs:
            yield f"new {people(Session(new.slot, pairs=new.pairs), self.names) or 'pairs: none'}"

    def _changed_hands(self, former: str | None, assignment: Assignment, session: Session) -> str:
        named = f"{self.names.person(former)} → {self.names.person(assignment.member)}"
        cause = self._cause(former, assignment, session) if former else ""
        return f"{named} ({cause})" if cause else named

    def _cause(self, former: str, assignment: Assignment, session: Session) -> str:
        """Return why a role has gone to somebody else."""
        if assignment.reason.kind == "lead":
            return "the lead's decision"
        if assignment.reason.kind in BY_WORD:
            return "by what people said"
        if assignment.reason.kind == "owner":
            return f"{self.names.person(assignment.member)} owns the topic"
        member = next((one for one in self.team.members if one.email == former), None)
        if member is None:
            return f"{former} is no longer in the team"
        name = self.names.person(member.email)
        if away := why_away(member, session.slot.day):
            return f"{name} {away}"
        if role := next((role for role, email in session.roles.items() if email == former), None):
            return f"{name} is {role}"
        if former in who_declined(session.slot, self.after):
            return f"{name} has declined"
        if assignment.role in member.excused:
            return f"{name} is excused from that"
        # who can come, has no other role here and is not excused, is replaced for one duty elsewhere alone
        return f"{name} has another duty then" if assignment.reason.kind == "replacement" else "fairer shares"

    # pages, and what the lead should know

    def page(self, change: Change) -> str:
        """Return the line of a page."""
        resource = change.resource
        assert isinstance(resource, Page)
        shown = self.before.observed(resource.key)
        said = [f"was {quoted(shown.title)}"] if "title" in change.fields and shown else []
        said += [f"new {_listed(rest)}"] if (rest := change.fields - {"title"}) else []
        return f"{SIGNS[change.action]} {resource.title}" + (f" | {', '.join(said)}" if said else "")

    def gaps(self, plan: Plan) -> Iterator[str]:
        """Yield the roles that nobody can take, of the sessions that the plan touches."""
        for change in sorted(plan.of({Kind.SESSION}), key=_in_time):
            session = self.after.sessions.get(change.resource.key)
            if session and session.takes_place:
                where = f"{self.names.when(session.slot.starts_at)} {self._series(change.resource)}"
                yield from (f"! {where}: {one.reason.text}" for one in session.gaps)

    def called_off_by_people(self) -> Iterator[str]:
        """Yield the sessions that somebody deleted in the calendar since the last pass: there is nothing left to do."""
        for key, session in self.after.sessions.items():
            before = self.before.sessions.get(key)
            if before and before.takes_place and session.was_deleted:
                where = f"{self.names.when(before.slot.starts_at)} {self.names.series(session.slot.series)}"
                yield f"! {where}: deleted in the calendar, and so called off"


def _in_time(change: Change) -> tuple[bool, float, str]:
    """Order the changes of a series: what is said of the series itself comes first, its end before a new beginning."""
    resource = change.resource
    if isinstance(resource, SessionEvent):
        return True, resource.starts_at.timestamp(), resource.key
    return False, 0.0, f"{change.action is not Action.END} {resource.key}"


def _listed(fields: Iterable[str]) -> str:
    return " and ".join(sorted(FIELDS.get(name, name) for name in fields))


def plan_json(team: Team, plan: Plan) -> dict[str, Any]:
    """Return a plan for programs."""
    return {
        "team": team.team,
        "changes": [_change_json(change) for change in plan.changes],
        "findings": [finding.text for finding in plan.findings],
    }


def _change_json(change: Change) -> Mapping[str, Any]:
    resource = change.resource
    return {
        "action": change.action.value,
        "kind": resource.kind.value,
        "key": resource.key,
        "title": resource.title if isinstance(resource, Page) else resource.summary,
        "fields": sorted(change.fields),
    }


def mail_lines(mails: Sequence[Message]) -> Iterator[str]:
    """Yield the mails that go out with a plan, for people."""
    named = (f"{mail.to_name} <{mail.to}>" if mail.to_name else mail.to for mail in mails)
    lines = [f"  + {who}: {mail.subject}" for who, mail in zip(named, mails, strict=True)]
    yield from ["Mails", *sorted(lines)] if lines else ()


def mail_json(mail: Message) -> Mapping[str, str]:
    """Return a mail for programs: to whom it goes, when, and its subject."""
    return {"to": mail.to, "name": mail.to_name, "when": mail.date.isoformat(), "subject": mail.subject}
