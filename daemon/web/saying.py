"""What is said on the web page: read from forms, and recorded as statements."""

import hashlib
from collections.abc import Container, Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from daemon.decide.decisions import decision_on
from daemon.decide.heard import sought_until
from daemon.decide.standing import Standing
from daemon.model import Session
from daemon.model.memory import Progress
from daemon.model.names import keyed_series
from daemon.model.statements import NO, WITHOUT_A_NAME, Door, Statement, StatementKind
from daemon.say import Refusal, say
from daemon.web.doors import FOREIGN_FORM, form_of, looked, visitor
from daemon.web.look import Look
from daemon.web.pulse import counted
from daemon.web.site import Site

NOTE_SALT, NOTE_FOR = "note", timedelta(minutes=2)
THANKS: Mapping[StatementKind, str] = {
    StatementKind.CANNOT: "Noted: somebody else is looked for, and hears of it in the next mail.",
    StatementKind.TAKE: "Thank you, it is yours.",
    StatementKind.SWAP_OFFER: "Noted: they are asked, and until they agree all stays as it is.",
    StatementKind.SWAP_AGREE: "Swapped.",
    StatementKind.SWAP_REFUSE: "Noted: all stays as it is.",
    StatementKind.HAND_BACK: "Handed back.",
    StatementKind.QUESTION: (
        "Asked, without your name. It is shown from next Monday on, or from the day before the session."
    ),
    StatementKind.NEED: "Noted, without your name. It is shown from next Monday on.",
    StatementKind.VOTE: "Your vote is noted.",
    StatementKind.SUGGEST: "Thank you for the suggestion. It is shown from next Monday on; the lead decides.",
    StatementKind.CAN: "Thank you. It is only said how many can do it now, never who.",
    StatementKind.DONE: "Done. Nobody is reminded of it any more.",
    StatementKind.LATER: "Noted, with the new date.",
    StatementKind.WONT_DO: "Noted: it will not be done, and nobody is reminded of it any more.",
    StatementKind.CONSENT: "Noted: you agree to a recording.",
    StatementKind.ATTENDED: "Noted: you were there.",
}
"""What is said to whoever said something of a kind."""
THANKS_FOR_NO: Mapping[StatementKind, str] = {
    StatementKind.VOTE: "Your vote is taken back.",
    StatementKind.CONSENT: "Noted: you do not agree, so nothing of it is to be recorded or shared.",
    StatementKind.ATTENDED: "Noted: you were not there.",
}
"""What is said where they said no."""
_ENDS = {StatementKind.DONE: Progress.DONE, StatementKind.WONT_DO: Progress.DROPPED}
NAMED = "Noted, and the lead hears of it: the team's file says who does this, so only the lead can change it."
TOO_NEAR = "Noted. The session is so near that nobody else is put down for it by turns; the lead hears of it."


class Saying:
    """Takes forms; what was said is followed by a pass at once."""

    def __init__(self, site: Site) -> None:
        """Take the site."""
        self._site = site

    async def on_the_page(self, request: Request) -> Response:
        """Record what somebody says on a page of their team, and lead back to where they stood."""
        who = visitor(self._site, request)
        said = await form_of(self._site, request, who.whose)
        return await run_in_threadpool(self._said, request.path_params["team"], who.email, said)

    def _said(self, team: str, email: str, said: Mapping[str, str]) -> Response:
        look = looked(self._site, team, email)
        return self._back(look, said, record(self._site, look, statement_of(look, said, Door.WEB)))

    async def pulse(self, request: Request) -> Response:
        """Count what somebody says of whether a session was worth their time, and lead back."""
        who = visitor(self._site, request)
        said = await form_of(self._site, request, who.whose)
        return await run_in_threadpool(self._counted, request, who.email, said)

    def _counted(self, request: Request, email: str, said: Mapping[str, str]) -> Response:
        look, key = looked(self._site, request.path_params["team"], email), request.path_params["key"]
        written = said.get("value", "")
        return counted(self._site, request, look, key, written, lambda note: self._back(look, said, note))

    def _back(self, look: Look, said: Mapping[str, str], note: str) -> Response:
        """Lead back to where somebody stood, with a word for them there."""
        back = said.get("back", "")
        path = back if back.startswith(look.path()) else look.path()
        signed = self._site.signatures.signed(NOTE_SALT, [look.viewer, note])
        return RedirectResponse(f"{path}?{urlencode({'note': signed})}", 303)


