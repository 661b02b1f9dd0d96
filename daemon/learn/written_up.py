"""The write-up of a session: what its page says, and beside that what people said: who was there, who agrees. Pure."""

from dataclasses import replace

from config.team import Team
from daemon.learn.by_hand import who_declined
from daemon.model import Session, WriteUp
from daemon.model.members import why_away
from daemon.model.memory import Memory
from daemon.model.statements import NO, YES, StatementKind

NOTHING_WRITTEN = WriteUp()


def written_up(session: Session, team: Team, memory: Memory) -> WriteUp:
    """Return what is known of a session besides what was planned; who was there, its page knows better.

    A recording needs everybody's yes, on the page or each for themselves; a no of one is a no.
    """
    page = memory.observed(session.page) if session.page else None
    written = page.write_up if page else NOTHING_WRITTEN
    attended, agreed = _said(session, memory, StatementKind.ATTENDED), _said(session, memory, StatementKind.CONSENT)
    if not (attended or agreed):
        return written
    there = written.attended or tuple(email for email, said in attended.items() if said != NO)
    refused = written.consent is False or NO in agreed.values()
    everybody = _everybody(session, team, memory, written.attended, attended)
    all_agree = written.consent or bool(everybody and all(agreed.get(email) == YES for email in everybody))
    consent = False if refused else all_agree or None
    return replace(written, attended=there, consent=consent)


def _said(session: Session, memory: Memory, kind: StatementKind) -> dict[str, str]:
    """Return what each person said last of some kind."""
    return {one.who: one.value for one in memory.statements.about(session.key, kind) if one.who}


def _everybody(
    session: Session, team: Team, memory: Memory, on_page: tuple[str, ...], said: dict[str, str]
) -> list[str]:
    """Return who was there, as far as the page knows the members; else whoever could come and did not say otherwise."""
    members = [one for one in team.members if why_away(one, session.slot.day) is None]
    if named := [one.email for one in members if one.email in on_page]:
        return named
    declined = who_declined(session.slot, memory)
    return [one.email for one in members if one.email not in declined and said.get(one.email) != NO]
