"""What people answer by the links in their mails: a page each, for one person and one thing, whose buttons say it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from daemon.model import Session
from daemon.model.memory import Item
from daemon.model.statements import WITHOUT_A_NAME, Door, Statement
from daemon.tell.pulse import is_open
from daemon.web.choices import Choice, Choices
from daemon.web.doors import FOREIGN_FORM, NOT_YOURS, form_of
from daemon.web.links import Claims, read, statement_id
from daemon.web.look import Look
from daemon.web.pulse import COUNTED, count, has_said_it, remember
from daemon.web.rendering import rendered
from daemon.web.saying import record, statement_of, thanks_for
from daemon.web.site import Site

TOO_OLD = "This link is not one of ours, too old, or for somebody who is not in the team any more."


@dataclass(frozen=True, slots=True)
class _Question:
    """A link that was opened: what it asks whom, and what is known of that."""

    token: str
    asked: Claims
    look: Look
    session: Session | None
    item: Item | None

    @property
    def path(self) -> str:
        """Its address on this site."""
        return f"/a/{self.token}"

    @property
    def part(self) -> str:
        """The role in the session of whom it asks."""
        roles = self.session.roles if self.session else {}
        return next((role for role, holder in roles.items() if holder == self.look.viewer), "")

    @property
    def answered(self) -> str:
        """What was said of the answer that was given by it already; nothing where none was."""
        used = self.look.memory.statements.by_id.get(statement_id(self.token))
        return thanks_for(used, self.look) if used else ""


class Answering:
    """The pages that links in mails lead to."""

    def __init__(self, site: Site) -> None:
        """Take the site."""
        self._site = site

    def show(self, request: Request) -> Response:
        """Show what somebody is asked; whoever opens a link has said nothing yet."""
        question = self._question(request)
        return self._page(request, question, question.answered)

    async def answer(self, request: Request) -> Response:
        """Record what somebody answers."""
        question = await run_in_threadpool(self._question, request)
        said = await form_of(self._site, request, question.token)
        return await run_in_threadpool(self._answered, request, question, said)

    def _answered(self, request: Request, question: _Question, said: Mapping[str, str]) -> Response:
        if said.get("kind") == "pulse":
            return self._counted(request, question, said)
        statement = replace(statement_of(question.look, said, Door.MAIL), id=statement_id(question.token))
        if not _is_about(statement, question) or statement.kind in WITHOUT_A_NAME or statement.other:
            raise HTTPException(403, FOREIGN_FORM)
        return self._page(request, question, question.answered or record(self._site, question.look, statement))

    def _counted(self, request: Request, question: _Question, said: Mapping[str, str]) -> Response:
        if not has_said_it(request, question.session):
            count(self._site, question.look, question.session, said.get("value", ""))
        response = self._page(request, question, COUNTED)
        if question.session:
            remember(response, question.session, self._site.is_encrypted)
        return response

    def _question(self, request: Request) -> _Question:
        token = request.path_params["token"]
        asked = read(self._site.signatures, token)
        look = self._site.look(asked.team, asked.email) if asked else None
        if asked is None or look is None:
            raise HTTPException(403, TOO_OLD)
        session, item = look.memory.sessions.get(asked.about), look.memory.items.get(asked.about)
        if session is None and item is None:
            raise HTTPException(404, NOT_YOURS)
        return _Question(token, asked, look, session, item)

    def _page(self, request: Request, question: _Question, said: str) -> Response:
        return HTMLResponse(rendered("answer.html", {**self._values(request, question), "said": said}))

    def _values(self, request: Request, question: _Question) -> dict[str, Any]:
        look, session, item = question.look, question.session, question.item
        choices = Choices(look, tuple(self._site.world.ledger.engagements(look.team.members)), Door.MAIL)
        is_asked = session is not None and is_open(session, look.team, look.now)
        return {
            "viewer": look.viewer,
            "title": "Your answer",
            "can_change": False,
            "form": self._site.signatures.form_token(question.token),
            "here": question.path,
            "look": look,
            "tabs": (),
            "one": session,
            "item": item,
            "part": question.part,
            "offers": choices.offered(session) if session else [],
            "can_say": _can_say(choices, session, item),
            "is_asked_again": bool(session and choices.of_learning(session)),
            "pulse_is_open": is_asked and not has_said_it(request, session),
        }


def _can_say(choices: Choices, session: Session | None, item: Item | None) -> list[Choice]:
    """Return what can be said of what a link is about."""
    if item:
        return choices.of_item(item)
    if session is None:
        return []
    return [*choices.of_session(session), *choices.of_learning(session)]


def _is_about(statement: Statement, question: _Question) -> bool:
    """Whether a statement is about what a link asks: an answer to a swap is where that was offered."""
    offer = question.look.memory.statements.by_id.get(statement.value)
    return question.asked.about in (statement.about, offer.about if offer else "")
