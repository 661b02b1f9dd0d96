"""One pass of one team: observe, learn, decide, describe, plan, apply, tell."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from config.formats import SessionFormat
from config.secret import SecretMissing
from config.team import Team
from config.team_file import TeamFile
from config.templates import BrokenTemplate, TemplateContext
from daemon.apply import apply
from daemon.decide.decide import decide
from daemon.decide.free_busy import is_to_be_asked
from daemon.decide.settling import OLD, basis_of, is_enough, settling
from daemon.describe.describe import describe
from daemon.describe.outcomes import outcomes_so_far
from daemon.describe.pages import Body
from daemon.describe.written import entry
from daemon.learn.learn import learn
from daemon.learn.marks import is_lost
from daemon.learn.nameless import Nameless
from daemon.learn.needs import gathered
from daemon.learn.written_topics import understood
from daemon.ledger import Ledger, LedgerError
from daemon.ledger.settled import digest_of
from daemon.model import PORTS, Engagement, Reminder, Trouble
from daemon.model.asks import Ask
from daemon.model.memory import FreeBusy, Memory
from daemon.model.messages import Claim
from daemon.model.names import addresses_today, former_names, handed_over, held_before, home_key, team_key
from daemon.model.settled import NOTHING_SETTLED
from daemon.observe import Discreet, gather, observe
from daemon.plan.compare import make_plan
from daemon.plan.findings import findings
from daemon.plan.guards import Allowance, Stopped, check_caps, check_moves, check_not_vanished
from daemon.plan.plan import Finding, Plan
from daemon.plan.renames import questions_of_series, renamed_team
from daemon.ports import Calendar, Messenger, PortError, Shelf, Sources, Wiki
from daemon.tell.chase import counted
from daemon.tell.due import reminders_due
from daemon.tell.held_back import held_back, told_of_it
from daemon.tell.notices import at_their_time, notices
from daemon.tell.readers import AccountOf, by_connection
from daemon.tell.series import as_of_now
from daemon.tell.troubles import DATES, FILE, NEEDS, PASS, WRITING, by_subject, of_dates, troubles
from daemon.tell.welcome import waiting_welcomes

USUAL_CAPS = Allowance()


@dataclass(frozen=True, slots=True)
class World:
    """What the programme works with: the ledger, and for each team by its key its calendar, wiki, mail and sources.

    ``sources`` are handed the folder of a team's file, and are in the order of its ``needs``. ``body`` makes what a new
    page starts with, from the templates in that folder. ``answer`` makes the link by which somebody, by their e-mail,
    answers what a mail of a team asks them, and ``on_the_web`` tells where a session is seen on the web page, by the
    keys of its team and of itself; nothing where there is none. ``account`` tells by which account a team's mail goes.
    ``edition`` changes with anything else that a pass goes by and no team's file says: the release, and what the
    operator decided.
    ``old`` is how old a session is at least that is settled.
    """

    ledger: Ledger
    calendar: Callable[[Team, str], Calendar]
    wiki: Callable[[Team, str], Wiki]
    messenger: Callable[[Team, str], Messenger]
    sources: Callable[[Team, str, Path], Sequence[Sources]]
    body: Callable[[SessionFormat, Path, TemplateContext], str]
    answer: Callable[[str, str, Ask], str] = lambda _team, _email, _ask: ""
    on_the_web: Callable[[str, str], str] = lambda _team, _session: ""
    account: AccountOf = by_connection
    edition: str = ""
    old: timedelta = OLD

    def recall(self, team: Team) -> Memory:
        """Return what the ledger knows of a team.

        Raises:
            LedgerError: the ledger cannot be used.
        """
        known = self.ledger.team_keys((team.team, *team.was))
        memory = self.ledger.recall(team_key(team, known), team.team)
        former = [self.ledger.recall(known[name], name) for name in former_names(team, known)]
        return replace(memory, before=tuple(one for each in former for one in held_before(each, team, memory)))

    def recent(self, file: TeamFile, now: datetime) -> Memory:
        """Return what the ledger knows of a team without its settled sessions; all of it where that is not enough.

        Raises:
            LedgerError: the ledger cannot be used.
        """
        team, ledger = file.team, self.ledger
        known = ledger.team_keys((team.team, *team.was))
        key = team_key(team, known)
        settled = None if file.heir or former_names(team, known) else ledger.sums.of(key)
        if settled and now < settled.again and settled.basis == basis_of(team, settled.before, self.edition):
            memory = ledger.recall(key, team.team, settled)
            if is_enough(team, memory):
                return memory
        return self.recall(team)

    def settle(self, team: Team, memory: Memory, now: datetime) -> None:
        """Note what is settled of a team, given all that is known of it."""
        if memory.settled is NOTHING_SETTLED and (found := settling(team, memory, now, self.edition, self.old)):
            shown = {port: digest_of(seen) for port, seen in found.shown.items()}
            keys = {"sessions": found.sessions, "records": found.records, "items": found.items}
            past = found.sums.covered(memory.sessions.values())
            items = [memory.items[key] for key in found.items]
            so_far = outcomes_so_far(team, memory, past, items, now)
            self.ledger.sums.note(memory.team, replace(found.sums, shown=shown, outcomes=so_far), keys)

    def handed_over(self, file: TeamFile, memory: Memory) -> Memory:
        """Return the memory of a team in which sessions are not its own that it has handed over to its heir."""
        return handed_over(memory, file.heir, self.recall(file.heir)) if file.heir else memory

    def engagements(self, team: Team) -> Sequence[Engagement]:
        """Return the duties of a team's members in all teams, but for what it was itself under another key."""
        known = self.ledger.team_keys((team.team, *team.was))
        former = {known[name] for name in former_names(team, known)}
        return [one for one in self.ledger.engagements(team.members) if one.team not in former]

    def questions(self, file: TeamFile, memory: Memory, now: datetime) -> Iterator[Finding]:
        """Yield what the lead is asked who may have renamed the team or a series of it."""
        known = self.ledger.team_keys(file.unclaimed) if not file.heir else {}
        others = (self.ledger.recall(known[name], name) for name in file.unclaimed if name in known)
        yield from renamed_team(file.team, memory, others, now)
        yield from questions_of_series(file.team, memory, now)

    def hold_back(self, team: Team, before: Memory, now: datetime, dry_run: bool) -> Iterator[Finding]:
        """Send no digest today to whom one may have gone out before the ledger was lost, where nobody can tell."""
        if self.messenger(team, before.team).sent("<nothing@peerloop>") is None:
            stand_ins = [] if dry_run else [Claim(one) for one in held_back(team, now, self.account(team, before.team))]
            self.ledger.digests.claim(stand_ins)
            for one in stand_ins:
                self.ledger.digests.settle(one.message.message_id, now)
            yield told_of_it(now)

    def plan(
        self,
        file: TeamFile,
        decided: Memory,
        calendar: Calendar,
        now: datetime,
        ports: Collection[str],
        found: Iterable[Finding] = (),
    ) -> Plan:
        """Return what is to be changed at these ports so that people see what was decided; ``found`` is what the lead
        hears besides.

        Raises:
            BrokenTemplate: a new page cannot be made from its format's template.
        """
        team = file.team
        places = calendar.address, partial(self.on_the_web, decided.team)
        desired = describe(team, decided, now, *places, self.body_in(file.folder), file.newcomers)
        findings_of_all = (*findings(team, decided, now), *self.questions(file, decided, now), *found)
        return make_plan(desired, decided, findings_of_all, understood(team, decided), ports)

    def readdress(self, team: Team, before: Memory, dry_run: bool) -> Mapping[str, str]:
        """Send what waits for people to their addresses of today, and return these, by the earlier ones."""
        today = addresses_today(team, before)
        if not dry_run:
            self.ledger.readdress(before.team, today)
        return today

    def body_in(self, folder: Path) -> Body:
        """Return what makes the bodies of a team's new pages."""
        return lambda form, context: self.body(form, folder, context)


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass of one team came to: its plan, what is known after it, and what failed, in words for people."""

    team: str
    plan: Plan
    before: Memory
    memory: Memory
    written: int = 0
    errors: tuple[str, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    """What people are to hear after it."""
    readdressed: Mapping[str, str] = field(default_factory=dict)
    """The addresses of today of those whom the ledger knew by earlier ones: what waits for these goes to them."""

    def found(self, texts: Iterable[str]) -> "Pass":
        """Return the pass with something more in its plan that the lead should know of."""
        known = {finding.text for finding in self.plan.findings}
        findings = (*self.plan.findings, *(Finding(text, text) for text in texts if text not in known))
        return replace(self, plan=replace(self.plan, findings=findings))


def run_once(file: TeamFile, now: datetime, world: World, caps: Allowance = USUAL_CAPS, dry_run: bool = False) -> Pass:
    """Bring a team's calendar and wiki into the state that its file and history ask for, and leave reminders due.

    Safe to run twice and to be killed anywhere: the next pass goes on from what is there. ``now`` is aware. Whatever
    ends it goes to the lead as well, once it has lasted.

    Raises:
        Stopped: a cap or a guard; nothing was written.
        LedgerError: the ledger cannot be used.
        BrokenTemplate: a new page cannot be made from its format's template.
    """
    team = file.team
    before = world.recall(team) if dry_run or caps.restore else world.recent(file, now)
    with _Troubled(world.ledger, team, before, now, dry_run) as troubled:
        nameless = Nameless.of(team, home_key(before.team))
        calendar, wiki = world.calendar(team, before.team), Discreet(world.wiki(team, before.team), nameless)
        shelves: dict[str, Shelf] = {"calendar": calendar, "wiki": wiki}
        before, seen = observe(shelves, before, partial(world.recall, team), caps.restore)
        if "calendar" not in {**seen.shown, **before.cursors}:  # it may show what was announced: ask it first
            troubled.alone_by(by_subject(seen.errors))
            return Pass(team.team, Plan(), before, before, errors=seen.errors)
        check_not_vanished(team.team, before, seen.shown, caps)
        lacking = gather(file, before, world.sources(team, before.team, file.folder), nameless)
        known = world.handed_over(file, learn(team, before, seen.shown, now, caps.restore))
        known = gathered(team, known, lacking.shown, now)
        check_moves(team, known, now)
        asked = calendar if "calendar" in seen.shown else None
        decided, unasked = decide_who_is_free(team, known, asked, world.engagements(team), now)
        unsent = world.hold_back(team, before, now, dry_run) if is_lost(before, seen.shown) else ()
        plan = world.plan(file, decided, calendar, now, seen.shown, unsent)
        check_caps(team.team, plan, caps)
        news = () if file.heir else notices(team, before, known, decided, now)
        today = world.readdress(team, before, dry_run)
        noted = partial(entry, team, before, decided, now)
        applied = apply(plan, before, decided, news, world.ledger, shelves, noted, dry_run)
        errors = (*seen.errors, *lacking.errors, *unasked, *applied.errors)
        if not (dry_run or errors):
            world.settle(team, applied.memory, now)
        due = tell(team, applied.memory, plan, world.ledger, troubled.by(errors, file), now, dry_run)
        return Pass(team.team, plan, before, applied.memory, applied.written, errors, (*news, *due), today)


def tell(
    team: Team, memory: Memory, plan: Plan, ledger: Ledger, known: Sequence[Trouble], now: datetime, dry_run: bool
) -> tuple[Reminder, ...]:
    """Leave due what people are to hear, and return it; ``known`` is what is and was in trouble."""
    reminded, waiting = ledger.reminded(memory.team), ledger.waiting_of(memory.team)
    due = (
        *reminders_due(team, memory, plan.findings, ledger.digests.undelivered(), reminded, now, known),
        *waiting_welcomes(team, memory, {one.key for one in waiting}, now),
        *at_their_time(team, memory, waiting),
        *as_of_now(memory, waiting),
    )
    if not dry_run:
        ledger.leave(memory.team, due, now, counted(memory, reminded))
    return due


def decide_who_is_free(
    team: Team, known: Memory, calendar: Calendar | None, engagements: Sequence[Engagement], now: datetime
) -> tuple[Memory, tuple[str, ...]]:
    """Decide; where roles are to be given out, not without having asked members' calendars when they have time.

    That the calendars cannot be asked is told in words for people, and keeps nobody from a role.
    """
    decided, today = (
        decide(team, known, now, calendar is not None, engagements),
        now.astimezone(ZoneInfo(team.timezone)).date(),
    )
    if calendar is None or not is_to_be_asked(known, decided, today):
        return decided, ()
    last = max(session.slot.ends_at for session in decided.sessions.values())
    try:
        spans = calendar.busy([member.email for member in team.members], now, last)
    except PortError as error:
        unasked = f"calendar: {error} So nobody counts as busy today."
        return replace(decided, free_busy=FreeBusy(today)), (unasked,)
    free_busy = FreeBusy(today, spans)
    if not spans:
        return replace(decided, free_busy=free_busy), ()
    return decide(team, replace(known, free_busy=free_busy), now, True, engagements), ()


@dataclass(frozen=True, slots=True)
class _Troubled:
    """What is in trouble in a pass, kept in the ledger so that the lead hears of what lasts, whatever ends the pass."""

    ledger: Ledger
    team: Team
    before: Memory
    now: datetime
    dry_run: bool

    def __enter__(self) -> "_Troubled":
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, LedgerError):
            self.alone_by({PASS: _in_words(error)})

    def by(self, errors: Iterable[str], file: TeamFile) -> tuple[Trouble, ...]:
        """Return what is and lately was in trouble, after a pass that came to its end with these errors."""
        if self.dry_run:
            return self.ledger.troubles.of(self.before.team)
        found = {**by_subject(errors), **of_dates(file.newcomers)}
        return self.ledger.troubles.note(self.before.team, (*PORTS, NEEDS, PASS, WRITING, DATES), found, self.now)

    def alone_by(self, found: Mapping[str, str]) -> None:
        """Note what is wrong, and tell the lead if it has lasted, where the rest of a pass cannot be."""
        if not self.dry_run:
            noted = self.ledger.troubles.note(self.before.team, found, found, self.now)
            known = [one for one in noted if one.subject in (FILE, *found)]  # of the others nothing is known now
            self.ledger.add(self.before.team, [*troubles(self.team, self.before, known, self.now)])


def _in_words(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    ours = isinstance(error, Stopped | PortError | BrokenTemplate | SecretMissing | OSError)
    return str(error) if ours else "that is a fault of peerloop itself; its log says more"
