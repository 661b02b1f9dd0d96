"""What there is to know of a session, fact by fact: its event shows it as lines, its page as a table. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from config.markdown import markdown_text, one_line, web_address
from config.rendering import NOBODY
from config.team import Series, Team
from daemon.describe.words import format_of, link
from daemon.model import OVER, CalledOffBy, Session, State, Topic, WriteUp
from daemon.model.words import CHOOSE, NONE_NOTED, NOT_KNOWN, SUGGEST, listed, local, names_of, weekday

NOTHING_WRITTEN = WriteUp()
STATUS = {
    State.PLANNED: "planned, may still change",
    State.ANNOUNCED: "announced",
    State.HELD: "held",
    State.DOCUMENTED: "held, and written up",
    State.CLOSED: "held, written up, and nothing is left to do",
    State.SKIPPED: "skipped",
    State.CANCELLED: "cancelled",
}
"""How the state of a session is called."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know of a session, in people's words; ``address`` is safe to link."""

    label: str
    text: str = ""
    address: str | None = None

    @property
    def line(self) -> str:
        """As a line of plain text, for calendar programs."""
        return f"{one_line(self.label)}: {' '.join(filter(None, (one_line(self.text), self.address)))}"

    @property
    def row(self) -> str:
        """As a row of a Markdown table."""
        return f"| **{markdown_text(self.label)}** | {link(self.text, self.address)} |"


def facts(session: Session, series: Series, team: Team, write_up: WriteUp = NOTHING_WRITTEN) -> list[Fact]:
    """Return what an event and a page both tell of a session that takes place, and what only its page can."""
    names = names_of(team)
    return [
        *_moved(session, team),
        *_people(session, team, names),
        *_about(session, team, names),
        *_place(session, series, team, write_up),
        *([Fact("Note", session.note)] if session.note else []),
    ]


def _moved(session: Session, team: Team) -> Iterator[Fact]:
    slot = session.slot
    if slot.is_moved:
        original = local(slot.original_start, team)
        yield Fact("Moved", f"from {weekday(original)} {original:%Y-%m-%d, %H:%M}")


def _people(session: Session, team: Team, names: Mapping[str, str]) -> Iterator[Fact]:
    missing = NOT_KNOWN if session.state in OVER else f"{NOBODY}; the lead has been told"
    for assignment in session.assignments:
        email, waits = assignment.member, assignment.until if assignment.waits else None
        nobody = f"{NOBODY}; open to whoever wants it until {_moment(waits, team)}" if waits else missing
        yield Fact(_label(assignment.role), names.get(email, email) if email else nobody)
        if assignment.reason.kind == "corrected":
            yield Fact("Corrected", assignment.reason.text)
    for number, pair in enumerate(session.pairs, 1):
        together = listed([names.get(email, email) for email in pair])
        yield Fact(f"Pair {number}", f"{together} (a three)" if len(pair) == 3 else together)


def _moment(at: datetime, team: Team) -> str:
    there = local(at, team)
    return f"{weekday(there)} {there:%Y-%m-%d, %H:%M}"


def _about(session: Session, team: Team, names: Mapping[str, str]) -> Iterator[Fact]:
    topic = session.topic
    if topic is None:
        if format_of(session, team).topic and session.state in OVER:
            yield Fact("Topic", NONE_NOTED)
        elif format_of(session, team).topic:
            chooser = next(iter(session.roles.values()), None)
            asked = f"{names.get(chooser, chooser)}, {CHOOSE}" if chooser else SUGGEST
            yield Fact("No topic yet", asked)
        return
    yield Fact("Topic", f"{topic.title} ({topic.area})" if topic.area else topic.title)
    if topic.why or topic.link:
        yield _with_address("Why" if topic.why else "Read more", topic.why or "", topic.link)
    if topic.owner:
        yield Fact("Suggested by", names.get(topic.owner, topic.owner))


def _place(session: Session, series: Series, team: Team, write_up: WriteUp) -> Iterator[Fact]:
    if address := whiteboard(session.topic, series, team):
        yield _with_address("Whiteboard", "", address)
    yield _recording(session, team, write_up)


def _recording(session: Session, team: Team, write_up: WriteUp) -> Fact:
    """Return whether there is a recording, or may be one; its link only where everybody agreed."""
    if team.recording.consent == "off":
        return Fact("Recording", "none")
    if write_up.recording and write_up.consent:
        return _with_address("Recording", "everyone agreed", write_up.recording)
    if write_up.recording or session.state in OVER:
        return Fact("Recording", "not shared: not everyone agreed" if write_up.recording else "none")
    return Fact("Recording", "only if everyone who is there agrees; you will be asked first")


def is_to_be_recorded(write_up: WriteUp, team: Team) -> bool:
    """Return whether somebody wants a recording: the team's file says so, or people do on the session's page."""
    wanted = "recording" in team.model_fields_set or write_up.consent is not None or bool(write_up.recording)
    return wanted and team.recording.consent != "off"


def shared_recording(write_up: WriteUp, team: Team) -> str | None:
    """Return the address of a session's recording, only where everybody agreed and where it may be linked."""
    return web_address(write_up.recording) if write_up.consent and team.recording.consent != "off" else None


def _with_address(label: str, text: str, written: str | None) -> Fact:
    """Return a fact with its link; what may not be linked is shown as text."""
    address = web_address(written)
    return Fact(label, text if address else f"{text} {written or ''}", address)


def status(session: Session) -> Fact:
    """Return how far a session is and, where it does not take place, why; of one that is another by now, that."""
    if session.called_off_by is CalledOffBy.RENAMED:
        return Fact("Status", session.note)
    shown = STATUS[session.state]
    reason = "" if session.takes_place else session.note
    return Fact("Status", f"{shown}: {reason}" if reason else shown)


def _label(role: str) -> str:
    """Return a role's name for people: Note-taker."""
    shown = one_line(role)
    return shown[:1].upper() + shown[1:] or "Role"


def whiteboard(topic: Topic | None, series: Series, team: Team) -> str | None:
    """Return the address of the whiteboard of a session: its topic's, else its series', else its team's."""
    return (topic and topic.whiteboard) or series.whiteboard or team.whiteboard