def record(site: Site, look: Look, statement: Statement) -> str:
    """Record a statement, if nothing speaks against it, and ask for a pass that follows it; return what to say of it.

    Raises:
        LedgerError: the ledger cannot be used.
    """
    if doubt := site.doubt():
        return doubt
    refused = say(site.world.ledger, look.team, look.memory, statement, look.now)
    if refused is None and statement.kind not in WITHOUT_A_NAME:  # a pass right after it would tell when it was said
        site.hurry()
    return said_of(refused, statement, look)


def said_of(refused: Refusal | None, statement: Statement, look: Look) -> str:
    """Return what somebody is told who has said something."""
    return thanks_for(statement, look) if refused is None else f"That was not possible. {refused.text}"


def thanks_for(statement: Statement, look: Look) -> str:
    """Return what is said to whoever said something, which has been recorded."""
    if left := _left(statement, look):
        return left
    if statement.value == NO and statement.kind in THANKS_FOR_NO:
        return THANKS_FOR_NO[statement.kind]
    return THANKS.get(statement.kind, "Noted.")


def _left(statement: Statement, look: Look) -> str:
    """Return what is said to somebody who cannot make it, and whose turn is not given to others; else nothing."""
    session = look.memory.sessions.get(statement.about)
    if statement.kind is not StatementKind.CANNOT or session is None:
        return ""
    if statement.person in _named(session, look):
        return NAMED
    return "" if sought_until(statement.at, session.slot, look.team) else TOO_NEAR


def still_so(used: Statement, look: Look) -> str:
    """Return what was said to whoever said something some time ago, as far as it is so now; nothing where it is not."""
    standing, again = Standing.of(look.team, look.memory, look.now), replace(used, at=look.now)
    is_left = bool(_left(again, look))
    is_so = used.kind is StatementKind.CAN or _is_over(used, standing) or _has_passed_on(used, standing, is_left)
    return thanks_for(again, look) if is_so else ""


def _is_over(used: Statement, standing: Standing) -> bool:
    """Whether an action item is what somebody said it is: done, or not to be done."""
    item = standing.memory.items.get(used.about)
    return item is not None and item.state is _ENDS.get(used.kind)


def _has_passed_on(used: Statement, standing: Standing, is_left: bool) -> bool:
    """Whether a role in a session to come went on as somebody said, who was the last to say something of it.

    One that ``is_left`` is theirs still.
    """
    session, one = standing.session(used), standing.assignment(used.about, used.role)
    if not (session and one and session.takes_place and session.slot.starts_at > standing.now):
        return False
    said = [each for each in standing.memory.statements.passings.get(session.key, ()) if each.role == one.role]
    is_theirs = is_left and one.member == used.person
    return bool(said) and said[-1].statement == used and (one.member == said[-1].to or is_theirs)


def _named(session: Session, look: Look) -> Container[str]:
    """Return whom the team's file names for a session, which goes before what anybody says."""
    series = keyed_series(look.team, look.memory).get(session.slot.series)
    decision = decision_on(session.slot.wall.date(), series, look.team) if series else None
    return decision.roles.values() if decision else ()


def note_in(site: Site, request: Request, viewer: str) -> str:
    """Return what an address says to who looks, whom it led back, if it is from us and not from long ago."""
    found = site.signatures.read(NOTE_SALT, request.query_params.get("note", ""), NOTE_FOR)
    return str(found[1]) if found and found[0] == viewer else ""


def statement_of(look: Look, said: Mapping[str, str], door: Door) -> Statement:
    """Return what a form says; what is said twice by a double click is the same.

    Raises:
        HTTPException: no page of ours has such a form.
    """
    try:
        kind = StatementKind(said.get("kind", ""))
    except ValueError:
        raise HTTPException(400, FOREIGN_FORM) from None
    if kind in WITHOUT_A_NAME:  # nor by which mail; the page is that of the web either way
        door = Door.WEB
    fields = {name: said.get(name, "") for name in ("about", "role", "other", "value")}
    named = [said.get("nonce", ""), kind.value, *fields.values()]
    if kind not in WITHOUT_A_NAME:
        named.append(look.viewer)
    digest = hashlib.sha256("\x1f".join(named).encode()).hexdigest()[:24]
    return Statement(
        id=f"{door.value}-{digest}",
        kind=kind,
        about=fields["about"],
        at=look.now,
        door=door,
        who=None if kind in WITHOUT_A_NAME else look.viewer,
        role=fields["role"],
        other=fields["other"].lower() or None,
        value=fields["value"],
    )
