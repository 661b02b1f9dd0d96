"""What is said on the web page, and by the links in mails: read from forms, and recorded as statements."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from daemon.model.statements import WITHOUT_A_NAME, Door, Statement, StatementKind
from daemon.say import Refusal, say
from daemon.web.choices import Choices
from daemon.web.doors import FOREIGN_FORM, NOT_YOURS, form_of, visitor
from daemon.web.links import Asked, read, statement_id
from daemon.web.look import Look
from daemon.web.rendering import rendered
from daemon.web.site import Site

NOTE_SALT, NOTE_FOR = "note", timedelta(minutes=2)
THANKS: Mapping[StatementKind, str] = {
    StatementKind.CANNOT: "Noted: somebody else is looked for, and hears of it in the next mail.",
    StatementKind.TAKE: "Thank you, it is yours.",
    StatementKind.SWAP_OFFER: "Noted: they are asked, and until they agree all stays as it is.",
    StatementKind.SWAP_AGREE: "Swapped.",
    StatementKind.SWAP_REFUSE: "Noted: all stays as it is.",
    StatementKind.HAND_BACK: "Handed back.",
    StatementKind.QUESTION: "Asked, without your name.",
    StatementKind.NEED: "Noted, without your name. It is shown from next Monday on.",
    StatementKind.VOTE: "Your vote is noted.",
    StatementKind.SUGGEST: "Thank you for the suggestion. The lead decides about it.",
    StatementKind.DONE: "Done. Nobody is reminded of it any more.",
    StatementKind.LATER: "Noted, with the new date.",
    StatementKind.WONT_DO: "Noted: it will not be done, and nobody is reminded of it any more.",
}
"""What is said to whoever said something of a kind."""


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
        look = self._site.look(team, email)
        if look is None:
            raise HTTPException(404, NOT_YOURS)
        statement = _statement(look, said, Door.WEB)
        note = said_of(self.record(look, statement), statement)
        back = said.get("back", "")
        path = back if back.startswith(look.path()) else look.path()
        return RedirectResponse(f"{path}?{urlencode({'note': self._site.signatures.signed(NOTE_SALT, note)})}", 303)

    def by_link(self, request: Request) -> Response:
        """Show what somebody is asked by a link in a mail; whoever opens it has said nothing yet."""
        token, asked, look = self._asked(request)
        return self._shown(token, asked, look)

    async def answer(self, request: Request) -> Response:
        """Record what somebody says by a link in a mail."""
        token, asked, look = await run_in_threadpool(self._asked, request)
        said = await form_of(self._site, request, token)
        return await run_in_threadpool(self._answered, token, asked, look, said)

    def _answered(self, token: str, asked: Asked, look: Look, said: Mapping[str, str]) -> Response:
        statement = replace(_statement(look, said, Door.MAIL), id=statement_id(token))
        if statement.about != asked.about or statement.kind in WITHOUT_A_NAME or statement.other:
            raise HTTPException(403, FOREIGN_FORM)
        return self._shown(token, asked, look, said_of(self.record(look, statement), statement))

    def _asked(self, request: Request) -> tuple[str, Asked, Look]:
        """Return what a link asks, and what its reader sees of the team."""
        token = request.path_params["token"]
        asked = read(self._site.signatures, token)
        look = self._site.look(asked.team, asked.email) if asked else None
        if asked is None or look is None:
            raise HTTPException(403, "This link is not one of ours, or too old. The next mail has a new one.")
        return token, asked, look

    def _shown(self, token: str, asked: Asked, look: Look, said: str = "") -> Response:
        choices = Choices(look, tuple(self._site.world.ledger.engagements(look.team.members)), Door.MAIL)
        one, item = look.memory.sessions.get(asked.about), look.memory.items.get(asked.about)
        if one is None and item is None:
            raise HTTPException(404, NOT_YOURS)
        used = look.memory.statements.by_id.get(statement_id(token))
        values = {
            "viewer": asked.email,
            "title": "Your answer",
            "can_change": False,
            "form": self._site.signatures.form_token(token),
            "here": f"/a/{token}",
            "look": look,
            "tabs": (),
            "one": one,
            "item": item,
            "part": next((role for role, holder in (one.roles if one else {}).items() if holder == asked.email), ""),
            "can_say": choices.of_item(item) if item else choices.of_session(one) if one else [],
            "said": said or (THANKS.get(used.kind, "You have answered this.") if used else ""),
        }
        return HTMLResponse(rendered("answer.html", values))

    def record(self, look: Look, statement: Statement) -> Refusal | None:
        """Record a statement, if nothing speaks against it, and ask for a pass that follows it."""
        refused = say(self._site.world.ledger, look.team, look.memory, statement, look.now)
        if refused is None:
            self._site.hurry()
        return refused


def said_of(refused: Refusal | None, statement: Statement) -> str:
    """Return what somebody is told who has said something."""
    if refused is None:
        return THANKS.get(statement.kind, "Noted.")
    return f"That was not possible: {refused.text}."


def note_in(site: Site, request: Request) -> str:
    """Return what an address says to whom it leads back, if it is from us and not from long ago."""
    found = site.signatures.read(NOTE_SALT, request.query_params.get("note", ""), NOTE_FOR)
    return found if isinstance(found, str) else ""


def _statement(look: Look, said: Mapping[str, str], door: Door) -> Statement:
    """Return what a form says; what is said twice by a double click is the same.

    Raises:
        HTTPException: no page of ours has such a form.
    """
    try:
        kind = StatementKind(said.get("kind", ""))
    except ValueError:
        raise HTTPException(400, FOREIGN_FORM) from None
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
